import Contracts

enum Refusal: Error { case tooLarge, busy }

func checked(_ n: Int) throws(Refusal) -> Int {
  ensures { (result: Int) in result == n && n < 10 }
  if n >= 10 { throw .tooLarge }
  return n
}

func checkedWrongly(_ n: Int) throws(Refusal) -> Int {
  ensures { (result: Int) in n < 9 }  // fails: ensures
  if n >= 10 { throw .tooLarge }
  return n
}

func handles(_ n: Int) -> Int {
  ensures { (result: Int) in result < 10 }
  do throws(Refusal) {
    return try checked(n)
  } catch {
    return 0
  }
}

func handlesWrongly(_ n: Int) -> Int {
  ensures { (result: Int) in result == n }  // fails: ensures
  do throws(Refusal) {
    return try checked(n)
  } catch {
    return 0
  }
}

func changesThenThrows(_ x: inout Int) throws(Refusal) {
  requires(x < 100)
  ensures(x == old(x) + 1)
  let before = x
  x += 2
  if before == 5 { throw .busy }
  x = before + 1
}

func afterThrow(_ x: inout Int) -> Bool {
  requires(x < 50)
  ensures { (result: Bool) in result ==> x == old(x) + 1 }
  do throws(Refusal) {
    try changesThenThrows(&x)
    return true
  } catch {
    return false
  }
}

func afterThrowIsUnknown(_ x: inout Int) -> Bool {
  requires(x < 50)
  ensures { (result: Bool) in x == old(x) + 1 }  // fails: ensures
  do throws(Refusal) {
    try changesThenThrows(&x)
    return true
  } catch {
    return false
  }
}

func passesOn(_ x: inout Int) throws(Refusal) {
  requires(x < 50)
  ensures(x == old(x) + 2)
  try changesThenThrows(&x)
  try changesThenThrows(&x)
}

func whichError(_ n: Int) -> Int {
  ensures { (result: Int) in result != 2 }  // fails: ensures
  do throws(Refusal) {
    _ = try checked(n)
    return 0
  } catch {
    switch error {
    case .tooLarge: return 1
    case .busy: return 2
    }
  }
}

func throwInLoop(_ n: Int) throws(Refusal) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result == n && n <= 4 }
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n && i <= 4)
    variant(n - i)
    if i == 4 { throw .tooLarge }
    i += 1
  }
  return i
}
