import Contracts

/// What lemmas know the meaning of, and what is executed does not.
struct Ledger {
  var entries = GhostMap<Int>()

  func isBalanced(_ limit: Int) -> Bool {
    opaque()
    return forall(0..<limit) { entries[$0] == 0 }
  }

  /// A lemma: it looks inside.
  func first(_ limit: Int) {
    requires(limit > 0 && isBalanced(limit))
    ensures(entries[0] == 0)
  }

  mutating func clear(_ limit: Int) {
    ensures(isBalanced(limit))
    entries = GhostMap { _ in 0 }
  }

  mutating func spoil(_ limit: Int) {
    ensures(isBalanced(limit))  // fails: ensures
    entries = GhostMap { _ in 1 }
  }
}

struct Bank {
  var ledger = Ledger()
  var total = 0

  mutating func opens() {
    ensures(ghost: ledger.isBalanced(10))
    total = 1
    ghost { ledger.clear(10) }
  }

  /// The same word of the same state means the same.
  mutating func keeps() {
    requires(ghost: ledger.isBalanced(10))
    ensures(ghost: ledger.isBalanced(10))
    total = 2
  }

  mutating func looksInside() {
    requires(ghost: ledger.isBalanced(10))
    ensures(ghost: ledger.entries[0] == 0)  // fails: ensures
    total = 3
  }

  mutating func asksTheLemma() {
    requires(ghost: ledger.isBalanced(10))
    ensures(ghost: ledger.entries[0] == 0)
    ghost { ledger.first(10) }
  }

  mutating func confusesLimits() {
    requires(ghost: ledger.isBalanced(10))
    ensures(ghost: ledger.isBalanced(9))  // fails: ensures
    total = 4
  }
}
