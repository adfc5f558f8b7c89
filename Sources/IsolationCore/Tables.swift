import Contracts
import EngineABI

// A model of what stage 2 says, of the host and of every VM, for proofs alone. Its steps are what the
// core's effects do; the core does not carry it along yet.

/// What a page is to the VM whose stage 2 leads to it.
struct PageRole: BitwiseCopyable, Equatable {
  /// 0: no VM's stage 2 leads to the page.
  var vm: Int
  /// 1, 2, 3: a table of that level. 0: memory.
  var level: Int
  /// The first guest page that it translates, or the one that it is.
  var guest: Int

  static let none = PageRole(vm: 0, level: 0, guest: 0)

  /// What an entry of this table leads to.
  func below(_ entry: Int, level below: Int) -> PageRole {
    requires(isTable && entry >= 0 && entry < 512)
    return PageRole(
      vm: vm, level: below,
      guest: guest + (level == 1 ? entry * 512 * 512 : level == 2 ? entry * 512 : entry))
  }

  /// A VM's table, which translates no page beyond the last.
  var isTable: Bool {
    vm > 0 && level >= 1 && level <= 3 && guest >= 0
      && guest
        <= PageRole.guests - (level == 1 ? 512 * 512 * 512 : level == 2 ? 512 * 512 : 512)
  }

  static let guests = Int(GuestPage.limit / PageSize.page)
}

/// What an entry of a table says.
struct TableEntry: BitwiseCopyable, Equatable {
  /// Bits 1:0 of a descriptor, which say the same at each level.
  enum Kind: UInt8 {
    case invalid
    /// A block of memory, above level 3.
    case block
    /// One page: a table above level 3, memory at level 3.
    case next
  }
  var kind: Kind
  /// The page's number, the first one of a block.
  var page: Int

  static let invalid = TableEntry(kind: .invalid, page: 0)
  var isValid: Bool { kind != .invalid }
}

/// The entries of all stage-2 tables, by the number of the table's page and the entry's.
///
/// A valid entry is only ever written over an invalid one that nobody remembers otherwise. So there
/// is at most one thing that a walk or a TLB can take an entry for: what is written there, or what was
/// written until the translations that depend on it are forgotten. That is what is *seen*, and it
/// is all that walks at any time and TLBs filled at any time can make of the tables.
struct Tables: Equatable {
  var written: GhostMap<GhostMap<TableEntry>>
  var seen: GhostMap<GhostMap<TableEntry>>
  /// By the page's number.
  var roles: GhostMap<PageRole>

  static let pages = Int(PhysicalPage.limit)

  var isSound: Bool { Tables.areCurrent(written, seen, roles) && Tables.areTrees(seen, roles) }

  /// What is written is seen; in tables of VMs nothing else is.
  static func areCurrent(
    _ written: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>
  ) -> Bool {
    forall(0..<Tables.pages) { isCurrent(written[$0], seen[$0], roles[$0]) }
  }

  private static func isCurrent(
    _ written: GhostMap<TableEntry>, _ seen: GhostMap<TableEntry>, _ role: PageRole
  ) -> Bool {
    forall(0..<512) { written[$0].isValid || role.level > 0 ==> seen[$0] == written[$0] }
  }

  /// Each entry of a VM's tables leads to what has the role for it, and nothing has two.
  private static func areTrees(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) -> Bool {
    forall(0..<Tables.pages) {
      roles[$0].level == 0 || roles[$0].isTable && isRight(seen[$0], roles[$0], roles)
    }
  }

  /// What the entries of a table lead to.
  private static func isRight(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(role.isTable)
    return forall(0..<512) { entries[$0].isValid ==> leads(entries[$0], role, $0, roles) }
  }

