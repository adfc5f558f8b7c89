import Contracts
import EngineABI

// The model's first state: what the boot builds (HostMap.swift). That it does is reviewed, and tested.

extension Tables {
  /// Each block of the carve-out is mapped whole, and nothing is a VM's. Of the host's other tables
  /// nothing is said.
  static func atBoot(_ host: HostTables, _ first: UInt64, _ blocks: Int) -> Tables {
    requires(Ownership.isLaidOut(host, first, blocks))
    let others = GhostMap<GhostMap<TableEntry>>()
    let entries = GhostMap { (table: Int) in
      GhostMap { (entry: Int) in
        table < Int(host.level2.number) || table >= Int(first)
          ? others[table][entry]
          : Tables.entryAtBoot(table, entry, others[table][entry], host, first, blocks)
      }
    }
    return Tables(
      written: entries, seen: entries, roles: GhostMap { _ in PageRole.none }, places: GhostMap())
  }

  /// An entry of the carve-out's tables, if it is a block's; those of level 3 are empty.
  private static func entryAtBoot(
    _ table: Int, _ entry: Int, _ other: TableEntry, _ host: HostTables, _ first: UInt64,
    _ blocks: Int
  ) -> TableEntry {
    requires(Ownership.isLaidOut(host, first, blocks) && table >= Int(host.level2.number))
    requires(table < Int(first))
    if table >= Int(host.level3.number) {
      return table < Int(host.level3.number) + blocks ? .invalid : other
    }
    if entry < 0 || entry >= 512 { return other }
    let block = (table - Int(host.level2.number)) * 512 + entry - Int(first / 512 % 512)
    return block >= 0 && block < blocks ? Tables.memory(first, block) : other
  }

  /// Where all pages are the host's, it agrees with who owns what.
  static func agreesAtBoot(
    _ tables: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(tables == Tables.atBoot(host, first, blocks))
    requires(forall(0..<blocks * Ownership.blockPages) { pages[$0] == .host })
    requires(forall(0..<blocks) { absents[$0] == 0 })
    ensures(tables.agree(but: -1, host, first, blocks, pages, absents))
    for block in 0..<blocks {
      invariant(forall(0..<block) { Tables.isHidden($0, tables.seen, host, first, blocks, pages) })
      invariant(
        forall(0..<block) { tables.isSettled($0, host, first, blocks, pages, absents) })
      let slot = Ownership.level2Slot(host, first, block)
      let low = tables.seen[Int(host.level3.number) + block]
      holds(tables.seen[slot.page][slot.index] == Tables.memory(first, block))
      holds(forall(0..<512) { !low[$0].isValid })
      Tables.hides(
        block, Tables.memory(first, block), low, table: Int(host.level3.number) + block,
        start: Int(first) + block * Ownership.blockPages, index: block * Ownership.blockPages,
        tables.seen, host, first, blocks, pages)
    }
  }
}
