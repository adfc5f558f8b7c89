import Contracts

// Conversions of Int32 to the other types.

func convertInt32ToInt8(_ a: Int32) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitInt32ToInt8(_ a: Int32) -> Int8 {
  requires(a >= -128 && a <= 127)
  ensures { (result: Int8) in Int32(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertInt32ToUInt8(_ a: Int32) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitInt32ToUInt8(_ a: Int32) -> UInt8 {
  requires(a >= 0 && a <= 255)
  ensures { (result: UInt8) in Int32(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertInt32ToInt16(_ a: Int32) -> Int16 {
  return Int16(a)  // fails: conversion
}

func fitInt32ToInt16(_ a: Int32) -> Int16 {
  requires(a >= -32768 && a <= 32767)
  ensures { (result: Int16) in Int32(truncatingIfNeeded: result) == a }
  return Int16(a)
}

func convertInt32ToUInt16(_ a: Int32) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitInt32ToUInt16(_ a: Int32) -> UInt16 {
  requires(a >= 0 && a <= 65535)
  ensures { (result: UInt16) in Int32(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertInt32ToUInt32(_ a: Int32) -> UInt32 {
  return UInt32(a)  // fails: conversion
}

func fitInt32ToUInt32(_ a: Int32) -> UInt32 {
  requires(a >= 0)
  ensures { (result: UInt32) in Int32(truncatingIfNeeded: result) == a }
  return UInt32(a)
}

func convertInt32ToUInt64(_ a: Int32) -> UInt64 {
  return UInt64(a)  // fails: conversion
}

func fitInt32ToUInt64(_ a: Int32) -> UInt64 {
  requires(a >= 0)
  ensures { (result: UInt64) in Int32(truncatingIfNeeded: result) == a }
  return UInt64(a)
}

func keepsInt32(_ a: Int32) {
  holds(Int32(Int64(a)) == a)
  holds(Int32(Int(a)) == a)
}

func truncatesInt32(_ low: Int32, _ high: Int32, _ five: Int32) {
  requires(low == Int32.min && high == Int32.max && five == 5)
  holds(Int8(truncatingIfNeeded: low) == 0)
  holds(Int8(truncatingIfNeeded: high) == -1)
  holds(UInt8(truncatingIfNeeded: low) == 0)
  holds(UInt8(truncatingIfNeeded: high) == 255)
  holds(Int16(truncatingIfNeeded: low) == 0)
  holds(Int16(truncatingIfNeeded: high) == -1)
  holds(UInt16(truncatingIfNeeded: low) == 0)
  holds(UInt16(truncatingIfNeeded: high) == 65535)
  holds(UInt32(truncatingIfNeeded: low) == 2147483648)
  holds(UInt32(truncatingIfNeeded: high) == 2147483647)
  holds(Int64(truncatingIfNeeded: low) == -2147483648)
  holds(Int64(truncatingIfNeeded: high) == 2147483647)
  holds(UInt64(truncatingIfNeeded: low) == 18446744071562067968)
  holds(UInt64(truncatingIfNeeded: high) == 2147483647)
  holds(Int(truncatingIfNeeded: low) == -2147483648)
  holds(Int(truncatingIfNeeded: high) == 2147483647)
  holds(UInt(truncatingIfNeeded: low) == 18446744071562067968)
  holds(UInt(truncatingIfNeeded: high) == 2147483647)
}

func reinterpretsInt32(_ low: Int32, _ high: Int32, _ five: Int32) {
  requires(low == Int32.min && high == Int32.max && five == 5)
  holds(UInt32(bitPattern: low) == 2147483648)
  holds(UInt32(bitPattern: high) == 2147483647)
  holds(UInt32(bitPattern: low + 1) == 2147483649)
}

func exactlyInt32(_ low: Int32, _ high: Int32, _ five: Int32) {
  requires(low == Int32.min && high == Int32.max && five == 5)
  holds(Int8(exactly: five) == 5)
  holds(Int8(exactly: low) == nil)
  holds(Int8(exactly: high) == nil)
  holds(UInt8(exactly: five) == 5)
  holds(UInt8(exactly: low) == nil)
  holds(UInt8(exactly: high) == nil)
  holds(Int16(exactly: five) == 5)
  holds(Int16(exactly: low) == nil)
  holds(Int16(exactly: high) == nil)
  holds(UInt16(exactly: five) == 5)
  holds(UInt16(exactly: low) == nil)
  holds(UInt16(exactly: high) == nil)
  holds(UInt32(exactly: five) == 5)
  holds(UInt32(exactly: low) == nil)
  holds(UInt64(exactly: five) == 5)
  holds(UInt64(exactly: low) == nil)
  holds(UInt(exactly: five) == 5)
  holds(UInt(exactly: low) == nil)
}

func clampsInt32(_ low: Int32, _ high: Int32, _ five: Int32) {
  requires(low == Int32.min && high == Int32.max && five == 5)
  holds(Int8(clamping: low) == -128)
  holds(Int8(clamping: high) == 127)
  holds(Int8(clamping: five) == 5)
  holds(UInt8(clamping: low) == 0)
  holds(UInt8(clamping: high) == 255)
  holds(UInt8(clamping: five) == 5)
  holds(Int16(clamping: low) == -32768)
  holds(Int16(clamping: high) == 32767)
  holds(Int16(clamping: five) == 5)
  holds(UInt16(clamping: low) == 0)
  holds(UInt16(clamping: high) == 65535)
  holds(UInt16(clamping: five) == 5)
  holds(UInt32(clamping: low) == 0)
  holds(UInt32(clamping: five) == 5)
  holds(UInt64(clamping: low) == 0)
  holds(UInt64(clamping: five) == 5)
  holds(UInt(clamping: low) == 0)
  holds(UInt(clamping: five) == 5)
}
