import Contracts
import EngineABI

// What the host sees of a block, in terms of its level-2 entry and its level-3 table.

extension Tables {
  /// Whether the host's translations lead to a page of a block.
  static func sees(_ top: TableEntry, _ low: GhostMap<TableEntry>, _ page: Int) -> Bool {
    top.isValid && (top.kind == .block || low[page].isValid)
  }

  /// Entries lead where they should, and to pages that are the host's or shared with it.
  ///
  /// - Parameters:
  ///   - top: the block's entry of level 2.
  ///   - low: the entries of the table that is kept for it, which is `table`.
  ///   - start: the number of the block's first page, which is `index` in the carve-out.
  static func isHidden(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ table: Int, _ start: Int,
    _ pages: GhostMap<PageState>, _ index: Int
  ) -> Bool {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    return pages[index].use == .fixed
      || (!top.isValid || top == TableEntry(kind: .block, page: start)
        || top == TableEntry(kind: .next, page: table))
        && forall(0..<512) {
          !low[$0].isValid || low[$0] == TableEntry(kind: .next, page: start + $0)
        }
        && forall(index..<index + 512) {
          sees(top, low, $0 - index) ==> pages[$0].hostMaps
        }
  }

  static func isHidden(
    _ block: Int, _ seen: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) -> Bool {
    requires(block >= 0 && block < blocks)
    requires(Ownership.isLaidOut(host, first, blocks))
    return isHidden(
      seen[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index],
      seen[Int(host.level3.number) + block], Int(host.level3.number) + block,
      Int(first) + block * Ownership.blockPages, pages, block * Ownership.blockPages)
  }

