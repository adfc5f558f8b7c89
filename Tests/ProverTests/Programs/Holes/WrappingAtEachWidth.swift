import Contracts

// What is true of numbers and false of machine words.

func grows8(_ a: UInt8) -> Bool {
  ensures { (result: Bool) in result }  // fails: ensures
  return a &+ 1 > a
}

func grows64(_ a: UInt64) -> Bool {
  ensures { (result: Bool) in result }  // fails: ensures
  return a &+ 1 > a
}

func growsInt(_ a: Int) -> Bool {
  ensures { (result: Bool) in result }  // fails: ensures
  return a &+ 1 > a
}

func magnitudeFits(_ a: Int8) -> Int8 {
  return Int8(a.magnitude)  // fails: conversion
}

func magnitudeOfMinimum() -> UInt8 {
  ensures { (result: UInt8) in result == 128 }
  return Int8.min.magnitude
}

func negationWraps(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result >= 0 }  // fails: ensures
  return a < 0 ? 0 &- a : a
}

func sumOfHalves(_ a: UInt8, _ b: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result >= min(a, b) && result <= max(a, b) }  // fails: ensures
  return (a &+ b) / 2
}

func midpoint(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(a <= b)
  ensures { (result: UInt8) in result >= a && result <= b }
  return a + (b - a) / 2
}

func truncationKeeps(_ a: Int) -> Int8 {
  ensures { (result: Int8) in a >= 0 ==> result >= 0 }  // fails: ensures
  return Int8(truncatingIfNeeded: a)
}

func signExtends(_ a: Int8) -> Int {
  ensures { (result: Int) in result == -1 }
  requires(a == -1)
  return Int(truncatingIfNeeded: a)
}

func zeroExtends(_ a: UInt8) -> Int {
  requires(a == 255)
  ensures { (result: Int) in result == 255 }
  return Int(truncatingIfNeeded: a)
}

func signExtendsIntoUnsigned(_ a: Int8) -> UInt64 {
  requires(a == -1)
  ensures { (result: UInt64) in result == 0xffff_ffff_ffff_ffff }
  return UInt64(truncatingIfNeeded: a)
}

func literalOfMinimum() -> Int8 {
  ensures { (result: Int8) in result == Int8.min && result < 0 }
  return -128
}

func hexadecimal() -> UInt64 {
  ensures { (result: UInt64) in result == UInt64.max }
  return 0xffff_ffff_ffff_ffff
}

func widthOfIntermediate(_ a: UInt8) -> Int {
  // The sum has eight bits although the result has more.
  return Int(a + 200)  // fails: overflow
}

func comparesUnsigned(_ a: UInt8, _ b: Int8) -> Bool {
  requires(a == 255 && b == -1)
  ensures { (result: Bool) in result }
  return a == UInt8(bitPattern: b)
}

func intOfPattern(_ a: UInt) -> Int {
  requires(a == UInt.max)
  ensures { (result: Int) in result == -1 }
  return Int(bitPattern: a)
}

func swapsBytes(_ a: UInt16) -> UInt16 {
  requires(a == 0x1234)
  ensures { (result: UInt16) in result == 0x3412 }
  return a.byteSwapped
}

func precedence(_ a: Int) -> Int {
  requires(a == 3)
  ensures { (result: Int) in result == 3 + 4 * 2 - 12 }
  return a + a &+ 1 - a - 5 &* 1
}

func shiftBindsTighter(_ a: Int) -> Int {
  requires(a == 3)
  ensures { (result: Int) in result == 14 }
  return a << 2 + 2 - 0 * a
}

func leadingZerosOfByte(_ a: UInt8) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result < 8 }
  return a.leadingZeroBitCount
}

func sumOfMasked(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return (a & 127) + (b & 127) + 2  // fails: overflow
}

func sumOfMaskedFits(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return (a & 127) + (b & 127) + 1
}

func farShiftOfNegative(_ a: Int8, _ far: Int) -> Int8 {
  requires(a < 0 && far >= 8)
  ensures { (result: Int8) in result == -1 }
  return a >> far
}
