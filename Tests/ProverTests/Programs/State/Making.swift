import Contracts

// Values of ~Copyable types that initialisers make.

typealias Cells = Table<UInt32>

struct Depot: ~Copyable {
  var cells: Table<UInt32>
  var others: Table<UInt32>
  let first: UInt64
  var used = 0

  var typeInvariant: Bool { cells.count == others.count && used >= 0 && used <= cells.count }

  init(cells: consuming Cells, others: consuming Cells, first: UInt64) {
    requires(cells.count == others.count)
    self.cells = cells
    self.others = others
    self.first = first
  }

  init(unchecked cells: consuming Cells, _ others: consuming Cells) {  // fails: type invariant
    self.cells = cells
    self.others = others
    self.first = 3
  }

  init(swapped cells: consuming Cells, others: consuming Cells, n: Int) {
    requires(cells.count == others.count && n >= 0)
    self.others = cells
    self.cells = others
    first = 0
    precondition(self.cells.count >= n)  // fails: precondition
    used = n
  }

  init(filled cells: consuming Cells, others: consuming Cells) {
    requires(cells.count == others.count && cells.count > 7)
    self.cells = cells
    self.others = others
    first = 0
    used = 4
    for i in 0..<3 {
      invariant(used == 4 + i)
      used += 1
    }
    holds(used == 7 && self.cells.count == self.others.count)
  }

  init(overfilled cells: consuming Cells, others: consuming Cells) {
    requires(cells.count == others.count && cells.count > 7)
    self.cells = cells
    self.others = others
    first = 0
    used = 4
    used += self.cells.count  // fails: overflow
    if used > self.cells.count { used = 0 }
  }

  init(writes cells: consuming Cells, others: consuming Cells) {
    requires(cells.count == others.count && cells.count > 7)
    self.cells = cells
    self.others = others
    first = 0
    self.cells[3] = 1  // refused: change the table
  }

  init(delegates cells: consuming Cells, others: consuming Cells) {
    requires(cells.count == others.count)
    self.init(cells: cells, others: others, first: 4)
    if self.cells.count > 8 { used = 8 }
  }

  init(spoils cells: consuming Cells, others: consuming Cells) {  // fails: type invariant
    requires(cells.count == others.count)
    self.init(cells: cells, others: others, first: 4)
    used = 8
  }

  init?(may cells: consuming Cells, others: consuming Cells) {  // refused: may fail
    guard cells.count == others.count else { return nil }
    self.init(cells: cells, others: others, first: 4)
  }
}

struct Whole: ~Copyable {
  var depot: Depot
  var number: Int
  init(depot: consuming Depot, number: Int) {
    self.depot = depot
    self.number = number
  }
  init(cells: consuming Cells, others: consuming Cells) {
    requires(cells.count == others.count)
    depot = Depot(cells: cells, others: others, first: 4)
    number = depot.used
    holds(depot.used >= 0)
    holds(depot.used == 1)  // fails: holds
  }
  init(wrong cells: consuming Cells, others: consuming Cells) {
    depot = Depot(cells: cells, others: others, first: 4)  // fails: requires
    number = 1
  }
}