  static func isHidden(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks))
    return forall(0..<blocks) {
      isHidden($0, seen, host, first, blocks, pages)
    }
  }

  /// What is seen of one block changes, and is as it should be again.
  static func keepHidden(
    _ before: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(
      isHidden(before, host, first, blocks, pages)
        && isHidden(block, seen, host, first, blocks, pages))
    requires(
      forall(0..<blocks) {
        $0 == block || isSame($0, before, seen, host, first)
      })
    ensures(isHidden(seen, host, first, blocks, pages))
    for other in 0..<blocks {
      invariant(forall(0..<other) { isHidden($0, seen, host, first, blocks, pages) })
      holds(isHidden(other, before, host, first, blocks, pages))
      if other != block {
        let slot = Ownership.level2Slot(host, first, other)
        hides(
          other, before[slot.page][slot.index], before[Int(host.level3.number) + other], seen,
          host, first, blocks, pages)
      }
    }
  }

  /// Two states of the tables say the same of a block.
  static func isSame(
    _ block: Int, _ one: GhostMap<GhostMap<TableEntry>>,
    _ other: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64
  ) -> Bool {
    requires(block >= 0 && block < 1 << 25 && Ownership.isLaidOut(host, first, block))
    return one[Ownership.level2Slot(host, first, block).page][
      Ownership.level2Slot(host, first, block).index]
      == other[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index]
      && one[Int(host.level3.number) + block] == other[Int(host.level3.number) + block]
  }

  /// A change of a level-2 entry is seen at its block alone.
  static func changeTop(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ block: Int, _ entry: TableEntry, _ host: HostTables,
    _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    ensures(
      forall(0..<blocks) {
        $0 == block
          || isSame(
            $0, seen, changing(seen, Ownership.level2Slot(host, first, block), entry), host, first)
      })
    ensures(
      changing(seen, Ownership.level2Slot(host, first, block), entry)[
        Int(host.level3.number) + block] == seen[Int(host.level3.number) + block])
  }

  /// A change in the table that is kept for a block is seen there alone.
  static func changeLow(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ block: Int, _ low: GhostMap<TableEntry>,
    _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    ensures(
      forall(0..<blocks) {
        $0 == block
          || isSame(
            $0, seen, replacing(seen, Int(host.level3.number) + block, low), host, first)
      })
    ensures(
      replacing(seen, Int(host.level3.number) + block, low)[
        Ownership.level2Slot(host, first, block).page][
          Ownership.level2Slot(host, first, block).index]
        == seen[Ownership.level2Slot(host, first, block).page][
          Ownership.level2Slot(host, first, block).index])
  }

  static func replacing(
    _ tables: GhostMap<GhostMap<TableEntry>>, _ table: Int, _ entries: GhostMap<TableEntry>
  ) -> GhostMap<GhostMap<TableEntry>> {
    var result = tables
    result[table] = entries
    return result
  }

  /// What is written hides as much as what is seen.
  static func forgetHidden(
    _ written: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(areCurrent(written, seen, roles) && isHidden(seen, host, first, blocks, pages))
    ensures(isHidden(written, host, first, blocks, pages))
    for block in 0..<blocks {
      invariant(forall(0..<block) { isHidden($0, written, host, first, blocks, pages) })
      holds(isHidden(block, seen, host, first, blocks, pages))
      let slot = Ownership.level2Slot(host, first, block)
      hides(
        block, written[slot.page][slot.index], written[Int(host.level3.number) + block], written,
        host, first, blocks, pages)
    }
  }

  /// One block's entries are as they should be.
  static func hides(
    _ block: Int, _ top: TableEntry, _ low: GhostMap<TableEntry>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(
      seen[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index] == top)
    requires(seen[Int(host.level3.number) + block] == low)
    requires(
      isHidden(
        top, low, Int(host.level3.number) + block, Int(first) + block * Ownership.blockPages, pages,
        block * Ownership.blockPages))
    ensures(isHidden(block, seen, host, first, blocks, pages))
  }

  /// The same with what follows from the block's number in variables, which the provers need.
  static func hides(
    _ block: Int, _ top: TableEntry, _ low: GhostMap<TableEntry>, table: Int, start: Int,
    index: Int, _ seen: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(index == block * Ownership.blockPages && start == Int(first) + index)
    requires(table == Int(host.level3.number) + block)
    requires(
      seen[Ownership.level2Slot(host, first, block).page][
        Ownership.level2Slot(host, first, block).index] == top)
    requires(seen[table] == low && isHidden(top, low, table, start, pages, index))
    ensures(isHidden(block, seen, host, first, blocks, pages))
  }

  /// The same the other way round: what `isHidden` says of one block.
  static func isHiddenWithin(
    _ block: Int, table: Int, start: Int, index: Int, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(block >= 0 && block < blocks)
    requires(index == block * Ownership.blockPages && start == Int(first) + index)
    requires(table == Int(host.level3.number) + block)
    requires(isHidden(seen, host, first, blocks, pages))
    ensures(
      isHidden(
        seen[Ownership.level2Slot(host, first, block).page][
          Ownership.level2Slot(host, first, block).index], seen[table], table, start, pages, index))
    holds(isHidden(block, seen, host, first, blocks, pages))
  }

  /// A table that is filled, while no entry names it.
  static func hideFilled(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ filled: GhostMap<TableEntry>, _ table: Int,
    _ start: Int, _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(pages[index].use != .fixed && isHidden(top, low, table, start, pages, index))
    requires(top.kind != .next)
    requires(
      forall(0..<512) {
        !filled[$0].isValid || filled[$0] == TableEntry(kind: .next, page: start + $0)
      })
    ensures(isHidden(top, filled, table, start, pages, index))
  }

  /// A table that is named.
  static func hideLinked(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ table: Int, _ start: Int,
    _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(pages[index].use != .fixed && isHidden(top, low, table, start, pages, index))
    requires(leadsToHosts(low, pages, index))
    ensures(
      isHidden(TableEntry(kind: .next, page: table), low, table, start, pages, index))
  }

  /// The pages that a table names are the host's or shared with it.
  static func leadsToHosts(
    _ low: GhostMap<TableEntry>, _ pages: GhostMap<PageState>, _ index: Int
  ) -> Bool {
    requires(index >= 0 && index <= 1 << 35)
    return forall(index..<index + 512) { low[$0 - index].isValid ==> pages[$0].hostMaps }
  }

  /// An entry of a table that changes.
  static func hideEntry(
    _ top: TableEntry, _ low: GhostMap<TableEntry>, _ slot: Slot, _ value: TableEntry,
    _ table: Int, _ start: Int, _ pages: GhostMap<PageState>, _ index: Int
  ) {
    requires(index >= 0 && index <= 1 << 35 && start >= 0 && start <= 1 << 36)
    requires(pages[index].use != .fixed && isHidden(top, low, table, start, pages, index))
    requires(!value.isValid || value == low[slot.index] || pages[index + slot.index].hostMaps)
    requires(
      !value.isValid || value == low[slot.index]
        || value.kind == .next && value.page == start + slot.index)
    ensures(isHidden(top, setting(low, slot.index, value), table, start, pages, index))
  }

  static func setting(
    _ low: GhostMap<TableEntry>, _ entry: Int, _ value: TableEntry
  ) -> GhostMap<TableEntry> {
    var result = low
    result[entry] = value
    return result
  }

  /// No VM's stage 2 leads to what lies before the carve-out, such as the host's tables.
  static func areApart(_ roles: GhostMap<PageRole>, _ first: UInt64) -> Bool {
    requires(first <= 1 << 35)
    return forall(0..<Int(first)) { roles[$0] == .none }
  }
}

// Entries of the host's tables.

extension Tables {
  /// The entry that maps a block whole.
  static func memory(_ first: UInt64, _ block: Int) -> TableEntry {
    requires(first <= 1 << 35 && block >= 0 && block < 1 << 25)
    return TableEntry(kind: .block, page: Int(first) + block * Ownership.blockPages)
  }

  /// The entry that maps one page of it.
  static func memory(_ first: UInt64, _ block: Int, _ entry: Int) -> TableEntry {
    requires(first <= 1 << 35 && block >= 0 && block < 1 << 25 && entry >= 0 && entry < 512)
    return TableEntry(kind: .next, page: Int(first) + block * Ownership.blockPages + entry)
  }

  /// The entry that names the table that is kept for a block.
  static func table(_ host: HostTables, _ block: Int) -> TableEntry {
    requires(host.level3.number < 1 << 35 && block >= 0 && block < 1 << 25)
    return TableEntry(kind: .next, page: Int(host.level3.number) + block)
  }
}
