import Contracts

func counts(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == n }
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n)
    variant(n - i)
    i += 1
  }
  return i
}

func countsWithoutInvariant(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == n }  // fails: ensures
  var i = 0
  while i < n {
    variant(n &- i)  // fails: variant decreases
    i &+= 1
  }
  return i
}

func countsLostBound(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == n }  // fails: ensures
  var i = 0
  while i < n {
    invariant(i >= 0)
    variant(n - i)
    i += 1
  }
  return i
}

func wrongAtFirst(_ n: Int) -> Int {
  requires(n >= 0)
  var i = 0
  while i < n {
    invariant(i >= 1 && i <= n + 1)  // fails: invariant holds at first; fails: contract defined
    variant(n - i)
    i += 1
  }
  return i
}

func notKept(_ n: Int) -> Int {
  requires(n >= 0)
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= 5)  // fails: invariant kept
    variant(n - i)
    i += 1
  }
  return i
}

func withoutVariant(_ n: Int) -> Int {
  var i = 0
  while i < n {  // refused: variant
    invariant(i >= 0)
    i += 1
  }
  return i
}

func neverEnds(_ n: Int) -> Int {
  ensures { (result: Int) in result == 1 && result == 2 }
  var i = n
  while true {
    variant(5)  // fails: variant decreases
    i = 0
  }
}

func stepsInPlace(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n)
    variant(n - i)  // fails: variant decreases
    if i == 3 { continue }
    i += 1
  }
  return i
}

func growsVariant(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n)
    variant(i)  // fails: variant decreases
    i += 1
  }
  return i
}

func variantBelowZero(_ n: Int) -> Int {
  requires(n >= 0 && n < 100)
  var i = n
  while i != -1000 {
    invariant(i <= n && i >= -1000)
    variant(i)  // fails: variant decreases
    i -= 1
  }
  return i
}

func breaks(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result <= 5 && (n < 5 ==> result == n) }
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && i <= 5)
    variant(n - i)
    if i == 5 { break }
    i += 1
  }
  return i
}

func breakIsNotTheEnd(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == n }  // fails: ensures
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && i <= 5)
    variant(n - i)
    if i == 5 { break }
    i += 1
  }
  return i
}

func breakBreaksInvariant(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == 0 }  // fails: ensures
  var i = 0
  var flag = 0
  while i < n {
    invariant(i >= 0 && i <= n && flag == 0)
    variant(n - i)
    if i == 5 {
      flag = 1
      break
    }
    i += 1
  }
  return flag
}

func returnsEarly(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == 3 || result == -1 }
  ensures { (result: Int) in n > 3 ==> result == 3 }
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && i <= 3)
    variant(n - i)
    if i == 3 { return i }
    i += 1
  }
  return -1
}

func returnsEarlyOtherwise(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == -1 }  // fails: ensures
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && i <= 3)
    variant(n - i)
    if i == 3 { return i }
    i += 1
  }
  return -1
}

func continues(_ n: Int) -> Int {
  requires(n >= 0 && n < 1000)
  ensures { (result: Int) in result >= 0 && result <= n }
  var i = 0
  var odd = 0
  while i < n {
    invariant(i >= 0 && i <= n && odd >= 0 && odd <= i)
    variant(n - i)
    i += 1
    if i % 2 == 0 { continue }
    odd += 1
  }
  return odd
}

func nested(_ n: Int, _ m: Int) -> Int {
  requires(n >= 0 && n <= 100 && m >= 0 && m <= 100)
  ensures { (result: Int) in result == n * m }
  var total = 0
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && total == i * m)
    variant(n - i)
    var j = 0
    while j < m {
      invariant(j >= 0 && j <= m && total == i * m + j)
      invariant(i * m + j <= 10100)
      variant(m - j)
      total += 1
      j += 1
    }
    i += 1
  }
  return total
}

func takes(_ x: inout Int) -> Int {
  requires(x < 1000)
  ensures { (result: Int) in x == old(x) + 1 && result == x }
  x += 1
  return x
}

func conditionHasEffect() -> Int {
  ensures { (result: Int) in result == 10 }
  var x = 0
  while takes(&x) < 10 {
    invariant(x >= 0 && x <= 9)
    variant(10 - x)
  }
  return x
}

func conditionEffectIgnored() -> Int {
  ensures { (result: Int) in result == 9 }  // fails: ensures
  var x = 0
  while takes(&x) < 10 {
    invariant(x >= 0 && x <= 9)
    variant(10 - x)
  }
  return x
}

struct Countdown {
  var left: Int
  var passes: Int
}

func conditionChangesField() -> Countdown {
  ensures { (result: Countdown) in result.left == 10 && result.passes == 9 }
  var countdown = Countdown(left: 0, passes: 0)
  while takes(&countdown.left) < 10 {
    invariant(countdown.left >= 0 && countdown.left <= 9)
    invariant(countdown.passes == countdown.left)
    variant(10 - countdown.left)
    countdown.passes += 1
  }
  return countdown
}

func repeats() -> Int {
  ensures { (result: Int) in result == 3 }
  var i = 0
  repeat {
    invariant(i >= 0 && i < 3)
    variant(3 - i)
    i += 1
  } while i < 3
  return i
}

func repeatsOnceAtLeast(_ n: Int) -> Int {
  requires(n == 0)
  ensures { (result: Int) in result == 1 }
  var i = 0
  repeat {
    invariant(i == 0)
    variant(1)
    i += 1
  } while i < n
  return i
}

func bindsInCondition(_ start: UInt8) -> UInt8 {
  var value: UInt8? = start
  while let current = value {
    variant(value == nil ? 0 : Int(value!) + 1)
    value = current == 0 ? nil : current - 1
  }
  return start
}

func halves(_ n: UInt64) -> Int {
  ensures { (result: Int) in result >= 0 && result <= 64 }
  var rest = n
  var steps = 0
  while rest != 0 && steps < 64 {
    invariant(steps >= 0 && steps <= 64)
    variant(64 - steps)
    rest /= 2
    steps += 1
  }
  return steps
}

func wrapsForever() -> UInt8 {
  var i: UInt8 = 0
  while i <= 255 {
    variant(255 - Int(i))  // fails: variant decreases
    i &+= 1
  }
  return i  // vacuous
}
