import Contracts

// Conversions of UInt16 to the other types.

func convertUInt16ToInt8(_ a: UInt16) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitUInt16ToInt8(_ a: UInt16) -> Int8 {
  requires(a <= 127)
  ensures { (result: Int8) in UInt16(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertUInt16ToUInt8(_ a: UInt16) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitUInt16ToUInt8(_ a: UInt16) -> UInt8 {
  requires(a <= 255)
  ensures { (result: UInt8) in UInt16(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertUInt16ToInt16(_ a: UInt16) -> Int16 {
  return Int16(a)  // fails: conversion
}

func fitUInt16ToInt16(_ a: UInt16) -> Int16 {
  requires(a <= 32767)
  ensures { (result: Int16) in UInt16(truncatingIfNeeded: result) == a }
  return Int16(a)
}

func keepsUInt16(_ a: UInt16) {
  holds(UInt16(Int32(a)) == a)
  holds(UInt16(UInt32(a)) == a)
  holds(UInt16(Int64(a)) == a)
  holds(UInt16(UInt64(a)) == a)
  holds(UInt16(Int(a)) == a)
  holds(UInt16(UInt(a)) == a)
}

func truncatesUInt16(_ low: UInt16, _ high: UInt16, _ five: UInt16) {
  requires(low == UInt16.min && high == UInt16.max && five == 5)
  holds(Int8(truncatingIfNeeded: low) == 0)
  holds(Int8(truncatingIfNeeded: high) == -1)
  holds(UInt8(truncatingIfNeeded: low) == 0)
  holds(UInt8(truncatingIfNeeded: high) == 255)
  holds(Int16(truncatingIfNeeded: low) == 0)
  holds(Int16(truncatingIfNeeded: high) == -1)
  holds(Int32(truncatingIfNeeded: low) == 0)
  holds(Int32(truncatingIfNeeded: high) == 65535)
  holds(UInt32(truncatingIfNeeded: low) == 0)
  holds(UInt32(truncatingIfNeeded: high) == 65535)
  holds(Int64(truncatingIfNeeded: low) == 0)
  holds(Int64(truncatingIfNeeded: high) == 65535)
  holds(UInt64(truncatingIfNeeded: low) == 0)
  holds(UInt64(truncatingIfNeeded: high) == 65535)
  holds(Int(truncatingIfNeeded: low) == 0)
  holds(Int(truncatingIfNeeded: high) == 65535)
  holds(UInt(truncatingIfNeeded: low) == 0)
  holds(UInt(truncatingIfNeeded: high) == 65535)
}

func reinterpretsUInt16(_ low: UInt16, _ high: UInt16, _ five: UInt16) {
  requires(low == UInt16.min && high == UInt16.max && five == 5)
  holds(Int16(bitPattern: low) == 0)
  holds(Int16(bitPattern: high) == -1)
}

func exactlyUInt16(_ low: UInt16, _ high: UInt16, _ five: UInt16) {
  requires(low == UInt16.min && high == UInt16.max && five == 5)
  holds(Int8(exactly: five) == 5)
  holds(Int8(exactly: high) == nil)
  holds(UInt8(exactly: five) == 5)
  holds(UInt8(exactly: high) == nil)
  holds(Int16(exactly: five) == 5)
  holds(Int16(exactly: high) == nil)
}

func clampsUInt16(_ low: UInt16, _ high: UInt16, _ five: UInt16) {
  requires(low == UInt16.min && high == UInt16.max && five == 5)
  holds(Int8(clamping: high) == 127)
  holds(Int8(clamping: five) == 5)
  holds(UInt8(clamping: high) == 255)
  holds(UInt8(clamping: five) == 5)
  holds(Int16(clamping: high) == 32767)
  holds(Int16(clamping: five) == 5)
}
