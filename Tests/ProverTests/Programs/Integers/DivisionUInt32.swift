import Contracts

// Division, remainder and wrapping arithmetic on UInt32.

func divideUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  return a / b  // fails: division by zero
}

func remainderBelowUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(b != 0)
  ensures { (result: UInt32) in result < b }
  return a % b
}

func halveUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result <= 2147483647 && result <= a }
  return a / 2
}

func remainderOfAllUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  return a % b  // fails: division by zero
}

func divisionExactUInt32(_ a: UInt32, _ b: UInt32) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(b > 0)
  ensures { (result: UInt32) in a < 0 || result <= a }
  return a / b
}

func divideCompoundUInt32(_ a: UInt32) -> UInt32 {
  requires(a == 23)
  ensures { (result: UInt32) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingUInt32(_ a: UInt32, _ b: UInt32, _ c: UInt32) {
  requires(a == UInt32.max && b == UInt32.min && c == 65536)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == 4294967294)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == 4294967295)
  holds(a == 4294967295 && b == 0 && UInt32.bitWidth == 32)
}

func wrapSumUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result == a }
  return a &+ b &- b
}

func wrapInsideUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(a >= 0 && a <= 2147483647 && b >= 0 && b <= 2147483647)
  ensures { (result: UInt32) in result == a + b }
  return a &+ b
}

func wrapCompoundUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
