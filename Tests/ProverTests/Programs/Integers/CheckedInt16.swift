import Contracts

// Arithmetic that traps, on Int16.

func addInt16(_ a: Int16, _ b: Int16) -> Int16 {
  return a + b  // fails: overflow
}

func addBoundedInt16(_ a: Int16) -> Int16 {
  requires(a < Int16.max)
  ensures { (result: Int16) in result > a }
  return a + 1
}

func addLiteralInt16(_ a: Int16) -> Int16 {
  requires(a <= 32762)
  ensures { (result: Int16) in result == a + 5 }
  return a + 5
}

func addOneTooFarInt16(_ a: Int16) -> Int16 {
  requires(a < Int16.max)
  return a + 2  // fails: overflow
}

func subtractInt16(_ a: Int16, _ b: Int16) -> Int16 {
  return a - b  // fails: overflow
}

func subtractBoundedInt16(_ a: Int16) -> Int16 {
  requires(a > Int16.min)
  ensures { (result: Int16) in result < a }
  return a - 1
}

func subtractOrderedInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(b <= a)
  return a - b  // fails: overflow
}

func subtractNaturalInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(b <= a && b >= 0)
  ensures { (result: Int16) in result >= 0 && result <= a }
  return a - b
}

func multiplyInt16(_ a: Int16, _ b: Int16) -> Int16 {
  return a * b  // fails: overflow
}

func multiplyBoundedInt16(_ a: Int16) -> Int16 {
  requires(a >= 0 && a <= 10922)
  ensures { (result: Int16) in result >= a && result % 3 == 0 }
  return a * 3
}

func multiplyTooFarInt16(_ a: Int16) -> Int16 {
  requires(a <= 10923 && a >= 0)
  return a * 3  // fails: overflow
}

func negateInt16(_ a: Int16) -> Int16 {
  return -a  // fails: overflow
}

func negateBoundedInt16(_ a: Int16) -> Int16 {
  requires(a != Int16.min)
  ensures { (result: Int16) in result == 0 - a }
  return -a
}

func timesMinusOneInt16(_ a: Int16) -> Int16 {
  return a * -1  // fails: overflow
}

func compoundAddInt16(_ a: Int16) -> Int16 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedInt16(_ a: Int16) -> Int16 {
  requires(a <= 10 && a >= 0)
  ensures { (result: Int16) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
