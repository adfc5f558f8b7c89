import Contracts
import EngineABI

// What comes back from a VM that dies, piece by piece.

/// Pages that one call looks at before it answers "again".
private let reclaimLimit = 512

extension System {
  func reclaim(_ vm: UInt64, _ a: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard guest(vm).state == .dying else { return Change.answering(.wrongState) }
    let from = a == 0 ? address(of: 0) : a
    guard from % PageSize.page == 0, let start = page(at: from) else {
      return Change.answering(.invalidArgument)
    }
    let next = nextPage(of: vm, from: start)
    return reclaim(vm, next.page, next.found ? isWholeBlock(next.page, of: vm) ? 512 : 1 : 0)
  }

  /// Takes back one page, a block or nothing.
  func reclaim(_ vm: UInt64, _ page: Int, _ count: Int) -> Change {
    requires(System.isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= pages.count - count)
    ensures { (result: Change) in fits(result) }
    let isLast = ownedPages(vm) == UInt64(truncatingIfNeeded: count)
    // From the first page again after the last.
    let next = page + count < pages.count ? page + count : 0
    return Change.making(
      isLast ? .ok : .again, isLast ? 0 : address(of: next),
      PageChange(0, .memory, 0, page, count), VCPUChange(), isLast ? vm : 0, Guest())
  }

  /// Pages that a VM owns, tables included.
  public func ownedPages(_ vm: UInt64) -> UInt64 {
    UInt64(truncatingIfNeeded: count(0..<pages.count) { UInt64(pages[$0].owner) == vm })
  }

  /// The VM's first page at `start` or after it, or where the search stopped: blocks of which no VM
  /// has a page are passed over, and of others at most 512 pages looked at.
  func nextPage(of vm: UInt64, from start: Int) -> (found: Bool, page: Int) {
    opaque()
    requires(start >= 0 && start <= pages.count)
    ensures { (result: (found: Bool, page: Int)) in
      result.page >= start && result.page <= pages.count
    }
    ensures { (result: (found: Bool, page: Int)) in
      result.found ==> result.page < pages.count && UInt64(pages[result.page].owner) == vm
    }
    let count = Int(PageSize.pagesPerBlock)
    var page = start
    var looked = 0
    while page < pages.count && looked < reclaimLimit {
      invariant(page >= start && page <= pages.count && looked >= 0)
      variant(pages.count - page)
      if page % count == 0 && isHostsBlock(page) {
        page += count
      } else if UInt64(pages[page].owner) == vm {
        return (true, page)
      } else {
        page += 1
        looked += 1
      }
    }
    return (false, page)
  }

  /// Whether the host owns the whole block that begins with a page.
  func isHostsBlock(_ first: Int) -> Bool {
    requires(first >= 0 && first <= pages.count - 512)
    return forall(first..<first + 512) { pages[$0].owner == 0 }
  }

  /// Whether a page begins a block of which the VM has every page, and shares none.
  func isWholeBlock(_ first: Int, of vm: UInt64) -> Bool {
    requires(first >= 0 && first < pages.count)
    return first % 512 == 0
      && forall(first..<first + 512) {
        UInt64(pages[$0].owner) == vm && pages[$0].use != .shared
      }
  }
}
