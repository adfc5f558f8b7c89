import Contracts

// What a callee does not write stays known; of what it writes, only its contract is known.

struct Registers: Equatable {
  var program: UInt64
  var stack: UInt64
  var mode: UInt8
  var nested: Inner
}

struct Inner: Equatable {
  var low: UInt32
  var high: UInt32
}

func writesProgram(_ registers: inout Registers) {
  registers.program = 0
}

func writesProgramDeep(_ registers: inout Registers) {
  writesProgram(&registers)
}

func otherFieldsStay(_ registers: inout Registers) {
  ensures(registers.stack == old(registers.stack) && registers.mode == old(registers.mode))
  ensures(registers.nested == old(registers.nested))
  writesProgram(&registers)
}

func writtenFieldIsUnknown(_ registers: inout Registers) {
  ensures(registers.program == old(registers.program))  // fails: ensures
  writesProgram(&registers)
}

func writtenFieldIsUnknownDeep(_ registers: inout Registers) {
  ensures(registers.program == old(registers.program))  // fails: ensures
  writesProgramDeep(&registers)
}

func writtenValueIsNotPromised(_ registers: inout Registers) {
  ensures(registers.program == 0)  // fails: ensures
  writesProgram(&registers)
}

func writesByAssignment(_ registers: inout Registers) {
  registers = Registers(program: 1, stack: 2, mode: 3, nested: Inner(low: 0, high: 0))
}

func wholeIsUnknown(_ registers: inout Registers) {
  ensures(registers.mode == old(registers.mode))  // fails: ensures
  writesByAssignment(&registers)
}

func zeroes(_ n: inout UInt64) { n = 0 }

func writesByInOut(_ registers: inout Registers) {
  zeroes(&registers.stack)
}

func partGivenAwayIsUnknown(_ registers: inout Registers) {
  ensures(registers.stack == old(registers.stack))  // fails: ensures
  writesByInOut(&registers)
}

func restOfPartGivenAway(_ registers: inout Registers) {
  ensures(registers.program == old(registers.program))
  writesByInOut(&registers)
}

func writesNested(_ registers: inout Registers) {
  registers.nested.low = 3
}

func nestedIsUnknown(_ registers: inout Registers) {
  ensures(registers.nested.low == old(registers.nested.low))  // fails: ensures
  writesNested(&registers)
}

extension Registers {
  var counter: UInt64 {
    get { stack }
    set { stack = newValue }
  }
}

func writesByProperty(_ registers: inout Registers) {
  registers.counter = 9
}

func propertyIsUnknown(_ registers: inout Registers) {
  ensures(registers.stack == old(registers.stack))  // fails: ensures
  writesByProperty(&registers)
}

func writesSometimes(_ registers: inout Registers, _ flag: Bool) {
  if flag { registers.mode = 1 }
}

func sometimesIsUnknown(_ registers: inout Registers) {
  ensures(registers.mode == old(registers.mode))  // fails: ensures
  writesSometimes(&registers, false)
}

func writesInLoop(_ registers: inout Registers) {
  for _ in 0..<3 { registers.mode = 1 }
}

func loopKeepsOthers(_ registers: inout Registers) {
  ensures(registers.stack == old(registers.stack))
  for _ in 0..<3 { registers.mode = 1 }
}

func loopWritesAreUnknown(_ registers: inout Registers) {
  ensures(registers.mode == old(registers.mode))  // fails: ensures
  for _ in 0..<3 { registers.mode = registers.mode &+ 1 }
}

func localKeepsValue(_ registers: inout Registers) -> Int {
  ensures { (result: Int) in result == 4 }
  let x = 4
  writesByAssignment(&registers)
  return x
}

struct Board: ~Copyable {
  var slots: Table<UInt16>
  var marks: Table<UInt16>
  var turn: Int
}

func clearsSlot(_ board: inout Board) {
  if board.slots.count > 0 { board.slots[0] = 0 }
}

func marksStay(_ board: inout Board) {
  requires(board.marks.count > 2)
  ensures(board.marks[1] == old(board.marks[1]) && board.turn == old(board.turn))
  clearsSlot(&board)
}

func slotsAreUnknown(_ board: inout Board) {
  requires(board.slots.count > 2)
  ensures(board.slots[0] == old(board.slots[0]))  // fails: ensures
  clearsSlot(&board)
}

func otherSlotIsUnknown(_ board: inout Board) {
  requires(board.slots.count > 2)
  ensures(board.slots[1] == old(board.slots[1]))  // fails: ensures
  clearsSlot(&board)
}

func countOfTableStays(_ board: inout Board) {
  requires(board.slots.count > 2)
  ensures(board.slots.count > 2)
  clearsSlot(&board)
}

func callsByMethod(_ board: inout Board) {
  requires(board.marks.count > 2)
  ensures(board.marks[1] == old(board.marks[1]))  // fails: ensures
  board.markAll()
}

extension Board {
  mutating func markAll() {
    for i in 0..<marks.count { marks[i] = 1 }
  }
  mutating func readsOnly() -> Int {
    return turn
  }
}

func nothingIsWritten(_ board: inout Board) {
  requires(board.marks.count > 2)
  ensures(board.marks[1] == old(board.marks[1]) && board.turn == old(board.turn))
  _ = board.readsOnly()
}
