import Contracts
import EngineABI

// What effects make of the tables. What each step requires is the architecture's rule for it (Arm ARM
// D8.16), and that no page is led to twice.

extension Tables {
  /// An entry of one of the host's tables.
  mutating func store(_ slot: Slot, _ descriptor: TableEntry) {
    requires(isSound && roles[slot.page].level == 0)
    requires(descriptor.isValid ==> !seen(slot).isValid)
    ensures(self == old(self).storing(slot, descriptor) && isSound)
    Tables.keepTrees(seen, storing(slot, descriptor).seen, roles, places)
    self = storing(slot, descriptor)
  }

  func storing(_ slot: Slot, _ descriptor: TableEntry) -> Tables {
    Tables(
      written: Tables.changing(written, slot, descriptor),
      seen: descriptor.isValid ? Tables.changing(seen, slot, descriptor) : seen, roles: roles,
      places: places)
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
    Tables.keepTrees(seen, filling(table, entries).seen, roles, places)
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
    Tables.keepTrees(seen, forgetting(slot).seen, roles, places)
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
    Tables.keepTrees(seen, written, roles, places)
    self = forgettingAll
  }

  var forgettingAll: Tables {
    var result = self
    result.seen = written
    return result
  }

  /// Pages that are zeros then, to which no VM's stage 2 leads.
  mutating func scrub(_ first: Int, _ size: Int) {
    requires(first >= 0 && size >= 0 && size <= 512 && first < Tables.pages - 512 && isSound)
    requires(forall(first..<first + size) { roles[$0].vm == 0 })
    ensures(self == old(self).scrubbing(first, size) && isSound)
    Tables.keepTrees(seen, Tables.scrubbing(seen, first, size), roles, places)
    Tables.scrubRight(first, size, written, seen, roles)
    become(scrubbing(first, size))
  }

  func scrubbing(_ first: Int, _ size: Int) -> Tables {
    requires(first >= 0)
    return Tables(
      written: Tables.scrubbing(written, first, size), seen: Tables.scrubbing(seen, first, size),
      roles: roles, places: places)
  }

  static func scrubbing(
    _ tables: GhostMap<GhostMap<TableEntry>>, _ first: Int, _ size: Int
  ) -> GhostMap<GhostMap<TableEntry>> {
    requires(first >= 0)
    return GhostMap { table in
      table >= first && table - first < size
        ? GhostMap { _ in TableEntry.invalid } : tables[table]
    }
  }

  func isEmpty(_ table: PhysicalPage) -> Bool {
    requires(table.number < PhysicalPage.limit)
    return Tables.isEmpty(seen[Int(table.number)]) && Tables.isEmpty(written[Int(table.number)])
  }

  /// An empty page becomes one of a VM's two tables of the first level, that for the guest pages from
  /// `guest` on.
  mutating func root(_ table: PhysicalPage, vm: Int, guest: Int) {
    requires(table.number < PhysicalPage.limit - 512 && isSound)
    requires(vm > 0 && (guest == 0 || guest == PageRole.guests / 2))
    requires(roles[Int(table.number)].vm == 0 && isEmpty(table))
    requires(Tables.isFree(PageRole.root(vm, guest), roles))
    ensures(self == old(self).giving(table, PageRole.root(vm, guest)) && isSound)
    let role = PageRole.root(vm, guest)
    Tables.giveRight(Int(table.number), role, written, seen, roles)
    Tables.plantTrees(Int(table.number), role, seen, roles, places)
    self = giving(table, role)
  }

  /// A page to which nothing leads gets its place below a VM's table: above level 3 it is a table
  /// then, which starts empty, below a table of level 3 it is memory.
  mutating func link(_ slot: Slot, to page: PhysicalPage) {
    requires(page.number < PhysicalPage.limit - 512 && isSound)
    requires(roles[Int(page.number)].vm == 0)
    requires(roles[slot.page].isTable && !seen(slot).isValid)
    requires(roles[slot.page].level == 3 || isEmpty(page))
    ensures(self == old(self).linking(slot, to: page) && isSound)
    let role = roles[slot.page].below(slot.index, of: slot.page)
    Tables.linkRight(slot, Int(page.number), role, written, seen, roles)
    Tables.growTrees(slot, Int(page.number), role, seen, roles, places)
    become(linking(slot, to: page))
  }

