import Contracts

// Conversions of Int16 to the other types.

func convertInt16ToInt8(_ a: Int16) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitInt16ToInt8(_ a: Int16) -> Int8 {
  requires(a >= -128 && a <= 127)
  ensures { (result: Int8) in Int16(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertInt16ToUInt8(_ a: Int16) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitInt16ToUInt8(_ a: Int16) -> UInt8 {
  requires(a >= 0 && a <= 255)
  ensures { (result: UInt8) in Int16(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertInt16ToUInt16(_ a: Int16) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitInt16ToUInt16(_ a: Int16) -> UInt16 {
  requires(a >= 0)
  ensures { (result: UInt16) in Int16(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertInt16ToUInt32(_ a: Int16) -> UInt32 {
  return UInt32(a)  // fails: conversion
}

func fitInt16ToUInt32(_ a: Int16) -> UInt32 {
  requires(a >= 0)
  ensures { (result: UInt32) in Int16(truncatingIfNeeded: result) == a }
  return UInt32(a)
}

func convertInt16ToUInt64(_ a: Int16) -> UInt64 {
  return UInt64(a)  // fails: conversion
}

func fitInt16ToUInt64(_ a: Int16) -> UInt64 {
  requires(a >= 0)
  ensures { (result: UInt64) in Int16(truncatingIfNeeded: result) == a }
  return UInt64(a)
}

func keepsInt16(_ a: Int16) {
  holds(Int16(Int32(a)) == a)
  holds(Int16(Int64(a)) == a)
  holds(Int16(Int(a)) == a)
}

func truncatesInt16(_ low: Int16, _ high: Int16, _ five: Int16) {
  requires(low == Int16.min && high == Int16.max && five == 5)
  holds(Int8(truncatingIfNeeded: low) == 0)
  holds(Int8(truncatingIfNeeded: high) == -1)
  holds(UInt8(truncatingIfNeeded: low) == 0)
  holds(UInt8(truncatingIfNeeded: high) == 255)
  holds(UInt16(truncatingIfNeeded: low) == 32768)
  holds(UInt16(truncatingIfNeeded: high) == 32767)
  holds(Int32(truncatingIfNeeded: low) == -32768)
  holds(Int32(truncatingIfNeeded: high) == 32767)
  holds(UInt32(truncatingIfNeeded: low) == 4294934528)
  holds(UInt32(truncatingIfNeeded: high) == 32767)
  holds(Int64(truncatingIfNeeded: low) == -32768)
  holds(Int64(truncatingIfNeeded: high) == 32767)
  holds(UInt64(truncatingIfNeeded: low) == 18446744073709518848)
  holds(UInt64(truncatingIfNeeded: high) == 32767)
  holds(Int(truncatingIfNeeded: low) == -32768)
  holds(Int(truncatingIfNeeded: high) == 32767)
  holds(UInt(truncatingIfNeeded: low) == 18446744073709518848)
  holds(UInt(truncatingIfNeeded: high) == 32767)
}

func reinterpretsInt16(_ low: Int16, _ high: Int16, _ five: Int16) {
  requires(low == Int16.min && high == Int16.max && five == 5)
  holds(UInt16(bitPattern: low) == 32768)
  holds(UInt16(bitPattern: high) == 32767)
  holds(UInt16(bitPattern: low + 1) == 32769)
}

func exactlyInt16(_ low: Int16, _ high: Int16, _ five: Int16) {
  requires(low == Int16.min && high == Int16.max && five == 5)
  holds(Int8(exactly: five) == 5)
  holds(Int8(exactly: low) == nil)
  holds(Int8(exactly: high) == nil)
  holds(UInt8(exactly: five) == 5)
  holds(UInt8(exactly: low) == nil)
  holds(UInt8(exactly: high) == nil)
  holds(UInt16(exactly: five) == 5)
  holds(UInt16(exactly: low) == nil)
  holds(UInt32(exactly: five) == 5)
  holds(UInt32(exactly: low) == nil)
  holds(UInt64(exactly: five) == 5)
  holds(UInt64(exactly: low) == nil)
  holds(UInt(exactly: five) == 5)
  holds(UInt(exactly: low) == nil)
}

func clampsInt16(_ low: Int16, _ high: Int16, _ five: Int16) {
  requires(low == Int16.min && high == Int16.max && five == 5)
  holds(Int8(clamping: low) == -128)
  holds(Int8(clamping: high) == 127)
  holds(Int8(clamping: five) == 5)
  holds(UInt8(clamping: low) == 0)
  holds(UInt8(clamping: high) == 255)
  holds(UInt8(clamping: five) == 5)
  holds(UInt16(clamping: low) == 0)
  holds(UInt16(clamping: five) == 5)
  holds(UInt32(clamping: low) == 0)
  holds(UInt32(clamping: five) == 5)
  holds(UInt64(clamping: low) == 0)
  holds(UInt64(clamping: five) == 5)
  holds(UInt(clamping: low) == 0)
  holds(UInt(clamping: five) == 5)
}
