import Contracts
import EngineABI

/// Who owns a page, and as what.
public struct PageState: BitwiseCopyable, Equatable, Sendable {
  /// 0: the host. 1...``Limits/vms``: that VM.
  public var owner: UInt8
  public var use: PageUse

  public static let host = PageState(owner: 0, use: .normal)
  /// Not in the carve-out: never changes hands.
  public static let fixed = PageState(owner: 0, use: .fixed)

  /// Whether the host's stage 2 maps the page.
  public var hostMaps: Bool { owner == 0 || use == .shared }
}

public enum PageUse: UInt8, BitwiseCopyable, Sendable {
  /// The host's own page, or a VM's private one.
  case normal = 0
  /// A VM's page that the host can access too.
  case shared = 1
  /// A stage-2 table of a VM.
  case table = 2
  /// The host's, and not for donation.
  case fixed = 3
}

/// What the engine keeps of one block of 2 MiB of the carve-out.
public struct BlockState: BitwiseCopyable, Sendable {
  /// Pages that the host's stage 2 does not map. 0: the host maps the block whole.
  public var absent: UInt16
  /// Pages that a VM owns.
  public var donated: UInt16

  public static let host = BlockState(absent: 0, donated: 0)
}

/// Ownership of every page of the carve-out. Guarded by the memory lock.
public struct Ownership: ~Copyable {
  public var pages: Table<PageState>
  public var blocks: Table<BlockState>
  /// First page of the carve-out, at the start of a block.
  public let first: UInt64

  public init(pages: consuming Table<PageState>, blocks: consuming Table<BlockState>, first: UInt64)
  {
    requires(pages.count % Int(PageSize.pagesPerBlock) == 0 && pages.count <= 1 << 40)
    requires(blocks.count == pages.count / Int(PageSize.pagesPerBlock))
    self.pages = pages
    self.blocks = blocks
    self.first = first
  }

  public var typeInvariant: Bool {
    pages.count % Int(PageSize.pagesPerBlock) == 0 && pages.count <= 1 << 40
      && blocks.count == pages.count / Int(PageSize.pagesPerBlock)
  }

  /// The page's index, or `nil` if it is not in the carve-out.
  public func index(of page: PhysicalPage) -> Int? {
    guard page.number >= first, page.number &- first < UInt64(truncatingIfNeeded: pages.count)
    else { return nil }
    return Int(truncatingIfNeeded: page.number &- first)
  }

  public func page(at index: Int) -> PhysicalPage {
    PhysicalPage(number: first &+ UInt64(truncatingIfNeeded: index))
  }

