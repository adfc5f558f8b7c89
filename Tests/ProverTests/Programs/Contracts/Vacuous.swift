import Contracts

// What can never happen proves everything, so it must be found.

func contradictoryRequires(_ n: Int) -> Int {  // vacuous
  requires(n > 5)
  requires(n < 5)
  ensures { (result: Int) in result == 1 && result == 2 }
  return 0  // vacuous
}

func impossibleType(_ n: UInt8) -> Int {  // vacuous
  requires(n > 255)
  ensures { (result: Int) in result == 7 }
  return 0  // vacuous
}

func contradictoryForall(_ a: InlineArray<4, Int>) -> Int {  // vacuous
  requires(forall(0..<4) { i in a[i] > i })
  requires(a[2] == 0)
  return 0  // vacuous
}

func believedWrongly(_ n: Int) -> Int {
  trusted("only to be found")
  ensures { (result: Int) in result > n && result < n }
  return n
}

func callsBelievedWrongly(_ n: Int) -> Int {
  ensures { (result: Int) in result == 5 && result == 6 }
  let m = believedWrongly(n)
  return m  // vacuous
}

func believedWronglyAtOne(_ n: Int) -> Int {
  trusted("only to be found")
  ensures { (result: Int) in result == 0 || (n != 1 || result == 2) && (n != 1 || result == 3) }
  ensures { (result: Int) in result != 0 }
  return n
}

func callsBelievedWronglyAtOne() -> Int {
  let m = believedWronglyAtOne(1)
  return m  // vacuous
}

func deadLoop(_ n: Int) -> Int {
  requires(n < 0)
  var i = 0
  while i < n {  // vacuous
    invariant(i == 0)
    variant(n - i)
    i += 1
  }
  return i
}

func deadBranch(_ n: Int) -> Int {
  requires(n > 5)
  if n == 3 { return 1 }  // vacuous
  return 2
}

func satisfiable(_ n: Int) -> Int {
  requires(n > 5)
  requires(n < 7)
  ensures { (result: Int) in result == 6 }
  return n
}
