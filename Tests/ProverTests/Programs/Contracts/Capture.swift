import Contracts

// The variable of a quantifier is its own, whatever its function is called with.

func allBelow5(_ a: InlineArray<4, Int>, _ n: Int) -> Bool {
  requires(n >= 0 && n <= 4)
  return forall(0..<n) { i in a[i] < 5 }
}

func argumentOfSameName(_ a: InlineArray<4, Int>, _ i: Int) -> Int {
  requires(i == 2 && allBelow5(a, i))
  ensures { (result: Int) in result < 5 }
  return a[1]
}

func nothingBehindArgument(_ a: InlineArray<4, Int>, _ i: Int) -> Int {
  requires(i == 2 && allBelow5(a, i))
  ensures { (result: Int) in result < 5 }  // fails: ensures
  return a[3]
}

func argumentIsQuantified(_ a: InlineArray<4, Int>) -> Int {
  requires(exists(1..<4) { i in allBelow5(a, i) })
  ensures { (result: Int) in result < 5 }
  return a[0]
}

func notAllOfThem(_ a: InlineArray<4, Int>) -> Int {
  requires(exists(1..<4) { i in allBelow5(a, i) })
  ensures { (result: Int) in result < 5 }  // fails: ensures
  return a[1]
}

func needsBelow5(_ a: InlineArray<4, Int>, _ n: Int) {
  requires(n >= 0 && n <= 4)
  requires(forall(0..<n) { i in a[i] < 5 })
}

func passesSameName(_ a: InlineArray<4, Int>, _ i: Int) {
  requires(i == 3)
  needsBelow5(a, i)  // fails: requires
}

func divides(_ dividend: Int, _ divisor: Int, _ a1: Int, _ b1: Int) -> Int {
  requires(dividend == 7 && divisor == -2 && a1 == 100 && b1 == 5)
  ensures { (result: Int) in result == -60 }
  return (dividend / divisor) * (a1 / b1)
}
