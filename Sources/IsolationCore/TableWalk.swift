import Contracts
import EngineABI

// What the core finds when it walks a VM's tables.

extension Tables {
  /// Memory holds what is written in VMs' tables.
  static func areInMemory(
    _ memory: borrowing TableMemory, _ written: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>
  ) -> Bool {
    let pages = Tables.pages
    return forall(0..<pages) {
      roles[$0].level > 0 ==> isInMemory(memory, $0, written[$0])
    }
  }

  static func isInMemory(
    _ memory: borrowing TableMemory, _ table: Int, _ entries: GhostMap<TableEntry>
  ) -> Bool {
    requires(table >= 0 && table < Tables.pages)
    return forall(0..<512) {
      memory.descriptor(
        at: Slot(PhysicalPage(number: UInt64(table)), UInt64($0)).address
      ).entry == entries[$0]
    }
  }

  /// The VM's tables are walked from this root on.
  static func isRoot(_ root: PhysicalPage, of vm: Int, _ roles: GhostMap<PageRole>) -> Bool {
    requires(root.number < PhysicalPage.limit - 1)
    return vm > 0 && roles[Int(root.number)] == PageRole.root(vm, 0)
      && roles[Int(root.number) + 1] == PageRole.root(vm, PageRole.guests / 2)
  }

  /// The walk ended at the entry of a table of the VM that is for the guest page; and what is mapped
  /// there is the page with that place in the VM.
  static func isFound(
    _ found: Translation, _ guest: GuestPage, vm: Int,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(guest.number < UInt64(PageRole.guests))
    let place = PageRole(vm: vm, level: 0, guest: Int(guest.number), table: 0, entry: 0)
    return isAt(found.slot, found.level, guest, vm: vm, roles)
      && found.descriptor.entry == seen[found.slot.page][found.slot.index]
      && (found.isMapped ==> roles[Int(found.page(of: guest).number)].hasPlace(of: place))
  }

  /// The entry is that of a table of this level of the VM that is for the guest page.
  static func isAt(
    _ slot: Slot, _ level: UInt8, _ guest: GuestPage, vm: Int, _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(guest.number < UInt64(PageRole.guests))
    return roles[slot.page].isTable && roles[slot.page].vm == vm
      && roles[slot.page].level == Int(level)
      && roles[slot.page].covers(Int(guest.number), slot.index)
  }

  /// What a walk of a VM's tables finds.
  static func walk(
    _ memory: borrowing TableMemory, _ root: PhysicalPage, _ guest: GuestPage, vm: Int,
    _ tables: Tables
  ) {
    requires(root.number < PhysicalPage.limit - 1 && guest.number < UInt64(PageRole.guests))
    requires(tables.isSound && areInMemory(memory, tables.written, tables.roles))
    requires(isRoot(root, of: vm, tables.roles))
    ensures(
      isFound(memory.walk(root: root, guest), guest, vm: vm, tables.seen, tables.roles))
    let address = guest.address
    let found = memory.walk(root: root, guest)
    let top = Slot(PhysicalPage(number: root.number + (address >> 39 & 1)), address >> 30)
    startsAt(top, root, guest, vm: vm, tables.roles)
    isSeen(memory, top, tables.written, tables.seen, tables.roles)
    let first = memory.descriptor(at: top.address)
    if first.isTable {
      let middle = Slot(first.page, address >> 21)
      leadsOn(first, top, to: middle, 1, guest, vm: vm, tables.seen, tables.roles)
      isSeen(memory, middle, tables.written, tables.seen, tables.roles)
      let second = memory.descriptor(at: middle.address)
      if second.isTable {
        let last = Slot(second.page, address >> 12)
        leadsOn(second, middle, to: last, 2, guest, vm: vm, tables.seen, tables.roles)
        isSeen(memory, last, tables.written, tables.seen, tables.roles)
        let third = memory.descriptor(at: last.address)
        holds(found.level == 3 && found.descriptor == third && found.slot == last)
        endsAt(found, guest, vm: vm, tables.seen, tables.roles)
      } else {
        holds(found.level == 2 && found.descriptor == second && found.slot == middle)
        endsAt(found, guest, vm: vm, tables.seen, tables.roles)
      }
    } else {
      holds(found.level == 1 && found.descriptor == first && found.slot == top)
      endsAt(found, guest, vm: vm, tables.seen, tables.roles)
    }
  }

  /// It starts at the entry for the guest page.
  private static func startsAt(
    _ slot: Slot, _ root: PhysicalPage, _ guest: GuestPage, vm: Int, _ roles: GhostMap<PageRole>
  ) {
    requires(root.number < PhysicalPage.limit - 1 && guest.number < UInt64(PageRole.guests))
    requires(isRoot(root, of: vm, roles))
    requires(
      slot
        == Slot(
          PhysicalPage(number: root.number + (guest.address >> 39 & 1)), guest.address >> 30))
    ensures(isAt(slot, 1, guest, vm: vm, roles))
  }

