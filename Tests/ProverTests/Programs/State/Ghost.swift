import Contracts

/// A model: which pages each VM was given, and what their descriptors say.
struct Model {
  var granted: GhostMap<GhostMap<Bool>> = GhostMap { (vm: Int) in GhostMap { (page: Int) in false }
  }
  var words = GhostMap<UInt64>()

  mutating func grant(_ vm: Int, _ page: Int) {
    ensures(
      ghost: forall(0..<100_000) { v in
        forall(0..<1_000_000) { p in
          granted[v][p] == (old(granted[v][p]) || v == vm && p == page)
        }
      })
    granted[vm][page] = true
  }

  mutating func grantsTooMuch(_ vm: Int, _ page: Int) {
    ensures(granted[vm][page] && granted[vm][3] == old(granted[vm][3]))  // fails: ensures
    granted[vm][page] = true
  }

  mutating func copies(_ from: Int) {
    // The index itself may overflow.
    ensures(words[0] == old(words[0 - from]))  // fails: contract defined; fails: ensures
    words = GhostMap { i in words[i] }
  }

  mutating func shifts() {
    ensures(forall(0..<64) { i in words[i] == old(words[i &+ 1]) })
    words = GhostMap { i in words[i &+ 1] }
  }

  mutating func shiftsTooFar() {
    words = GhostMap { i in words[i + 1] }  // fails: overflow
  }  // vacuous

  mutating func setsSeveral(_ n: Int) {
    requires(n >= 0)
    ensures(forall(0..<n) { i in words[i] == 7 })
    ensures(words[n] == old(words[n]))
    for i in 0..<n {
      invariant(forall(0..<i) { j in words[j] == 7 })
      invariant(words[n] == old(words[n]))
      words[i] = 7
    }
  }

  /// Believed.
  mutating func moves() {
    trusted("the manual says so")
    ensures(words[1] == old(words[0]))
    words[1] = words[0]
  }

  func isGranted(_ vm: Int, _ page: Int) -> Bool { granted[vm][page] }

  mutating func changesState(_ state: inout Int) {
    state = 3  // refused: no ghost state
  }

  mutating func changesModels(_ system: inout System) {
    ensures(system.model.words[1] == words[1] && system.count == old(system.count))
    system.model = self
  }
}

/// State that is executed, with a model beside it.
struct System {
  var count: Int
  var model = Model()
}

struct Kernel: ~Copyable {
  var system: System
  var entries: Table<UInt64>

  mutating func grants(_ page: Int) {
    requires(system.count < 100)
    ensures(system.count == old(system.count) + 1)
    ensures(ghost: system.model.granted[0][page])
    ensures(
      ghost: forall(0..<1000) { p in
        p == page || system.model.granted[0][p] == old(system.model.granted[0][p])
      })
    system.count += 1
    ghost { system.model.granted[0][page] = true }
  }

  mutating func grantsByCall(_ page: Int) {
    requires(page >= 0 && page < 1000)
    ensures(ghost: system.model.granted[5][page])
    ensures(ghost: system.model.granted[0][page] == old(system.model.granted[0][page]))
    ensures(ghost: system.model.words[2] == old(system.model.words[2]))
    ensures(system.count == old(system.count))
    ghost { system.model.grant(5, page) }
  }

  mutating func grantsTwice(_ page: Int) {
    requires(system.count < 50 && page >= 0 && page < 1000)
    ensures(ghost: system.model.granted[0][page] && system.model.granted[5][page])
    ensures(ghost: system.model.words[7] == old(system.model.words[7]))
    ensures(forall(0..<entries.count) { i in entries[i] == old(entries[i]) })
    grants(page)
    grantsByCall(page)
  }

  mutating func forgetsAll(_ page: Int) {
    ensures(ghost: system.model.granted[0][page])  // fails: ensures
    ghost {
      for p in 0..<10 { system.model.granted[0][p] = false }
    }
  }

  mutating func mirrors() {
    ensures(ghost: forall(0..<entries.count) { i in system.model.words[i] == entries[i] })
    ghost {
      system.model.words = GhostMap { i in i >= 0 && i < entries.count ? entries[i] : 0 }
    }
  }

  mutating func mirrorsBeyond() {
    ghost {
      system.model.words = GhostMap { i in entries[i] }  // fails: index out of range
    }
  }  // vacuous

  mutating func ghostWritesState() {
    ghost { system.count = 4 }  // refused: no ghost state
  }

