import Contracts
import EngineABI

// What the host's tables say of a block between two calls: the whole of it, nothing, or just the pages
// that are its own or shared with it; and that no CPU remembers anything else.

extension Tables {
  func sight(_ block: Int, _ host: HostTables, _ first: UInt64) -> BlockSight {
    opaque()
    requires(block >= 0 && block < 1 << 25 && Ownership.isLaidOut(host, first, block))
    return BlockSight(
      written: written[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index],
      seen: seen[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index],
      writtenLow: written[Int(host.level3.number) + block],
      seenLow: seen[Int(host.level3.number) + block])
  }

  func isSettled(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) -> Bool {
    requires(block >= 0 && block < blocks && Ownership.isLaidOut(host, first, blocks))
    return sight(block, host, first).isSettled(
      Tables.memory(first, block), Tables.table(host, block), absents[block], pages,
      block * Ownership.blockPages)
  }

  /// What is seen leads the host to nothing but its own and shared pages, and all blocks are settled,
  /// but for one that is being changed (-1: none is).
  func agree(
    but open: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) -> Bool {
    opaque()
    requires(Ownership.isLaidOut(host, first, blocks))
    return isSafe(host, first, blocks, pages)
      && areSettled(but: open, host, first, blocks, pages, absents)
  }

  /// All blocks are settled, but for one.
  func areSettled(
    but open: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks))
    return forall(0..<blocks) {
      $0 == open || isSettled($0, host, first, blocks, pages, absents)
    }
  }

  /// The tables change at one block alone.
  private static func keepSettled(
    _ before: Tables, _ after: Tables, _ block: Int, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(before.areSettled(but: block, host, first, blocks, pages, absents))
    requires(
      forall(0..<blocks) {
        $0 == block || isSame($0, before.written, after.written, host, first)
      })
    requires(
      forall(0..<blocks) {
        $0 == block || isSame($0, before.seen, after.seen, host, first)
      })
    ensures(after.areSettled(but: block, host, first, blocks, pages, absents))
    for other in 0..<blocks {
      invariant(
        forall(0..<other) {
          $0 == block || after.isSettled($0, host, first, blocks, pages, absents)
        })
      if other != block {
        holds(before.isSettled(other, host, first, blocks, pages, absents))
        holds(isSame(other, before.written, after.written, host, first))
        holds(isSame(other, before.seen, after.seen, host, first))
        holds(before.sight(other, host, first) == after.sight(other, host, first))
      }
    }
  }

  /// All is seen as it is written: of blocks that are settled it was before.
  private static func forgetSettled(
    _ before: Tables, _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(before.areSettled(but: block, host, first, blocks, pages, absents))
    ensures(before.forgettingAll.areSettled(but: block, host, first, blocks, pages, absents))
    for other in 0..<blocks {
      invariant(
        forall(0..<other) {
          $0 == block
            || before.forgettingAll.isSettled($0, host, first, blocks, pages, absents)
        })
      if other != block {
        holds(before.isSettled(other, host, first, blocks, pages, absents))
        holds(
          before.forgettingAll.sight(other, host, first)
            == before.sight(other, host, first).forgettingAll)
        before.sight(other, host, first).keepForgetting(
          Tables.memory(first, other), Tables.table(host, other), absents[other], pages,
          other * Ownership.blockPages)
      }
    }
  }
}

// The steps of HostRules.swift, with what they make of their block, and that they leave the others.

