import Contracts
import EngineABI

// The VMs' side of the tables, as the core's own steps speak of it.

/// What the tables say of VMs' address spaces, all of them at once: what changes only with them.
struct VMSight: Equatable {
  /// What is written in VMs' tables, which is what is seen; elsewhere nothing.
  var written: GhostMap<GhostMap<TableEntry>>
  var roles: GhostMap<PageRole>
  var places: GhostMap<GhostMap<GhostMap<Int>>>

  static let unknown = VMSight(written: GhostMap(), roles: GhostMap(), places: GhostMap())

  /// Memory holds what is written in VMs' tables.
  func isIn(_ memory: borrowing TableMemory) -> Bool {
    opaque()
    return Tables.areInMemory(memory, written, roles)
  }

  /// VMs that live are walked from their roots, and no stage 2 leads to pages for others.
  func isRooted(in spaces: GhostMap<AddressSpace>) -> Bool {
    opaque()
    return forall(0..<Limits.vms) { isRooted(spaces[$0].state, spaces[$0].root, $0 + 1) }
  }

  func isRooted(_ state: VMState, _ root: PhysicalPage, _ vm: Int) -> Bool {
    if state == .loading || state == .sealed {
      return root.number < PhysicalPage.limit - 1 && Tables.isRoot(root, of: vm, roles)
    }
    return Tables.hasNothing(vm, roles)
  }

  /// No VM's stage 2 leads to any of these pages.
  func areUnused(_ page: Int, _ count: Int) -> Bool {
    opaque()
    requires(page >= 0 && page <= Tables.pages && count >= 0 && count <= 512)
    return forall(page..<page + count) { roles[$0].vm == 0 }
  }

  /// The VM's stage 2 leads nowhere.
  func hasNothing(_ vm: Int) -> Bool {
    opaque()
    return Tables.hasNothing(vm, roles)
  }

  /// The entry for the guest page, in a table of this level of the VM, leads nowhere.
  func isFree(_ slot: Slot, _ level: UInt8, _ guest: GuestPage, _ vm: Int) -> Bool {
    opaque()
    requires(guest.number < UInt64(PageRole.guests))
    return Tables.isAt(slot, level, guest, vm: vm, roles) && !written[slot.page][slot.index].isValid
  }

  /// The VM finds this page, as memory, at the guest page.
  func finds(_ page: Int, at guest: GuestPage, _ vm: Int) -> Bool {
    opaque()
    requires(guest.number < UInt64(PageRole.guests))
    return roles[page].hasPlace(
      of: PageRole(vm: vm, level: 0, guest: Int(guest.number), table: 0, entry: 0))
  }

  /// The VM's walks start here.
  func hasRoot(_ root: PhysicalPage, _ vm: Int) -> Bool {
    opaque()
    requires(root.number < PhysicalPage.limit - 1)
    return Tables.isRoot(root, of: vm, roles)
  }

  /// Nothing but this VM's side has changed since.
  func isSame(_ before: VMSight, but vm: Int) -> Bool {
    opaque()
    let limit = Tables.pages
    return forall(0..<limit) {
      roles[$0] == before.roles[$0]
        || (roles[$0].vm == 0 || roles[$0].vm == vm)
          && (before.roles[$0].vm == 0 || before.roles[$0].vm == vm)
    }
  }

  /// Nothing is lost of what led to pages before.
  func keeps(_ before: VMSight) -> Bool {
    opaque()
    let limit = Tables.pages
    return forall(0..<limit) { before.roles[$0].vm != 0 ==> roles[$0] == before.roles[$0] }
  }
}

extension Tables {
  func ofVMs() -> VMSight {
    opaque()
    return VMSight(
      written: GhostMap { page in
        roles[page].level > 0 ? written[page] : GhostMap { _ in TableEntry.invalid }
      }, roles: roles, places: places)
  }

  static func spaces(_ spaces: borrowing Table<AddressSpace>) -> GhostMap<AddressSpace> {
    GhostMap { index in index >= 0 && index < spaces.count ? spaces[index] : AddressSpace() }
  }

  /// The tables agree with who owns what, and with which VMs there are.
  func agree(
    with ownership: borrowing Ownership, _ spaces: borrowing Table<AddressSpace>
  ) -> Bool {
    agree(with: ownership) && ofVMs().isRooted(in: Tables.spaces(spaces))
  }
}

// What leaves it as it is.

extension Tables {
  /// A table that is no VM's is written.
  static func leaveVMs(_ before: Tables, _ after: Tables, _ table: Int) {
    requires(after.roles == before.roles && after.places == before.places)
    requires(before.roles[table].level == 0)
    requires(after.written == replacing(before.written, table, after.written[table]))
    ensures(after.ofVMs() == before.ofVMs())
    holds(after.ofVMs().written == before.ofVMs().written)
  }

