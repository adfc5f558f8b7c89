import Contracts

// Conversions of UInt64 to the other types.

func convertUInt64ToInt8(_ a: UInt64) -> Int8 {
  return Int8(a)  // fails: conversion
}

func fitUInt64ToInt8(_ a: UInt64) -> Int8 {
  requires(a <= 127)
  ensures { (result: Int8) in UInt64(truncatingIfNeeded: result) == a }
  return Int8(a)
}

func convertUInt64ToUInt8(_ a: UInt64) -> UInt8 {
  return UInt8(a)  // fails: conversion
}

func fitUInt64ToUInt8(_ a: UInt64) -> UInt8 {
  requires(a <= 255)
  ensures { (result: UInt8) in UInt64(truncatingIfNeeded: result) == a }
  return UInt8(a)
}

func convertUInt64ToInt16(_ a: UInt64) -> Int16 {
  return Int16(a)  // fails: conversion
}

func fitUInt64ToInt16(_ a: UInt64) -> Int16 {
  requires(a <= 32767)
  ensures { (result: Int16) in UInt64(truncatingIfNeeded: result) == a }
  return Int16(a)
}

func convertUInt64ToUInt16(_ a: UInt64) -> UInt16 {
  return UInt16(a)  // fails: conversion
}

func fitUInt64ToUInt16(_ a: UInt64) -> UInt16 {
  requires(a <= 65535)
  ensures { (result: UInt16) in UInt64(truncatingIfNeeded: result) == a }
  return UInt16(a)
}

func convertUInt64ToInt32(_ a: UInt64) -> Int32 {
  return Int32(a)  // fails: conversion
}

func fitUInt64ToInt32(_ a: UInt64) -> Int32 {
  requires(a <= 2147483647)
  ensures { (result: Int32) in UInt64(truncatingIfNeeded: result) == a }
  return Int32(a)
}

func convertUInt64ToUInt32(_ a: UInt64) -> UInt32 {
  return UInt32(a)  // fails: conversion
}

func fitUInt64ToUInt32(_ a: UInt64) -> UInt32 {
  requires(a <= 4294967295)
  ensures { (result: UInt32) in UInt64(truncatingIfNeeded: result) == a }
  return UInt32(a)
}

func convertUInt64ToInt64(_ a: UInt64) -> Int64 {
  return Int64(a)  // fails: conversion
}

func fitUInt64ToInt64(_ a: UInt64) -> Int64 {
  requires(a <= 9223372036854775807)
  ensures { (result: Int64) in UInt64(truncatingIfNeeded: result) == a }
  return Int64(a)
}

func convertUInt64ToInt(_ a: UInt64) -> Int {
  return Int(a)  // fails: conversion
}

func fitUInt64ToInt(_ a: UInt64) -> Int {
  requires(a <= 9223372036854775807)
  ensures { (result: Int) in UInt64(truncatingIfNeeded: result) == a }
  return Int(a)
}

func keepsUInt64(_ a: UInt64) {
  holds(UInt64(UInt(a)) == a)
}

func truncatesUInt64(_ low: UInt64, _ high: UInt64, _ five: UInt64) {
  requires(low == UInt64.min && high == UInt64.max && five == 5)
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
  holds(Int64(truncatingIfNeeded: low) == 0)
  holds(Int64(truncatingIfNeeded: high) == -1)
  holds(Int(truncatingIfNeeded: low) == 0)
  holds(Int(truncatingIfNeeded: high) == -1)
  holds(UInt(truncatingIfNeeded: low) == 0)
  holds(UInt(truncatingIfNeeded: high) == 18446744073709551615)
}

func reinterpretsUInt64(_ low: UInt64, _ high: UInt64, _ five: UInt64) {
  requires(low == UInt64.min && high == UInt64.max && five == 5)
  holds(Int64(bitPattern: low) == 0)
  holds(Int64(bitPattern: high) == -1)
}

func exactlyUInt64(_ low: UInt64, _ high: UInt64, _ five: UInt64) {
  requires(low == UInt64.min && high == UInt64.max && five == 5)
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
  holds(UInt32(exactly: five) == 5)
  holds(UInt32(exactly: high) == nil)
  holds(Int64(exactly: five) == 5)
  holds(Int64(exactly: high) == nil)
  holds(Int(exactly: five) == 5)
  holds(Int(exactly: high) == nil)
}

func clampsUInt64(_ low: UInt64, _ high: UInt64, _ five: UInt64) {
  requires(low == UInt64.min && high == UInt64.max && five == 5)
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
  holds(UInt32(clamping: high) == 4294967295)
  holds(UInt32(clamping: five) == 5)
  holds(Int64(clamping: high) == 9223372036854775807)
  holds(Int64(clamping: five) == 5)
  holds(Int(clamping: high) == 9223372036854775807)
  holds(Int(clamping: five) == 5)
}
