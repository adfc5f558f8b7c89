import Contracts

// Arithmetic that traps, on UInt16.

func addUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  return a + b  // fails: overflow
}

func addBoundedUInt16(_ a: UInt16) -> UInt16 {
  requires(a < UInt16.max)
  ensures { (result: UInt16) in result > a }
  return a + 1
}

func addLiteralUInt16(_ a: UInt16) -> UInt16 {
  requires(a <= 65530)
  ensures { (result: UInt16) in result == a + 5 }
  return a + 5
}

func addOneTooFarUInt16(_ a: UInt16) -> UInt16 {
  requires(a < UInt16.max)
  return a + 2  // fails: overflow
}

func subtractUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  return a - b  // fails: overflow
}

func subtractBoundedUInt16(_ a: UInt16) -> UInt16 {
  requires(a > UInt16.min)
  ensures { (result: UInt16) in result < a }
  return a - 1
}

func subtractOrderedUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(b <= a)
  ensures { (result: UInt16) in result <= a }
  return a - b
}

func multiplyUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  return a * b  // fails: overflow
}

func multiplyBoundedUInt16(_ a: UInt16) -> UInt16 {
  requires(a >= 0 && a <= 21845)
  ensures { (result: UInt16) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarUInt16(_ a: UInt16) -> UInt16 {
  requires(a <= 21846 && a >= 0)
  return a * 3  // fails: overflow
}

func compoundAddUInt16(_ a: UInt16) -> UInt16 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedUInt16(_ a: UInt16) -> UInt16 {
  requires(a <= 10 && a >= 0)
  ensures { (result: UInt16) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
