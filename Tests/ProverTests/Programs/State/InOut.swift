import Contracts

func increment(_ x: inout Int) -> Int {
  requires(x < 1000)
  ensures { (result: Int) in x == old(x) + 1 && result == x }
  x += 1
  return x
}

func assign(_ x: inout Int, _ y: Int) {
  ensures(x == y)
  x = y
}

func argumentsInOrder() -> Int {
  ensures { (result: Int) in result == 122 }
  var x = 1
  return threeDigits(x, increment(&x), x)
}

func threeDigits(_ a: Int, _ b: Int, _ c: Int) -> Int {
  requires(a >= 0 && a < 10 && b >= 0 && b < 10 && c >= 0 && c < 10)
  ensures { (result: Int) in result == a * 100 + b * 10 + c }
  return a * 100 + b * 10 + c
}

func argumentsInWrongOrder() -> Int {
  ensures { (result: Int) in result == 222 }  // fails: ensures
  var x = 1
  return threeDigits(x, increment(&x), x)
}

func leftOperandFirst() -> Int {
  ensures { (result: Int) in result == 3 }
  var x = 1
  return x + increment(&x)
}

func rightOperandLast() -> Int {
  ensures { (result: Int) in result == 4 }
  var x = 1
  return increment(&x) + x
}

// The place on the left of += is read after the right side.
func compoundReadsLate() -> Int {
  ensures { (result: Int) in result == 4 }
  var x = 1
  x += increment(&x)
  return x
}

func compoundReadsEarly() -> Int {
  ensures { (result: Int) in result == 3 }  // fails: ensures
  var x = 1
  x += increment(&x)
  return x
}

func valueOfPlaceItself(_ x: inout Int) {
  ensures(x == old(x))
  assign(&x, x)
}

func valueBeforeInOut() -> Int {
  ensures { (result: Int) in result == 6 }
  var x = 5
  assign(&x, increment(&x))
  return x
}

struct Pair: Equatable {
  var a = 1
  var b = 2
}

func fieldsAreApart(_ pair: inout Pair) {
  requires(pair.a < 10 && pair.b < 10)
  ensures(pair.a == old(pair.a) + 1 && pair.b == old(pair.b) + 2)
  bumpPair(&pair.a, &pair.b)
}

func bumpPair(_ a: inout Int, _ b: inout Int) {
  requires(a < 100 && b < 100)
  ensures(a == old(a) + 1 && b == old(b) + 2)
  a += 1
  b += 2
}

func fieldsInOtherOrder(_ pair: inout Pair) {
  requires(pair.a < 10 && pair.b < 10)
  ensures(pair.a == old(pair.a) + 1)  // fails: ensures
  bumpPair(&pair.b, &pair.a)
}

func partAndItsValue(_ pair: inout Pair) {
  ensures(pair.a == old(pair.b) && pair.b == old(pair.b))
  assign(&pair.a, pair.b)
}

func partAndWhole(_ pair: inout Pair) {
  ensures(pair.a == old(pair.a) && pair.b == old(pair.b))
  assign(&pair.a, firstOf(pair))
}

func firstOf(_ pair: Pair) -> Int { pair.a }

func indexBeforeValue() -> Int {
  ensures { (result: Int) in result == 1 }
  var a: InlineArray<3, Int> = [7, 8, 9]
  var i = 0
  a[i] = increment(&i)
  holds(a[1] == 8)
  return a[0]
}

func indexBeforeArgument() -> Int {
  ensures { (result: Int) in result == 1 }
  var a: InlineArray<3, Int> = [7, 8, 9]
  var i = 0
  assign(&a[i], increment(&i))
  holds(a[1] == 8)
  return a[0]
}

func indexWithEffect() -> Int {
  ensures { (result: Int) in result == 1 }
  var a: InlineArray<3, Int> = [7, 8, 9]
  var i = 0
  assign(&a[increment(&i)], i)  // refused:
  holds(a[0] == 7)
  return a[1]
}

func indexOnce() -> Int {
  ensures { (result: Int) in result == 9 }
  var a: InlineArray<3, Int> = [7, 8, 9]
  var i = 0
  a[increment(&i)] += 1
  holds(i == 1)
  return a[1]
}

func elementOfChangedIndex() -> Int {
  ensures { (result: Int) in result == 11 }
  var a: InlineArray<3, Int> = [10, 20, 30]
  var i = 0
  a[i] += increment(&i)
  return a[0]
}

func inOutThenTrap(_ x: inout Int) {
  requires(x >= 0 && x < 50)
  ensures(x > 1)  // fails: ensures
  _ = increment(&x)
}

func branchesJoin(_ flag: Bool) -> Int {
  ensures { (result: Int) in flag ? result == 2 : result == 3 }
  var x = 1
  if flag {
    _ = increment(&x)
  } else {
    _ = increment(&x)
    _ = increment(&x)
  }
  return x
}

func selfAssigned(_ pair: inout Pair) {
  ensures(pair == Pair(a: 2, b: 1))
  pair = Pair(a: 2, b: 1)
}

func conditionWithEffect() -> Int {
  ensures { (result: Int) in result == 2 }
  var x = 0
  if increment(&x) == 1, increment(&x) == 3 { return 9 }  // vacuous
  return x
}

func guardWithEffect() -> Int {
  ensures { (result: Int) in result == 1 }
  var x = 0
  guard increment(&x) == 2, increment(&x) == 2 else { return x }
  return 9  // vacuous
}

func callChain() -> Int {
  ensures { (result: Int) in result == 24 }
  var x = 1
  return increment(&x) * 12 - (x - 2) * increment(&x)
}