  /// What an entry leads to is what it should be: a table of the next level, a page, or, from level 2,
  /// the pages of a block.
  private static func leads(
    _ descriptor: TableEntry, _ role: PageRole, _ entry: Int, _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(role.isTable && entry >= 0 && entry < 512)
    let page = descriptor.page
    if page < 0 || page >= Tables.pages - 512 { return false }
    if descriptor.kind == .next {
      return roles[page] == role.below(entry, level: role.level == 3 ? 0 : role.level + 1)
    }
    return role.level == 2
      && forall(page..<page + 512) {
        roles[$0] == role.below(entry, level: 0).following($0 - page)
      }
  }
}

extension PageRole {
  /// The role of a page that lies so many behind in a block.
  func following(_ distance: Int) -> PageRole {
    requires(guest >= 0 && guest <= PageRole.guests && distance >= 0 && distance < 512)
    return PageRole(vm: vm, level: level, guest: guest + distance)
  }
}

extension Slot {
  /// The table's place in ``Tables``.
  var page: Int { Int(table.number) }
  var index: Int { Int(entry) }
}

// What effects make of it. What each requires is the architecture's rule for it (Arm ARM D8.16), and
// that no page is led to twice.

extension Tables {
  func seen(_ slot: Slot) -> TableEntry { seen[slot.page][slot.index] }

  /// An entry of one of the host's tables.
  mutating func store(_ slot: Slot, _ descriptor: TableEntry) {
    requires(isSound && roles[slot.page].level == 0)
    requires(descriptor.isValid ==> !seen(slot).isValid)
    ensures(self == old(self).storing(slot, descriptor) && isSound)
    self = storing(slot, descriptor)
  }

  func storing(_ slot: Slot, _ descriptor: TableEntry) -> Tables {
    Tables(
      written: Tables.changing(written, slot, descriptor),
      seen: descriptor.isValid ? Tables.changing(seen, slot, descriptor) : seen, roles: roles)
  }

  static func changing(
    _ entries: GhostMap<GhostMap<TableEntry>>, _ slot: Slot, _ entry: TableEntry
  ) -> GhostMap<GhostMap<TableEntry>> {
    var result = entries
    result[slot.page][slot.index] = entry
    return result
  }

