import Contracts

// Arithmetic that traps, on Int32.

func addInt32(_ a: Int32, _ b: Int32) -> Int32 {
  return a + b  // fails: overflow
}

func addBoundedInt32(_ a: Int32) -> Int32 {
  requires(a < Int32.max)
  ensures { (result: Int32) in result > a }
  return a + 1
}

func addLiteralInt32(_ a: Int32) -> Int32 {
  requires(a <= 2147483642)
  ensures { (result: Int32) in result == a + 5 }
  return a + 5
}

func addOneTooFarInt32(_ a: Int32) -> Int32 {
  requires(a < Int32.max)
  return a + 2  // fails: overflow
}

func subtractInt32(_ a: Int32, _ b: Int32) -> Int32 {
  return a - b  // fails: overflow
}

func subtractBoundedInt32(_ a: Int32) -> Int32 {
  requires(a > Int32.min)
  ensures { (result: Int32) in result < a }
  return a - 1
}

func subtractOrderedInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(b <= a)
  return a - b  // fails: overflow
}

func subtractNaturalInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(b <= a && b >= 0)
  ensures { (result: Int32) in result >= 0 && result <= a }
  return a - b
}

func multiplyInt32(_ a: Int32, _ b: Int32) -> Int32 {
  return a * b  // fails: overflow
}

func multiplyBoundedInt32(_ a: Int32) -> Int32 {
  requires(a >= 0 && a <= 715827882)
  ensures { (result: Int32) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarInt32(_ a: Int32) -> Int32 {
  requires(a <= 715827883 && a >= 0)
  return a * 3  // fails: overflow
}

func negateInt32(_ a: Int32) -> Int32 {
  return -a  // fails: overflow
}

func negateBoundedInt32(_ a: Int32) -> Int32 {
  requires(a != Int32.min)
  ensures { (result: Int32) in result == 0 - a }
  return -a
}

func timesMinusOneInt32(_ a: Int32) -> Int32 {
  return a * -1  // fails: overflow
}

func compoundAddInt32(_ a: Int32) -> Int32 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedInt32(_ a: Int32) -> Int32 {
  requires(a <= 10 && a >= 0)
  ensures { (result: Int32) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
