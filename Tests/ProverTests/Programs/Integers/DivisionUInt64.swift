import Contracts

// Division, remainder and wrapping arithmetic on UInt64.

func divideUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  return a / b  // fails: division by zero
}

func remainderBelowUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  requires(b != 0)
  ensures { (result: UInt64) in result < b }
  return a % b
}

func halveUInt64(_ a: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result <= 9223372036854775807 && result <= a }
  return a / 2
}

func remainderOfAllUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  return a % b  // fails: division by zero
}

func divisionExactUInt64(_ a: UInt64, _ b: UInt64) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  requires(b > 0)
  ensures { (result: UInt64) in a < 0 || result <= a }
  return a / b
}

func divideCompoundUInt64(_ a: UInt64) -> UInt64 {
  requires(a == 23)
  ensures { (result: UInt64) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapUInt64(_ a: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerUInt64(_ a: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingUInt64(_ a: UInt64, _ b: UInt64, _ c: UInt64) {
  requires(a == UInt64.max && b == UInt64.min && c == 4294967296)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == 18446744073709551614)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == 18446744073709551615)
  holds(a == 18446744073709551615 && b == 0 && UInt64.bitWidth == 64)
}

func wrapSumUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result == a }
  return a &+ b &- b
}

func wrapInsideUInt64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  requires(a >= 0 && a <= 9223372036854775807 && b >= 0 && b <= 9223372036854775807)
  ensures { (result: UInt64) in result == a + b }
  return a &+ b
}

func wrapCompoundUInt64(_ a: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
