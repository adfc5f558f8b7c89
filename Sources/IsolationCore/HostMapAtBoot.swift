import Contracts
import EngineABI

// What the host's tables are to hold when they are built, and why it is the model's first state
// (TablesAtBoot.swift).

extension HostMap {
  /// First page of the carve-out, and how many blocks it has.
  var first: UInt64 { carveOut.base / PageSize.page }
  var blocks: Int { Int(carveOut.bytes / PageSize.block) }

  /// No rule tells parts of the carve-out apart, of which there are whole blocks.
  public var isApart: Bool {
    carveOut.base % PageSize.block == 0 && carveOut.bytes % PageSize.block == 0
      && carveOut.base < GuestPage.limit && carveOut.bytes <= GuestPage.limit - carveOut.base
      && isApart(engine) && isApart(redistributors)
      && forall(0..<absent.count) { isApart(absent[$0]) }
  }

  private func isApart(_ range: AddressRange) -> Bool {
    range.bytes <= UInt64.max - range.base && !range.overlaps(carveOut)
  }

  /// All of the range is of the carve-out.
  func isGiven(_ range: AddressRange) -> Bool {
    range.base >= carveOut.base && range.bytes <= carveOut.bytes
      && range.base - carveOut.base <= carveOut.bytes - range.bytes
  }

  /// The host's tables lie one behind the other, in engine memory: level 1, the pool, levels 2 and 3 of
  /// the carve-out.
  var isLaidOut: Bool {
    root.number < 1 << 35 && pool.number < 1 << 35 && poolPages < 1 << 35
      && tables.level2.number < 1 << 35 && root.number + 2 <= pool.number
      && pool.number + poolPages <= tables.level2.number
      && Ownership.isLaidOut(tables, first, blocks)
  }

  /// The table has the block at its place for each that is of the carve-out, up to some entry.
  ///
  /// - Parameters:
  ///   - page: the first that the table translates.
  func mapsBlocks(_ entries: GhostMap<TableEntry>, _ page: Int, _ count: Int) -> Bool {
    requires(page >= 0 && page <= 1 << 36 && count >= 0 && count <= 512)
    return forall(0..<count) { mapsBlock(entries[$0], page + $0 * 512) }
  }

  func mapsBlock(_ entry: TableEntry, _ page: Int) -> Bool {
    requires(page >= 0 && page <= 1 << 37)
    return page < Int(first) || page >= Int(first) + blocks * 512
      || entry == TableEntry(kind: .block, page: page)
  }

  static func extend(
    _ map: HostMap, _ before: GhostMap<TableEntry>, _ entries: GhostMap<TableEntry>, _ page: Int,
    _ count: Int
  ) {
    requires(page >= 0 && page <= 1 << 36 && count >= 0 && count < 512)
    requires(map.isApart && map.mapsBlocks(before, page, count))
    requires(entries == Tables.setting(before, count, entries[count]))
    requires(map.mapsBlock(entries[count], page + count * 512))
    ensures(map.mapsBlocks(entries, page, count + 1))
  }

  /// Parts of the carve-out lie in this gigabyte.
  func touches(_ top: Int) -> Bool {
    requires(top >= 0 && top < 1024)
    return carveOut.overlaps(
      AddressRange(base: UInt64(top) * HostMap.gigabyte, bytes: HostMap.gigabyte))
  }

  /// The table of level 2 for a gigabyte of the carve-out.
  func level2(_ top: Int) -> Int {
    requires(isLaidOut && top >= 0 && top < 1024)
    return Int(tables.level2.number) + (top - Int(carveOut.base / HostMap.gigabyte))
  }

  /// The entry of level 1 leads to that table, and the blocks of the carve-out are there.
  func isLinked(_ contents: GhostMap<GhostMap<TableEntry>>, _ top: Int) -> Bool {
    requires(isLaidOut && top >= 0 && top < 1024)
    return !touches(top)
      || contents[Int(root.number) + top / 512][top % 512]
        == TableEntry(kind: .next, page: level2(top))
        && mapsBlocks(contents[level2(top)], top * 512 * 512, 512)
  }

  /// It is, where the table has been filled.
  static func link(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ linked: GhostMap<GhostMap<TableEntry>>, _ top: Int, _ slot: Slot, _ table: Int, _ page: Int,
    _ isFilled: Bool
  ) {
    requires(map.isLaidOut && top >= 0 && top < 1024 && page == top * 512 * 512)
    requires(slot.page == Int(map.root.number) + top / 512 && slot.index == top % 512)
    requires(contents[slot.page] == linked[slot.page])
    requires(linked[slot.page][slot.index] == TableEntry(kind: .next, page: table))
    requires(isFilled ==> map.mapsBlocks(contents[table], page, 512))
    requires(map.touches(top) ==> table == map.level2(top))
    ensures(isFilled ==> map.isLinked(contents, top))
  }

