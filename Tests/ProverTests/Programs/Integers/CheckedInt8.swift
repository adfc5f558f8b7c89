import Contracts

// Arithmetic that traps, on Int8.

func addInt8(_ a: Int8, _ b: Int8) -> Int8 {
  return a + b  // fails: overflow
}

func addBoundedInt8(_ a: Int8) -> Int8 {
  requires(a < Int8.max)
  ensures { (result: Int8) in result > a }
  return a + 1
}

func addLiteralInt8(_ a: Int8) -> Int8 {
  requires(a <= 122)
  ensures { (result: Int8) in result == a + 5 }
  return a + 5
}

func addOneTooFarInt8(_ a: Int8) -> Int8 {
  requires(a < Int8.max)
  return a + 2  // fails: overflow
}

func subtractInt8(_ a: Int8, _ b: Int8) -> Int8 {
  return a - b  // fails: overflow
}

func subtractBoundedInt8(_ a: Int8) -> Int8 {
  requires(a > Int8.min)
  ensures { (result: Int8) in result < a }
  return a - 1
}

func subtractOrderedInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(b <= a)
  return a - b  // fails: overflow
}

func subtractNaturalInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(b <= a && b >= 0)
  ensures { (result: Int8) in result >= 0 && result <= a }
  return a - b
}

func multiplyInt8(_ a: Int8, _ b: Int8) -> Int8 {
  return a * b  // fails: overflow
}

func multiplyBoundedInt8(_ a: Int8) -> Int8 {
  requires(a >= 0 && a <= 42)
  ensures { (result: Int8) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarInt8(_ a: Int8) -> Int8 {
  requires(a <= 43 && a >= 0)
  return a * 3  // fails: overflow
}

func negateInt8(_ a: Int8) -> Int8 {
  return -a  // fails: overflow
}

func negateBoundedInt8(_ a: Int8) -> Int8 {
  requires(a != Int8.min)
  ensures { (result: Int8) in result == 0 - a }
  return -a
}

func timesMinusOneInt8(_ a: Int8) -> Int8 {
  return a * -1  // fails: overflow
}

func compoundAddInt8(_ a: Int8) -> Int8 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedInt8(_ a: Int8) -> Int8 {
  requires(a <= 10 && a >= 0)
  ensures { (result: Int8) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
