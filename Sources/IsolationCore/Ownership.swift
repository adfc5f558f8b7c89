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

/// Where the host's tables of the carve-out lie, each level's side by side.
public struct HostTables: BitwiseCopyable, Sendable {
  /// Of the gigabytes that it touches.
  public var level2 = PhysicalPage(number: 0)
  /// Of its blocks.
  public var level3 = PhysicalPage(number: 0)
  public init() {}
}

/// Ownership of every page of the carve-out. Guarded by the memory lock.
public struct Ownership: ~Copyable {
  public var pages: Table<PageState>
  public var blocks: Table<BlockState>
  /// First page of the carve-out, at the start of a block.
  public let first: UInt64
  public let host: HostTables
  /// What all stage-2 tables say when the effects so far are done.
  var tables: Tables
  /// The VMIDs of which no TLB remembers anything, as the last effect on tables sees to.
  var forgotten = GhostMap<Bool>()

  static let blockPages = Int(PageSize.pagesPerBlock)

  /// All pages are the host's to begin with, and mapped in blocks.
  public init(
    pages: consuming Table<PageState>, blocks: consuming Table<BlockState>, first: UInt64,
    host: HostTables
  ) {
    requires(pages.count % Ownership.blockPages == 0 && pages.count <= 1 << 34)
    requires(blocks.count == pages.count / Ownership.blockPages)
    requires(Ownership.isLaidOut(host, first, blocks.count))
    requires(forall(0..<pages.count) { pages[$0] == .host })
    requires(forall(0..<blocks.count) { blocks[$0].absent == 0 && blocks[$0].donated == 0 })
    self.pages = pages
    self.blocks = blocks
    self.first = first
    self.host = host
    self.tables = Tables.atBoot(host, first, self.blocks.count)
    ghost {
      Tables.agreesAtBoot(
        tables, host, first, self.blocks.count, Tables.states(self.pages),
        Tables.absents(self.blocks))
      holds(tables.agree(host, first, self.pages, self.blocks, but: -1))
      Tables.leadNowhereAtBoot(tables, host, first, self.blocks.count)
      tables.beginOwned(
        but: -1, host, first, self.blocks.count, Tables.states(self.pages),
        Tables.absents(self.blocks), self.pages.count)
      holds(tables.agree(with: self) && tables.ofVMs().leadNowhere())
    }
  }

  public var typeInvariant: Bool {
    pages.count % Ownership.blockPages == 0 && pages.count <= 1 << 34
      && blocks.count == pages.count / Ownership.blockPages
      && Ownership.isLaidOut(host, first, blocks.count) && Ownership.arePossible(pages)
      && Ownership.isCounted(pages, blocks)
  }

  /// The host's tables lie one behind the other, and before the carve-out.
  static func isLaidOut(_ host: HostTables, _ first: UInt64, _ blocks: Int) -> Bool {
    blocks >= 0 && first % PageSize.pagesPerBlock == 0 && first <= 1 << 35 && blocks <= 1 << 25
      && host.level2.number < host.level3.number && host.level3.number < first
      && blocks / Ownership.blockPages + 2 <= Int(host.level3.number - host.level2.number)
      && blocks <= Int(first - host.level3.number)
  }

  /// Each page's state is possible, and a block is wholly in the carve-out or not at all.
  private static func arePossible(_ pages: borrowing Table<PageState>) -> Bool {
    requires(pages.count % Ownership.blockPages == 0 && pages.count <= 1 << 34)
    return forall(0..<pages.count) { pages[$0].isPossible }
      && forall(0..<pages.count / Ownership.blockPages) { block in
        forall(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
          (pages[$0].use == .fixed) == (pages[block * Ownership.blockPages].use == .fixed)
        }
      }
  }

