import Contracts

// Arithmetic that traps, on UInt8.

func addUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return a + b  // fails: overflow
}

func addBoundedUInt8(_ a: UInt8) -> UInt8 {
  requires(a < UInt8.max)
  ensures { (result: UInt8) in result > a }
  return a + 1
}

func addLiteralUInt8(_ a: UInt8) -> UInt8 {
  requires(a <= 250)
  ensures { (result: UInt8) in result == a + 5 }
  return a + 5
}

func addOneTooFarUInt8(_ a: UInt8) -> UInt8 {
  requires(a < UInt8.max)
  return a + 2  // fails: overflow
}

func subtractUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return a - b  // fails: overflow
}

func subtractBoundedUInt8(_ a: UInt8) -> UInt8 {
  requires(a > UInt8.min)
  ensures { (result: UInt8) in result < a }
  return a - 1
}

func subtractOrderedUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(b <= a)
  ensures { (result: UInt8) in result <= a }
  return a - b
}

func multiplyUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return a * b  // fails: overflow
}

func multiplyBoundedUInt8(_ a: UInt8) -> UInt8 {
  requires(a >= 0 && a <= 85)
  ensures { (result: UInt8) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarUInt8(_ a: UInt8) -> UInt8 {
  requires(a <= 86 && a >= 0)
  return a * 3  // fails: overflow
}

func compoundAddUInt8(_ a: UInt8) -> UInt8 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedUInt8(_ a: UInt8) -> UInt8 {
  requires(a <= 10 && a >= 0)
  ensures { (result: UInt8) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
