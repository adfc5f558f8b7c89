import Contracts

/// What lemmas know the meaning of, and what is executed does not.
struct Abacus {
  var entries = GhostMap<Int>()

  func isBalanced(_ limit: Int) -> Bool {
    opaque()
    requires(limit >= 0)
    return forall(0..<limit) { entries[$0] == 0 }
  }

  /// A lemma: it looks inside.
  func first(_ limit: Int) {
    requires(limit > 0 && isBalanced(limit))
    ensures(entries[0] == 0)
  }

  mutating func clear(_ limit: Int) {
    requires(limit >= 0)
    ensures(isBalanced(limit))
    entries = GhostMap { _ in 0 }
  }

  mutating func spoil(_ limit: Int) {
    requires(limit > 0)
    ensures(isBalanced(limit))  // fails: ensures
    entries = GhostMap { _ in 1 }
  }
}

struct Clerk {
  var abacus = Abacus()
  var total = 0

  mutating func opens() {
    ensures(ghost: abacus.isBalanced(10))
    total = 1
    ghost { abacus.clear(10) }
  }

  /// The same word of the same state means the same.
  mutating func keeps() {
    requires(ghost: abacus.isBalanced(10))
    ensures(ghost: abacus.isBalanced(10))
    total = 2
  }

  mutating func looksInside() {
    requires(ghost: abacus.isBalanced(10))
    ensures(ghost: abacus.entries[0] == 0)  // fails: ensures
    total = 3
  }

  mutating func asksTheLemma() {
    requires(ghost: abacus.isBalanced(10))
    ensures(ghost: abacus.entries[0] == 0)
    ghost { abacus.first(10) }
  }

  mutating func confusesLimits() {
    requires(ghost: abacus.isBalanced(10))
    ensures(ghost: abacus.isBalanced(9))  // fails: ensures
    total = 4
  }
}