  func linking(_ slot: Slot, to page: PhysicalPage) -> Tables {
    requires(page.number < PhysicalPage.limit && roles[slot.page].isTable)
    let role = roles[slot.page].below(slot.index, of: slot.page)
    let entry = TableEntry(kind: .next, page: Int(page.number))
    return Tables(
      written: Tables.changing(written, slot, entry), seen: Tables.changing(seen, slot, entry),
      roles: Tables.setting(roles, Int(page.number), role),
      places: Tables.setting(places, role, Int(page.number)))
  }

  /// A block becomes a VM's memory.
  mutating func mapBlock(_ slot: Slot, to first: PhysicalPage) {
    requires(first.number < PhysicalPage.limit - 512 && first.number % 512 == 0 && isSound)
    requires(forall(Int(first.number)..<Int(first.number) + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2 && !seen(slot).isValid)
    ensures(self == old(self).mappingBlock(slot, to: first) && isSound)
    let role = roles[slot.page].block(slot.index, of: slot.page)
    Tables.linkRightByBlock(slot, Int(first.number), role, written, seen, roles)
    Tables.growTreesByBlock(slot, Int(first.number), role, seen, roles, places)
    become(mappingBlock(slot, to: first))
  }

  func mappingBlock(_ slot: Slot, to first: PhysicalPage) -> Tables {
    requires(
      first.number < PhysicalPage.limit - 512 && roles[slot.page].isTable
        && roles[slot.page].level == 2)
    let role = roles[slot.page].block(slot.index, of: slot.page)
    let entry = TableEntry(kind: .block, page: Int(first.number))
    return Tables(
      written: Tables.changing(written, slot, entry), seen: Tables.changing(seen, slot, entry),
      roles: Tables.settingBlock(roles, Int(first.number), role),
      places: Tables.settingBlock(places, role, Int(first.number)))
  }

  /// No CPU translates with a VM's tables any more, and none remembers what they said.
  mutating func end(vm: Int, forgotten: Bool) {
    requires(vm > 0 && isSound && forgotten)
    ensures(self == old(self).ending(vm) && isSound)
    Tables.endRight(vm, written, seen, roles)
    Tables.fellTrees(vm, seen, roles, places)
    self = ending(vm)
  }

  func ending(_ vm: Int) -> Tables {
    Tables(written: written, seen: seen, roles: Tables.ending(vm, roles), places: places)
  }

  private mutating func become(_ after: Tables) {
    requires(Tables.areCurrent(after.written, after.seen, after.roles))
    requires(Tables.areRight(after.seen, after.roles))
    requires(Tables.areTrees(after.seen, after.roles, after.places))
    ensures(self == after && isSound)
    self = after
  }

  func giving(_ page: PhysicalPage, _ role: PageRole) -> Tables {
    requires(page.number < PhysicalPage.limit)
    return Tables(
      written: written, seen: seen, roles: Tables.setting(roles, Int(page.number), role),
      places: Tables.setting(places, role, Int(page.number)))
  }

  static func setting(
    _ roles: GhostMap<PageRole>, _ page: Int, _ role: PageRole
  ) -> GhostMap<PageRole> {
    var result = roles
    result[page] = role
    return result
  }

  static func setting(
    _ places: GhostMap<GhostMap<GhostMap<Int>>>, _ role: PageRole, _ page: Int
  ) -> GhostMap<GhostMap<GhostMap<Int>>> {
    var result = places
    result[role.vm][role.level][role.guest] = page
    return result
  }

  static func settingBlock(
    _ roles: GhostMap<PageRole>, _ first: Int, _ role: PageRole
  ) -> GhostMap<PageRole> {
    requires(first >= 0 && first < Tables.pages - 512)
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    return GhostMap { page in
      page >= first && page < first + 512 ? role.following(page - first) : roles[page]
    }
  }

  static func settingBlock(
    _ places: GhostMap<GhostMap<GhostMap<Int>>>, _ role: PageRole, _ first: Int
  ) -> GhostMap<GhostMap<GhostMap<Int>>> {
    requires(first >= 0 && first < Tables.pages - 512)
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    var result = places
    result[role.vm][role.level] = GhostMap { guest in
      guest >= role.guest && guest < role.guest + 512
        ? first + (guest - role.guest) : places[role.vm][role.level][guest]
    }
    return result
  }

  static func ending(_ vm: Int, _ roles: GhostMap<PageRole>) -> GhostMap<PageRole> {
    GhostMap { page in roles[page].vm == vm ? .none : roles[page] }
  }
}
