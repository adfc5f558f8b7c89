import Contracts
import EngineABI

// The model's first state. What the boot builds says the same of the carve-out (HostMapAtBoot.swift).

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

// No VM has anything, which is where the proof of all that follows begins.

extension VMSight {
  /// No VM's stage 2 leads anywhere.
  func leadNowhere() -> Bool {
    opaque()
    let limit = Tables.pages
    return forall(0..<limit) { roles[$0] == .none }
  }

  /// All VMs are free.
  static func beginRooted(_ sight: VMSight, _ spaces: GhostMap<AddressSpace>) {
    requires(sight.leadNowhere() && forall(0..<Limits.vms) { spaces[$0].state == .free })
    ensures(sight.isRooted(in: spaces))
    for index in 0..<Limits.vms {
      invariant(forall(0..<index) { sight.isRooted(spaces[$0].state, spaces[$0].root, $0 + 1) })
      let limit = Tables.pages
      for page in 0..<limit {
        invariant(forall(0..<page) { sight.roles[$0].vm != index + 1 })
        holds(sight.roles[page] == .none)
      }
    }
  }

  /// There is nothing that memory would have to hold.
  static func beginInMemory(_ sight: VMSight, _ memory: borrowing TableMemory) {
    requires(sight.leadNowhere())
    ensures(sight.isIn(memory))
  }
}

extension Tables {
  static func leadNowhereAtBoot(
    _ tables: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(tables == Tables.atBoot(host, first, blocks))
    ensures(tables.ofVMs().leadNowhere())
  }

  /// What VMs' tables lead to is theirs, where they lead nowhere.
  func beginOwned(
    but open: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ number: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(agree(but: open, host, first, blocks, pages, absents) && ofVMs().leadNowhere())
    ensures(isOwned(pages, number, first))
    holds(ofVMs().roles == roles)
    let limit = Tables.pages
    for page in 0..<limit {
      invariant(forall(0..<page) { Tables.isTheirs(roles[$0], $0, pages, number, first) })
      holds(roles[page] == .none)
    }
  }

  /// A block of which all pages are the host's becomes a gap.
  func keepGap(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ before: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(agree(but: -1, host, first, blocks, before, absents))
    requires(Tables.isSame(but: block, before, pages, blocks))
    requires(pages[block * Ownership.blockPages].use == .fixed)
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    let slot = Ownership.level2Slot(host, first, block)
    Tables.hides(
      block, seen[slot.page][slot.index], seen[Int(host.level3.number) + block], seen, host, first,
      blocks, pages)
    Tables.keepHidden(seen, block, host, first, blocks, before, pages)
    open(block, host, first, blocks, before, absents)
    keepSettled(block, host, first, blocks, before, pages, absents, absents)
    holds(isSettled(block, host, first, blocks, pages, absents))
    for other in 0..<blocks {
      invariant(
        forall(0..<other) { $0 == -1 || isSettled($0, host, first, blocks, pages, absents) })
      holds(other == block || isSettled(other, host, first, blocks, pages, absents))
    }
  }

  private func open(
    _ block: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(areSettled(but: -1, host, first, blocks, pages, absents))
    ensures(areSettled(but: block, host, first, blocks, pages, absents))
    for other in 0..<blocks {
      invariant(
        forall(0..<other) { $0 == block || isSettled($0, host, first, blocks, pages, absents) })
      holds(other == -1 || isSettled(other, host, first, blocks, pages, absents))
    }
  }
}

extension Ownership {
  /// A block that lies between carve-outs: its pages never change hands.
  public mutating func leaveOut(block: Int) {
    requires(block >= 0 && block < blocks.count)
    requires(ghost: tables.agree(with: self) && tables.ofVMs().leadNowhere())
    requires(
      forall(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
        pages[$0].owner == 0
      })
    ensures(
      forall(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
        pages[$0] == .fixed
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 >= block * Ownership.blockPages && $0 < (block + 1) * Ownership.blockPages
          || pages[$0] == old(pages[$0])
      })
    ensures(ghost: tables.agree(with: self) && tables.ofVMs().leadNowhere())
    var before = GhostMap<PageState>()
    ghost { before = Tables.states(pages) }
    Ownership.leaveOut(&pages, block * Ownership.blockPages)
    ghost {
      holds(Tables.isSame(but: block, before, Tables.states(pages), blocks.count))
      tables.keepGap(
        block, host, first, blocks.count, before, Tables.states(pages),
        Tables.absents(blocks))
      holds(tables.agree(host, first, pages, blocks, but: -1))
      tables.beginOwned(
        but: -1, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks),
        pages.count)
      holds(tables.isOwned(by: self))
    }
  }

  private static func leaveOut(_ pages: inout Table<PageState>, _ start: Int) {
    requires(start >= 0 && start <= pages.count - Ownership.blockPages)
    ensures(forall(start..<start + Ownership.blockPages) { pages[$0] == .fixed })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 >= start && $0 < start + Ownership.blockPages || pages[$0] == old(pages[$0])
      })
    for page in start..<start + Ownership.blockPages {
      invariant(forall(start..<page) { pages[$0] == .fixed })
      invariant(
        ghost: forall(0..<pages.count) { $0 >= start && $0 < page || pages[$0] == old(pages[$0]) })
      pages[page] = .fixed
    }
  }
}