  func areLinked(_ contents: GhostMap<GhostMap<TableEntry>>, _ count: Int) -> Bool {
    requires(isLaidOut && count >= 0 && count <= 1024)
    return forall(0..<count) { isLinked(contents, $0) }
  }

  /// What concerns a gigabyte is as it was.
  func isSame(
    _ contents: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>, _ top: Int
  ) -> Bool {
    requires(isLaidOut && top >= 0 && top < 1024)
    return contents[Int(root.number) + top / 512][top % 512]
      == before[Int(root.number) + top / 512][top % 512]
      && (touches(top) ==> contents[level2(top)] == before[level2(top)])
  }

  /// What does not concern one gigabyte is as it was.
  func areSame(
    _ contents: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>,
    but top: Int
  ) -> Bool {
    requires(isLaidOut)
    return forall(0..<1024) { $0 == top || isSame(contents, before, $0) }
      && forall(0..<blocks) { keepsLow(contents, before, $0) }
  }

  static func keepLinked(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<GhostMap<TableEntry>>, _ top: Int
  ) {
    requires(map.isLaidOut && top >= 0 && top < 1024)
    requires(map.areLinked(before, top) && map.isLinked(contents, top))
    requires(map.areSame(contents, before, but: top))
    ensures(map.areLinked(contents, top + 1))
    for other in 0..<top {
      invariant(forall(0..<other) { map.isLinked(contents, $0) })
      holds(map.isLinked(before, other) && map.isSame(contents, before, other))
      keepLink(map, contents, before, other)
    }
  }

  private static func keepLink(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<GhostMap<TableEntry>>, _ top: Int
  ) {
    requires(map.isLaidOut && top >= 0 && top < 1024)
    requires(map.isLinked(before, top) && map.isSame(contents, before, top))
    ensures(map.isLinked(contents, top))
  }

  /// The entry of a gigabyte is written, and a table is filled to which it leads.
  static func keepOthers(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ linked: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>,
    _ top: Int, _ slot: Slot, _ entry: TableEntry, _ table: Int, _ next: Int, _ end: Int
  ) {
    requires(map.isLaidOut && map.isApart && top >= 0 && top < 1024)
    requires(slot.page == Int(map.root.number) + top / 512 && slot.index == top % 512)
    requires(linked == Tables.changing(before, slot, entry))
    requires(Tables.areSame(contents, linked, but: table, next, end))
    requires(next >= Int(map.pool.number) && end == Int(map.pool.number + map.poolPages))
    requires(
      table == -1 || table >= Int(map.pool.number) && table < end
        || map.touches(top) && table == map.level2(top))
    ensures(map.areSame(contents, before, but: top))
    for other in 0..<1024 {
      invariant(forall(0..<other) { $0 == top || map.isSame(contents, before, $0) })
      if other != top {
        keepOther(map, contents, linked, before, top, slot, entry, table, next, end, other)
      }
    }
    for block in 0..<map.blocks {
      invariant(forall(0..<block) { map.keepsLow(contents, before, $0) })
      let low = Int(map.tables.level3.number) + block
      holds(contents[low] == linked[low] && linked[low] == before[low])
    }
  }

  private static func keepOther(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ linked: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>,
    _ top: Int, _ slot: Slot, _ entry: TableEntry, _ table: Int, _ next: Int, _ end: Int,
    _ other: Int
  ) {
    requires(map.isLaidOut && map.isApart && top >= 0 && top < 1024)
    requires(other >= 0 && other < 1024 && other != top)
    requires(slot.page == Int(map.root.number) + top / 512 && slot.index == top % 512)
    requires(linked == Tables.changing(before, slot, entry))
    requires(Tables.areSame(contents, linked, but: table, next, end))
    requires(next >= Int(map.pool.number) && end == Int(map.pool.number + map.poolPages))
    requires(
      table == -1 || table >= Int(map.pool.number) && table < end
        || map.touches(top) && table == map.level2(top))
    ensures(map.isSame(contents, before, other))
    let root = Int(map.root.number) + other / 512
    holds(contents[root] == linked[root])
    if map.touches(other) {
      let low = map.level2(other)
      holds(low >= Int(map.tables.level2.number) && low < Int(map.tables.level3.number))
      holds(contents[low] == linked[low] && linked[low] == before[low])
    }
  }

  /// What is of the carve-out is so with its whole block.
  static func gives(_ map: HostMap, _ page: UInt64) {
    requires(map.isApart && page % 512 == 0 && page < GuestPage.limit / PageSize.page)
    requires(page >= map.first && page < map.first + UInt64(map.blocks) * 512)
    ensures(map.isGiven(AddressRange(base: page * PageSize.page, bytes: PageSize.block)))
    ensures(map.carveOut.contains(page * PageSize.page))
  }

