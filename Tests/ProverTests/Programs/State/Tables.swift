import Contracts

func readsTable(_ table: borrowing Table<UInt8>, _ i: Int) -> UInt8 {
  return table[i]  // fails: index out of range
}

func readsTableInside(_ table: borrowing Table<UInt8>, _ i: Int) -> UInt8 {
  requires(i >= 0 && i < table.count)
  ensures { (result: UInt8) in result == table[i] }
  return table[i]
}

func readsFirst(_ table: borrowing Table<UInt8>) -> UInt8 {
  // A table may be empty.
  return table[0]  // fails: index out of range
}

func writesTable(_ table: inout Table<UInt8>, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < table.count && j >= 0 && j < table.count && i != j)
  ensures(table[i] == 9 && table[j] == old(table[j]) && table.count == old(table.count))
  table[i] = 9
}

func writesTableElsewhere(_ table: inout Table<UInt8>, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < table.count && j >= 0 && j < table.count)
  ensures(table[j] == old(table[j]))  // fails: ensures
  table[i] = 9
}

struct Record: BitwiseCopyable, Equatable {
  var key: UInt32
  var value: UInt32
}

struct Store: ~Copyable {
  var records: Table<Record>
  var others: Table<Record>
  var used: Int
  let limit: Int

  mutating func put(_ i: Int, _ key: UInt32) {
    requires(i >= 0 && i < records.count)
    ensures(records[i].key == key && records[i].value == old(records[i].value))
    ensures(forall(0..<records.count) { j in j == i || records[j] == old(records[j]) })
    ensures(records.count == old(records.count))
    records[i].key = key
  }

  mutating func putOther(_ i: Int, _ record: Record) {
    requires(i >= 0 && i < others.count)
    ensures(others[i] == record)
    others[i] = record
  }

  mutating func count() {
    requires(used < 1000)
    ensures(used == old(used) + 1)
    used += 1
  }

  func find(_ i: Int) -> UInt32 {
    requires(i >= 0 && i < records.count)
    ensures { (result: UInt32) in result == records[i].key }
    return records[i].key
  }
}

func putTwice(_ store: inout Store) {
  requires(store.records.count >= 3)
  ensures(store.records[0].key == 1 && store.records[2].key == 3)
  ensures(store.records[1] == old(store.records[1]))
  store.put(0, 1)
  store.put(2, 3)
}

func putOverwrites(_ store: inout Store) {
  requires(store.records.count >= 3)
  ensures(store.records[0].key == 1)  // fails: ensures
  store.put(0, 1)
  store.put(0, 3)
}

func equalTablesAreNotOne(_ store: inout Store) {
  requires(store.records.count > 3 && store.others.count == store.records.count)
  requires(forall(0..<store.records.count) { i in store.records[i] == store.others[i] })
  ensures(store.others[2].key == old(store.others[2].key))
  ensures(store.records[2].key == 77)
  store.put(2, 77)
}

func equalTablesStayEqual(_ store: inout Store) {
  requires(store.records.count > 3 && store.others.count == store.records.count)
  requires(forall(0..<store.records.count) { i in store.records[i] == store.others[i] })
  ensures(store.records[2] == store.others[2])  // fails: ensures
  store.put(2, 77)
}

func tablesAreApart(_ store: inout Store, _ i: Int) {
  requires(i >= 0 && i < store.records.count && i < store.others.count)
  ensures(store.records[i] == old(store.records[i]))
  ensures(store.used == old(store.used) && store.limit == old(store.limit))
  store.putOther(i, Record(key: 1, value: 2))
}

func otherTableChanges(_ store: inout Store, _ i: Int) {
  requires(i >= 0 && i < store.records.count && i < store.others.count)
  ensures(store.others[i] == old(store.others[i]))  // fails: ensures
  store.putOther(i, Record(key: 1, value: 2))
}

func callNeedsIndex(_ store: inout Store, _ i: Int) {
  store.put(i, 3)  // fails: requires
}

func countsStayOfTables(_ store: inout Store) {
  requires(store.records.count == 5 && store.used == 0)
  ensures(store.records.count == 5 && store.used == 2)
  store.put(4, 3)
  store.count()
  store.put(4, 4)
  store.count()
}

func readsBetween(_ store: inout Store) -> UInt32 {
  requires(store.records.count == 5)
  ensures { (result: UInt32) in result == old(store.records[1].key) }
  let before = store.find(1)
  store.put(1, 3)
  return before
}

func readsAfter(_ store: inout Store) -> UInt32 {
  requires(store.records.count == 5)
  ensures { (result: UInt32) in result == old(store.records[1].key) }  // fails: ensures
  store.put(1, 3)
  return store.find(1)
}

func copiesElements(_ store: inout Store, _ from: Int, _ to: Int) {
  requires(from >= 0 && from < store.others.count && to >= 0 && to < store.records.count)
  ensures(store.records[to] == old(store.others[from]))
  let record = store.others[from]
  store.others[from].key = 0
  store.records[to] = record
}

struct Outer: ~Copyable {
  var store: Store
  var total: Int
}

func nestedTables(_ outer: inout Outer) {
  requires(outer.store.records.count == 2)
  ensures(outer.store.records[0].key == 6 && outer.total == old(outer.total))
  ensures(outer.store.records[1] == old(outer.store.records[1]))
  outer.store.put(0, 6)
}

func elementsOfTwoTables(_ store: inout Store, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < store.records.count && j >= 0 && j < store.others.count)
  ensures(store.records[i].key == 1 && store.others[j].key == 2)
  ensures(store.records[i].value == old(store.records[i].value))
  setBoth(&store.records[i].key, &store.others[j].key)
}

func setBoth(_ a: inout UInt32, _ b: inout UInt32) {
  ensures(a == 1 && b == 2)
  a = 1
  b = 2
}

func bothOfOneTable(_ store: inout Store, _ i: Int, _ j: Int) {
  requires(i >= 0 && i < store.records.count && j >= 0 && j < store.records.count && i != j)
  setBoth(&store.records[i].key, &store.records[j].key)  // refused: may be one place
}
