import Contracts

struct Counted: BitwiseCopyable, Equatable {
  var owner: UInt8
  var mark: Bool
}

struct Blocks: ~Copyable {
  var cells: Table<Counted>
  var used: Table<UInt16>

  /// Each number is that of the block's cells that have an owner.
  var typeInvariant: Bool {
    cells.count <= 1 << 40 && cells.count % 512 == 0 && used.count == cells.count / 512
      && forall(0..<used.count) { b in
        Int(used[b]) == Contracts.count(b * 512..<b * 512 + 512) { i in cells[i].owner != 0 }
      }
  }

  mutating func take(_ index: Int, _ owner: UInt8) {
    requires(index >= 0 && index < cells.count && owner != 0)
    requires(cells[index].owner == 0)
    ensures(used[index / 512] > 0)
    cells[index] = Counted(owner: owner, mark: false)
    used[index / 512] += 1
  }

  mutating func release(_ index: Int) {
    requires(index >= 0 && index < cells.count)
    requires(cells[index].owner != 0)
    cells[index].owner = 0
    used[index / 512] -= 1
  }

  mutating func marks(_ index: Int) {
    requires(index >= 0 && index < cells.count)
    cells[index].mark = true
  }

  mutating func takesTaken(_ index: Int) {  // fails: type invariant
    requires(index >= 0 && index < cells.count)
    cells[index].owner = 3
    used[index / 512] += 1
  }

  mutating func forgetsToCount(_ index: Int) {  // fails: type invariant
    requires(index >= 0 && index < cells.count)
    cells[index].owner = 3
  }
}

func emptyIsNone(_ a: InlineArray<8, Int>) {
  holds(count(3..<3) { i in a[i] == 0 } == 0)
}

func allCount(_ a: InlineArray<8, Int>) {
  requires(forall(0..<8) { i in a[i] > 2 })
  holds(count(0..<8) { i in a[i] > 1 } == 8)
  holds(count(2..<8) { i in a[i] < 0 } == 0)
  holds(count(2..<8) { i in a[i] > 3 } == 6)  // fails: holds
}

func someCount(_ a: InlineArray<8, Int>) {
  requires(a[5] == 3)
  holds(count(0..<8) { i in a[i] == 3 } >= 1)
  holds(count(0..<8) { i in a[i] > 4 } < 8)
  holds(count(0..<8) { i in a[i] == 3 } == 1)  // fails: holds
}

func noneCount(_ a: InlineArray<8, Int>, _ k: Int) {
  requires(count(0..<8) { i in a[i] == 3 } == 0)
  requires(k >= 0 && k < 8)
  holds(a[k] != 3)
}

func counts(_ a: InlineArray<100, UInt8>) -> Int {
  ensures { (result: Int) in result == count(0..<100) { i in a[i] > 7 } }
  var number = 0
  for i in 0..<100 {
    invariant(number == count(0..<i) { j in a[j] > 7 })
    if a[i] > 7 { number += 1 }
  }
  return number
}

func countsWrongly(_ a: InlineArray<100, UInt8>) -> Int {
  var number = 0
  for i in 0..<100 {
    invariant(number == count(0..<i) { j in a[j] > 7 })  // fails: loop invariant preservation
    invariant(number <= i)
    if a[i] > 6 { number += 1 }
  }
  return number
}

func sumOfParts(_ a: InlineArray<8, Int>) {
  let all = count(0..<8) { i in a[i] > 0 }
  let first = count(0..<5) { i in a[i] > 0 }
  let rest = count(5..<8) { i in a[i] > 0 }
  holds(all == first + rest)
}

func rangeIsOrdered(_ n: Int) -> Int {
  return count(0..<n) { i in i > 4 }  // fails: range
}

func propertyIsDefined(_ a: InlineArray<8, Int>, _ n: Int) {
  requires(n >= 0)
  ensures(count(0..<n) { i in a[i] > 4 } >= 0)  // fails: contract defined
}

func mayBeTooMany() -> Int {
  return count(Int.min..<Int.max) { i in i != 4 }  // fails: overflow
}
