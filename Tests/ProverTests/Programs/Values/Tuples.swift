import Contracts

func divideBoth(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
  requires(b > 0 && a >= 0)
  ensures { (result: (quotient: Int, remainder: Int)) in
    result.quotient <= a && result.remainder < b
  }
  return (a / b, a % b)
}

func takesApart(_ a: Int) -> Int {
  requires(a >= 0)
  ensures { (result: Int) in result < 10 }
  let (quotient, remainder) = divideBoth(a, 10)
  holds(quotient <= a)
  return remainder
}

func takesWrongPart(_ a: Int) -> Int {
  requires(a >= 0)
  ensures { (result: Int) in result < 10 }  // fails: ensures
  let (quotient, _) = divideBoth(a, 10)
  return quotient
}

func rotates(_ t: (Int, Int, Bool)) -> (Int, Int, Bool) {
  ensures { (result: (Int, Int, Bool)) in result.0 == t.1 && result.1 == t.0 && result.2 == !t.2 }
  return (t.1, t.0, !t.2)
}

func writesElement(_ a: Int) -> Int {
  ensures { (result: Int) in result == a }
  var t = (a, 5)
  t.1 = 7
  holds(t.1 == 7)
  return t.0
}

func labels(_ flag: Bool) -> (found: Bool, index: Int) {
  ensures { (result: (found: Bool, index: Int)) in result.found == flag }
  ensures { (result: (found: Bool, index: Int)) in !flag ==> result.index == -1 }
  if flag { return (true, 4) }
  return (found: false, index: -1)
}

func incrementBoth(_ a: inout Int, _ b: inout Int) {
  requires(a < 100 && b < 100)
  ensures(a == old(a) + 1 && b == old(b) + 2)
  a += 1
  b += 2
}

func elementsAreApart() -> Int {
  ensures { (result: Int) in result == 34 }
  var t = (2, 2)
  incrementBoth(&t.0, &t.1)
  return t.0 * 10 + t.1
}

func swapByAssignment(_ a: Int, _ b: Int) -> (Int, Int) {
  ensures { (result: (Int, Int)) in result.0 == b && result.1 == a }
  var pair = (a, b)
  pair = (pair.1, pair.0)
  return pair
}

func tupleEquality(_ a: Int, _ b: Int) -> Bool {
  ensures { (result: Bool) in result == (a == 1 && b == 2) }
  return (a, b) == (1, 2)
}

func swaps(_ a: inout Int, _ b: inout Int) {
  ensures(a == old(b) && b == old(a))
  swap(&a, &b)
}
