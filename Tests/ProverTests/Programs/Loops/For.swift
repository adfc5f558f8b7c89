import Contracts

func sums(_ n: Int) -> Int {
  requires(n >= 0 && n <= 1000)
  ensures { (result: Int) in result == 2 * n }
  var sum = 0
  for i in 0..<n {
    invariant(sum == 2 * i)
    sum += 2
  }
  return sum
}

func sumsClosed(_ n: Int) -> Int {
  requires(n >= 1 && n <= 1000)
  ensures { (result: Int) in result == 2 * n }
  var sum = 0
  for i in 1...n {
    invariant(sum == 2 * (i - 1))
    sum += 2
  }
  return sum
}

func sumsOneTooMany(_ n: Int) -> Int {
  requires(n >= 1 && n <= 1000)
  ensures { (result: Int) in result == 2 * n }  // fails: ensures
  var sum = 0
  for i in 0...n {
    invariant(sum == 2 * i)
    sum += 2
  }
  return sum
}

func rangeUpsideDown(_ n: Int) -> Int {
  var sum = 0
  for _ in 0..<n {  // fails: range
    sum = 1
  }
  return sum
}

func closedRangeUpsideDown(_ n: Int) -> Int {
  requires(n >= 0)
  var sum = 0
  for _ in 1...n {  // fails: range
    sum = 1
  }
  return sum
}

func closedRangeOfOne(_ n: Int) -> Int {
  ensures { (result: Int) in result == 5 }
  var sum = 0
  for i in 5...5 {
    invariant(i == 5 ? sum == 0 : sum == 5)
    sum = i
  }
  return sum
}

func emptyRange() -> Int {
  ensures { (result: Int) in result == 7 }
  var sum = 7
  for i in 3..<3 {  // vacuous
    invariant(sum == 7)
    sum = i
  }
  return sum
}

func variableIsInRange(_ table: borrowing Table<UInt8>) -> UInt8 {
  var last: UInt8 = 0
  for i in 0..<table.count { last = table[i] }
  return last
}

func variableOneTooFar(_ table: borrowing Table<UInt8>) -> UInt8 {
  var last: UInt8 = 0
  for i in 0...table.count { last = table[i] }  // fails: index out of range
  return last
}

func boundIsEvaluatedOnce() -> Int {
  ensures { (result: Int) in result == 3 }
  var n = 3
  var passes = 0
  for i in 0..<n {
    invariant(passes == i && n >= 3 && n <= 3 + 10 * i)
    n += 10
    passes += 1
  }
  return passes
}

func boundFollowsChange() -> Int {
  ensures { (result: Int) in result > 3 }  // fails: ensures
  var n = 3
  var passes = 0
  for i in 0..<n {
    invariant(passes == i)
    n = 5
    passes += 1
  }
  return passes
}

func clears(_ table: inout Table<UInt8>) {
  ensures(forall(0..<table.count) { i in table[i] == 0 })
  for i in 0..<table.count {
    invariant(forall(0..<i) { j in table[j] == 0 })
    table[i] = 0
  }
}

func clearsAllButLast(_ table: inout Table<UInt8>) {
  requires(table.count > 0)
  ensures(forall(0..<table.count) { i in table[i] == 0 })  // fails: ensures
  for i in 0..<table.count - 1 {
    invariant(forall(0..<i) { j in table[j] == 0 })
    table[i] = 0
  }
}

func clearsWithoutInvariant(_ table: inout Table<UInt8>) {
  ensures(forall(0..<table.count) { i in table[i] == 0 })  // fails: ensures
  for i in 0..<table.count { table[i] = 0 }
}

func finds(_ table: borrowing Table<UInt8>, _ key: UInt8) -> Int? {
  ensures { (result: Int?) in
    result != nil ==> result! >= 0 && result! < table.count && table[result!] == key
  }
  ensures { (result: Int?) in result == nil ==> forall(0..<table.count) { i in table[i] != key } }
  for i in 0..<table.count {
    invariant(forall(0..<i) { j in table[j] != key })
    if table[i] == key { return i }
  }
  return nil
}

func findsWithBreak(_ table: borrowing Table<UInt8>, _ key: UInt8) -> Int {
  ensures { (result: Int) in result >= 0 && result <= table.count }
  ensures { (result: Int) in result < table.count ==> table[result] == key }
  var found = table.count
  for i in 0..<table.count {
    invariant(found == table.count)
    if table[i] == key {
      found = i
      break
    }
  }
  return found
}

func whereClause(_ table: borrowing Table<UInt8>) -> Int {
  ensures { (result: Int) in result >= 0 && result <= table.count }
  var zeroes = 0
  for i in 0..<table.count where table[i] == 0 {
    invariant(zeroes >= 0 && zeroes <= i)
    zeroes += 1
  }
  return zeroes
}

func smallVariable() -> Int {
  ensures { (result: Int) in result == 256 }
  var passes = 0
  for i: UInt8 in 0...255 {
    passes = Int(i) + 1
    if i == 255 { return passes }
  }
  return 256
}

func labelled(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  ensures { (result: Int) in result == 0 || result == 7 }
  var result = 0
  outer: for i in 0..<n {
    invariant(result == 0)
    for j in 0..<n {
      invariant(result == 0)
      if j > i { continue outer }
      if i == 5 && j == 5 {
        result = 7
        break outer
      }
    }
  }
  return result
}

func innerBreak() -> Int {
  ensures { (result: Int) in result == 3 }
  var passes = 0
  for i in 0..<3 {
    invariant(passes == i)
    for _ in 0..<5 {
      invariant(passes == i)
      break
    }
    passes += 1
  }
  return passes
}

func breakInsideSwitch(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  ensures { (result: Int) in result == n }
  var passes = 0
  for i in 0..<n {
    invariant(passes == i)
    switch i {
    case 3: break
    default: _ = i
    }
    passes += 1
  }
  return passes
}

func breakOutOfSwitch(_ n: Int) -> Int {
  requires(n >= 5 && n < 100)
  ensures { (result: Int) in result == 3 }
  var passes = 0
  loop: for i in 0..<n {
    invariant(passes == i && i <= 3)
    switch i {
    case 3: break loop
    default: passes += 1
    }
  }
  return passes
}

func continueKeepsInvariant(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  var passes = 0
  for i in 0..<n {
    invariant(passes == i)  // fails: invariant kept
    if i == 4 { continue }
    passes += 1
  }
  return passes
}

func overflowInside(_ n: Int) -> UInt8 {
  requires(n >= 0)
  var sum: UInt8 = 0
  for _ in 0..<n {
    sum += 1  // fails: overflow
  }
  return sum
}

func shadowedVariable(_ i: Int) -> Int {
  ensures { (result: Int) in result == i }
  for i in 0..<3 { _ = i }
  return i
}

func variableOfCopy() -> Int {
  ensures { (result: Int) in result == 3 }
  var passes = 0
  for i in 0..<3 {
    invariant(passes == i)
    var i = i
    i += 10
    passes += 1
  }
  return passes
}

func lowerBoundOfVariable(_ low: Int, _ high: Int) -> Bool {
  requires(low <= high)
  ensures { (result: Bool) in result }
  for i in low..<high {
    if i < low || i >= high { return false }  // vacuous
  }
  return true
}

func overSteps() -> Int {
  var sum = 0
  for i in stride(from: 0, to: 10, by: 2) { sum &+= i }  // refused:
  return sum
}