  /// All entries of a table to which nothing leads.
  mutating func fill(_ table: PhysicalPage, _ entries: GhostMap<TableEntry>) {
    requires(table.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(table.number)].level == 0)
    ensures(self == old(self).filling(table, entries) && isSound)
    self = filling(table, entries)
  }

  func filling(_ table: PhysicalPage, _ entries: GhostMap<TableEntry>) -> Tables {
    requires(table.number < PhysicalPage.limit)
    var result = self
    result.written[Int(table.number)] = entries
    result.seen[Int(table.number)] = entries
    return result
  }

  /// The translations that depend on one entry are forgotten.
  mutating func forget(_ slot: Slot) {
    requires(isSound)
    ensures(self == old(self).forgetting(slot) && isSound)
    self = forgetting(slot)
  }

  func forgetting(_ slot: Slot) -> Tables {
    var result = self
    result.seen[slot.page][slot.index] = written[slot.page][slot.index]
    return result
  }

  /// All translations are forgotten.
  mutating func forget() {
    requires(isSound)
    ensures(self == old(self).forgettingAll && isSound)
    self = forgettingAll
  }

  var forgettingAll: Tables {
    var result = self
    result.seen = written
    return result
  }

  /// A page that is zeros then, to which no VM's stage 2 leads.
  mutating func scrub(_ page: PhysicalPage) {
    requires(page.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(page.number)].vm == 0)
    ensures(self == old(self).filling(page, GhostMap { _ in TableEntry.invalid }) && isSound)
    self = filling(page, GhostMap { _ in TableEntry.invalid })
  }

  func isEmpty(_ table: PhysicalPage) -> Bool {
    requires(table.number < PhysicalPage.limit)
    return Tables.isEmpty(seen[Int(table.number)]) && Tables.isEmpty(written[Int(table.number)])
  }

  /// An empty page becomes a VM's table of the first level for the guest pages from `guest` on.
  mutating func root(_ table: PhysicalPage, vm: Int, guest: Int) {
    requires(table.number < PhysicalPage.limit - 512 && isSound)
    requires(vm > 0 && (guest == 0 || guest == PageRole.guests / 2))
    requires(roles[Int(table.number)].vm == 0 && isEmpty(table))
    ensures(self == old(self).giving(table, PageRole(vm: vm, level: 1, guest: guest)) && isSound)
    give(table, PageRole(vm: vm, level: 1, guest: guest))
  }

  /// An empty page becomes a VM's table below another.
  mutating func link(_ slot: Slot, to child: PhysicalPage) {
    requires(child.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(child.number)].vm == 0 && isEmpty(child))
    requires(roles[slot.page].isTable && roles[slot.page].level < 3 && !seen(slot).isValid)
    ensures(self == old(self).linking(slot, to: child) && isSound)
    give(child, roles[slot.page].below(slot.index, level: roles[slot.page].level + 1))
    enter(slot, TableEntry(kind: .next, page: Int(child.number)))
  }

  func linking(_ slot: Slot, to child: PhysicalPage) -> Tables {
    requires(child.number < PhysicalPage.limit)
    requires(roles[slot.page].isTable && roles[slot.page].level < 3)
    return giving(child, roles[slot.page].below(slot.index, level: roles[slot.page].level + 1))
      .storing(slot, TableEntry(kind: .next, page: Int(child.number)))
  }

  /// A page becomes a VM's memory.
  mutating func map(_ slot: Slot, to page: PhysicalPage) {
    requires(page.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(page.number)].vm == 0)
    requires(roles[slot.page].isTable && roles[slot.page].level == 3 && !seen(slot).isValid)
    ensures(self == old(self).mapping(slot, to: page) && isSound)
    give(page, roles[slot.page].below(slot.index, level: 0))
    enter(slot, TableEntry(kind: .next, page: Int(page.number)))
  }

  func mapping(_ slot: Slot, to page: PhysicalPage) -> Tables {
    requires(page.number < PhysicalPage.limit && roles[slot.page].isTable)
    return giving(page, roles[slot.page].below(slot.index, level: 0))
      .storing(slot, TableEntry(kind: .next, page: Int(page.number)))
  }

  /// A block becomes a VM's memory.
  mutating func mapBlock(_ slot: Slot, to first: PhysicalPage) {
    requires(first.number < PhysicalPage.limit - 512 && isSound)
    requires(forall(Int(first.number)..<Int(first.number) + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2 && !seen(slot).isValid)
    ensures(self == old(self).mappingBlock(slot, to: first) && isSound)
    giveBlock(first, roles[slot.page].below(slot.index, level: 0))
    enter(slot, TableEntry(kind: .block, page: Int(first.number)))
  }

  func mappingBlock(_ slot: Slot, to first: PhysicalPage) -> Tables {
    requires(first.number < PhysicalPage.limit - 512 && roles[slot.page].isTable)
    return givingBlock(first, roles[slot.page].below(slot.index, level: 0))
      .storing(slot, TableEntry(kind: .block, page: Int(first.number)))
  }

  /// No CPU translates with a VM's tables any more, and none remembers what they said.
  mutating func end(vm: Int) {
    requires(vm > 0 && isSound)
    ensures(self == old(self).ending(vm) && isSound)
    Tables.keepTrees(seen, roles, ending(vm).roles)
    self = ending(vm)
  }

  func ending(_ vm: Int) -> Tables {
    var result = self
    result.roles = GhostMap { page in roles[page].vm == vm ? .none : roles[page] }
    return result
  }

  // MARK: Steps of these

  /// A page to which no VM's stage 2 leads gets a role; as a table it is empty.
  private mutating func give(_ page: PhysicalPage, _ role: PageRole) {
    requires(page.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(page.number)].vm == 0)
    requires(role.level == 0 || role.isTable && isEmpty(page))
    ensures(self == old(self).giving(page, role) && isSound)
    Tables.keepTrees(seen, roles, giving(page, role).roles)
    self = giving(page, role)
  }

  func giving(_ page: PhysicalPage, _ role: PageRole) -> Tables {
    requires(page.number < PhysicalPage.limit)
    var result = self
    result.roles[Int(page.number)] = role
    return result
  }

  private mutating func giveBlock(_ first: PhysicalPage, _ role: PageRole) {
    requires(first.number < PhysicalPage.limit - 512 && isSound)
    requires(forall(Int(first.number)..<Int(first.number) + 512) { roles[$0].vm == 0 })
    requires(role.level == 0 && role.guest >= 0 && role.guest <= PageRole.guests)
    ensures(self == old(self).givingBlock(first, role) && isSound)
    Tables.keepTrees(seen, roles, givingBlock(first, role).roles)
    self = givingBlock(first, role)
  }

  func givingBlock(_ first: PhysicalPage, _ role: PageRole) -> Tables {
    requires(first.number < PhysicalPage.limit - 512)
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    var result = self
    let start = Int(first.number)
    result.roles = GhostMap { page in
      page >= start && page < start + 512 ? role.following(page - start) : roles[page]
    }
    return result
  }

  /// An entry leads to what has the role for it.
  private mutating func enter(_ slot: Slot, _ entry: TableEntry) {
    requires(isSound && roles[slot.page].isTable && !seen(slot).isValid && entry.isValid)
    requires(Tables.leads(entry, roles[slot.page], slot.index, roles))
    ensures(self == old(self).storing(slot, entry) && isSound)
    self = storing(slot, entry)
  }

  /// Pages that had a role for a VM have it still.
  private static func keeps(
    _ roles: GhostMap<PageRole>, _ before: GhostMap<PageRole>, _ vm: Int
  ) -> Bool {
    forall(0..<Tables.pages) { before[$0].vm == vm ==> roles[$0] == before[$0] }
  }

  private static func isEmpty(_ entries: GhostMap<TableEntry>) -> Bool {
    forall(0..<512) { entries[$0] == .invalid }
  }

  private static func keepRight(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ before: GhostMap<PageRole>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && isRight(entries, role, before) && keeps(roles, before, role.vm))
    ensures(isRight(entries, role, roles))
    for entry in 0..<512 {
      invariant(
        forall(0..<entry) { entries[$0].isValid ==> leads(entries[$0], role, $0, roles) })
      if entries[entry].isValid { keepLead(entries[entry], role, entry, before, roles) }
    }
  }

  private static func keepLead(
    _ descriptor: TableEntry, _ role: PageRole, _ entry: Int, _ before: GhostMap<PageRole>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && entry >= 0 && entry < 512)
    requires(leads(descriptor, role, entry, before) && keeps(roles, before, role.vm))
    ensures(leads(descriptor, role, entry, roles))
  }

  private static func emptyIsRight(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ roles: GhostMap<PageRole>
  ) {
    requires(role.isTable && isEmpty(entries))
    ensures(isRight(entries, role, roles))
  }

  /// Roles change: of tables that are none any more, that are new and empty, and of what no table
  /// leads to.
  private static func keepTrees(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(areTrees(seen, before))
    requires(
      forall(0..<Tables.pages) {
        roles[$0].level == 0 || roles[$0].isTable && isEmpty(seen[$0])
          || roles[$0] == before[$0] && keeps(roles, before, roles[$0].vm)
      })
    ensures(areTrees(seen, roles))
    for table in 0..<Tables.pages {
      invariant(
        forall(0..<table) {
          roles[$0].level == 0 || roles[$0].isTable && isRight(seen[$0], roles[$0], roles)
        })
      if roles[table].level != 0 {
        if roles[table].isTable && isEmpty(seen[table]) {
          emptyIsRight(seen[table], roles[table], roles)
        } else {
          keepRight(seen[table], roles[table], before, roles)
        }
      }
    }
  }
}
