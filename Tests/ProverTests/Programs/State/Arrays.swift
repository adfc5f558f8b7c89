import Contracts

func readsArray(_ a: InlineArray<4, UInt8>, _ i: Int) -> UInt8 {
  return a[i]  // fails: index out of range
}

func readsInside(_ a: InlineArray<4, UInt8>, _ i: Int) -> UInt8 {
  requires(i >= 0 && i < 4)
  return a[i]
}

func readsAtCount(_ a: InlineArray<4, UInt8>) -> UInt8 {
  let i = a.count
  return a[i]  // fails: index out of range; vacuous
}

func readsNegative(_ a: InlineArray<4, UInt8>, _ i: Int) -> UInt8 {
  requires(i < 4)
  return a[i]  // fails: index out of range
}

func countIsConstant(_ a: InlineArray<4, UInt8>) -> Int {
  ensures { (result: Int) in result == 4 }
  return a.count
}

func writesElementOnly(_ a: inout InlineArray<4, Int>, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < 4 && j >= 0 && j < 4 && i != j)
  ensures(a[i] == 7 && a[j] == old(a[j]))
  a[i] = 7
}

func writesMaybeSame(_ a: inout InlineArray<4, Int>, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < 4 && j >= 0 && j < 4)
  ensures(a[j] == old(a[j]))  // fails: ensures
  a[i] = 7
}

func writesOutside(_ a: inout InlineArray<4, Int>, _ i: Int) {
  a[i] = 7  // fails: index out of range
}

func repeated(_ i: Int) -> Int {
  requires(i >= 0 && i < 8)
  ensures { (result: Int) in result == 3 }
  let a = InlineArray<8, Int>(repeating: 3)
  return a[i]
}

func listed(_ i: Int) -> Int {
  requires(i >= 0 && i < 3)
  ensures { (result: Int) in result == (i + 1) * 10 }
  let a: InlineArray<3, Int> = [10, 20, 30]
  return a[i]
}

func arrayCopyStays(_ a: InlineArray<4, Int>) -> Int {
  ensures { (result: Int) in result == a[0] }
  var changed = a
  let kept = changed
  changed[0] = 99
  return kept[0]
}

func arrayCopyChanges(_ a: InlineArray<4, Int>) -> Int {
  ensures { (result: Int) in result == a[0] }  // fails: ensures
  var changed = a
  changed[0] = 99
  return changed[0]
}

struct Cell {
  var value: Int
  var used: Bool
  mutating func use() {
    ensures(used && value == old(value))
    used = true
  }
}

struct Row {
  var cells: InlineArray<4, Cell>
  var length: Int
}

func mutatesElementField(_ row: inout Row, _ i: Int) {
  requires(i >= 0 && i < 4)
  ensures(row.cells[i].value == 5 && row.cells[i].used == old(row.cells[i].used))
  ensures(forall(0..<4) { j in j == i || row.cells[j].value == old(row.cells[j].value) })
  ensures(row.length == old(row.length))
  row.cells[i].value = 5
}

func mutatesElementByMethod(_ row: inout Row, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < 4 && j >= 0 && j < 4 && i != j)
  ensures(row.cells[i].used && row.cells[i].value == old(row.cells[i].value))
  ensures(row.cells[j].used == old(row.cells[j].used))
  row.cells[i].use()
}

func mutatesElementOutside(_ row: inout Row, _ i: Int) {
  requires(i >= 0)
  row.cells[i].use()  // fails: index out of range
}

func twoDimensions(_ grid: inout InlineArray<2, InlineArray<3, Int>>) {
  ensures(grid[1][2] == 4 && grid[0][2] == old(grid[0][2]) && grid[1][1] == old(grid[1][1]))
  grid[1][2] = 4
}

func indexFromElement(_ a: inout InlineArray<4, Int>) {
  requires(a[0] == 0)
  ensures(a[0] == 3 && a[3] == old(a[3]))
  a[a[0]] = 3
}
