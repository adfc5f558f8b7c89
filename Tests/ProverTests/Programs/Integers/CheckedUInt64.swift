import Contracts

// Arithmetic that traps, on UInt64.

func addUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  return a + b  // fails: overflow
}

func addBoundedUInt64(_ a: UInt64) -> UInt64 {
  requires(a < UInt64.max)
  ensures { (result: UInt64) in result > a }
  return a + 1
}

func addLiteralUInt64(_ a: UInt64) -> UInt64 {
  requires(a <= 18446744073709551610)
  ensures { (result: UInt64) in result == a + 5 }
  return a + 5
}

func addOneTooFarUInt64(_ a: UInt64) -> UInt64 {
  requires(a < UInt64.max)
  return a + 2  // fails: overflow
}

func subtractUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  return a - b  // fails: overflow
}

func subtractBoundedUInt64(_ a: UInt64) -> UInt64 {
  requires(a > UInt64.min)
  ensures { (result: UInt64) in result < a }
  return a - 1
}

func subtractOrderedUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  requires(b <= a)
  ensures { (result: UInt64) in result <= a }
  return a - b
}

func multiplyUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  return a * b  // fails: overflow
}

func multiplyBoundedUInt64(_ a: UInt64) -> UInt64 {
  requires(a >= 0 && a <= 6148914691236517205)
  ensures { (result: UInt64) in result >= a }
  return a * 3
}

func multiplyTooFarUInt64(_ a: UInt64) -> UInt64 {
  requires(a <= 6148914691236517206 && a >= 0)
  return a * 3  // fails: overflow
}

func compoundAddUInt64(_ a: UInt64) -> UInt64 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedUInt64(_ a: UInt64) -> UInt64 {
  requires(a <= 10 && a >= 0)
  ensures { (result: UInt64) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
