import Contracts

// Division, remainder and wrapping arithmetic on UInt8.

func divideUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return a / b  // fails: division by zero
}

func remainderBelowUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(b != 0)
  ensures { (result: UInt8) in result < b }
  return a % b
}

func halveUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result <= 127 && result <= a }
  return a / 2
}

func remainderOfAllUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  return a % b  // fails: division by zero
}

func divisionExactUInt8(_ a: UInt8, _ b: UInt8) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(b > 0)
  ensures { (result: UInt8) in a < 0 || result <= a }
  return a / b
}

func divideCompoundUInt8(_ a: UInt8) -> UInt8 {
  requires(a == 23)
  ensures { (result: UInt8) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingUInt8(_ a: UInt8, _ b: UInt8, _ c: UInt8) {
  requires(a == UInt8.max && b == UInt8.min && c == 16)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == 254)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == 255)
  holds(a == 255 && b == 0 && UInt8.bitWidth == 8)
}

func wrapSumUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result == a }
  return a &+ b &- b
}

func wrapInsideUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(a >= 0 && a <= 127 && b >= 0 && b <= 127)
  ensures { (result: UInt8) in result == a + b }
  return a &+ b
}

func wrapCompoundUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