extension Tables {
  /// A block's entry of level 2 is cleared.
  mutating func clearBlock(
    _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(descriptor.entry == TableEntry.invalid)
    ensures(
      self
        == old(self).after(
          .store(slot: Ownership.level2Slot(host, first, block).address, descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(sight(block, host, first) == old(sight(block, host, first)).clearing)
    let before = self
    Ownership.level2Slot(host, first, block).addressed()
    clearBlock(block, host, first, blocks, pages)
    Tables.changeTop(before.written, block, .invalid, host, first, blocks)
    Tables.leaveVMs(before, self, Ownership.level2Slot(host, first, block).page)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// It maps the block whole.
  mutating func mapBlock(
    _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(!sight(block, host, first).seen.isValid)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      forall(block * Ownership.blockPages..<block * Ownership.blockPages + 512) {
        pages[$0].hostMaps
      })
    requires(descriptor.entry == Tables.memory(first, block))
    ensures(
      self
        == old(self).after(
          .store(slot: Ownership.level2Slot(host, first, block).address, descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).entering(Tables.memory(first, block)))
    let before = self
    Ownership.level2Slot(host, first, block).addressed()
    mapBlock(block, host, first, blocks, pages)
    Tables.changeTop(before.written, block, Tables.memory(first, block), host, first, blocks)
    Tables.changeTop(before.seen, block, Tables.memory(first, block), host, first, blocks)
    Tables.leaveVMs(before, self, Ownership.level2Slot(host, first, block).page)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// It names the table that is kept for the block.
  mutating func linkTable(
    _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(!sight(block, host, first).seen.isValid)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      Tables.leadsToHosts(
        sight(block, host, first).seenLow, pages, block * Ownership.blockPages))
    requires(descriptor.entry == Tables.table(host, block))
    ensures(
      self
        == old(self).after(
          .store(slot: Ownership.level2Slot(host, first, block).address, descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).entering(Tables.table(host, block)))
    let before = self
    Ownership.level2Slot(host, first, block).addressed()
    linkTable(block, host, first, blocks, pages)
    Tables.changeTop(before.written, block, Tables.table(host, block), host, first, blocks)
    Tables.changeTop(before.seen, block, Tables.table(host, block), host, first, blocks)
    Tables.leaveVMs(before, self, Ownership.level2Slot(host, first, block).page)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// That table is filled with all of its pages or none, while no entry names it.
  mutating func fillTable(
    _ block: Int, mapped: Bool, _ table: PhysicalPage, _ descriptor: Descriptor,
    _ host: HostTables, _ first: UInt64, _ blocks: Int, _ pages: GhostMap<PageState>,
    _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(table.number == host.level3.number + UInt64(block))
    requires(
      descriptor.entry == (mapped ? Tables.memory(first, block, 0) : TableEntry.invalid))
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(sight(block, host, first).seen.kind != .next)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    ensures(self == old(self).after(.fill(table: table, first: descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).lows(
          written: Tables.filled(first, block, mapped), seen: Tables.filled(first, block, mapped)))
    let before = self
    let entries = Tables.filled(first, block, mapped)
    holds(Tables.consecutive(descriptor) == entries)
    fillTable(block, entries, host, first, blocks, pages)
    holds(self == before.after(.fill(table: table, first: descriptor), host, first))
    Tables.changeLow(before.written, block, entries, host, first, blocks)
    Tables.changeLow(before.seen, block, entries, host, first, blocks)
    holds(written[Int(host.level3.number) + block] == entries)
    holds(seen[Int(host.level3.number) + block] == entries)
    holds(
      sight(block, host, first)
        == before.sight(block, host, first).lows(written: entries, seen: entries))
    Tables.leaveVMs(before, self, Int(host.level3.number) + block)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// A page's entry in that table is cleared.
  mutating func clearPage(
    _ slot: Slot, _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64,
    _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(descriptor.entry == TableEntry.invalid)
    ensures(self == old(self).after(.store(slot: slot.address, descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).lows(
          written: Tables.setting(old(sight(block, host, first)).writtenLow, slot.index, .invalid),
          seen: old(sight(block, host, first)).seenLow))
    let before = self
    slot.addressed()
    clearPage(slot, block, host, first, blocks, pages)
    holds(
      written
        == Tables.replacing(
          before.written, slot.page, Tables.setting(before.written[slot.page], slot.index, .invalid)
        ))
    Tables.changeLow(
      before.written, block, Tables.setting(before.written[slot.page], slot.index, .invalid), host,
      first, blocks)
    Tables.leaveVMs(before, self, slot.page)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// It maps the page.
  mutating func mapPage(
    _ slot: Slot, _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64,
    _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(!sight(block, host, first).seenLow[slot.index].isValid)
    requires(pages[block * Ownership.blockPages + slot.index].hostMaps)
    requires(descriptor.entry == Tables.memory(first, block, slot.index))
    ensures(self == old(self).after(.store(slot: slot.address, descriptor), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).lows(
          written: Tables.setting(
            old(sight(block, host, first)).writtenLow, slot.index,
            Tables.memory(first, block, slot.index)),
          seen: Tables.setting(
            old(sight(block, host, first)).seenLow, slot.index,
            Tables.memory(first, block, slot.index))))
    let before = self
    slot.addressed()
    mapPage(slot, block, host, first, blocks, pages)
    holds(
      written
        == Tables.replacing(
          before.written, slot.page,
          Tables.setting(
            before.written[slot.page], slot.index, Tables.memory(first, block, slot.index))))
    holds(
      seen
        == Tables.replacing(
          before.seen, slot.page,
          Tables.setting(
            before.seen[slot.page], slot.index, Tables.memory(first, block, slot.index))))
    Tables.changeLow(
      before.written, block,
      Tables.setting(
        before.written[slot.page], slot.index, Tables.memory(first, block, slot.index)), host,
      first, blocks)
    Tables.changeLow(
      before.seen, block,
      Tables.setting(before.seen[slot.page], slot.index, Tables.memory(first, block, slot.index)),
      host,
      first, blocks)
    Tables.leaveVMs(before, self, slot.page)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// Its translation is forgotten.
  mutating func forgetPage(
    _ slot: Slot, _ block: Int, _ page: GuestPage, _ host: HostTables, _ first: UInt64,
    _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(agree(but: block, host, first, blocks, pages, absents))
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      page.number == first + UInt64(block) * PageSize.pagesPerBlock + UInt64(slot.index))
    ensures(self == old(self).after(.invalidatePage(vmid: 0, page), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(
      sight(block, host, first)
        == old(sight(block, host, first)).lows(
          written: old(sight(block, host, first)).writtenLow,
          seen: Tables.setting(
            old(sight(block, host, first)).seenLow, slot.index,
            old(sight(block, host, first)).writtenLow[slot.index])))
    let before = self
    holds(Tables.slot(of: page, host, first) == slot)
    forgetPage(slot, block, host, first, blocks, pages)
    holds(
      seen
        == Tables.replacing(
          before.seen, slot.page,
          Tables.setting(before.seen[slot.page], slot.index, before.written[slot.page][slot.index]))
    )
    Tables.changeLow(
      before.seen, block,
      Tables.setting(before.seen[slot.page], slot.index, before.written[slot.page][slot.index]),
      host,
      first, blocks)
    Tables.leaveVMs(before, self)
    Tables.keepSettled(before, self, block, host, first, blocks, pages, absents)
  }

  /// All translations are forgotten.
  mutating func forgetAll(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: block, host, first, blocks, pages, absents))
    ensures(self == old(self).after(.invalidateAll(vmid: 0), host, first))
    ensures(agree(but: block, host, first, blocks, pages, absents))
    ensures(ofVMs() == old(ofVMs()))
    ensures(sight(block, host, first) == old(sight(block, host, first)).forgettingAll)
    let before = self
    forgetAll(host, first, blocks, pages)
    Tables.leaveVMs(before, self)
    Tables.forgetSettled(before, block, host, first, blocks, pages, absents)
  }
}

extension Tables {
  /// A block's table when it maps all of it, or nothing.
  static func filled(_ first: UInt64, _ block: Int, _ mapped: Bool) -> GhostMap<TableEntry> {
    requires(first <= 1 << 35 && block >= 0 && block < 1 << 25)
    return GhostMap { entry in
      mapped && entry >= 0 && entry < 512 ? Tables.memory(first, block, entry) : .invalid
    }
  }
}
