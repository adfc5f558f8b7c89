import Contracts

// Division, remainder and wrapping arithmetic on Int8.

func divideInt8(_ a: Int8, _ b: Int8) -> Int8 {
  return a / b  // fails: division by zero; fails: overflow
}

func divideNotZeroInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(b != 0)
  return a / b  // fails: overflow
}

func remainderNotZeroInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(b != 0)
  return a % b  // fails: overflow
}

func divideDownInt8(_ a: Int8) -> Int8 {
  requires(a == -7)
  ensures { (result: Int8) in result == -4 }  // fails: ensures
  return a / 2
}

func remainderPositiveInt8(_ a: Int8) -> Int8 {
  requires(a == -7)
  ensures { (result: Int8) in result == 1 }  // fails: ensures
  return a % 2
}

func divisionSignsInt8(_ a: Int8, _ b: Int8) {
  requires(a == -7 && b == 2)
  holds(a / b == -3)
  holds(a % b == -1)
  holds(-a / -b == -3)
  holds(-a % -b == 1)
  holds(a / -b == 3)
  holds(a % -b == -1)
  holds(a / 2 == -3)
  holds(a % 2 == -1)
  holds(7 / -b == -3)
  holds(7 % -b == 1)
  holds(Int8.min / -b == 64)
}

func halveInt8(_ a: Int8) -> Int8 {
  requires(a < 0)
  ensures { (result: Int8) in result <= 0 && result > a }
  return a / 2
}

func remainderOfAllInt8(_ a: Int8, _ b: Int8) -> Int8 {
  return a % b  // fails: division by zero; fails: overflow
}

func divisionExactInt8(_ a: Int8, _ b: Int8) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(b > 0)
  ensures { (result: Int8) in a < 0 || result <= a }
  return a / b
}

func divideCompoundInt8(_ a: Int8) -> Int8 {
  requires(a == 23)
  ensures { (result: Int8) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapInt8(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerInt8(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingInt8(_ a: Int8, _ b: Int8, _ c: Int8) {
  requires(a == Int8.max && b == Int8.min && c == 16)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == -2)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == -1)
  holds(a == 127 && b == -128 && Int8.bitWidth == 8)
}

func wrapSumInt8(_ a: Int8, _ b: Int8) -> Int8 {
  ensures { (result: Int8) in result == a }
  return a &+ b &- b
}

func wrapInsideInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(a >= 0 && a <= 63 && b >= 0 && b <= 63)
  ensures { (result: Int8) in result == a + b }
  return a &+ b
}

func wrapCompoundInt8(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
