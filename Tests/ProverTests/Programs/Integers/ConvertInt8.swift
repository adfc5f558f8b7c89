import Contracts

// Conversions of Int8 to the other types.

func convertInt8ToUInt8(_ a: Int8) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitInt8ToUInt8(_ a: Int8) -> UInt8 {
  requires(a >= 0)
  ensures { (result: UInt8) in Int8(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertInt8ToUInt16(_ a: Int8) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitInt8ToUInt16(_ a: Int8) -> UInt16 {
  requires(a >= 0)
  ensures { (result: UInt16) in Int8(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertInt8ToUInt32(_ a: Int8) -> UInt32 {
  return UInt32(a)  // fails: conversion
}

func fitInt8ToUInt32(_ a: Int8) -> UInt32 {
  requires(a >= 0)
  ensures { (result: UInt32) in Int8(truncatingIfNeeded: result) == a }
  return UInt32(a)
}

func convertInt8ToUInt64(_ a: Int8) -> UInt64 {
  return UInt64(a)  // fails: conversion
}

func fitInt8ToUInt64(_ a: Int8) -> UInt64 {
  requires(a >= 0)
  ensures { (result: UInt64) in Int8(truncatingIfNeeded: result) == a }
  return UInt64(a)
}

func keepsInt8(_ a: Int8) {
  holds(Int8(Int16(a)) == a)
  holds(Int8(Int32(a)) == a)
  holds(Int8(Int64(a)) == a)
  holds(Int8(Int(a)) == a)
}

func truncatesInt8(_ low: Int8, _ high: Int8, _ five: Int8) {
  requires(low == Int8.min && high == Int8.max && five == 5)
  holds(UInt8(truncatingIfNeeded: low) == 128)
  holds(UInt8(truncatingIfNeeded: high) == 127)
  holds(Int16(truncatingIfNeeded: low) == -128)
  holds(Int16(truncatingIfNeeded: high) == 127)
  holds(UInt16(truncatingIfNeeded: low) == 65408)
  holds(UInt16(truncatingIfNeeded: high) == 127)
  holds(Int32(truncatingIfNeeded: low) == -128)
  holds(Int32(truncatingIfNeeded: high) == 127)
  holds(UInt32(truncatingIfNeeded: low) == 4294967168)
  holds(UInt32(truncatingIfNeeded: high) == 127)
  holds(Int64(truncatingIfNeeded: low) == -128)
  holds(Int64(truncatingIfNeeded: high) == 127)
  holds(UInt64(truncatingIfNeeded: low) == 18446744073709551488)
  holds(UInt64(truncatingIfNeeded: high) == 127)
  holds(Int(truncatingIfNeeded: low) == -128)
  holds(Int(truncatingIfNeeded: high) == 127)
  holds(UInt(truncatingIfNeeded: low) == 18446744073709551488)
  holds(UInt(truncatingIfNeeded: high) == 127)
}

func reinterpretsInt8(_ low: Int8, _ high: Int8, _ five: Int8) {
  requires(low == Int8.min && high == Int8.max && five == 5)
  holds(UInt8(bitPattern: low) == 128)
  holds(UInt8(bitPattern: high) == 127)
  holds(UInt8(bitPattern: low + 1) == 129)
}

func exactlyInt8(_ low: Int8, _ high: Int8, _ five: Int8) {
  requires(low == Int8.min && high == Int8.max && five == 5)
  holds(UInt8(exactly: five) == 5)
  holds(UInt8(exactly: low) == nil)
  holds(UInt16(exactly: five) == 5)
  holds(UInt16(exactly: low) == nil)
  holds(UInt32(exactly: five) == 5)
  holds(UInt32(exactly: low) == nil)
  holds(UInt64(exactly: five) == 5)
  holds(UInt64(exactly: low) == nil)
  holds(UInt(exactly: five) == 5)
  holds(UInt(exactly: low) == nil)
}

func clampsInt8(_ low: Int8, _ high: Int8, _ five: Int8) {
  requires(low == Int8.min && high == Int8.max && five == 5)
  holds(UInt8(clamping: low) == 0)
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
