import Contracts
import EngineABI

// What becomes of the host's tables where states of pages change, of one page or of a whole block: a
// page is hidden when nothing that is seen leads to it any more, and shown before anything does.

extension Tables {
  /// The states of all pages of the carve-out.
  static func states(_ pages: borrowing Table<PageState>) -> GhostMap<PageState> {
    GhostMap { index in index >= 0 && index < pages.count ? pages[index] : .fixed }
  }

  /// Pages of each block that the host's stage 2 does not map.
  static func absents(_ blocks: borrowing Table<BlockState>) -> GhostMap<Int> {
    GhostMap { block in block >= 0 && block < blocks.count ? Int(blocks[block].absent) : 0 }
  }

  /// The tables agree with who owns what: the host's, and the VMs'.
  func agree(with ownership: borrowing Ownership) -> Bool {
    agree(ownership.host, ownership.first, ownership.pages, ownership.blocks, but: -1)
      && isOwned(by: ownership)
  }

  /// The same while a block is being changed.
  func agree(
    _ host: HostTables, _ first: UInt64, _ pages: borrowing Table<PageState>,
    _ blocks: borrowing Table<BlockState>, but block: Int
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks.count))
    return agree(
      but: block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
  }

  /// Beside one block nothing changes.
  static func isSame(
    but block: Int, _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ blocks: Int
  ) -> Bool {
    requires(blocks >= 0 && blocks <= 1 << 25 && block >= 0 && block < blocks)
    return forall(0..<blocks * Ownership.blockPages) {
      $0 >= block * Ownership.blockPages && $0 < (block + 1) * Ownership.blockPages
        || pages[$0] == before[$0]
    }
  }

  /// States of pages of one block change, of which what is seen is as it should be.
  static func keepHidden(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ block: Int, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(isHidden(seen, host, first, blocks, before))
    requires(isSame(but: block, before, pages, blocks))
    requires(isHidden(block, seen, host, first, blocks, pages))
    ensures(isHidden(seen, host, first, blocks, pages))
    for other in 0..<blocks {
      invariant(forall(0..<other) { isHidden($0, seen, host, first, blocks, pages) })
      if other != block {
        holds(isHidden(other, seen, host, first, blocks, before))
        let slot = Ownership.level2Slot(host, first, other)
        holds(isSame(other * Ownership.blockPages, before, pages))
        keepHidden(
          seen[slot.page][slot.index], seen[Int(host.level3.number) + other],
          Int(host.level3.number) + other, Int(first) + other * Ownership.blockPages, before,
          pages, other * Ownership.blockPages)
        hides(
          other, seen[slot.page][slot.index], seen[Int(host.level3.number) + other], seen, host,
          first, blocks, pages)
      }
    }
  }

  /// The pages of a block are the same, of which this is the first.
  private static func isSame(
    _ index: Int, _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>
  ) -> Bool {
    requires(index >= 0 && index <= 1 << 35)
    return forall(index..<index + 512) { pages[$0] == before[$0] }
  }

  private static func keepHidden(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ table: Int, _ start: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(isHidden(top, low, table, start, before, index))
    requires(isSame(index, before, pages))
    ensures(isHidden(top, low, table, start, pages, index))
  }

  /// A page to which nothing leads is hidden, or any is shown.
  static func hidePage(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ table: Int, _ start: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ index: Int, _ page: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(page >= 0 && page < 512 && before[index].use != .fixed)
    requires(isHidden(top, low, table, start, before, index))
    requires(
      forall(index..<index + 512) { $0 == index + page || pages[$0] == before[$0] })
    requires(pages[index + page].hostMaps || !sees(top, low, page))
    ensures(isHidden(top, low, table, start, pages, index))
  }

  /// A block to which nothing leads changes hands.
  static func hideBlock(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ table: Int, _ start: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(before[index].use != .fixed && !top.isValid)
    requires(isHidden(top, low, table, start, before, index))
    ensures(isHidden(top, low, table, start, pages, index))
  }

  /// The same of what blocks say.
  func keepSettled(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ absentBefore: GhostMap<Int>,
    _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(areSettled(but: block, host, first, blocks, before, absentBefore))
    requires(Tables.isSame(but: block, before, pages, blocks))
    requires(forall(0..<blocks) { $0 == block || absents[$0] == absentBefore[$0] })
    ensures(areSettled(but: block, host, first, blocks, pages, absents))
    for other in 0..<blocks {
      invariant(
        forall(0..<other) {
          $0 == block || isSettled($0, host, first, blocks, pages, absents)
        })
      if other != block {
        holds(isSettled(other, host, first, blocks, before, absentBefore))
        holds(Tables.isSame(other * Ownership.blockPages, before, pages))
        Tables.keepSettled(
          sight(other, host, first), Tables.memory(first, other), Tables.table(host, other),
          absents[other], before, pages, other * Ownership.blockPages)
      }
    }
  }

  private static func keepSettled(
    _ sight: BlockSight, _ whole: TableEntry, _ table: TableEntry, _ absent: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35)
    requires(sight.isSettled(whole, table, absent, before, index))
    requires(isSame(index, before, pages))
    ensures(sight.isSettled(whole, table, absent, pages, index))
  }

  /// One page's state has changed, to which nothing leads, or which is shown.
  func keepPage(
    _ index: Int, _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ absentBefore: GhostMap<Int>,
    _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(index >= 0 && block == index / Ownership.blockPages)
    requires(agree(but: block, host, first, blocks, before, absentBefore))
    requires(before[block * Ownership.blockPages].use != .fixed)
    requires(
      forall(0..<blocks * Ownership.blockPages) { $0 == index || pages[$0] == before[$0] })
    requires(forall(0..<blocks) { $0 == block || absents[$0] == absentBefore[$0] })
    requires(
      pages[index].hostMaps
        || !Tables.sees(
          sight(block, host, first).seen, sight(block, host, first).seenLow,
          index % Ownership.blockPages)
    )
    ensures(agree(but: block, host, first, blocks, pages, absents))
    let slot = Ownership.level2Slot(host, first, block)
    let start = block * Ownership.blockPages
    holds(Tables.isHidden(block, seen, host, first, blocks, before))
    Tables.isHiddenWithin(
      block, table: Int(host.level3.number) + block, start: Int(first) + start, index: start,
      seen, host, first, blocks, before)
    Tables.hidePage(
      seen[slot.page][slot.index], seen[Int(host.level3.number) + block],
      Int(host.level3.number) + block, Int(first) + start, before, pages, start,
      index % Ownership.blockPages)
    Tables.hides(
      block, seen[slot.page][slot.index], seen[Int(host.level3.number) + block],
      table: Int(host.level3.number) + block, start: Int(first) + start, index: start, seen,
      host, first, blocks, pages)
    Tables.keepHidden(seen, block, host, first, blocks, before, pages)
    keepSettled(block, host, first, blocks, before, pages, absentBefore, absents)
  }

  /// The states of a block's pages have changed, to which nothing leads.
  func keepBlock(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ absentBefore: GhostMap<Int>,
    _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, before, absentBefore))
    requires(before[block * Ownership.blockPages].use != .fixed)
    requires(Tables.isSame(but: block, before, pages, blocks))
    requires(forall(0..<blocks) { $0 == block || absents[$0] == absentBefore[$0] })
    requires(!sight(block, host, first).seen.isValid)
    ensures(agree(but: block, host, first, blocks, pages, absents))
    let slot = Ownership.level2Slot(host, first, block)
    let start = block * Ownership.blockPages
    holds(Tables.isHidden(block, seen, host, first, blocks, before))
    Tables.isHiddenWithin(
      block, table: Int(host.level3.number) + block, start: Int(first) + start, index: start,
      seen, host, first, blocks, before)
    Tables.hideBlock(
      seen[slot.page][slot.index], seen[Int(host.level3.number) + block],
      Int(host.level3.number) + block, Int(first) + start, before, pages, start)
    Tables.hides(
      block, seen[slot.page][slot.index], seen[Int(host.level3.number) + block],
      table: Int(host.level3.number) + block, start: Int(first) + start, index: start, seen,
      host, first, blocks, pages)
    Tables.keepHidden(seen, block, host, first, blocks, before, pages)
    keepSettled(block, host, first, blocks, before, pages, absentBefore, absents)
  }

  /// A block is going to be changed.
  func unsettle(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: -1, host, first, blocks, pages, absents))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(
      sight(block, host, first).isSettled(
        Tables.memory(first, block), Tables.table(host, block), absents[block], pages,
        block * Ownership.blockPages))
    holds(isSettled(block, host, first, blocks, pages, absents))
  }

  /// The last one is settled too.
  func settle(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(
      sight(block, host, first).isSettled(
        Tables.memory(first, block), Tables.table(host, block), absents[block], pages,
        block * Ownership.blockPages))
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    holds(isSettled(block, host, first, blocks, pages, absents))
  }

  /// The last one is settled too, of which one more page is mapped than it was, or one less.
  func settle(
    _ block: Int, _ page: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ before: GhostMap<PageState>,
    _ old: BlockSight, _ entry: TableEntry, was: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(page >= 0 && page < 512)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(absents[block] > 0 && absents[block] < 512 && was > 0 && was < 512)
    requires(before[block * Ownership.blockPages].use != .fixed)
    requires(
      old.isSettled(
        Tables.memory(first, block), Tables.table(host, block), was, before,
        block * Ownership.blockPages))
    requires(
      forall(block * Ownership.blockPages..<block * Ownership.blockPages + 512) {
        $0 == block * Ownership.blockPages + page || pages[$0] == before[$0]
      })
    requires(
      sight(block, host, first)
        == old.lows(
          written: Tables.setting(old.writtenLow, page, entry),
          seen: Tables.setting(old.seenLow, page, entry)))
    requires(pages[block * Ownership.blockPages + page].hostMaps == entry.isValid)
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    settle(
      block, at: block * Ownership.blockPages, page, host, first, blocks, pages, absents, before,
      old, entry, was: was)
  }

  /// The same with the block's first page in a variable, which the provers need.
  private func settle(
    _ block: Int, at index: Int, _ page: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ before: GhostMap<PageState>,
    _ old: BlockSight, _ entry: TableEntry, was: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(page >= 0 && page < 512 && index == block * Ownership.blockPages)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(absents[block] > 0 && absents[block] < 512 && was > 0 && was < 512)
    requires(before[index].use != .fixed)
    requires(
      old.isSettled(
        Tables.memory(first, block), Tables.table(host, block), was, before,
        index))
    requires(
      forall(index..<index + 512) {
        $0 == index + page || pages[$0] == before[$0]
      })
    requires(
      sight(block, host, first)
        == old.lows(
          written: Tables.setting(old.writtenLow, page, entry),
          seen: Tables.setting(old.seenLow, page, entry)))
    requires(pages[index + page].hostMaps == entry.isValid)
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    let now = sight(block, host, first)
    holds(old.writtenLow == old.seenLow && now.writtenLow == now.seenLow)
    holds(now.writtenLow[page] == entry)
    now.settle(
      Tables.memory(first, block), Tables.table(host, block), absent: absents[block], was: was, old,
      before,
      pages, index, page)
    settle(block, host, first, blocks, pages, absents)
  }
}
