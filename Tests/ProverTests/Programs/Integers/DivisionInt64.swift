import Contracts

// Division, remainder and wrapping arithmetic on Int64.

func divideInt64(_ a: Int64, _ b: Int64) -> Int64 {
  return a / b  // fails: division by zero; fails: overflow
}

func divideNotZeroInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(b != 0)
  return a / b  // fails: overflow
}

func remainderNotZeroInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(b != 0)
  return a % b  // fails: overflow
}

func divideDownInt64(_ a: Int64) -> Int64 {
  requires(a == -7)
  ensures { (result: Int64) in result == -4 }  // fails: ensures
  return a / 2
}

func remainderPositiveInt64(_ a: Int64) -> Int64 {
  requires(a == -7)
  ensures { (result: Int64) in result == 1 }  // fails: ensures
  return a % 2
}

func divisionSignsInt64(_ a: Int64, _ b: Int64) {
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
  holds(Int64.min / -b == 4611686018427387904)
}

func halveInt64(_ a: Int64) -> Int64 {
  requires(a < 0)
  ensures { (result: Int64) in result <= 0 && result > a }
  return a / 2
}

func remainderOfAllInt64(_ a: Int64, _ b: Int64) -> Int64 {
  return a % b  // fails: division by zero; fails: overflow
}

func divisionExactInt64(_ a: Int64, _ b: Int64) {
  requires(a == 7 && b == 2)
  holds(a / b == 3)
  holds(a % b == 1)
  holds(a / 7 == 1)
  holds(b / a == 0)
  holds(b % a == 2)
  holds((a * b) % 5 == 4)
}

func dividePositiveInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(b > 0)
  ensures { (result: Int64) in a < 0 || result <= a }
  return a / b
}

func divideCompoundInt64(_ a: Int64) -> Int64 {
  requires(a == 23)
  ensures { (result: Int64) in result == 2 }
  var rest = a
  rest /= 4
  rest %= 3
  return rest
}

func wrapNoTrapInt64(_ a: Int64) -> Int64 {
  ensures { (result: Int64) in result > a }  // fails: ensures
  return a &+ 1
}

func wrapDownSmallerInt64(_ a: Int64) -> Int64 {
  ensures { (result: Int64) in result < a }  // fails: ensures
  return a &- 1
}

func wrappingInt64(_ a: Int64, _ b: Int64, _ c: Int64) {
  requires(a == Int64.max && b == Int64.min && c == 4294967296)
  holds(a &+ 1 == b)
  holds(b &- 1 == a)
  holds(a &* 2 == -2)
  holds(b &* 2 == 0)
  holds(c &* c == 0)
  holds(a &* a == 1)
  holds(a &- b == -1)
  holds(a == 9223372036854775807 && b == -9223372036854775808 && Int64.bitWidth == 64)
}

func wrapSumInt64(_ a: Int64, _ b: Int64) -> Int64 {
  ensures { (result: Int64) in result == a }
  return a &+ b &- b
}

func wrapInsideInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(a >= 0 && a <= 4611686018427387903 && b >= 0 && b <= 4611686018427387903)
  ensures { (result: Int64) in result == a + b }
  return a &+ b
}

func wrapCompoundInt64(_ a: Int64) -> Int64 {
  ensures { (result: Int64) in result &+ 10 == a }
  var sum = a
  sum &+= 10
  sum &-= 20
  sum &*= 1
  return sum
}
