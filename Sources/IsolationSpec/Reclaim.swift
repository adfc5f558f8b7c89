import Contracts
import EngineABI

// What comes back from a VM that dies, piece by piece.

/// Pages that one call looks at before it answers "again".
private let reclaimLimit = 512

extension System {
  func reclaim(_ vm: UInt64, _ a: UInt64) -> Change {
    opaque()
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) && result == reclaiming(vm, a) }
    return reclaiming(vm, a)
  }

  private func reclaiming(_ vm: UInt64, _ a: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard guest(vm).state == .dying else { return Change.answering(.wrongState) }
    let from = a == 0 ? address(of: 0) : a
    guard from % PageSize.page == 0, let start = page(at: from) else {
      return Change.answering(.invalidArgument)
    }
    return reclaim(vm, nextPage(of: vm, from: start).page, reclaimed(vm, from: start))
  }

  /// How many pages come back at once: a block, a page or none.
  func reclaimed(_ vm: UInt64, from start: Int) -> Int {
    opaque()
    requires(System.isVM(vm) && start >= 0 && start <= pages.count)
    ensures { (result: Int) in result == 0 || result == 1 || result == 512 }
    ensures(
      ghost: { (result: Int) in
        nextPage(of: vm, from: start).page <= pages.count - result
          && areOf(nextPage(of: vm, from: start).page, result, vm)
      })
    ensures(
      ghost: { (result: Int) in
        result
          == (!nextPage(of: vm, from: start).found
            ? 0 : isWholeBlock(nextPage(of: vm, from: start).page, of: vm) ? 512 : 1)
      })
    let next = nextPage(of: vm, from: start)
    return next.found ? isWholeBlock(next.page, of: vm) ? 512 : 1 : 0
  }

  /// Takes back one page, a block or nothing.
  func reclaim(_ vm: UInt64, _ page: Int, _ count: Int) -> Change {
    opaque()
    requires(System.isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= pages.count - count)
    ensures { (result: Change) in fits(result) }
    ensures { (result: Change) in
      result == taking(vm, page, count, ownedPages(vm) == UInt64(truncatingIfNeeded: count))
    }
    return taking(vm, page, count, ownedPages(vm) == UInt64(truncatingIfNeeded: count))
  }

  private func taking(_ vm: UInt64, _ page: Int, _ count: Int, _ isLast: Bool) -> Change {
    requires(System.isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= pages.count - count)
    ensures { (result: Change) in fits(result) }
    // From the first page again after the last.
    let next = page + count < pages.count ? page + count : 0
    return Change.making(
      isLast ? .ok : .again, isLast ? 0 : address(of: next),
      PageChange(0, .memory, 0, page, count), VCPUChange(), isLast ? vm : 0, Guest())
  }

  /// Pages that a VM owns, tables included.
  public func ownedPages(_ vm: UInt64) -> UInt64 {
    opaque()
    ensures(
      ghost: { (result: UInt64) in
        result
          == UInt64(truncatingIfNeeded: count(0..<pages.count) { UInt64(pages[$0].owner) == vm })
      })
    return UInt64(truncatingIfNeeded: count(0..<pages.count) { UInt64(pages[$0].owner) == vm })
  }

  /// The VM's first page at `start` or after it, or where the search stopped: blocks of which no VM
  /// has a page are passed over, and of others at most 512 pages looked at.
  func nextPage(of vm: UInt64, from start: Int) -> (found: Bool, page: Int) {
    opaque()
    requires(start >= 0 && start <= pages.count && System.isVM(vm))
    ensures { (result: (found: Bool, page: Int)) in
      result.page >= start && result.page <= pages.count
    }
    ensures { (result: (found: Bool, page: Int)) in
      result.found ==> result.page < pages.count && UInt64(pages[result.page].owner) == vm
    }
    ensures(
      ghost: { (result: (found: Bool, page: Int)) in
        isNext(result.found, result.page, of: vm, from: start)
      })
    let count = Int(PageSize.pagesPerBlock)
    var page = start
    var looked = 0
    while page < pages.count && looked < reclaimLimit {
      invariant(page >= start && page <= pages.count && looked >= 0 && looked <= reclaimLimit)
      invariant(ghost: ownsNone(start, page, vm) && looked == self.looked(start, page))
      invariant(ghost: page == start || looked < reclaimLimit || !isPassed(page - 1, start))
      invariant(ghost: page % 512 == 0 || !isPassed(page, start))
      variant(pages.count - page)
      if page % count == 0 && isHostsBlock(page) {
        ghost { passesBlock(start, page, vm) }
        page += count
      } else if UInt64(pages[page].owner) == vm {
        return (true, page)
      } else {
        ghost { looksAt(start, page, vm) }
        page += 1
        looked += 1
      }
    }
    return (false, page)
  }

  /// What the search answers, as a property of it.
  func isNext(_ found: Bool, _ page: Int, of vm: UInt64, from start: Int) -> Bool {
    requires(start >= 0 && start <= page && page <= pages.count)
    guard ownsNone(start, page, vm) else { return false }
    let looked = self.looked(start, page)
    if found { return looked < reclaimLimit }
    guard page == pages.count || looked == reclaimLimit else { return false }
    return page == start || looked < reclaimLimit
      || looked == reclaimLimit && !isPassed(page - 1, start)
  }

  /// Whether a VM owns none of the pages from one up to another.
  func ownsNone(_ start: Int, _ page: Int, _ vm: UInt64) -> Bool {
    requires(start >= 0 && start <= page && page <= pages.count)
    return forall(start..<page) { UInt64(pages[$0].owner) != vm }
  }

  /// How many pages are looked at between two.
  func looked(_ start: Int, _ page: Int) -> Int {
    requires(start >= 0 && start <= page && page <= pages.count)
    return count(start..<page) { !isPassed($0, start) }
  }

  /// Whether the search passes over a page, with all of its block.
  func isPassed(_ page: Int, _ start: Int) -> Bool {
    requires(page >= 0 && page < pages.count)
    let first = page - page % 512
    return first >= start && isHostsBlock(first)
  }

  private func passesBlock(_ start: Int, _ page: Int, _ vm: UInt64) {
    requires(start >= 0 && start <= page && page <= pages.count - 512 && page % 512 == 0)
    requires(isHostsBlock(page) && System.isVM(vm) && ownsNone(start, page, vm))
    ensures(looked(start, page + 512) == looked(start, page))
    ensures(ownsNone(start, page + 512, vm))
    for next in page..<page + 512 {
      invariant(forall(page..<next) { isPassed($0, start) })
      holds(next - next % 512 == page)
    }
    holds(count(page..<page + 512) { !isPassed($0, start) } == 0)
    holds(
      count(start..<page + 512) { !isPassed($0, start) }
        == count(start..<page) { !isPassed($0, start) })
  }

  private func looksAt(_ start: Int, _ page: Int, _ vm: UInt64) {
    requires(start >= 0 && start <= page && page < pages.count)
    requires(page % 512 == 0 ? !isHostsBlock(page) : !isPassed(page, start))
    requires(ownsNone(start, page, vm) && UInt64(pages[page].owner) != vm)
    ensures(looked(start, page + 1) == looked(start, page) + 1)
    ensures(ownsNone(start, page + 1, vm) && !isPassed(page, start))
    ensures((page + 1) % 512 == 0 || !isPassed(page + 1, start))
    holds(!isPassed(page, start))
    holds(page % 512 == 511 || page + 1 - (page + 1) % 512 == page - page % 512)
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