  /// The core reads what is seen.
  private static func isSeen(
    _ memory: borrowing TableMemory, _ slot: Slot,
    _ written: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(areInMemory(memory, written, roles) && areCurrent(written, seen, roles))
    requires(roles[slot.page].level > 0)
    ensures(memory.descriptor(at: slot.address).entry == seen[slot.page][slot.index])
    holds(isInMemory(memory, slot.page, written[slot.page]))
    holds(isCurrent(written[slot.page], seen[slot.page], roles[slot.page]))
    holds(
      memory.descriptor(
        at: Slot(PhysicalPage(number: UInt64(slot.page)), UInt64(slot.index)).address
      ).entry == written[slot.page][slot.index])
    holds(Slot(PhysicalPage(number: UInt64(slot.page)), UInt64(slot.index)) == slot)
  }

  /// It goes on at the entry of the next table that is for the guest page.
  private static func leadsOn(
    _ descriptor: Descriptor, _ slot: Slot, to next: Slot, _ level: UInt8, _ guest: GuestPage,
    vm: Int, _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areRight(seen, roles) && guest.number < UInt64(PageRole.guests))
    requires(level == 1 || level == 2)
    requires(isAt(slot, level, guest, vm: vm, roles) && descriptor.isTable)
    requires(descriptor.entry == seen[slot.page][slot.index])
    requires(
      next == Slot(descriptor.page, level == 1 ? guest.address >> 21 : guest.address >> 12))
    ensures(isAt(next, level + 1, guest, vm: vm, roles))
    holds(isRight(seen[slot.page], roles[slot.page], slot.page, roles))
    holds(leads(descriptor.entry, roles[slot.page], slot.page, slot.index, roles))
    holds(roles[next.page] == roles[slot.page].below(slot.index, of: slot.page))
    PageRole.isOfNextLevel(roles[slot.page], slot.index, slot.page)
    PageRole.isCovered(
      roles[slot.page], slot.index, roles[next.page], next.index, Int(guest.number))
  }

  /// It ends where there is no table of the next level.
  private static func endsAt(
    _ found: Translation, _ guest: GuestPage, vm: Int,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) {
    requires(areRight(seen, roles) && guest.number < UInt64(PageRole.guests))
    requires(isAt(found.slot, found.level, guest, vm: vm, roles))
    requires(found.level == 3 || !found.descriptor.isTable)
    requires(found.descriptor.entry == seen[found.slot.page][found.slot.index])
    ensures(isFound(found, guest, vm: vm, seen, roles))
    let role = roles[found.slot.page]
    holds(isRight(seen[found.slot.page], role, found.slot.page, roles))
    if found.descriptor.isValid {
      holds(leads(found.descriptor.entry, role, found.slot.page, found.slot.index, roles))
      isPage(
        found, guest, role, found.descriptor.entry, found.slot.page, found.slot.index, roles)
    }
  }

  /// A valid entry without a table below leads to the guest page's page.
  private static func isPage(
    _ found: Translation, _ guest: GuestPage, _ role: PageRole, _ entry: TableEntry,
    _ table: Int, _ index: Int, _ roles: GhostMap<PageRole>
  ) {
    requires(guest.number < UInt64(PageRole.guests))
    requires(role.isTable && role.level == Int(found.level) && index >= 0 && index < 512)
    requires(role.covers(Int(guest.number), index))
    requires(found.level == 3 || !found.descriptor.isTable)
    requires(found.descriptor.isValid && entry == found.descriptor.entry)
    requires(leads(entry, role, table, index, roles))
    ensures(
      roles[Int(found.page(of: guest).number)].hasPlace(
        of: PageRole(vm: role.vm, level: 0, guest: Int(guest.number), table: 0, entry: 0)))
    if found.level == 2 {
      let distance = Int(guest.number) % 512
      holds(Int(found.page(of: guest).number) == entry.page + distance)
      holds(role.guest + index * 512 + distance == Int(guest.number))
      holds(
        roles[entry.page + distance] == role.block(index, of: table).following(distance))
    }
  }
}

extension PageRole {
  /// The entry of the table is for the guest page.
  func covers(_ page: Int, _ entry: Int) -> Bool {
    requires(isTable && page >= 0 && page < PageRole.guests && entry >= 0 && entry < 512)
    return level == 1
      ? page >= guest + entry * 512 * 512 && page < guest + (entry + 1) * 512 * 512
      : level == 2
        ? page >= guest + entry * 512 && page < guest + (entry + 1) * 512 : page == guest + entry
  }

  /// The entry that is for a page among those of the table below.
  static func isCovered(
    _ role: PageRole, _ entry: Int, _ below: PageRole, _ index: Int, _ page: Int
  ) {
    requires(role.isTable && role.level < 3 && page >= 0 && page < PageRole.guests)
    requires(entry >= 0 && entry < 512 && index >= 0 && index < 512)
    requires(role.covers(page, entry) && below.isTable && below.level == role.level + 1)
    requires(
      below.guest == role.guest + (role.level == 1 ? entry * 512 * 512 : entry * 512))
    requires(index == (role.level == 1 ? page / 512 % 512 : page % 512))
    ensures(below.covers(page, index))
  }
}
