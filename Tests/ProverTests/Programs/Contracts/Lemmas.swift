import Contracts

func provesItself(_ n: Int) {  // refused: recurs
  requires(n >= 0)
  ensures(n == 7)
  variant(n)
  ghost { provesItself(n) }
}

func provesItselfWithoutVariant(_ n: Int) {  // refused: recurs
  ensures(n == 7)
  ghost { provesItselfWithoutVariant(n) }
}

func lemmaOne(_ n: Int) {  // refused: recurs
  ensures(n == 7)
  lemmaTwo(n)
}

func lemmaTwo(_ n: Int) {  // refused: recurs
  ensures(n == 7)
  lemmaOne(n)
}

func squareIsNotNegative(_ n: Int) {
  requires(n > -1000 && n < 1000)
  ensures(n * n >= 0)
  if n >= 0 { holds(n * n >= 0) } else { holds((0 - n) * (0 - n) >= 0) }
}

func usesLemma(_ n: Int) -> Int {
  requires(n > -1000 && n < 1000)
  ensures { (result: Int) in result >= 0 }
  ghost { squareIsNotNegative(n) }
  return n * n
}

func lemmaNeedsRequires(_ n: Int) -> Int {
  ghost { squareIsNotNegative(n) }  // fails: requires
  return n
}

func allAreSmall(_ a: InlineArray<8, Int>, _ n: Int) {  // refused: recurs
  requires(n >= 0 && n <= 8)
  requires(forall(0..<8) { i in a[i] < 5 })
  ensures(forall(0..<n) { i in a[i] < 6 })
  variant(n)
  if n > 0 { allAreSmall(a, n - 1) }
}

func ghostChangesVariable(_ n: Int) -> Int {
  ensures { (result: Int) in result == 1 }
  var x = 0
  ghost { x = 1 }  // refused: ghost
  return x
}

func ghostChangesParameter(_ x: inout Int) {
  ensures(x == 1)
  ghost { x = 1 }  // refused: ghost
}

func ghostCallsMutation(_ x: inout Int) {
  ensures(x == 1)
  ghost { setsToOne(&x) }  // refused: ghost
}

func setsToOne(_ x: inout Int) {
  ensures(x == 1)
  x = 1
}

func ghostReturns(_ n: Int) -> Int {
  ensures { (result: Int) in result == 4 }
  ghost { if n > 3 { return } }  // refused: ghost
  return 4
}

func ghostHolds(_ n: Int) -> Int {
  requires(n > 3)
  ghost {
    holds(n > 2)
    holds(n > 4)  // fails: holds
  }
  return n
}

func ghostNeverEnds(_ n: Int) -> Int {
  ensures { (result: Int) in result == 1 && result == 2 }
  ghost {
    var i = n
    while i == i {
      variant(5)  // fails: variant decreases
      i = n
    }
  }
  return 4  // vacuous
}

func usesGhostLater(_ n: Int) -> Int {
  requires(n > 0)
  ensures { (result: Int) in result == n }
  ghost {
    if n > 5 { squareIsNotNegative(3) }
  }
  return n
}

struct Tally {
  var count: Int
  init(ghostly count: Int) {
    ensures { (result: Tally) in result.count == 7 }
    self.count = count
    ghost { self.count = 7 }  // refused: ghost
  }
  mutating func ghostChangesField() {
    ensures(count == 7)
    ghost { count = 7 }  // refused: ghost
  }
}

func ghostVariable(_ n: Int) -> Int {
  requires(n > 0 && n < 100)
  var seen = 0
  ghost { seen = n }
  holds(seen == n)
  ghost { seen += 1 }
  holds(seen == n + 1)
  return n
}

func ghostChangesWhatACallChanges(_ n: Int) -> Int {
  ensures { (result: Int) in result == 1 }
  var seen = n
  ghost { setsToOne(&seen) }  // refused: ghost
  var other = 5
  other = seen
  return other
}
