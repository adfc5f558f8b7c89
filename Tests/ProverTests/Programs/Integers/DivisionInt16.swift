import Contracts

// Division, remainder and wrapping arithmetic on Int16.

func divideInt16(_ a: Int16, _ b: Int16) -> Int16 {
  return a / b  // fails: division by zero; fails: overflow
}

func divideNotZeroInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(b != 0)
  return a / b  // fails: overflow
}

func remainderNotZeroInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(b != 0)
  return a % b  // fails: overflow
}

func divideDownInt16(_ a: Int16) -> Int16 {
  requires(a == -7)
  ensures { (result: Int16) in result == -4 }  // fails: ensures
  return a / 2
}

func remainderPositiveInt16(_ a: Int16) -> Int16 {
  requires(a == -7)
  ensures { (result: Int16) in result == 1 }  // fails: ensures
  return a % 2
}

func divisionSignsInt16(_ a: Int16, _ b: Int16) {
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
  holds(Int16.min / -b == 16384)
}

func halveInt16(_ a: Int16) -> Int16 {
  requires(a < 0)
  ensures { (result: Int16) in result <= 0 && result > a }
  return a / 2
}

func remainderOfAllInt16(_ a: Int16, _ b: Int16) -> Int16 {
  return a % b  // fails: division by zero; fails: overflow
}

func divisionExactInt16(_ a: Int16, _ b: Int16) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(b > 0)
  ensures { (result: Int16) in a < 0 || result <= a }
  return a / b
}

func divideCompoundInt16(_ a: Int16) -> Int16 {
  requires(a == 23)
  ensures { (result: Int16) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapInt16(_ a: Int16) -> Int16 {
  ensures { (result: Int16) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerInt16(_ a: Int16) -> Int16 {
  ensures { (result: Int16) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingInt16(_ a: Int16, _ b: Int16, _ c: Int16) {
  requires(a == Int16.max && b == Int16.min && c == 256)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == -2)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == -1)
  holds(a == 32767 && b == -32768 && Int16.bitWidth == 16)
}

func wrapSumInt16(_ a: Int16, _ b: Int16) -> Int16 {
  ensures { (result: Int16) in result == a }
  return a &+ b &- b
}

func wrapInsideInt16(_ a: Int16, _ b: Int16) -> Int16 {
  requires(a >= 0 && a <= 16383 && b >= 0 && b <= 16383)
  ensures { (result: Int16) in result == a + b }
  return a &+ b
}

func wrapCompoundInt16(_ a: Int16) -> Int16 {
  ensures { (result: Int16) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
