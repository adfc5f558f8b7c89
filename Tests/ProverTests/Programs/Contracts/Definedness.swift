import Contracts

// A contract is itself an expression that must be defined.

func requiresDivides(_ n: UInt) -> UInt {
  requires(10 / n > 1)  // fails: contract defined
  return 1
}

func requiresGuarded(_ n: UInt) -> UInt {
  requires(n != 0 && 10 / n > 1)
  return 1
}

func requiresInOrder(_ n: UInt) -> UInt {
  requires(n != 0)
  requires(10 / n > 1)
  return 1
}

func requiresOutOfOrder(_ n: UInt) -> UInt {
  requires(10 / n > 1)  // fails: contract defined
  requires(n != 0)
  return 1
}

func requiresIndex(_ table: borrowing Table<UInt8>, _ i: Int) -> Int {
  requires(table[i] == 0)  // fails: contract defined
  return 1
}

func requiresOverflow(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(a + b < 200)  // fails: contract defined
  return 1
}

func ensuresDivides(_ n: UInt) -> UInt {
  ensures { (result: UInt) in 10 / result == n }  // fails: contract defined
  requires(n == 5)
  return 2
}

func ensuresIndex(_ table: borrowing Table<UInt8>) -> Int {
  requires(table.count > 3)
  ensures { (result: Int) in table[result] == table[0] }  // fails: contract defined
  return 0
}

func ensuresInOrder(_ table: borrowing Table<UInt8>) -> Int {
  requires(table.count > 3)
  ensures { (result: Int) in result >= 0 && result < table.count }
  ensures { (result: Int) in table[result] == table[0] }
  return 0
}

func ensuresAtEntry(_ i: inout Int, _ a: InlineArray<4, Int>) {
  requires(i >= 0 && i < 4)
  ensures(a[i] == a[i])  // fails: contract defined
  i = 0
}

func ensuresOldIndex(_ i: inout Int, _ a: InlineArray<4, Int>) {
  requires(i >= 0 && i < 4)
  ensures(a[old(i)] == a[old(i)])
  i = 0
}

func ensuresUnwraps(_ flag: Bool) -> Int? {
  ensures { (result: Int?) in result! == 3 }  // fails: contract defined
  return 3
}

func quantifierIndex(_ a: InlineArray<4, Int>, _ n: Int) -> Int {
  requires(n >= 0)
  requires(forall(0..<n) { i in a[i] == 0 })  // fails: contract defined
  return 1
}

func quantifierGuarded(_ a: InlineArray<4, Int>, _ n: Int) -> Int {
  requires(n >= 0 && n <= 4)
  requires(forall(0..<n) { i in a[i] == 0 })
  ensures { (result: Int) in n > 2 ==> result == 0 }
  return a[2] == 0 ? 0 : n > 2 ? 1 : 2
}

func callInContract(_ n: Int) -> Int {
  requires(halfOfPositive(n) > 1)  // fails: contract defined
  return 1
}

func halfOfPositive(_ n: Int) -> Int {
  requires(n > 0)
  return n / 2
}

func callInContractGuarded(_ n: Int) -> Int {
  requires(n > 0 && halfOfPositive(n) > 1)
  ensures { (result: Int) in result >= 4 }
  return n
}

func invariantIndex(_ a: InlineArray<4, Int>, _ n: Int) -> Int {
  requires(n >= 0 && n < 10)
  var i = 0
  while i < n {
    invariant(i >= 0 && i <= n)
    invariant(a[i] == a[i])  // fails: contract defined
    variant(n - i)
    i += 1
  }
  return i
}

func holdsDivides(_ n: UInt) {
  holds(10 / n == 10 / n)  // fails: contract defined
}

func conversionInContract(_ n: Int) -> UInt8 {
  requires(UInt8(n) == 3)  // fails: contract defined
  return 3
}
