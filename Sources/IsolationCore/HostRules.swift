import Contracts
import EngineABI

// The steps in which the core changes the host's tables. After each the host's translations lead to
// nothing but what is its own or shared with it, whenever a CPU walks the tables and whatever its TLB
// has kept.

extension Tables {
  func isSafe(
    _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks))
    return isSound && Tables.areApart(roles, first)
      && Tables.isHidden(seen, host, first, blocks, pages)
  }

  /// A block's entry of level 2 is cleared, and remembered until translations are forgotten.
  mutating func clearBlock(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(isSafe(host, first, blocks, pages))
    ensures(self == old(self).storing(Ownership.level2Slot(host, first, block), .invalid))
    ensures(isSafe(host, first, blocks, pages))
    let slot = Ownership.level2Slot(host, first, block)
    holds(roles[slot.page] == .none)
    store(slot, .invalid)
  }

  /// It maps the block whole, of which all pages are the host's or shared with it.
  mutating func mapBlock(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(isSafe(host, first, blocks, pages))
    requires(!seen(Ownership.level2Slot(host, first, block)).isValid)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      forall(block * Ownership.blockPages..<block * Ownership.blockPages + 512) {
        pages[$0].hostMaps
      })
    ensures(
      self
        == old(self).storing(
          Ownership.level2Slot(host, first, block), Tables.memory(first, block)))
    ensures(isSafe(host, first, blocks, pages))
    holds(Tables.isHidden(block, seen, host, first, blocks, pages))
    enterTop(block, Tables.memory(first, block), host, first, blocks, pages)
  }

  /// It names the table that is kept for the block, whose entries lead to pages that are the host's or
  /// shared with it.
  mutating func linkTable(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(isSafe(host, first, blocks, pages))
    requires(!seen(Ownership.level2Slot(host, first, block)).isValid)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      Tables.leadsToHosts(
        seen[Int(host.level3.number) + block], pages, block * Ownership.blockPages))
    ensures(
      self
        == old(self).storing(
          Ownership.level2Slot(host, first, block), Tables.table(host, block)))
    ensures(isSafe(host, first, blocks, pages))
    let slot = Ownership.level2Slot(host, first, block)
    holds(Tables.isHidden(block, seen, host, first, blocks, pages))
    Tables.hideLinked(
      seen[slot.page][slot.index], seen[Int(host.level3.number) + block],
      Int(host.level3.number) + block, Int(first) + block * Ownership.blockPages, pages,
      block * Ownership.blockPages)
    enterTop(block, Tables.table(host, block), host, first, blocks, pages)
  }

  /// A valid entry of level 2 is written, with which the block is as it should be.
  private mutating func enterTop(
    _ block: Int, _ entry: TableEntry, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(isSafe(host, first, blocks, pages) && entry.isValid)
    requires(!seen(Ownership.level2Slot(host, first, block)).isValid)
    requires(
      Tables.isHidden(
        entry, seen[Int(host.level3.number) + block], Int(host.level3.number) + block,
        Int(first) + block * Ownership.blockPages, pages, block * Ownership.blockPages))
    ensures(self == old(self).storing(Ownership.level2Slot(host, first, block), entry))
    ensures(isSafe(host, first, blocks, pages))
    let before = self
    let slot = Ownership.level2Slot(host, first, block)
    holds(roles[slot.page] == .none)
    Tables.changeTop(
      before.seen, block, entry, host, first, blocks)
    store(slot, entry)
    Tables.hides(
      block, entry, before.seen[Int(host.level3.number) + block], seen, host, first, blocks, pages)
    Tables.keepHidden(before.seen, seen, block, host, first, blocks, pages)
  }

  /// The table that is kept for a block is filled, while no entry names it.
  mutating func fillTable(
    _ block: Int, _ entries: GhostMap<TableEntry>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(isSafe(host, first, blocks, pages))
    requires(seen(Ownership.level2Slot(host, first, block)).kind != .next)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(
      forall(0..<512) {
        !entries[$0].isValid
          || entries[$0]
            == TableEntry(
              kind: .next, page: Int(first) + block * Ownership.blockPages + $0)
      })
    ensures(
      self
        == old(self).filling(PhysicalPage(number: host.level3.number + UInt64(block)), entries))
    ensures(isSafe(host, first, blocks, pages))
    let before = self
    let slot = Ownership.level2Slot(host, first, block)
    let table = Int(host.level3.number) + block
    holds(roles[table] == .none)
    Tables.changeLow(
      before.seen, block, entries, host, first, blocks)
    fill(PhysicalPage(number: host.level3.number + UInt64(block)), entries)
    holds(Tables.isHidden(block, before.seen, host, first, blocks, pages))
    Tables.hideFilled(
      before.seen[slot.page][slot.index], before.seen[table], entries, table,
      Int(first) + block * Ownership.blockPages, pages, block * Ownership.blockPages)
    Tables.hides(
      block, before.seen[slot.page][slot.index], entries, seen, host, first, blocks, pages)
    Tables.keepHidden(before.seen, seen, block, host, first, blocks, pages)
  }

  /// A page's entry in that table is cleared, and remembered until its translation is forgotten.
  mutating func clearPage(
    _ slot: Slot, _ block: Int, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(isSafe(host, first, blocks, pages))
    ensures(self == old(self).storing(slot, .invalid) && isSafe(host, first, blocks, pages))
    holds(roles[slot.page] == .none)
    store(slot, .invalid)
  }

  /// It maps the page, which is the host's or shared with it.
  mutating func mapPage(
    _ slot: Slot, _ block: Int, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(isSafe(host, first, blocks, pages) && !seen(slot).isValid)
    requires(pages[block * Ownership.blockPages].use != .fixed)
    requires(pages[block * Ownership.blockPages + slot.index].hostMaps)
    ensures(self == old(self).storing(slot, Tables.memory(first, block, slot.index)))
    ensures(isSafe(host, first, blocks, pages))
    let before = self
    holds(roles[slot.page] == .none)
    store(slot, Tables.memory(first, block, slot.index))
    change(
      slot, Tables.memory(first, block, slot.index), before, block,
      table: Int(host.level3.number) + block, start: Int(first) + block * Ownership.blockPages,
      index: block * Ownership.blockPages, host, first, blocks, pages)
  }

  /// Its translation is forgotten.
  mutating func forgetPage(
    _ slot: Slot, _ block: Int, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(isSafe(host, first, blocks, pages))
    requires(pages[block * Ownership.blockPages].use != .fixed)
    ensures(self == old(self).forgetting(slot) && isSafe(host, first, blocks, pages))
    let before = self
    holds(Tables.isCurrent(written[slot.page], seen[slot.page], roles[slot.page]))
    forget(slot)
    change(
      slot, before.written[slot.page][slot.index], before, block,
      table: Int(host.level3.number) + block, start: Int(first) + block * Ownership.blockPages,
      index: block * Ownership.blockPages, host, first, blocks, pages)
  }

  /// All translations are forgotten.
  mutating func forgetAll(
    _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(isSafe(host, first, blocks, pages))
    ensures(self == old(self).forgettingAll && isSafe(host, first, blocks, pages))
    let before = self
    forget()
    Tables.forgetHidden(before.written, before.seen, before.roles, host, first, blocks, pages)
  }

  /// What is seen of one entry of a block's table has changed.
  ///
  /// - Parameters:
  ///   - table: the number of the table's page.
  ///   - start: the number of the block's first page, which is `index` in the carve-out.
  private func change(
    _ slot: Slot, _ value: TableEntry, _ before: Tables, _ block: Int, table: Int, start: Int,
    index: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(table == Int(host.level3.number) + block && slot.page == table)
    requires(index == block * Ownership.blockPages && start == Int(first) + index)
    requires(pages[index].use != .fixed)
    requires(Tables.isHidden(before.seen, host, first, blocks, pages))
    requires(seen == Tables.changing(before.seen, slot, value))
    requires(
      !value.isValid || value == before.seen[table][slot.index]
        || pages[index + slot.index].hostMaps)
    requires(
      !value.isValid || value == before.seen[table][slot.index]
        || value.kind == .next && value.page == start + slot.index)
    ensures(Tables.isHidden(seen, host, first, blocks, pages))
    let top = Ownership.level2Slot(host, first, block)
    let low = Tables.setting(before.seen[table], slot.index, value)
    holds(seen == Tables.replacing(before.seen, table, low))
    Tables.changeLow(before.seen, block, low, host, first, blocks)
    holds(Tables.isHidden(block, before.seen, host, first, blocks, pages))
    Tables.isHiddenWithin(
      block, table: table, start: start, index: index, before.seen, host, first, blocks, pages)
    Tables.hideEntry(
      before.seen[top.page][top.index], before.seen[table], slot, value, table, start, pages,
      index)
    Tables.hides(
      block, before.seen[top.page][top.index], low, table: table, start: start, index: index, seen,
      host, first, blocks, pages)
    Tables.keepHidden(before.seen, seen, block, host, first, blocks, pages)
  }
}
