import Contracts

// Fields that may be accessed only where their guard holds.

struct Strongroom: ~Copyable {
  var keys = GhostMap<Bool>()
  var gold = 0
  var drawers: Table<Int>
  var door: Door
  /// Anyone may read it.
  var visits = 0

  func mayAccessGold() -> Bool { keys[100] }
  func mayAccessDrawers(_ index: Int) -> Bool { keys[index] }
  func mayAccessDoor() -> Bool { keys[100] }

  mutating func takeKey(_ index: Int) {
    requires(index >= 0 && index <= 100)
    ensures(ghost: keys == Strongroom.adding(index, to: old(keys)))
    ghost { keys = Strongroom.adding(index, to: keys) }
  }

  static func adding(_ index: Int, to keys: GhostMap<Bool>) -> GhostMap<Bool> {
    var result = keys
    result[index] = true
    return result
  }

  mutating func reads() -> Int {
    takeKey(100)
    return gold
  }

  mutating func readsWithoutKey() -> Int {
    return gold  // fails: gold may be accessed
  }

  mutating func writesWithoutKey() {
    gold = 0  // fails: gold may be accessed
  }

  mutating func readsTooEarly() -> Int {
    let found = gold  // fails: gold may be accessed
    takeKey(100)
    return found
  }

  mutating func opens(_ index: Int) -> Int {
    requires(index >= 0 && index < drawers.count && index < 99)
    takeKey(index)
    return drawers[index]
  }

  mutating func opensAnother(_ index: Int) -> Int {
    requires(index >= 1 && index < drawers.count && index < 99)
    takeKey(index - 1)
    return drawers[index]  // fails: drawers may be accessed
  }

  mutating func writesAnother(_ index: Int) {
    requires(index >= 0 && index < drawers.count && index < 99)
    takeKey(100)
    drawers[index] += 0  // fails: drawers may be accessed
  }

  mutating func drops(_ index: Int) -> Int {
    ensures(ghost: keys == Strongroom.removing(index, from: old(keys)))
    ghost { keys = Strongroom.removing(index, from: keys) }
    return 0
  }

  static func removing(_ index: Int, from keys: GhostMap<Bool>) -> GhostMap<Bool> {
    var result = keys
    result[index] = false
    return result
  }

  // What is assigned is there before the place is accessed.

  mutating func assignsWhatDrops() {
    requires(ghost: keys[100])
    gold = drops(100)  // refused: changes state before
  }

  mutating func assignsElement() {
    requires(ghost: keys[3])
    requires(drawers.count > 3)
    drawers[3] = drops(3)  // refused: changes state before
  }

  mutating func passesWhatDrops() {
    requires(ghost: keys[100])
    Strongroom.put(&gold, drops(100))  // refused: changes state before
  }

  static func put(_ place: inout Int, _ value: Int) { place = value }

  mutating func assignsAfterwards() {
    requires(ghost: keys[100] && keys[3])
    let value = drops(3)
    gold = value
  }

  func passesAll() -> Int {
    return Strongroom.first(drawers)  // refused: elements of a table
  }

  static func first(_ drawers: borrowing Table<Int>) -> Int {
    return drawers.count > 0 ? drawers[0] : 0
  }

  func counts() -> Int { drawers.count &+ visits }

  mutating func passesOn(_ index: Int) {
    requires(index >= 0 && index < drawers.count)
    Strongroom.empty(&drawers[index])  // fails: drawers may be accessed
  }

  static func empty(_ drawer: inout Int) { drawer = 0 }

  mutating func turns() {
    door.turn()  // fails: door may be accessed
  }

  mutating func turnsAfterwards() {
    takeKey(100)
    door.turn()
  }

  /// Whoever calls it has the key.
  func looks() -> Bool {
    requires(ghost: keys[100])
    return door.isOpen
  }

  mutating func asks() -> Bool {
    takeKey(100)
    return looks()
  }

  mutating func asksWithoutKey() -> Bool {
    return looks()  // fails: requires
  }

  /// Contracts speak of what is guarded, and so do functions that only they call.
  mutating func keeps() {
    ensures(gold == old(gold) && isRich() == old(isRich()))
    visits = 0
  }

  func isRich() -> Bool { gold > 10 }

  func proves() {
    ghost { holds(gold == gold) }
  }

  /// What a contract calls and code as well is executed.
  mutating func isOpen() -> Bool {
    ensures { (result: Bool) in result == stands() }
    return stands()
  }

  func stands() -> Bool {
    return door.isOpen  // fails: door may be accessed
  }
}

struct Door: ~Copyable {
  var angle: Table<Int>
  var isOpen = false
  mutating func turn() { isOpen = !isOpen }
}