  mutating func ghostWritesTable() {
    requires(entries.count > 0)
    ghost { entries[0] = 4 }  // refused: no ghost state
  }

  mutating func ghostCallsMutation() {
    requires(system.count < 100)
    ghost { grants(3) }  // refused: no ghost state
  }

  mutating func ghostPassesState() {
    ghost { system.model.changesModels(&system) }  // refused: no ghost state
  }

  mutating func stateReadsModel() {
    if system.model.granted[0][0] { system.count = 0 }  // refused: GhostMap
  }

  mutating func stateAsksModel() {
    if system.model.isGranted(0, 0) { system.count = 0 }  // refused: ghost values
  }

  mutating func codeWritesModel() {
    system.model.words[3] = 1  // refused: GhostMap
  }

  mutating func codeCallsModel() {
    system.model.grant(0, 1)  // refused: ghost values
  }

  mutating func conditionIsEvaluated() {
    ensures(system.model.granted[0][0])  // refused: GhostMap
    ghost { system.model.granted[0][0] = true }
  }

  mutating func replaces() {
    ensures(ghost: forall(0..<8) { v in !system.model.isGranted(v, 1) })
    system.model = Model()
  }

  mutating func replacesWithUnknown() {
    ensures(ghost: system.model.words[0] == old(system.model.words[0]))  // fails: ensures
    system.model = Model()
  }

  mutating func believes() {
    ensures(ghost: system.model.words[1] == old(system.model.words[0]))
    ensures(ghost: system.model.words[0] == old(system.model.words[1]))  // fails: ensures
    ensures(ghost: system.model.granted[0][0] == old(system.model.granted[0][0]))
    ghost { system.model.moves() }
  }

  mutating func goesOn(_ n: Int) {
    requires(n >= 0)
    ensures(ghost: forall(0..<n) { i in system.model.granted[i][1] })
    for i in 0..<n {
      invariant(ghost: forall(0..<i) { j in system.model.granted[j][1] })
      ghost { system.model.granted[i][1] = true }
    }
  }

  mutating func remembers() {
    requires(system.count < 1000)
    ensures(system.count == old(system.count) + 1)
    let before = system.model
    ghost { system.model.words[0] = 5 }
    system.count += 1
    holds(ghost: system.model.words[1] == before.words[1])
    holds(ghost: system.model.words[0] == before.words[0])  // fails: holds
  }
}

func twoMapsDiffer() {
  let one = GhostMap<Int>()
  let other = GhostMap<Int>()
  holds(ghost: one[0] == other[0])  // fails: holds
}

func comprehensionIsNew(_ map: GhostMap<UInt8>) {
  let cleared = GhostMap<UInt8> { _ in 0 }
  holds(cleared[3] == 0)
  holds(map[3] == 0)  // fails: holds
}

func elementsKeepTheirBounds(_ map: GhostMap<UInt8>, _ deep: GhostMap<GhostMap<UInt16>>) {
  holds(Int(map[3]) < 256 && Int(deep[-1][70_000]) < 65_536)
  holds(map[3] < 255)  // fails: holds
}

func mapsAreTotal(_ map: GhostMap<Int>) -> Int {
  ensures { (result: Int) in result == map[-1] }
  return map[-1]
}

func pureFunctionWithGhost(_ model: Model) -> Model {
  var changed = model
  ghost { changed.words[0] = 9 }
  return changed
}

func definitionSeesGhost(_ model: Model) {
  ghost {
    holds(pureFunctionWithGhost(model).words[0] == 9)
    holds(pureFunctionWithGhost(model).words[1] == model.words[1])
    holds(pureFunctionWithGhost(model).words[0] == model.words[0])  // fails: holds
  }
}

func systemWithoutGhost(_ system: System) -> System {
  var changed = system
  ghost { changed.model.words[0] = 9 }
  return changed
}

func callersSeeGhost(_ system: System) -> Int {
  let changed = systemWithoutGhost(system)
  holds(ghost: changed.model.words[0] == 9 && changed.count == system.count)
  holds(ghost: changed.model.words[0] == system.model.words[0])  // fails: holds
  return changed.count
}

func wordIsSmall(_ map: GhostMap<UInt64>, _ i: Int) {
  requires(map[i] < 8)
  ensures(map[i] & 7 == map[i])
}

func lemmaInLoop(_ map: GhostMap<UInt64>, _ n: Int) {
  requires(n >= 0 && forall(0..<n) { i in map[i] < 8 })
  ensures(forall(0..<n) { i in map[i] & 7 == map[i] })
  for i in 0..<n {
    invariant(forall(0..<i) { j in map[j] & 7 == map[j] })
    wordIsSmall(map, i)
  }
}

