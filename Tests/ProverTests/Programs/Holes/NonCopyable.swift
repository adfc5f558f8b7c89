import Contracts

struct Vault: ~Copyable {
  var cells: Table<UInt32>
  var locked: Bool
  var key: UInt32

  borrowing func read(_ i: Int) -> UInt32? {
    ensures { (result: UInt32?) in locked ==> result == nil }
    if locked || i < 0 || i >= cells.count { return nil }
    return cells[i]
  }

  mutating func open(_ attempt: UInt32) -> Bool {
    ensures { (result: Bool) in result == (attempt == key) }
    ensures { (result: Bool) in result ==> !locked }
    ensures { (result: Bool) in !result ==> locked == old(locked) }
    guard attempt == key else { return false }
    locked = false
    return true
  }

  mutating func scrub() {
    ensures(forall(0..<cells.count) { i in cells[i] == 0 })
    ensures(locked)
    for i in 0..<cells.count {
      invariant(forall(0..<i) { j in cells[j] == 0 })
      cells[i] = 0
    }
    locked = true
  }
}

func openAndRead(_ vault: inout Vault) -> UInt32 {
  requires(vault.cells.count > 0)
  ensures { (result: UInt32) in vault.cells[0] == old(vault.cells[0]) }
  guard vault.open(3) else { return 0 }
  return vault.read(0) ?? 7
}

func scrubbedIsZero(_ vault: inout Vault) -> UInt32 {
  requires(vault.cells.count > 3)
  ensures { (result: UInt32) in result == 0 && vault.locked && vault.key == old(vault.key) }
  vault.scrub()
  return vault.cells[3]
}

func scrubbedKeeps(_ vault: inout Vault) -> UInt32 {
  requires(vault.cells.count > 3)
  ensures { (result: UInt32) in result == old(vault.cells[3]) }  // fails: ensures
  vault.scrub()
  return vault.cells[3]
}

func readsLocked(_ vault: borrowing Vault) -> UInt32 {
  requires(vault.locked)
  return vault.read(0)!  // fails: nil; vacuous
}

struct TwoVaults: ~Copyable {
  var first: Vault
  var second: Vault
}

func vaultsAreApart(_ both: inout TwoVaults) {
  requires(both.first.cells.count == 2 && both.second.cells.count == 2)
  ensures(both.second.cells[1] == old(both.second.cells[1]))
  ensures(both.second.locked == old(both.second.locked))
  ensures(both.first.cells[1] == 0)
  both.first.scrub()
}

func bothVaults(_ both: inout TwoVaults) {
  requires(both.first.cells.count == 2 && both.second.cells.count == 2)
  requires(!both.second.locked)
  ensures(both.first.cells[1] == 0 && both.second.cells[0] == 5 && both.first.locked)
  ensures(both.second.key == 9 && !both.second.locked)
  scrubsOneWritesOther(&both.first, &both.second)
}

func scrubsOneWritesOther(_ one: inout Vault, _ other: inout Vault) {
  requires(other.cells.count > 0)
  ensures(forall(0..<one.cells.count) { i in one.cells[i] == 0 } && one.locked)
  ensures(other.cells[0] == 5 && other.key == 9)
  one.scrub()
  other.cells[0] = 5
  other.key = 9
}

func equalVaults(_ one: inout Vault, _ other: borrowing Vault) {
  requires(one.cells.count == 2 && other.cells.count == 2)
  requires(one.cells[0] == other.cells[0] && one.cells[1] == other.cells[1])
  requires(one.cells[0] == 8)
  ensures(other.cells[0] == 8 && one.cells[0] == 0)
  one.cells[0] = 0
}

func partOfVault(_ vault: inout Vault) {
  requires(vault.cells.count == 4)
  ensures(vault.cells[2] == 1 && vault.cells[1] == old(vault.cells[1]) && vault.key == 2)
  setTwo(&vault.cells[2], &vault.key)
}

func setTwo(_ a: inout UInt32, _ b: inout UInt32) {
  ensures(a == 1 && b == 2)
  a = 1
  b = 2
}
