import Contracts
import EngineABI

// The steps in which the core changes VMs' tables. After each, what VMs' tables lead to is theirs, and
// what the host's lead to its own or shared with it, whenever a CPU walks the tables and whatever its
// TLB has kept.

extension Tables {
  func isIsolated(
    _ host: HostTables, _ first: UInt64, _ pages: borrowing Table<PageState>
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    return isSafe(host, first, pages) && Tables.areTheirs(roles, pages, first)
  }

  /// A page of the carve-out that is zeros then, to which no VM's stage 2 leads.
  mutating func scrubPage(
    _ page: PhysicalPage, _ host: HostTables, _ first: UInt64,
    _ pages: borrowing Table<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    requires(isIsolated(host, first, pages))
    requires(page.number >= first && page.number < PhysicalPage.limit - 512)
    requires(roles[Int(page.number)].vm == 0)
    ensures(self == old(self).filling(page, GhostMap { _ in TableEntry.invalid }))
    ensures(isIsolated(host, first, pages))
    let before = self
    scrub(page)
    Tables.keepHidden(before.seen, seen, host, first, pages)
  }

  /// An empty page that is a VM's table becomes one of its roots.
  mutating func addRoot(
    _ table: PhysicalPage, vm: Int, guest: Int, _ host: HostTables, _ first: UInt64,
    _ pages: borrowing Table<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    requires(isIsolated(host, first, pages))
    requires(table.number < PhysicalPage.limit - 512)
    requires(vm > 0 && (guest == 0 || guest == PageRole.guests / 2))
    requires(roles[Int(table.number)].vm == 0 && isEmpty(table))
    requires(Tables.isFree(PageRole.root(vm, guest), roles))
    requires(
      Tables.isTheirs(PageRole.root(vm, guest), Int(table.number), pages, first))
    ensures(self == old(self).giving(table, PageRole.root(vm, guest)))
    ensures(isIsolated(host, first, pages))
    let before = self
    root(table, vm: vm, guest: guest)
    Tables.giveTheirs(
      Int(table.number), PageRole.root(vm, guest), before.roles, pages, first)
  }

  /// A page that is a VM's gets its place below one of its tables.
  mutating func addPage(
    _ slot: Slot, to page: PhysicalPage, _ host: HostTables, _ first: UInt64,
    _ pages: borrowing Table<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    requires(isIsolated(host, first, pages))
    requires(page.number < PhysicalPage.limit - 512)
    requires(roles[Int(page.number)].vm == 0)
    requires(roles[slot.page].isTable && !seen(slot).isValid)
    requires(roles[slot.page].level == 3 || isEmpty(page))
    requires(
      Tables.isTheirs(
        roles[slot.page].below(slot.index, of: slot.page), Int(page.number), pages, first))
    ensures(self == old(self).linking(slot, to: page))
    ensures(isIsolated(host, first, pages))
    let before = self
    let role = roles[slot.page].below(slot.index, of: slot.page)
    Tables.isInside(slot, roles, first)
    link(slot, to: page)
    Tables.giveTheirs(Int(page.number), role, before.roles, pages, first)
    Tables.keepHidden(before.seen, seen, host, first, pages)
  }

  /// A block that is a VM's memory gets its place.
  mutating func addBlock(
    _ slot: Slot, to block: PhysicalPage, _ host: HostTables, _ first: UInt64,
    _ pages: borrowing Table<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    requires(isIsolated(host, first, pages))
    requires(block.number < PhysicalPage.limit - 512 && block.number % 512 == 0)
    requires(forall(Int(block.number)..<Int(block.number) + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2 && !seen(slot).isValid)
    requires(
      forall(Int(block.number)..<Int(block.number) + 512) {
        Tables.isTheirs(
          roles[slot.page].block(slot.index, of: slot.page), $0, pages, first)
      })
    ensures(self == old(self).mappingBlock(slot, to: block))
    ensures(isIsolated(host, first, pages))
    let before = self
    let role = roles[slot.page].block(slot.index, of: slot.page)
    Tables.isInside(slot, roles, first)
    mapBlock(slot, to: block)
    Tables.giveTheirsByBlock(Int(block.number), role, before.roles, pages, first)
    Tables.keepHidden(before.seen, seen, host, first, pages)
  }

  /// A VM's tables are none any more.
  mutating func endVM(
    _ vm: Int, _ host: HostTables, _ first: UInt64, _ pages: borrowing Table<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, pages.count / Ownership.blockPages))
    requires(vm > 0 && isIsolated(host, first, pages))
    ensures(self == old(self).ending(vm) && Tables.hasNothing(vm, roles))
    ensures(isIsolated(host, first, pages))
    let before = self
    end(vm: vm)
    Tables.endTheirs(vm, before.roles, pages, first)
  }

  // MARK: Why they keep it

  /// A VM's tables lie in the carve-out.
  private static func isInside(_ slot: Slot, _ roles: GhostMap<PageRole>, _ first: UInt64) {
    requires(first <= 1 << 35 && areApart(roles, first) && roles[slot.page].isTable)
    ensures(slot.page >= Int(first))
  }

  private static func giveTheirs(
    _ page: Int, _ role: PageRole, _ before: GhostMap<PageRole>,
    _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, first) && areApart(before, first))
    requires(role.vm != 0 && isTheirs(role, page, pages, first))
    ensures(areTheirs(setting(before, page, role), pages, first))
    ensures(areApart(setting(before, page, role), first))
    for other in 0..<Tables.pages {
      invariant(
        forall(0..<other) { isTheirs(setting(before, page, role)[$0], $0, pages, first) })
      holds(isTheirs(before[other], other, pages, first))
    }
  }

  private static func giveTheirsByBlock(
    _ start: Int, _ role: PageRole, _ before: GhostMap<PageRole>,
    _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, first) && areApart(before, first))
    requires(start >= 0 && start < Tables.pages - 512 && role.vm != 0)
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    requires(forall(start..<start + 512) { isTheirs(role, $0, pages, first) })
    ensures(areTheirs(settingBlock(before, start, role), pages, first))
    ensures(areApart(settingBlock(before, start, role), first))
    holds(isTheirs(role, start, pages, first))
    let roles = settingBlock(before, start, role)
    for other in 0..<Tables.pages {
      invariant(forall(0..<other) { isTheirs(roles[$0], $0, pages, first) })
      holds(isTheirs(before[other], other, pages, first))
      if other >= start && other < start + 512 {
        holds(isTheirs(role, other, pages, first))
        holds(roles[other] == role.following(other - start))
      } else {
        holds(roles[other] == before[other])
      }
    }
  }

  private static func endTheirs(
    _ vm: Int, _ before: GhostMap<PageRole>, _ pages: borrowing Table<PageState>,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, first) && areApart(before, first))
    requires(vm != 0)
    ensures(areTheirs(ending(vm, before), pages, first))
    ensures(areApart(ending(vm, before), first) && hasNothing(vm, ending(vm, before)))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isTheirs(ending(vm, before)[$0], $0, pages, first) })
      holds(isTheirs(before[page], page, pages, first))
    }
  }
}