  /// Nothing is written.
  static func leaveVMs(_ before: Tables, _ after: Tables) {
    requires(after.roles == before.roles && after.places == before.places)
    requires(after.written == before.written)
    ensures(after.ofVMs() == before.ofVMs())
  }

  /// Pages are filled with zeros that are no VM's tables.
  static func leaveVMs(_ before: Tables, scrubbing first: Int, _ size: Int) {
    requires(before.isSound && first >= 0 && first < Tables.pages - 512)
    requires(size >= 0 && size <= 512 && before.ofVMs().areUnused(first, size))
    ensures(before.scrubbing(first, size).ofVMs() == before.ofVMs())
    holds(before.scrubbing(first, size).ofVMs().written == before.ofVMs().written)
  }
}

// What a walk finds in it.

extension Tables {
  static func walked(
    _ found: Translation, _ memory: borrowing TableMemory, _ guest: GuestPage, _ vm: Int,
    _ tables: Tables, _ space: AddressSpace, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && number >= 0)
    requires(guest.number < UInt64(PageRole.guests) && vm >= 1 && vm <= Limits.vms)
    requires(tables.isOwned(pages, number, first) && tables.ofVMs().isIn(memory))
    requires(space.state == .loading || space.state == .sealed)
    requires(tables.ofVMs().isRooted(space.state, space.root, vm))
    requires(found == memory.walk(root: space.root, guest))
    ensures(isFound(found, guest, vm: vm, tables.seen, tables.roles))
    ensures(
      !found.descriptor.isValid
        ==> tables.ofVMs().isFree(found.slot, found.level, guest, vm))
    holds(tables.ofVMs().roles == tables.roles)
    inMemory(memory, tables)
    walk(memory, space.root, guest, vm: vm, tables)
    let slot = found.slot
    holds(isAt(slot, found.level, guest, vm: vm, tables.roles))
    holds(isCurrent(tables.written[slot.page], tables.seen[slot.page], tables.roles[slot.page]))
    holds(tables.ofVMs().written[slot.page] == tables.written[slot.page])
  }

  /// Where the core's walk of a living VM's tables found nothing, the entry is free.
  func findsFree(
    _ found: Translation, _ guest: GuestPage, _ vm: VMID, _ ownership: borrowing Ownership,
    _ spaces: borrowing Table<AddressSpace>, _ memory: borrowing TableMemory
  ) {
    requires(agree(with: ownership, spaces) && ofVMs().isIn(memory))
    requires(guest.number < UInt64(PageRole.guests) && spaces.count == Limits.vms)
    requires(spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed)
    requires(found == memory.walk(root: spaces[vm.index].root, guest))
    ensures(
      !found.descriptor.isValid
        ==> ofVMs().isFree(found.slot, found.level, guest, Int(vm.raw)))
    VMSight.isRooted(ofVMs(), Tables.spaces(spaces), Int(vm.raw))
    Tables.walked(
      found, memory, guest, Int(vm.raw), self, spaces[vm.index], Tables.states(ownership.pages),
      ownership.pages.count, ownership.first)
  }

  private static func inMemory(_ memory: borrowing TableMemory, _ tables: Tables) {
    requires(tables.ofVMs().isIn(memory))
    ensures(areInMemory(memory, tables.written, tables.roles))
    let limit = Tables.pages
    for page in 0..<limit {
      invariant(
        forall(0..<page) {
          tables.roles[$0].level > 0 ==> isInMemory(memory, $0, tables.written[$0])
        })
      if tables.roles[page].level > 0 {
        holds(tables.ofVMs().written[page] == tables.written[page])
        holds(isInMemory(memory, page, tables.ofVMs().written[page]))
      }
    }
  }
}

extension Tables {
  /// A VM that lives has its root.
  func leadsToRoot(
    of vm: VMID, _ ownership: borrowing Ownership, _ spaces: borrowing Table<AddressSpace>
  ) {
    requires(agree(with: ownership, spaces) && spaces.count == Limits.vms)
    requires(spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed)
    ensures(spaces[vm.index].root.number < PhysicalPage.limit - 1)
    ensures(ofVMs().hasRoot(spaces[vm.index].root, Int(vm.raw)))
    VMSight.isRooted(ofVMs(), Tables.spaces(spaces), Int(vm.raw))
  }
}

// Which VMs there are.

extension VMSight {
  /// The VM's own state and root, by that of all.
  static func isRooted(_ sight: VMSight, _ spaces: GhostMap<AddressSpace>, _ vm: Int) {
    requires(vm >= 1 && vm <= Limits.vms && sight.isRooted(in: spaces))
    ensures(sight.isRooted(spaces[vm - 1].state, spaces[vm - 1].root, vm))
    ensures(
      spaces[vm - 1].state == .free || spaces[vm - 1].state == .dying ==> sight.hasNothing(vm))
    holds(sight.isRooted(spaces[vm - 1].state, spaces[vm - 1].root, vm))
  }

