import Contracts

// The right side of && || ?? and ?: is looked at only where it is reached.

func andSkipsRight(_ n: Int) -> Bool { return n != 0 && 10 / n > 1 && n != -1 }

func andTooLate(_ n: UInt) -> Bool {
  return 10 / n > 1 && n != 0  // fails: division by zero
}

func orSkipsRight(_ n: UInt) -> Bool { return n == 0 || 10 / n > 1 }

func orWrongWay(_ n: UInt) -> Bool {
  return n != 0 || 10 / n > 1  // fails: division by zero
}

func conditionalSkips(_ n: UInt) -> UInt {
  ensures { (result: UInt) in n != 0 || result == 7 }
  return n == 0 ? 7 : 10 / n
}

func conditionalWrongBranch(_ n: UInt) -> UInt {
  return n == 0 ? 10 / n : 7  // fails: division by zero
}

func coalesceSkips(_ value: UInt?, _ n: UInt) -> UInt {
  requires(value != nil || n != 0)
  return value ?? (10 / n)
}

func coalesceReaches(_ value: UInt?, _ n: UInt) -> UInt {
  return value ?? (10 / n)  // fails: division by zero
}

func bumpAndCheck(_ x: inout Int) -> Bool {
  requires(x < 100)
  ensures { (result: Bool) in result && x == old(x) + 1 }
  x += 1
  return true
}

func skippedEffect(_ flag: Bool) -> Int {
  ensures { (result: Int) in flag ? result == 1 : result == 0 }
  var x = 0
  if flag && bumpAndCheck(&x) { return x }
  return x
}

func effectIsNotAlways(_ flag: Bool) -> Int {
  ensures { (result: Int) in result == 1 }  // fails: ensures
  var x = 0
  let done = flag && bumpAndCheck(&x)
  return done ? x : x
}

func effectOfOr(_ flag: Bool) -> Int {
  ensures { (result: Int) in flag ? result == 0 : result == 1 }
  var x = 0
  if flag || bumpAndCheck(&x) { return x }
  return 5  // vacuous
}

func impliesSkips(_ n: Int) {
  holds(n > 0 ==> 10 / n <= 10)
}

func impliesReaches(_ n: Int) {
  holds(n >= 0 ==> 10 / n <= 10)  // fails: contract defined
}

func impliesIsNotBoth(_ n: Int) {
  holds(n > 5 ==> n > 3)
}

func impliesNothingBack(_ n: Int) {
  holds((n > 5 ==> n > 3) && (n > 3 ==> n > 5))  // fails: holds
}

func guardGoesOn(_ n: Int) -> Int {
  ensures { (result: Int) in result >= 5 }
  guard n >= 5 else { return 5 }
  return n
}

func booleanEquality(_ a: Bool, _ b: Bool) -> Bool {
  ensures { (result: Bool) in result == ((a && !b) || (!a && b)) }
  return a != b
}

func negation(_ a: Bool) -> Bool {
  ensures { (result: Bool) in result == a }  // fails: ensures
  return !a
}
