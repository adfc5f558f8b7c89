import Contracts

// Cases are tried in the order in which they stand.

func firstCaseWins(_ n: Int) -> Int {
  ensures { (result: Int) in n == 5 ==> result == 1 }
  ensures { (result: Int) in n == 11 ==> result == 3 }
  switch n {
  case 0...10: return 1
  case 5: return 2  // vacuous
  default: return 3
  }
}

func laterCaseLoses(_ n: Int) -> Int {
  ensures { (result: Int) in n == 5 ==> result == 2 }  // fails: ensures
  switch n {
  case 0...10: return 1
  case 5: return 2  // vacuous
  default: return 3
  }
}

func ranges(_ n: UInt8) -> Int {
  ensures { (result: Int) in (n < 10) == (result == 1) }
  ensures { (result: Int) in (n >= 10 && n < 20) == (result == 2) }
  ensures { (result: Int) in (n == 20 || n == 22) == (result == 3) }
  ensures { (result: Int) in (n >= 200) == (result == 4) }
  switch n {
  case ..<10: return 1
  case 10..<20: return 2
  case 20, 22: return 3
  case 200...: return 4
  default: return 5
  }
}

func rangeEdge(_ n: UInt8) -> Int {
  ensures { (result: Int) in n == 20 ==> result == 2 }  // fails: ensures
  switch n {
  case 10..<20: return 2
  default: return 5
  }
}

func closedRanges(_ n: UInt8) -> Int {
  ensures { (result: Int) in (n <= 4) == (result == 1) }
  ensures { (result: Int) in (n >= 10 && n <= 20) == (result == 2) }
  switch n {
  case ...4: return 1
  case 10...20: return 2
  default: return 3
  }
}

func guardFallsThrough(_ n: Int, _ flag: Bool) -> Int {
  ensures { (result: Int) in n == 1 && flag ==> result == 10 }
  ensures { (result: Int) in n == 1 && !flag ==> result == 20 }
  ensures { (result: Int) in n == 2 ==> result == 20 }
  ensures { (result: Int) in n > 2 ==> result == n }
  switch n {
  case 1 where flag: return 10
  case 1, 2: return 20
  case let m where m > 2: return m
  default: return 0
  }
}

func guardOfOnePattern(_ n: Int, _ flag: Bool) -> Int {
  // The guard belongs to the second pattern alone.
  ensures { (result: Int) in n == 1 ==> result == 1 }
  ensures { (result: Int) in n == 2 && !flag ==> result == 0 }
  switch n {
  case 1,  // refused: where
    2 where flag:
    return 1
  default: return 0
  }
}

func tuplePattern(_ a: Int, _ b: Bool) -> Int {
  ensures { (result: Int) in a == 0 && b ==> result == 1 }
  ensures { (result: Int) in a == 0 && !b ==> result == 2 }
  ensures { (result: Int) in a > 0 && b ==> result == a }
  ensures { (result: Int) in a < 0 ==> result == 4 }
  switch (a, b) {
  case (0, true): return 1
  case (0, _): return 2
  case (let n, true) where n > 0: return n
  case (1..., false): return 3
  default: return 4
  }
}

func switchValue(_ n: Int) -> Int {
  ensures { (result: Int) in result >= 1 && result <= 3 }
  let value =
    switch n {
    case 0: 1
    case 1...: 2
    default: 3
    }
  return value
}

func ifValue(_ n: Int) -> Int {
  ensures { (result: Int) in n >= 0 ==> result == n }
  let value = if n < 0 { 0 } else { n }
  return value
}

func breakFromSwitch(_ n: Int) -> Int {
  ensures { (result: Int) in n == 1 ==> result == 0 }
  ensures { (result: Int) in n == 2 ==> result == 2 }
  var result = 0
  switch n {
  case 1: break
  case 2:
    result = 2
    if result == 2 { break }  // refused: break
    result = 3
  default: result = 4
  }
  return result
}

func takeNext(_ x: inout Int) -> Int {
  requires(x < 1000)
  ensures { (result: Int) in result == x && x == old(x) + 1 }
  x += 1
  return x
}

func subjectOnce() -> Int {
  ensures { (result: Int) in result == 1 }
  var x = 0
  switch takeNext(&x) {
  case 5: return 50  // vacuous
  case 2: return 20  // vacuous
  default: return x
  }
}

func switchFallthrough(_ n: Int) -> Int {
  switch n {
  case 1: fallthrough  // refused: fallthrough
  case 2: return 2
  default: return 3
  }
}

func boolSwitch(_ flag: Bool) -> Int {
  ensures { (result: Int) in flag ==> result == 1 }
  ensures { (result: Int) in !flag ==> result == 0 }
  switch flag {
  case true: return 1
  case false: return 0
  }
}

func emptyRangePattern(_ n: Int, _ low: Int, _ high: Int) -> Bool {
  switch n {
  case low...high: return true  // fails: range
  default: return false
  }
}

func containsChecksRange(_ n: Int, _ low: Int, _ high: Int) -> Bool {
  return (low...high).contains(n)  // fails: range
}

func containsKnownRange(_ n: Int) -> Bool {
  ensures { (result: Bool) in result == (n >= 3 && n < 9) }
  return (3..<9).contains(n)
}