  /// One VM's side has changed.
  static func keepRooted(
    _ before: VMSight, _ after: VMSight, _ spacesBefore: GhostMap<AddressSpace>,
    _ spaces: GhostMap<AddressSpace>, _ vm: Int
  ) {
    requires(vm >= 1 && vm <= Limits.vms && before.isRooted(in: spacesBefore))
    requires(after.isSame(before, but: vm))
    requires(forall(0..<Limits.vms) { $0 == vm - 1 || spaces[$0] == spacesBefore[$0] })
    requires(after.isRooted(spaces[vm - 1].state, spaces[vm - 1].root, vm))
    ensures(after.isRooted(in: spaces))
    for other in 0..<Limits.vms {
      invariant(forall(0..<other) { after.isRooted(spaces[$0].state, spaces[$0].root, $0 + 1) })
      if other != vm - 1 {
        holds(before.isRooted(spacesBefore[other].state, spacesBefore[other].root, other + 1))
        keepRooted(before, after, spaces[other].state, spaces[other].root, other + 1, but: vm)
      }
    }
  }

  private static func keepRooted(
    _ before: VMSight, _ after: VMSight, _ state: VMState, _ page: PhysicalPage, _ vm: Int,
    but other: Int
  ) {
    requires(vm >= 1 && other >= 1 && vm != other)
    requires(after.isSame(before, but: other) && before.isRooted(state, page, vm))
    ensures(after.isRooted(state, page, vm))
    if state == .loading || state == .sealed {
      let root = Int(page.number)
      holds(after.roles[root] == before.roles[root])
      holds(after.roles[root + 1] == before.roles[root + 1])
    } else {
      let limit = Tables.pages
      for page in 0..<limit {
        invariant(forall(0..<page) { after.roles[$0].vm != vm })
        holds(before.roles[page].vm != vm)
      }
    }
  }

  /// A VM that lives gets pages, and keeps those that it has.
  static func keepRooted(
    _ before: VMSight, _ after: VMSight, _ spacesBefore: GhostMap<AddressSpace>,
    _ spaces: GhostMap<AddressSpace>, adding vm: Int
  ) {
    requires(vm >= 1 && vm <= Limits.vms && before.isRooted(in: spacesBefore))
    requires(after.isSame(before, but: vm) && after.keeps(before))
    requires(forall(0..<Limits.vms) { $0 == vm - 1 || spaces[$0] == spacesBefore[$0] })
    requires(spaces[vm - 1].root == spacesBefore[vm - 1].root)
    requires(spacesBefore[vm - 1].state == .loading || spacesBefore[vm - 1].state == .sealed)
    requires(spaces[vm - 1].state == .loading || spaces[vm - 1].state == .sealed)
    ensures(after.isRooted(in: spaces))
    holds(before.isRooted(spacesBefore[vm - 1].state, spacesBefore[vm - 1].root, vm))
    let root = Int(spaces[vm - 1].root.number)
    holds(after.roles[root] == before.roles[root])
    holds(after.roles[root + 1] == before.roles[root + 1])
    holds(after.isRooted(spaces[vm - 1].state, spaces[vm - 1].root, vm))
    keepRooted(before, after, spacesBefore, spaces, vm)
  }

  /// A VM that had nothing lives, or one that lived has nothing.
  static func keepRooted(
    _ before: VMSight, _ after: VMSight, _ spacesBefore: GhostMap<AddressSpace>,
    _ spaces: GhostMap<AddressSpace>, changing vm: Int
  ) {
    requires(vm >= 1 && vm <= Limits.vms && before.isRooted(in: spacesBefore))
    requires(after.isSame(before, but: vm))
    requires(forall(0..<Limits.vms) { $0 == vm - 1 || spaces[$0] == spacesBefore[$0] })
    requires(spaces[vm - 1].root.number < PhysicalPage.limit - 1)
    requires(
      spaces[vm - 1].state == .loading || spaces[vm - 1].state == .sealed
        ? after.hasRoot(spaces[vm - 1].root, vm) : after.hasNothing(vm))
    ensures(after.isRooted(in: spaces))
    holds(after.isRooted(spaces[vm - 1].state, spaces[vm - 1].root, vm))
    keepRooted(before, after, spacesBefore, spaces, vm)
  }

  static func areUnused(_ sight: VMSight, _ page: Int) {
    requires(page >= 0 && page < Tables.pages - 1)
    requires(sight.areUnused(page, 1) && sight.areUnused(page + 1, 1))
    ensures(sight.areUnused(page, 2))
    holds(sight.roles[page].vm == 0 && sight.roles[page + 1].vm == 0)
  }

  static func isSame(_ sight: VMSight, but vm: Int) {
    ensures(sight.isSame(sight, but: vm) && sight.keeps(sight))
  }
}
