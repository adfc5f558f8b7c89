import Contracts

func oldOfInOut(_ x: inout Int) {
  requires(x < 100)
  ensures(x == old(x) + 3)
  x += 1
  x += 2
}

func oldIsNotNew(_ x: inout Int) {
  requires(x < 100)
  ensures(x == old(x))  // fails: ensures
  x += 1
}

func oldOfExpression(_ x: inout Int, _ y: inout Int) {
  requires(x < 100 && x > -100 && y < 100 && y > -100)
  ensures(x &+ y == old(x + y))
  x += 1
  y -= 1
}

func oldElementNewIndex(_ a: inout InlineArray<4, Int>, _ i: inout Int) {
  requires(i >= 0 && i < 3)
  ensures(i == old(i) + 1 && a[old(i)] == 5 && old(a[i]) == a[i - 1] - 5 + old(a[i]))
  a[i] = 5
  i += 1
}

func oldElementOldIndex(_ a: inout InlineArray<4, Int>, _ i: inout Int) {
  requires(i >= 0 && i < 3)
  ensures(i >= 0 && i < 4 && a[i] == old(a[i]))  // fails: ensures
  i += 1
}

func oldInForall(_ a: inout InlineArray<4, Int>) {
  ensures(forall(0..<4) { i in i == 2 || a[i] == old(a[i]) })
  ensures(a[2] == 0)
  a[2] = 0
}

func oldInForallMissing(_ a: inout InlineArray<4, Int>) {
  ensures(forall(0..<4) { i in a[i] == old(a[i]) })  // fails: ensures
  a[2] = 0
}

func oldOfValueParameter(_ x: Int) -> Int {
  ensures { (result: Int) in result == old(x) && result == x }
  var x = x
  x = x &+ 1
  return x &- 1
}

func oldInLoop(_ x: inout Int) {
  requires(x >= 0 && x < 10)
  ensures(x == old(x) + 5)
  for i in 0..<5 {
    invariant(x == old(x) + i)
    x += 1
  }
}

func oldOfLocal() -> Int {
  var x = 1
  var n = 3
  while n > 0 {
    invariant(x >= old(x))  // refused: old
    variant(n)
    n -= 1
    x += 1
  }
  return x
}

func oldInRequires(_ x: inout Int) {
  requires(old(x) == x)  // refused: old
  x = 0
}

func oldInBody(_ x: inout Int) -> Int {
  x = 5
  return old(x)  // refused: old
}

func oldInHolds(_ x: inout Int) {
  requires(x < 100)
  x += 1
  holds(x == old(x) + 1)
}

struct Counter {
  var value: Int
  mutating func step() -> Int {
    requires(value < 100)
    ensures { (result: Int) in result == old(value) && value == result + 1 }
    let before = value
    value += 1
    return before
  }
  mutating func stepWrong() -> Int {
    requires(value < 100)
    ensures { (result: Int) in result == old(value) }  // fails: ensures
    value += 1
    return value
  }
}
