import Contracts

func highestPowerBelow(_ a: UInt32) -> Bool {
  overBitVectors()
  requires(a != 0)
  ensures { (result: Bool) in result == (a & (a &- 1) == 0) }
  return a & (a &- 1) == 0
}

func clearsLowestBit(_ a: UInt64) -> UInt64 {
  overBitVectors()
  requires(a != 0)
  ensures { (result: UInt64) in result < a }
  return a & (a - 1)
}

func clearsNothing(_ a: UInt64) -> UInt64 {
  overBitVectors()
  ensures { (result: UInt64) in result < a }  // fails: ensures
  return a & (a &- 1)
}

func packs(_ low: UInt32, _ high: UInt32) -> UInt64 {
  overBitVectors()
  ensures { (result: UInt64) in result & 0xffff_ffff == UInt64(low) && result >> 32 == UInt64(high)
  }
  return UInt64(high) << 32 | UInt64(low)
}

func overflowsInBits(_ a: UInt8, _ b: UInt8) -> UInt8 {
  overBitVectors()
  return a + b  // fails: overflow
}

func signedInBits(_ a: Int8) -> Int8 {
  overBitVectors()
  ensures { (result: Int8) in a < 0 ==> result < 0 }
  return a >> 1
}

func signedComparisonInBits(_ a: Int8, _ b: Int8) -> Bool {
  overBitVectors()
  requires(a == -1 && b == 1)
  ensures { (result: Bool) in result }
  return a < b
}

func overShiftInBits(_ a: UInt16, _ n: UInt16) -> UInt16 {
  overBitVectors()
  requires(n >= 16)
  ensures { (result: UInt16) in result == 0 }
  return a << n
}

func remainderInBits(_ a: Int16) -> Int16 {
  overBitVectors()
  requires(a == -7)
  ensures { (result: Int16) in result == -1 }
  return a % 2
}

func truncatesInBits(_ a: Int32) -> Int8 {
  overBitVectors()
  requires(a == 200)
  ensures { (result: Int8) in result == -56 }
  return Int8(truncatingIfNeeded: a)
}

func callsPacked() -> UInt64 {
  ensures { (result: UInt64) in result >> 32 == 2 }
  return packs(1, 2)
}
