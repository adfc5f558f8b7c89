import Contracts

// Division, remainder and wrapping arithmetic on Int32.

func divideInt32(_ a: Int32, _ b: Int32) -> Int32 {
  return a / b  // fails: division by zero; fails: overflow
}

func divideNotZeroInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(b != 0)
  return a / b  // fails: overflow
}

func remainderNotZeroInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(b != 0)
  return a % b  // fails: overflow
}

func divideDownInt32(_ a: Int32) -> Int32 {
  requires(a == -7)
  ensures { (result: Int32) in result == -4 }  // fails: ensures
  return a / 2
}

func remainderPositiveInt32(_ a: Int32) -> Int32 {
  requires(a == -7)
  ensures { (result: Int32) in result == 1 }  // fails: ensures
  return a % 2
}

func divisionSignsInt32(_ a: Int32, _ b: Int32) {
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
  holds(Int32.min / -b == 1073741824)
}

func halveInt32(_ a: Int32) -> Int32 {
  requires(a < 0)
  ensures { (result: Int32) in result <= 0 && result > a }
  return a / 2
}

func remainderOfAllInt32(_ a: Int32, _ b: Int32) -> Int32 {
  return a % b  // fails: division by zero; fails: overflow
}

func divisionExactInt32(_ a: Int32, _ b: Int32) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(b > 0)
  ensures { (result: Int32) in a < 0 || result <= a }
  return a / b
}

func divideCompoundInt32(_ a: Int32) -> Int32 {
  requires(a == 23)
  ensures { (result: Int32) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapInt32(_ a: Int32) -> Int32 {
  ensures { (result: Int32) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerInt32(_ a: Int32) -> Int32 {
  ensures { (result: Int32) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingInt32(_ a: Int32, _ b: Int32, _ c: Int32) {
  requires(a == Int32.max && b == Int32.min && c == 65536)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == -2)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == -1)
  holds(a == 2147483647 && b == -2147483648 && Int32.bitWidth == 32)
}

func wrapSumInt32(_ a: Int32, _ b: Int32) -> Int32 {
  ensures { (result: Int32) in result == a }
  return a &+ b &- b
}

func wrapInsideInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(a >= 0 && a <= 1073741823 && b >= 0 && b <= 1073741823)
  ensures { (result: Int32) in result == a + b }
  return a &+ b
}

func wrapCompoundInt32(_ a: Int32) -> Int32 {
  ensures { (result: Int32) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