func usesLemmaInLoop(_ kernel: borrowing Kernel, _ n: Int) {
  requires(n >= 0)
  requires(ghost: forall(0..<n) { i in kernel.system.model.words[i] < 8 })
  ensures(
    ghost: forall(0..<n) { i in
      kernel.system.model.words[i] & 7 == kernel.system.model.words[i]
    })
  ghost {
    for i in 0..<n {
      invariant(
        forall(0..<i) { j in kernel.system.model.words[j] & 7 == kernel.system.model.words[j] })
      wordIsSmall(kernel.system.model.words, i)
    }
  }
}

func keepsGhostLocal(_ n: Int) -> Int {
  ensures { (result: Int) in result == n }
  var seen = GhostMap<Bool> { _ in false }
  ghost {
    var last = 0
    if n > 0 { last = n }
    seen[last] = true
  }
  holds(ghost: n > 0 ==> seen[n])
  return n
}

func localGhostEscapes(_ n: Int) -> Int {
  var seen = 0
  let map = GhostMap<Int>()
  ghost { seen = map[0] }  // refused: ghost
  return seen
}

func ghostResultLeaks(_ map: GhostMap<Int>) -> Int { map[0] }

func codeUsesGhostResult(_ system: System) -> Int {
  return ghostResultLeaks(GhostMap { i in i })  // refused: ghost values
}

struct Knot {
  var inner: GhostMap<Knot>
}

func usesKnot(_ knot: Knot) -> Bool {  // refused: holds others of its type
  ensures { (result: Bool) in result }
  return knot.inner[0].inner[1].isThere
}

extension Knot {
  var isThere: Bool { true }  // refused: holds others of its type
}

/// Ghost values as parts of others.
enum Step {
  case plain(Int)
  case modelled(Model, Int)
}

func takesStep(_ step: Step) -> Int {
  switch step {
  case .plain(let n): return n
  case .modelled(let model, let n):
    holds(ghost: model.words[0] < 10)  // fails: holds
    return n
  }
}

extension Step {
  var isModelled: Bool {
    switch self {
    case .plain: true
    case .modelled(let model, _): model.words[0] < 10  // refused: GhostMap
    }
  }
}

func resultOfGhost(_ map: GhostMap<Int>) -> Int {
  ensures(ghost: { (result: Int) in result == map[2] })
  return map[2]
}

/// Maps, and structs of them, are compared as a whole in proofs.
struct Ledger: Equatable {
  var words: GhostMap<GhostMap<UInt64>>
  var flags: GhostMap<Bool>

  func writing(_ i: Int, _ j: Int, _ word: UInt64) -> Ledger {
    var result = self
    result.words[i][j] = word
    return result
  }

  mutating func write(_ i: Int, _ j: Int, _ word: UInt64) {
    ensures(self == old(self).writing(i, j, word))
    words[i][j] = word
  }

  mutating func writeBoth(_ i: Int) {
    ensures(words[i][0] == 1 && words[i][1] == 2)
    ensures(flags == old(flags))
    ensures(words[i &+ 1] == old(words[i &+ 1]))
    ensures(words == old(words))  // fails: ensures
    write(i, 0, 1)
    write(i, 1, 2)
  }
}

struct Mixed: Equatable {
  var ledger: Ledger
  var count: Int
}

func proofsCompareMaps(_ one: Mixed, _ other: Mixed) {
  holds(ghost: one.ledger == one.ledger)
  holds(ghost: one == other)  // fails: holds
}

func codeComparesMaps(_ one: Mixed, _ other: Mixed) -> Int {
  if one == other { return 1 }  // refused: or is ghost
  return 2
}

func codeComparesLedgers(_ one: Mixed, _ other: Mixed) -> Int {
  if one.ledger == other.ledger { return 1 }  // refused: ghost
  return 2
}

/// Equality of one's own is a function of ghost values like any other.
struct Log: Equatable {
  var words: GhostMap<UInt64>
  static func == (left: Log, right: Log) -> Bool { left.words[0] == right.words[0] }
}

func codeComparesGhosts(_ one: borrowing Holder, _ other: borrowing Holder) -> Int {
  if one.log == other.log { return 1 }  // refused: ghost values
  return 2
}

struct Holder: ~Copyable {
  var log: Log
  var count: Int
}
