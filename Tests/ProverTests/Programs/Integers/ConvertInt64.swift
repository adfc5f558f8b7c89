import Contracts

// Conversions of Int64 to the other types.

func convertInt64ToInt8(_ a: Int64) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitInt64ToInt8(_ a: Int64) -> Int8 {
  requires(a >= -128 && a <= 127)
  ensures { (result: Int8) in Int64(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertInt64ToUInt8(_ a: Int64) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitInt64ToUInt8(_ a: Int64) -> UInt8 {
  requires(a >= 0 && a <= 255)
  ensures { (result: UInt8) in Int64(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertInt64ToInt16(_ a: Int64) -> Int16 {
  return Int16(a)  // fails: conversion
}

func fitInt64ToInt16(_ a: Int64) -> Int16 {
  requires(a >= -32768 && a <= 32767)
  ensures { (result: Int16) in Int64(truncatingIfNeeded: result) == a }
  return Int16(a)
}

func convertInt64ToUInt16(_ a: Int64) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitInt64ToUInt16(_ a: Int64) -> UInt16 {
  requires(a >= 0 && a <= 65535)
  ensures { (result: UInt16) in Int64(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertInt64ToInt32(_ a: Int64) -> Int32 {
  return Int32(a)  // fails: conversion
}

func fitInt64ToInt32(_ a: Int64) -> Int32 {
  requires(a >= -2147483648 && a <= 2147483647)
  ensures { (result: Int32) in Int64(truncatingIfNeeded: result) == a }
  return Int32(a)
}

func convertInt64ToUInt32(_ a: Int64) -> UInt32 {
  return UInt32(a)  // fails: conversion
}

func fitInt64ToUInt32(_ a: Int64) -> UInt32 {
  requires(a >= 0 && a <= 4294967295)
  ensures { (result: UInt32) in Int64(truncatingIfNeeded: result) == a }
  return UInt32(a)
}

func convertInt64ToUInt64(_ a: Int64) -> UInt64 {
  return UInt64(a)  // fails: conversion
}

func fitInt64ToUInt64(_ a: Int64) -> UInt64 {
  requires(a >= 0)
  ensures { (result: UInt64) in Int64(truncatingIfNeeded: result) == a }
  return UInt64(a)
}

func convertInt64ToUInt(_ a: Int64) -> UInt {
  return UInt(a)  // fails: conversion
}

func fitInt64ToUInt(_ a: Int64) -> UInt {
  requires(a >= 0)
  ensures { (result: UInt) in Int64(truncatingIfNeeded: result) == a }
  return UInt(a)
}

func keepsInt64(_ a: Int64) {
  holds(Int64(Int(a)) == a)
}

func truncatesInt64(_ low: Int64, _ high: Int64, _ five: Int64) {
  requires(low == Int64.min && high == Int64.max && five == 5)
  holds(Int8(truncatingIfNeeded: low) == 0)
  holds(Int8(truncatingIfNeeded: high) == -1)
  holds(UInt8(truncatingIfNeeded: low) == 0)
  holds(UInt8(truncatingIfNeeded: high) == 255)
  holds(Int16(truncatingIfNeeded: low) == 0)
  holds(Int16(truncatingIfNeeded: high) == -1)
  holds(UInt16(truncatingIfNeeded: low) == 0)
  holds(UInt16(truncatingIfNeeded: high) == 65535)
  holds(Int32(truncatingIfNeeded: low) == 0)
  holds(Int32(truncatingIfNeeded: high) == -1)
  holds(UInt32(truncatingIfNeeded: low) == 0)
  holds(UInt32(truncatingIfNeeded: high) == 4294967295)
  holds(UInt64(truncatingIfNeeded: low) == 9223372036854775808)
  holds(UInt64(truncatingIfNeeded: high) == 9223372036854775807)
  holds(Int(truncatingIfNeeded: low) == -9223372036854775808)
  holds(Int(truncatingIfNeeded: high) == 9223372036854775807)
  holds(UInt(truncatingIfNeeded: low) == 9223372036854775808)
  holds(UInt(truncatingIfNeeded: high) == 9223372036854775807)
}

func reinterpretsInt64(_ low: Int64, _ high: Int64, _ five: Int64) {
  requires(low == Int64.min && high == Int64.max && five == 5)
  holds(UInt64(bitPattern: low) == 9223372036854775808)
  holds(UInt64(bitPattern: high) == 9223372036854775807)
  holds(UInt64(bitPattern: low + 1) == 9223372036854775809)
}

func exactlyInt64(_ low: Int64, _ high: Int64, _ five: Int64) {
  requires(low == Int64.min && high == Int64.max && five == 5)
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
  holds(Int32(exactly: five) == 5)
  holds(Int32(exactly: low) == nil)
  holds(Int32(exactly: high) == nil)
  holds(UInt32(exactly: five) == 5)
  holds(UInt32(exactly: low) == nil)
  holds(UInt32(exactly: high) == nil)
  holds(UInt64(exactly: five) == 5)
  holds(UInt64(exactly: low) == nil)
  holds(UInt(exactly: five) == 5)
  holds(UInt(exactly: low) == nil)
}

func clampsInt64(_ low: Int64, _ high: Int64, _ five: Int64) {
  requires(low == Int64.min && high == Int64.max && five == 5)
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
  holds(Int32(clamping: low) == -2147483648)
  holds(Int32(clamping: high) == 2147483647)
  holds(Int32(clamping: five) == 5)
  holds(UInt32(clamping: low) == 0)
  holds(UInt32(clamping: high) == 4294967295)
  holds(UInt32(clamping: five) == 5)
  holds(UInt64(clamping: low) == 0)
  holds(UInt64(clamping: five) == 5)
  holds(UInt(clamping: low) == 0)
  holds(UInt(clamping: five) == 5)
}
