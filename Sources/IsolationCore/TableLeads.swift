import Contracts
import EngineABI

// Why steps keep it that what is written is seen, and that each entry of a VM's tables leads to what
// has the role for it.

extension Tables {
  /// Pages that had a role for a VM have it still.
  private static func keeps(
    _ roles: GhostMap<PageRole>, _ before: GhostMap<PageRole>, _ vm: Int
  ) -> Bool {
    forall(0..<Tables.pages) { before[$0].vm == vm ==> roles[$0] == before[$0] }
  }

  static func isEmpty(_ entries: GhostMap<TableEntry>) -> Bool {
    forall(0..<512) { entries[$0] == .invalid }
  }

  private static func keepTable(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ table: Int,
    _ before: GhostMap<PageRole>, _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && isRight(entries, role, table, before))
    requires(keeps(roles, before, role.vm))
    ensures(isRight(entries, role, table, roles))
    for entry in 0..<512 {
      invariant(
        forall(0..<entry) { entries[$0].isValid ==> leads(entries[$0], role, table, $0, roles) })
      if entries[entry].isValid { keepLead(entries[entry], role, table, entry, before, roles) }
    }
  }

  private static func keepLead(
    _ descriptor: TableEntry, _ role: PageRole, _ table: Int, _ entry: Int,
    _ before: GhostMap<PageRole>, _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && entry >= 0 && entry < 512)
    requires(leads(descriptor, role, table, entry, before) && keeps(roles, before, role.vm))
    ensures(leads(descriptor, role, table, entry, roles))
  }

  private static func emptyIsRight(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ table: Int, _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && isEmpty(entries))
    ensures(isRight(entries, role, table, roles))
  }

  /// Roles change: of tables that are none any more, that are new and empty, and of what no table
  /// leads to.
  static func keepRight(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(areRight(seen, before))
    requires(
      forall(0..<Tables.pages) {
        roles[$0].level == 0 || roles[$0].isTable && isEmpty(seen[$0])
          || roles[$0] == before[$0] && keeps(roles, before, roles[$0].vm)
      })
    ensures(areRight(seen, roles))
    for table in 0..<Tables.pages {
      invariant(
        forall(0..<table) {
          roles[$0].level == 0 || roles[$0].isTable && isRight(seen[$0], roles[$0], $0, roles)
        })
      if roles[table].level != 0 {
        if roles[table].isTable && isEmpty(seen[table]) {
          emptyIsRight(seen[table], roles[table], table, roles)
        } else {
          keepTable(seen[table], roles[table], table, before, roles)
        }
      }
    }
  }

  /// A page to which nothing leads gets a role; as a table it is empty.
  static func giveRight(
    _ page: Int, _ role: PageRole, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, before) && areRight(seen, before))
    requires(page >= 0 && page < Tables.pages && before[page].vm == 0)
    requires(
      role.level == 0 || role.isTable && isEmpty(seen[page]) && isEmpty(written[page]))
    ensures(areCurrent(written, seen, setting(before, page, role)))
    ensures(areRight(seen, setting(before, page, role)))
    keepRight(seen, before, setting(before, page, role))
  }

  /// The pages of a block become memory.
  static func giveRightByBlock(
    _ first: Int, _ role: PageRole, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, before) && areRight(seen, before))
    requires(first >= 0 && first < Tables.pages - 512)
    requires(forall(first..<first + 512) { before[$0].vm == 0 })
    requires(role.level == 0 && role.guest >= 0 && role.guest <= PageRole.guests)
    ensures(areCurrent(written, seen, settingBlock(before, first, role)))
    ensures(areRight(seen, settingBlock(before, first, role)))
    keepRight(seen, before, settingBlock(before, first, role))
  }

  /// A VM's pages are its no more.
  static func endRight(
    _ vm: Int, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, before) && areRight(seen, before) && vm != 0)
    ensures(areCurrent(written, seen, ending(vm, before)))
    ensures(areRight(seen, ending(vm, before)))
    keepRight(seen, before, ending(vm, before))
  }

  /// Pages to which nothing leads are zeros.
  static func scrubRight(
    _ first: Int, _ size: Int, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, roles) && areRight(seen, roles))
    requires(first >= 0 && size >= 0 && size <= 512 && first < Tables.pages - 512)
    requires(forall(first..<first + size) { roles[$0].vm == 0 })
    ensures(
      areCurrent(scrubbing(written, first, size), scrubbing(seen, first, size), roles))
    ensures(areRight(scrubbing(seen, first, size), roles))
    let after = scrubbing(seen, first, size)
    for table in 0..<Tables.pages {
      invariant(
        forall(0..<table) {
          roles[$0].level == 0 || roles[$0].isTable && isRight(after[$0], roles[$0], $0, roles)
        })
      if roles[table].vm != 0 { holds(after[table] == seen[table]) }
    }
  }

  /// An entry is written that leads to what has the role for it.
  static func growRight(
    _ slot: Slot, _ entry: TableEntry, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, roles) && areRight(seen, roles))
    requires(roles[slot.page].isTable)
    requires(leads(entry, roles[slot.page], slot.page, slot.index, roles))
    ensures(areCurrent(changing(written, slot, entry), changing(seen, slot, entry), roles))
    ensures(areRight(changing(seen, slot, entry), roles))
    holds(isRight(seen[slot.page], roles[slot.page], slot.page, roles))
    growTable(seen[slot.page], roles[slot.page], slot.page, slot.index, entry, roles)
    let after = changing(seen, slot, entry)
    holds(after[slot.page] == setting(seen[slot.page], slot.index, entry))
    for table in 0..<Tables.pages {
      invariant(
        forall(0..<table) {
          roles[$0].level == 0 || roles[$0].isTable && isRight(after[$0], roles[$0], $0, roles)
        })
      if table != slot.page { holds(after[table] == seen[table]) }
    }
  }

  private static func growTable(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ table: Int, _ index: Int,
    _ entry: TableEntry, _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && isRight(entries, role, table, roles))
    requires(index >= 0 && index < 512 && leads(entry, role, table, index, roles))
    ensures(isRight(setting(entries, index, entry), role, table, roles))
  }

  /// A page gets its place below a table.
  static func linkRight(
    _ slot: Slot, _ page: Int, _ role: PageRole, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, roles) && areRight(seen, roles))
    requires(page >= 0 && page < Tables.pages - 512 && roles[page].vm == 0)
    requires(roles[slot.page].isTable)
    requires(role == roles[slot.page].below(slot.index, of: slot.page))
    requires(roles[slot.page].level == 3 || isEmpty(seen[page]) && isEmpty(written[page]))
    ensures(
      areCurrent(
        changing(written, slot, TableEntry(kind: .next, page: page)),
        changing(seen, slot, TableEntry(kind: .next, page: page)), setting(roles, page, role)))
    ensures(
      areRight(
        changing(seen, slot, TableEntry(kind: .next, page: page)), setting(roles, page, role)))
    PageRole.isOfNextLevel(roles[slot.page], slot.index, slot.page)
    giveRight(page, role, written, seen, roles)
    holds(setting(roles, page, role)[slot.page] == roles[slot.page])
    leadsToPage(page, role, roles[slot.page], slot.page, slot.index, setting(roles, page, role))
    growRight(
      slot, TableEntry(kind: .next, page: page), written, seen, setting(roles, page, role))
  }

  private static func leadsToPage(
    _ page: Int, _ role: PageRole, _ parent: PageRole, _ table: Int, _ entry: Int,
    _ roles: GhostMap<PageRole>
  ) {
    requires(parent.isTable && entry >= 0 && entry < 512 && roles[page] == role)
    requires(page >= 0 && page < Tables.pages - 512 && role == parent.below(entry, of: table))
    ensures(leads(TableEntry(kind: .next, page: page), parent, table, entry, roles))
  }

  /// The pages of a block get theirs.
  static func linkRightByBlock(
    _ slot: Slot, _ first: Int, _ role: PageRole, _ written: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areCurrent(written, seen, roles) && areRight(seen, roles))
    requires(first >= 0 && first < Tables.pages - 512 && first % 512 == 0)
    requires(forall(first..<first + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2)
    requires(role == roles[slot.page].block(slot.index, of: slot.page))
    ensures(
      areCurrent(
        changing(written, slot, TableEntry(kind: .block, page: first)),
        changing(seen, slot, TableEntry(kind: .block, page: first)),
        settingBlock(roles, first, role)))
    ensures(
      areRight(
        changing(seen, slot, TableEntry(kind: .block, page: first)),
        settingBlock(roles, first, role)))
    giveRightByBlock(first, role, written, seen, roles)
    holds(settingBlock(roles, first, role)[slot.page] == roles[slot.page])
    leadsToBlock(first, role, roles[slot.page], slot.page, slot.index, roles)
    growRight(
      slot, TableEntry(kind: .block, page: first), written, seen,
      settingBlock(roles, first, role))
  }

  private static func leadsToBlock(
    _ first: Int, _ role: PageRole, _ parent: PageRole, _ table: Int, _ entry: Int,
    _ before: GhostMap<PageRole>
  ) {
    requires(parent.isTable && parent.level == 2 && entry >= 0 && entry < 512)
    requires(first >= 0 && first < Tables.pages - 512 && first % 512 == 0)
    requires(role == parent.block(entry, of: table))
    ensures(
      leads(
        TableEntry(kind: .block, page: first), parent, table, entry,
        settingBlock(before, first, role)))
  }
}

extension PageRole {
  /// Below a table of level 1 or 2 there is a table.
  static func isOfNextLevel(_ role: PageRole, _ entry: Int, _ table: Int) {
    requires(role.isTable && entry >= 0 && entry < 512)
    ensures(role.level == 3 || role.below(entry, of: table).isTable)
  }
}