  /// Each block's counts are those of its pages.
  private static func isCounted(
    _ pages: borrowing Table<PageState>, _ blocks: borrowing Table<BlockState>
  ) -> Bool {
    requires(pages.count % Ownership.blockPages == 0 && pages.count <= 1 << 34)
    requires(blocks.count == pages.count / Ownership.blockPages)
    return forall(0..<blocks.count) { block in
      Int(blocks[block].absent)
        == count(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
          !pages[$0].hostMaps
        }
    }
      && forall(0..<blocks.count) { block in
        Int(blocks[block].donated)
          == count(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
            pages[$0].owner != 0
          }
      }
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

  /// Hides a page from the host: one of its own goes to a VM, or a shared one is private again.
  mutating func hide(_ index: Int, as state: PageState) {
    requires(index >= 0 && index < pages.count)
    requires(pages[index].hostMaps && !state.hostMaps)
    requires(pages[index].use != .fixed && state.isPossible)
    requires(pages[index].owner == 0 || pages[index].owner == state.owner)
    ensures(pages[index] == state)
    ensures(
      blocks[index / Ownership.blockPages].absent
        == old(blocks[index / Ownership.blockPages].absent) + 1)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    ensures(
      ghost: forall(0..<blocks.count) {
        $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
      })
    let block = index / Ownership.blockPages
    let isGiven = pages[index].owner == 0
    pages[index] = state
    blocks[block].absent += 1
    if isGiven { blocks[block].donated += 1 }
  }

  /// Shows a page to the host: a VM shares it, or gives it back.
  mutating func show(_ index: Int, as state: PageState) {
    requires(index >= 0 && index < pages.count)
    requires(!pages[index].hostMaps && state.hostMaps)
    requires(state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || pages[index].owner == state.owner)
    ensures(pages[index] == state)
    ensures(
      blocks[index / Ownership.blockPages].absent
        == old(blocks[index / Ownership.blockPages].absent) - 1)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    ensures(
      ghost: forall(0..<blocks.count) {
        $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
      })
    let block = index / Ownership.blockPages
    pages[index] = state
    blocks[block].absent -= 1
    if state.owner == 0 { blocks[block].donated -= 1 }
  }

  /// Gives a block of which no page is a VM's to one.
  mutating func giveBlock(_ index: Int, to vm: VMID) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(pages[index].use != .fixed && blocks[index / Ownership.blockPages].donated == 0)
    ensures(
      forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    ensures(
      ghost: forall(0..<blocks.count) {
        $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
      })
    for page in index..<index + Ownership.blockPages {
      invariant(
        forall(index..<page) { pages[$0] == PageState(owner: vm.raw, use: .normal) })
      invariant(
        forall(page..<index + Ownership.blockPages) {
          pages[$0].owner == 0 && pages[$0].use != .fixed
        })
      invariant(
        ghost: forall(0..<blocks.count) {
          $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
        })
      invariant(
        ghost: forall(0..<pages.count) {
          $0 < index || $0 >= page ==> pages[$0] == old(pages[$0])
        })
      hide(page, as: PageState(owner: vm.raw, use: .normal))
    }
  }

  /// Gives a block of which the host's stage 2 maps nothing back to the host.
  mutating func giveBackBlock(_ index: Int) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(Int(blocks[index / Ownership.blockPages].absent) == Ownership.blockPages)
    ensures(forall(index..<index + Ownership.blockPages) { pages[$0] == .host })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    ensures(
      ghost: forall(0..<blocks.count) {
        $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
      })
    for page in index..<index + Ownership.blockPages {
      invariant(forall(index..<page) { pages[$0] == .host })
      invariant(forall(page..<index + Ownership.blockPages) { !pages[$0].hostMaps })
      invariant(
        ghost: forall(0..<blocks.count) {
          $0 != index / Ownership.blockPages ==> blocks[$0].absent == old(blocks[$0].absent)
        })
      invariant(
        ghost: forall(0..<pages.count) {
          $0 < index || $0 >= page ==> pages[$0] == old(pages[$0])
        })
      show(page, as: .host)
    }
  }

  /// Whether one VM holds every page of the block privately.
  public func isWhole(_ index: Int, of vm: VMID) -> Bool {
    requires(index >= 0 && index < pages.count)
    ensures { (result: Bool) in
      result
        ==> index % Ownership.blockPages == 0
        && Int(blocks[index / Ownership.blockPages].absent) == Ownership.blockPages
        && forall(index..<index + Ownership.blockPages) { pages[$0].owner == vm.raw }
    }
    let count = Ownership.blockPages
    guard index % count == 0, blocks[index / count].absent == UInt16(count) else { return false }
    for page in index..<index + count {
      invariant(forall(index..<page) { pages[$0].owner == vm.raw })
      if pages[page].owner != vm.raw || pages[page].use == .shared { return false }
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
    let count = Ownership.blockPages
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
  /// The counts of a block are those of its pages, whose states are possible. For tests.
  public func isWellFormed(block: Int) -> Bool {
    requires(block >= 0 && block < blocks.count)
    let first = block * Ownership.blockPages
    let end = first + Ownership.blockPages
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
