import Contracts

// Division, remainder and wrapping arithmetic on UInt16.

func divideUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  return a / b  // fails: division by zero
}

func remainderBelowUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(b != 0)
  ensures { (result: UInt16) in result < b }
  return a % b
}

func halveUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result <= 32767 && result <= a }
  return a / 2
}

func remainderOfAllUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  return a % b  // fails: division by zero
}

func divisionExactUInt16(_ a: UInt16, _ b: UInt16) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(b > 0)
  ensures { (result: UInt16) in a < 0 || result <= a }
  return a / b
}

func divideCompoundUInt16(_ a: UInt16) -> UInt16 {
  requires(a == 23)
  ensures { (result: UInt16) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingUInt16(_ a: UInt16, _ b: UInt16, _ c: UInt16) {
  requires(a == UInt16.max && b == UInt16.min && c == 256)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == 65534)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == 65535)
  holds(a == 65535 && b == 0 && UInt16.bitWidth == 16)
}

func wrapSumUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result == a }
  return a &+ b &- b
}

func wrapInsideUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(a >= 0 && a <= 32767 && b >= 0 && b <= 32767)
  ensures { (result: UInt16) in result == a + b }
  return a &+ b
}

func wrapCompoundUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
