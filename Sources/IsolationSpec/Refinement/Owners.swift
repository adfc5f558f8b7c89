import Contracts
import EngineABI
import IsolationCore

// Who owns which page, on both sides.

extension Its {
  /// Each page of the carve-out has the owner and use that it stands for.
  func ownersStand(for mine: Before) -> Bool {
    opaque()
    let limit = Before.pages
    return forall(0..<limit) { IsolationSpec.stands(pages[$0], for: mine.pages[$0]) }
  }

  static func keepOwners(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, but first: Int, _ end: Int
  ) {
    requires(before.ownersStand(for: mineBefore))
    requires(
      forall(0..<Before.pages) {
        $0 >= first && $0 < end
          ? IsolationSpec.stands(its.pages[$0], for: mine.pages[$0])
          : its.pages[$0] == before.pages[$0] && mine.pages[$0] == mineBefore.pages[$0]
      })
    ensures(its.ownersStand(for: mine))
    for page in 0..<Before.pages {
      invariant(forall(0..<page) { IsolationSpec.stands(its.pages[$0], for: mine.pages[$0]) })
      holds(IsolationSpec.stands(before.pages[page], for: mineBefore.pages[page]))
    }
  }
}

extension Before {
  /// As many as there can be.
  static let pages = 1 << 34
}

extension System {
  /// The carve-out is the same, as boot made it.
  static func isSameMachine(
    _ core: borrowing Machine, _ system: borrowing System, _ held: GhostMap<Bool>
  ) -> Bool {
    core.ownership.first == system.constants.firstPage
      && core.ownership.pages.count == system.pages.count
  }
}
