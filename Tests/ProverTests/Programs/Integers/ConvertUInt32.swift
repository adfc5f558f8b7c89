import Contracts

// Conversions of UInt32 to the other types.

func convertUInt32ToInt8(_ a: UInt32) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitUInt32ToInt8(_ a: UInt32) -> Int8 {
  requires(a <= 127)
  ensures { (result: Int8) in UInt32(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertUInt32ToUInt8(_ a: UInt32) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitUInt32ToUInt8(_ a: UInt32) -> UInt8 {
  requires(a <= 255)
  ensures { (result: UInt8) in UInt32(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertUInt32ToInt16(_ a: UInt32) -> Int16 {
  return Int16(a)  // fails: conversion
}

func fitUInt32ToInt16(_ a: UInt32) -> Int16 {
  requires(a <= 32767)
  ensures { (result: Int16) in UInt32(truncatingIfNeeded: result) == a }
  return Int16(a)
}

func convertUInt32ToUInt16(_ a: UInt32) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitUInt32ToUInt16(_ a: UInt32) -> UInt16 {
  requires(a <= 65535)
  ensures { (result: UInt16) in UInt32(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertUInt32ToInt32(_ a: UInt32) -> Int32 {
  return Int32(a)  // fails: conversion
}

func fitUInt32ToInt32(_ a: UInt32) -> Int32 {
  requires(a <= 2147483647)
  ensures { (result: Int32) in UInt32(truncatingIfNeeded: result) == a }
  return Int32(a)
}

func keepsUInt32(_ a: UInt32) {
  holds(UInt32(Int64(a)) == a)
  holds(UInt32(UInt64(a)) == a)
  holds(UInt32(Int(a)) == a)
  holds(UInt32(UInt(a)) == a)
}

func truncatesUInt32(_ low: UInt32, _ high: UInt32, _ five: UInt32) {
  requires(low == UInt32.min && high == UInt32.max && five == 5)
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
  holds(Int64(truncatingIfNeeded: low) == 0)
  holds(Int64(truncatingIfNeeded: high) == 4294967295)
  holds(UInt64(truncatingIfNeeded: low) == 0)
  holds(UInt64(truncatingIfNeeded: high) == 4294967295)
  holds(Int(truncatingIfNeeded: low) == 0)
  holds(Int(truncatingIfNeeded: high) == 4294967295)
  holds(UInt(truncatingIfNeeded: low) == 0)
  holds(UInt(truncatingIfNeeded: high) == 4294967295)
}

func reinterpretsUInt32(_ low: UInt32, _ high: UInt32, _ five: UInt32) {
  requires(low == UInt32.min && high == UInt32.max && five == 5)
  holds(Int32(bitPattern: low) == 0)
  holds(Int32(bitPattern: high) == -1)
}

func exactlyUInt32(_ low: UInt32, _ high: UInt32, _ five: UInt32) {
  requires(low == UInt32.min && high == UInt32.max && five == 5)
  holds(Int8(exactly: five) == 5)
  holds(Int8(exactly: high) == nil)
  holds(UInt8(exactly: five) == 5)
  holds(UInt8(exactly: high) == nil)
  holds(Int16(exactly: five) == 5)
  holds(Int16(exactly: high) == nil)
  holds(UInt16(exactly: five) == 5)
  holds(UInt16(exactly: high) == nil)
  holds(Int32(exactly: five) == 5)
  holds(Int32(exactly: high) == nil)
}

func clampsUInt32(_ low: UInt32, _ high: UInt32, _ five: UInt32) {
  requires(low == UInt32.min && high == UInt32.max && five == 5)
  holds(Int8(clamping: high) == 127)
  holds(Int8(clamping: five) == 5)
  holds(UInt8(clamping: high) == 255)
  holds(UInt8(clamping: five) == 5)
  holds(Int16(clamping: high) == 32767)
  holds(Int16(clamping: five) == 5)
  holds(UInt16(clamping: high) == 65535)
  holds(UInt16(clamping: five) == 5)
  holds(Int32(clamping: high) == 2147483647)
  holds(Int32(clamping: five) == 5)
}
