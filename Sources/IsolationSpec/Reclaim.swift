import Contracts
import EngineABI

// What comes back from a VM that dies, piece by piece.

/// Pages that one call looks at before it answers "again".
private let reclaimLimit = 512

extension System {
  mutating func reclaim(_ vm: UInt64, _ a: UInt64) -> Answer {
    guard guest(vm).state == .dying else { return Answer(.wrongState) }
    let from = a == 0 ? address(of: 0) : a
    guard from % PageSize.page == 0, let start = page(at: from) else {
      return Answer(.invalidArgument)
    }
    let (isFound, found) = nextPage(of: vm, from: start)
    var next = found
    if isFound {
      let count = isWholeBlock(found, of: vm) ? Int(PageSize.pagesPerBlock) : 1
      for page in found..<found + count { pages[page] = Page() }
      next = found + count
    }
    if ownedPages(vm) == 0 {
      vms[Int(truncatingIfNeeded: vm) - 1] = Guest()
      return Answer(.ok)
    }
    // From the first page again after the last.
    return Answer(.again, address(of: next < pages.count ? next : 0))
  }

  /// Pages that a VM owns, tables included.
  public func ownedPages(_ vm: UInt64) -> UInt64 {
    var count: UInt64 = 0
    for page in 0..<pages.count where UInt64(pages[page].owner) == vm { count = count &+ 1 }
    return count
  }

  /// The VM's first page at `start` or after it, or where the search stopped: blocks of which no VM
  /// has a page are passed over, and of others at most 512 pages looked at.
  private func nextPage(of vm: UInt64, from start: Int) -> (found: Bool, page: Int) {
    let count = Int(PageSize.pagesPerBlock)
    var page = start
    var looked = 0
    while page < pages.count && looked < reclaimLimit {
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
  private func isHostsBlock(_ first: Int) -> Bool {
    for page in first..<first + Int(PageSize.pagesPerBlock) where pages[page].owner != 0 {
      return false
    }
    return true
  }

  /// Whether a page begins a block of which the VM has every page, and shares none.
  private func isWholeBlock(_ first: Int, of vm: UInt64) -> Bool {
    guard first % Int(PageSize.pagesPerBlock) == 0 else { return false }
    for page in first..<first + Int(PageSize.pagesPerBlock)
    where UInt64(pages[page].owner) != vm || pages[page].use == .shared {
      return false
    }
    return true
  }
}
