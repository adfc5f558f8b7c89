import Contracts

// Arithmetic that traps, on Int64.

func addInt64(_ a: Int64, _ b: Int64) -> Int64 {
  return a + b  // fails: overflow
}

func addBoundedInt64(_ a: Int64) -> Int64 {
  requires(a < Int64.max)
  ensures { (result: Int64) in result > a }
  return a + 1
}

func addLiteralInt64(_ a: Int64) -> Int64 {
  requires(a <= 9223372036854775802)
  ensures { (result: Int64) in result == a + 5 }
  return a + 5
}

func addOneTooFarInt64(_ a: Int64) -> Int64 {
  requires(a < Int64.max)
  return a + 2  // fails: overflow
}

func subtractInt64(_ a: Int64, _ b: Int64) -> Int64 {
  return a - b  // fails: overflow
}

func subtractBoundedInt64(_ a: Int64) -> Int64 {
  requires(a > Int64.min)
  ensures { (result: Int64) in result < a }
  return a - 1
}

func subtractOrderedInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(b <= a)
  return a - b  // fails: overflow
}

func subtractNaturalInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(b <= a && b >= 0)
  ensures { (result: Int64) in result >= 0 && result <= a }
  return a - b
}

func multiplyInt64(_ a: Int64, _ b: Int64) -> Int64 {
  return a * b  // fails: overflow
}

func multiplyBoundedInt64(_ a: Int64) -> Int64 {
  requires(a >= 0 && a <= 3074457345618258602)
  ensures { (result: Int64) in result >= a }
  return a * 3
}

func multiplyTooFarInt64(_ a: Int64) -> Int64 {
  requires(a <= 3074457345618258603 && a >= 0)
  return a * 3  // fails: overflow
}

func negateInt64(_ a: Int64) -> Int64 {
  return -a  // fails: overflow
}

func negateBoundedInt64(_ a: Int64) -> Int64 {
  requires(a != Int64.min)
  ensures { (result: Int64) in result == 0 - a }
  return -a
}

func timesMinusOneInt64(_ a: Int64) -> Int64 {
  return a * -1  // fails: overflow
}

func compoundAddInt64(_ a: Int64) -> Int64 {
  var sum = a
  sum += 1  // fails: overflow
  return sum
}

func compoundBoundedInt64(_ a: Int64) -> Int64 {
  requires(a <= 10 && a >= 0)
  ensures { (result: Int64) in result == 3 * a + 5 }
  var sum = a
  sum += 2
  sum *= 3
  sum -= 1
  return sum
}
