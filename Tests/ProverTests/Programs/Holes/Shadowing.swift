import Contracts

func innerShadows(_ n: Int) -> Int {
  ensures { (result: Int) in result == 1 }
  let x = 1
  if n > 0 {
    let x = 2
    _ = x
  }
  return x
}

func parameterShadowed(_ n: Int) -> Int {
  ensures { (result: Int) in n == 3 ==> result == 4 }
  requires(n < 100)
  var n = n
  n += 1
  return n
}

func bindingShadows(_ x: Int?) -> Int {
  ensures { (result: Int) in x == nil || result == x! }
  guard let x = x else { return 0 }
  return x
}

func bindingShadowsInBranch(_ x: Int) -> Int {
  ensures { (result: Int) in result == x }
  let other: Int? = 5
  if let x = other { _ = x }
  return x
}

func doBlockShadows() -> Int {
  ensures { (result: Int) in result == 2 }
  var x = 1
  do {
    var x = 10
    x += 1
  }
  x += 1
  return x
}

func patternShadows(_ x: Int) -> Int {
  ensures { (result: Int) in result == x }
  switch 5 {
  case let x where x > 7: return x  // vacuous
  default: break
  }
  return x
}

func loopShadows() -> Int {
  ensures { (result: Int) in result == 1 }
  let i = 1
  for i in 0..<5 {
    let i = i
    _ = i
  }
  return i
}

// Names that mean something in WhyML.
func function(_ val: Int, _ predicate: Int, _ exists: Int) -> Int {
  ensures { (result: Int) in result == val }
  let goal = val
  let axiom = goal
  let theory = axiom
  let end = theory
  let result = end
  return result
}

func primes(_ x: Int, _ x1: Int, _ x_1: Int, _ X: Int, _ `in`: Int) -> Int {
  ensures { (y: Int) in y == x1 }
  let x0 = x
  _ = x0
  do {
    let x1 = x_1
    let x_2 = X
    let `in` = x1
    _ = x_2
    _ = `in`
  }
  return x1
}