  /// Gives a page of the host to a VM.
  public mutating func give(_ index: Int, to vm: VMID, as use: PageUse) {
    requires(index >= 0 && index < pages.count)
    requires(pages[index] == .host)
    requires(use == .normal || use == .table)
    requires(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(pages[index] == PageState(owner: vm.raw, use: use))
    ensures(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(
      ghost: forall(0..<blocks.count) { old(isWellFormed(block: $0)) ==> isWellFormed(block: $0) })
    let block = index / Int(PageSize.pagesPerBlock)
    pages[index] = PageState(owner: vm.raw, use: use)
    blocks[block].donated += 1
    blocks[block].absent += 1
  }

  /// Gives a whole block of the host to a VM.
  public mutating func giveBlock(_ index: Int, to vm: VMID) {
    requires(index >= 0 && index < pages.count && index % Int(PageSize.pagesPerBlock) == 0)
    ensures(
      forall(index..<index + Int(PageSize.pagesPerBlock)) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(
      ghost: forall(0..<blocks.count) { old(isWellFormed(block: $0)) ==> isWellFormed(block: $0) })
    let count = Int(PageSize.pagesPerBlock)
    for page in index..<index + count {
      invariant(
        forall(index..<page) { pages[$0] == PageState(owner: vm.raw, use: .normal) })
      invariant(
        ghost: forall(0..<pages.count) {
          $0 >= index && $0 < page || pages[$0] == old(pages[$0])
        })
      pages[page] = PageState(owner: vm.raw, use: .normal)
    }
    blocks[index / count] = BlockState(absent: UInt16(count), donated: UInt16(count))
  }

  /// Gives a page of a VM back to the host.
  public mutating func giveBack(_ index: Int) {
    requires(index >= 0 && index < pages.count)
    requires(pages[index].owner != 0)
    requires(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(pages[index] == .host)
    ensures(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(
      ghost: forall(0..<blocks.count) { old(isWellFormed(block: $0)) ==> isWellFormed(block: $0) })
    let block = index / Int(PageSize.pagesPerBlock)
    if pages[index].use != .shared { blocks[block].absent -= 1 }
    pages[index] = .host
    blocks[block].donated -= 1
  }

  /// Gives a whole block of a VM, of which the host maps nothing, back to the host.
  public mutating func giveBackBlock(_ index: Int) {
    requires(index >= 0 && index < pages.count && index % Int(PageSize.pagesPerBlock) == 0)
    ensures(forall(index..<index + Int(PageSize.pagesPerBlock)) { pages[$0] == .host })
    ensures(ghost: isWellFormed(block: index / Int(PageSize.pagesPerBlock)))
    ensures(
      ghost: forall(0..<blocks.count) { old(isWellFormed(block: $0)) ==> isWellFormed(block: $0) })
    let count = Int(PageSize.pagesPerBlock)
    for page in index..<index + count {
      invariant(forall(index..<page) { pages[$0] == .host })
      invariant(
        ghost: forall(0..<pages.count) {
          $0 >= index && $0 < page || pages[$0] == old(pages[$0])
        })
      pages[page] = .host
    }
    blocks[index / count] = .host
  }

  /// Whether one VM holds every page of the block privately.
  public func isWhole(_ index: Int, of vm: VMID) -> Bool {
    requires(index >= 0 && index < pages.count)
    ensures { (result: Bool) in result ==> index % Int(PageSize.pagesPerBlock) == 0 }
    let count = Int(PageSize.pagesPerBlock)
    guard index % count == 0, blocks[index / count].absent == UInt16(count) else { return false }
    for page in index..<index + count
    where pages[page].owner != vm.raw || pages[page].use == .shared {
      return false
    }
    return true
  }

  /// The first page of the VM at `start` or after it, looking no further than `limit` pages into
  /// blocks that hold donated pages; and where to go on from if there is none.
  public func next(of vm: VMID, from start: Int, limit: Int) -> (found: Bool, index: Int) {
    requires(start >= 0 && start <= pages.count && limit >= 0)
    ensures { (result: (found: Bool, index: Int)) in
      result.index >= start
        && (result.found ==> result.index < pages.count && pages[result.index].owner == vm.raw)
    }
    let count = Int(PageSize.pagesPerBlock)
    var index = start
    var looked = 0
    while index < pages.count && looked < limit {
      invariant(index >= start && index <= pages.count && looked >= 0)
      variant(pages.count - index)
      if index % count == 0 && blocks[index / count].donated == 0 {
        index += count
      } else if pages[index].owner == vm.raw {
        return (true, index)
      } else {
        index += 1
        looked += 1
      }
    }
    return (false, index)
  }
}

extension Ownership {
  /// The counts of a block are those of its pages, whose states are possible. For tests and proofs:
  /// contracts that speak of it are labelled ghost, since to evaluate it at each call takes too long.
  public func isWellFormed(block: Int) -> Bool {
    requires(block >= 0 && block < blocks.count)
    let first = block * Int(PageSize.pagesPerBlock)
    let end = first + Int(PageSize.pagesPerBlock)
    return forall(first..<end) { index in pages[index].isPossible }
      && Int(blocks[block].donated) == count(first..<end) { index in pages[index].owner != 0 }
      && Int(blocks[block].absent) == count(first..<end) { index in !pages[index].hostMaps }
  }
}

extension PageState {
  /// What a page of the host is, and what one of a VM is.
  var isPossible: Bool {
    owner == 0 ? use == .normal || use == .fixed : owner <= UInt8(Limits.vms) && use != .fixed
  }
}
