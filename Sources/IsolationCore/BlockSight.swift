import Contracts
import EngineABI

// One block in the host's tables, and what each step of HostBlocks.swift makes of it.

/// What a block's entries are written as, and seen as.
struct BlockSight: Equatable {
  /// Its entry of level 2.
  var written: TableEntry
  var seen: TableEntry
  /// The table of level 3 that is kept for it.
  var writtenLow: GhostMap<TableEntry>
  var seenLow: GhostMap<TableEntry>

  /// Whether it says what it should, of which `absent` pages are hidden.
  ///
  /// - Parameters:
  ///   - whole, table: the entries that map the block, and that name its table.
  ///   - index: the block's first page in the carve-out.
  func isSettled(
    _ whole: TableEntry, _ table: TableEntry, _ absent: Int, _ pages: GhostMap<PageState>,
    _ index: Int
  ) -> Bool {
    requires(index >= 0 && index <= 1 << 35)
    return pages[index].use == .fixed
      || written == seen && writtenLow == seenLow && says(whole, table, absent, pages, index)
  }

  func keepForgetting(
    _ whole: TableEntry, _ table: TableEntry, _ absent: Int, _ pages: GhostMap<PageState>,
    _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35)
    requires(isSettled(whole, table, absent, pages, index))
    ensures(forgettingAll.isSettled(whole, table, absent, pages, index))
  }

  /// One more page of several is mapped, or one less.
  func settle(
    _ whole: TableEntry, _ table: TableEntry, absent: Int, was: Int, _ old: BlockSight,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ index: Int, _ page: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && page >= 0 && page < 512)
    requires(absent > 0 && absent < 512 && was > 0 && was < 512 && before[index].use != .fixed)
    requires(old.isSettled(whole, table, was, before, index))
    requires(forall(index..<index + 512) { $0 == index + page || pages[$0] == before[$0] })
    requires(written == old.written && seen == old.seen && writtenLow == seenLow)
    requires(writtenLow == Tables.setting(old.writtenLow, page, writtenLow[page]))
    requires(writtenLow[page].isValid == pages[index + page].hostMaps)
    ensures(isSettled(whole, table, absent, pages, index))
  }

  /// It is split, and all but one page is mapped.
  func isSettledSplit(
    _ whole: TableEntry, _ table: TableEntry, _ low: GhostMap<TableEntry>,
    _ pages: GhostMap<PageState>, _ index: Int, _ page: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && page >= 0 && page < 512)
    requires(self == BlockSight.split(table, low, page))
    requires(forall(0..<512) { low[$0].isValid })
    requires(!pages[index + page].hostMaps)
    requires(forall(index..<index + 512) { $0 == index + page || pages[$0].hostMaps })
    ensures(isSettled(whole, table, 1, pages, index))
  }

  private func says(
    _ whole: TableEntry, _ table: TableEntry, _ absent: Int, _ pages: GhostMap<PageState>,
    _ index: Int
  ) -> Bool {
    requires(index >= 0 && index <= 1 << 35)
    if absent == 0 { return written == whole }
    if absent == Ownership.blockPages { return !written.isValid }
    return written == table
      && forall(0..<512) { writtenLow[$0].isValid == pages[index + $0].hostMaps }
  }
}

extension BlockSight {
  static let unknown = BlockSight(
    written: .invalid, seen: .invalid, writtenLow: GhostMap(), seenLow: GhostMap())

  /// By a table that maps all but one page.
  static func split(
    _ table: TableEntry, _ low: GhostMap<TableEntry>, _ page: Int
  ) -> BlockSight {
    let rest = Tables.setting(low, page, .invalid)
    return BlockSight(written: table, seen: table, writtenLow: rest, seenLow: rest)
  }

  var clearing: BlockSight {
    BlockSight(written: .invalid, seen: seen, writtenLow: writtenLow, seenLow: seenLow)
  }

  func entering(_ entry: TableEntry) -> BlockSight {
    BlockSight(written: entry, seen: entry, writtenLow: writtenLow, seenLow: seenLow)
  }

  func lows(
    written: GhostMap<TableEntry>, seen: GhostMap<TableEntry>
  ) -> BlockSight {
    BlockSight(written: self.written, seen: self.seen, writtenLow: written, seenLow: seen)
  }

  var forgettingAll: BlockSight {
    BlockSight(written: written, seen: written, writtenLow: writtenLow, seenLow: writtenLow)
  }
}
