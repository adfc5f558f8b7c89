import Contracts

// Arithmetic that traps, on UInt32.

func addUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  return a + b  // fails: overflow
}

func addBoundedUInt32(_ a: UInt32) -> UInt32 {
  requires(a < UInt32.max)
  ensures { (result: UInt32) in result > a }
  return a + 1
}

func addLiteralUInt32(_ a: UInt32) -> UInt32 {
  requires(a <= 4294967290)
  ensures { (result: UInt32) in result == a + 5 }
  return a + 5
}

func addOneTooFarUInt32(_ a: UInt32) -> UInt32 {
  requires(a < UInt32.max)
  return a + 2  // fails: overflow
}

func subtractUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  return a - b  // fails: overflow
}

func subtractBoundedUInt32(_ a: UInt32) -> UInt32 {
  requires(a > UInt32.min)
  ensures { (result: UInt32) in result < a }
  return a - 1
}

func subtractOrderedUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(b <= a)
  ensures { (result: UInt32) in result <= a }
  return a - b
}

func multiplyUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  return a * b  // fails: overflow
}

func multiplyBoundedUInt32(_ a: UInt32) -> UInt32 {
  requires(a >= 0 && a <= 1431655765)
  ensures { (result: UInt32) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarUInt32(_ a: UInt32) -> UInt32 {
  requires(a <= 1431655766 && a >= 0)
  return a * 3  // fails: overflow
}

func compoundAddUInt32(_ a: UInt32) -> UInt32 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedUInt32(_ a: UInt32) -> UInt32 {
  requires(a <= 10 && a >= 0)
  ensures { (result: UInt32) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