  /// The tables that are kept for blocks are empty.
  func areEmpty(_ contents: GhostMap<GhostMap<TableEntry>>, _ count: Int) -> Bool {
    requires(isLaidOut && count >= 0 && count <= blocks)
    return forall(0..<count) { isEmpty(contents, $0) }
  }

  func isEmpty(_ contents: GhostMap<GhostMap<TableEntry>>, _ block: Int) -> Bool {
    requires(isLaidOut && block >= 0 && block < blocks)
    return Tables.isEmpty(contents[Int(tables.level3.number) + block])
  }

  func keepsLow(
    _ contents: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>,
    _ block: Int
  ) -> Bool {
    requires(isLaidOut && block >= 0 && block < blocks)
    return contents[Int(tables.level3.number) + block] == before[Int(tables.level3.number) + block]
  }

  /// One more is.
  static func empty(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<GhostMap<TableEntry>>, _ block: Int, _ table: Int
  ) {
    requires(map.isLaidOut && block >= 0 && block < map.blocks && map.areEmpty(before, block))
    requires(table == Int(map.tables.level3.number) + block)
    requires(Tables.isEmpty(contents[table]))
    requires(Tables.areSame(contents, before, but: table, 0, 0))
    ensures(map.areEmpty(contents, block + 1))
    for other in 0..<block {
      invariant(forall(0..<other) { map.isEmpty(contents, $0) })
      let low = Int(map.tables.level3.number) + other
      holds(map.isEmpty(before, other))
      holds(contents[low] == before[low])
    }
    holds(map.isEmpty(contents, block))
  }

  static func keepEmpty(
    _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<GhostMap<TableEntry>>, _ top: Int
  ) {
    requires(map.isLaidOut && map.areEmpty(before, map.blocks))
    requires(map.areSame(contents, before, but: top))
    ensures(map.areEmpty(contents, map.blocks))
    for block in 0..<map.blocks {
      invariant(forall(0..<block) { map.isEmpty(contents, $0) })
      holds(map.isEmpty(before, block))
      holds(map.keepsLow(contents, before, block))
    }
  }
}

extension Tables {
  /// What the tables hold of the carve-out at boot: each block is mapped whole, and the tables that are
  /// kept for blocks are empty.
  static func isBuilt(
    _ contents: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks))
    return forall(0..<blocks) { isBuilt($0, contents, host, first, blocks) }
  }

  static func isBuilt(
    _ block: Int, _ contents: GhostMap<GhostMap<TableEntry>>, _ host: HostTables, _ first: UInt64,
    _ blocks: Int
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    return contents[Ownership.level2Slot(host, first, block).page][
      Ownership.level2Slot(host, first, block).index] == Tables.memory(first, block)
      && isEmpty(contents[Int(host.level3.number) + block])
  }

  /// The model's first state is such.
  static func isBuiltAtBoot(
    _ tables: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(tables == Tables.atBoot(host, first, blocks))
    ensures(isBuilt(tables.written, host, first, blocks))
    for block in 0..<blocks {
      invariant(forall(0..<block) { isBuilt($0, tables.written, host, first, blocks) })
      let slot = Ownership.level2Slot(host, first, block)
      holds(tables.written[slot.page][slot.index] == Tables.memory(first, block))
      holds(isEmpty(tables.written[Int(host.level3.number) + block]))
    }
  }

  /// So are tables that are linked.
  static func isBuilt(_ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>) {
    requires(map.isLaidOut && map.isApart)
    requires(map.areLinked(contents, 1024) && map.areEmpty(contents, map.blocks))
    ensures(isBuilt(contents, map.tables, map.first, map.blocks))
    for block in 0..<map.blocks {
      invariant(forall(0..<block) { isBuilt($0, contents, map.tables, map.first, map.blocks) })
      isBuilt(block, map, contents)
      holds(map.isEmpty(contents, block))
      holds(isBuilt(block, contents, map.tables, map.first, map.blocks))
    }
  }

  private static func isBuilt(
    _ block: Int, _ map: HostMap, _ contents: GhostMap<GhostMap<TableEntry>>
  ) {
    requires(map.isLaidOut && map.isApart && block >= 0 && block < map.blocks)
    requires(map.areLinked(contents, 1024))
    ensures(
      contents[Ownership.level2Slot(map.tables, map.first, block).page][
        Ownership.level2Slot(map.tables, map.first, block).index]
        == Tables.memory(map.first, block))
    let number = Int(map.first) / 512 + block
    let top = number / 512
    let slot = Ownership.level2Slot(map.tables, map.first, block)
    holds(top < 1024 && map.touches(top))
    holds(map.isLinked(contents, top))
    holds(slot.page == map.level2(top) && slot.index == number % 512)
    holds(map.mapsBlock(contents[slot.page][slot.index], top * 512 * 512 + number % 512 * 512))
    holds(top * 512 * 512 + number % 512 * 512 == Int(map.first) + block * 512)
  }
}
