import Contracts

func firstOfAll(_ a: InlineArray<4, Int>) -> Int {
  requires(forall(0..<4) { i in a[i] > 0 })
  ensures { (result: Int) in result > 0 }
  return a[3]
}

func beyondForall(_ a: InlineArray<4, Int>) -> Int {
  requires(forall(0..<3) { i in a[i] > 0 })
  ensures { (result: Int) in result > 0 }  // fails: ensures
  return a[3]
}

func existsGivesWitness(_ a: InlineArray<4, Int>) -> Bool {
  requires(a[2] == 5)
  ensures { (result: Bool) in result && exists(0..<4) { i in a[i] == 5 } }
  return true
}

func existsIsNotAll(_ a: InlineArray<4, Int>) -> Int {
  requires(exists(0..<4) { i in a[i] == 5 })
  ensures { (result: Int) in result == 5 }  // fails: ensures
  return a[0]
}

func capturedVariable(_ i: Int) -> Bool {
  requires(i == 7)
  ensures { (result: Bool) in forall(0..<3) { i in i < 3 } && i == 7 }
  return true
}

func shadowedInForall(_ i: Int) -> Bool {
  requires(forall(0..<3) { i in i < 3 })
  ensures { (result: Bool) in i < 3 }  // fails: ensures
  return true
}

func nestedForall(_ a: InlineArray<4, Int>) -> Bool {
  requires(forall(0..<4) { i in forall(0..<4) { j in i <= j ==> a[i] <= a[j] } })
  ensures { (result: Bool) in a[1] <= a[3] }
  return true
}

func nestedShadow(_ a: InlineArray<4, Int>) -> Bool {
  requires(forall(0..<4) { i in forall(0..<4) { i in a[i] == 1 } })
  ensures { (result: Bool) in a[3] == 1 }
  return true
}

func outerVariable(_ a: InlineArray<4, Int>, _ limit: Int) -> Bool {
  requires(forall(0..<4) { i in a[i] < limit })
  requires(limit < 10)
  ensures { (result: Bool) in result }
  return a[0] < 9 || a[0] == 9 || limit > a[0]
}

func localCaptured(_ a: inout InlineArray<4, Int>) {
  requires(a[0] > 10 && a[1] > 10 && a[2] > 10 && a[3] > 10)
  var limit = 10
  holds(forall(0..<4) { i in a[i] > limit })
  limit = 1000
  holds(forall(0..<4) { i in a[i] > limit })  // fails: holds
}

func shorthandArgument(_ a: InlineArray<4, Int>) -> Int {
  requires(forall(0..<4) { a[$0] == $0 })
  ensures { (result: Int) in result == 2 }
  return a[2]
}

func emptyForall(_ a: InlineArray<4, Int>) {
  holds(forall(2..<2) { i in a[i] == 99 })
}

func emptyExists(_ a: InlineArray<4, Int>) {
  holds(exists(2..<2) { i in a[i] == a[i] })  // fails: holds
}  // vacuous

func rangeNotFromZero(_ a: InlineArray<4, Int>) -> Int {
  requires(forall(2..<4) { i in a[i] == 0 })
  ensures { (result: Int) in result == 0 }  // fails: ensures
  return a[1]
}

func impliesIsRight(_ a: Bool, _ b: Bool, _ c: Bool) {
  holds((a ==> b ==> c) == (a ==> (b ==> c)))
}

func forallInBody(_ a: InlineArray<4, Int>) -> Bool {
  return forall(0..<4) { i in a[i] == 0 }
}

func forallNeedsRange(_ a: InlineArray<4, Int>, _ n: Int) -> Bool {
  requires(n < 4)
  return forall(0..<n) { i in a[i] == 0 }  // fails: range
}

func forallNeedsIndex(_ a: InlineArray<4, Int>) -> Bool {
  return forall(0..<5) { i in a[i] == 0 }  // fails: index out of range; vacuous
}
