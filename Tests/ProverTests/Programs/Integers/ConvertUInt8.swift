import Contracts

// Conversions of UInt8 to the other types.

func convertUInt8ToInt8(_ a: UInt8) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitUInt8ToInt8(_ a: UInt8) -> Int8 {
  requires(a <= 127)
  ensures { (result: Int8) in UInt8(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func keepsUInt8(_ a: UInt8) {
  holds(UInt8(Int16(a)) == a)
  holds(UInt8(UInt16(a)) == a)
  holds(UInt8(Int32(a)) == a)
  holds(UInt8(UInt32(a)) == a)
  holds(UInt8(Int64(a)) == a)
  holds(UInt8(UInt64(a)) == a)
  holds(UInt8(Int(a)) == a)
  holds(UInt8(UInt(a)) == a)
}

func truncatesUInt8(_ low: UInt8, _ high: UInt8, _ five: UInt8) {
  requires(low == UInt8.min && high == UInt8.max && five == 5)
  holds(Int8(truncatingIfNeeded: low) == 0)
  holds(Int8(truncatingIfNeeded: high) == -1)
  holds(Int16(truncatingIfNeeded: low) == 0)
  holds(Int16(truncatingIfNeeded: high) == 255)
  holds(UInt16(truncatingIfNeeded: low) == 0)
  holds(UInt16(truncatingIfNeeded: high) == 255)
  holds(Int32(truncatingIfNeeded: low) == 0)
  holds(Int32(truncatingIfNeeded: high) == 255)
  holds(UInt32(truncatingIfNeeded: low) == 0)
  holds(UInt32(truncatingIfNeeded: high) == 255)
  holds(Int64(truncatingIfNeeded: low) == 0)
  holds(Int64(truncatingIfNeeded: high) == 255)
  holds(UInt64(truncatingIfNeeded: low) == 0)
  holds(UInt64(truncatingIfNeeded: high) == 255)
  holds(Int(truncatingIfNeeded: low) == 0)
  holds(Int(truncatingIfNeeded: high) == 255)
  holds(UInt(truncatingIfNeeded: low) == 0)
  holds(UInt(truncatingIfNeeded: high) == 255)
}

func reinterpretsUInt8(_ low: UInt8, _ high: UInt8, _ five: UInt8) {
  requires(low == UInt8.min && high == UInt8.max && five == 5)
  holds(Int8(bitPattern: low) == 0)
  holds(Int8(bitPattern: high) == -1)
}

func exactlyUInt8(_ low: UInt8, _ high: UInt8, _ five: UInt8) {
  requires(low == UInt8.min && high == UInt8.max && five == 5)
  holds(Int8(exactly: five) == 5)
  holds(Int8(exactly: high) == nil)
}

func clampsUInt8(_ low: UInt8, _ high: UInt8, _ five: UInt8) {
  requires(low == UInt8.min && high == UInt8.max && five == 5)
  holds(Int8(clamping: high) == 127)
  holds(Int8(clamping: five) == 5)
}
