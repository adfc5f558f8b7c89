import Contracts
import EngineABI

// The steps in which the core changes VMs' tables. After each, what VMs' tables lead to is theirs,
// whenever a CPU walks the tables and whatever its TLB has kept; and the host's tables, which lie before
// the carve-out, are as they were.

extension Tables {
  func isOwned(_ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64) -> Bool {
    opaque()
    requires(first <= 1 << 35)
    return isSound && Tables.areApart(roles, first)
      && Tables.areTheirs(roles, pages, number, first)
  }

  /// Tables before a page are as they were.
  static func isSame(_ tables: Tables, _ before: Tables, before first: UInt64) -> Bool {
    requires(first <= 1 << 35)
    let limit = Int(first)
    return forall(0..<limit) {
      tables.written[$0] == before.written[$0] && tables.seen[$0] == before.seen[$0]
    }
  }

  /// Pages of the carve-out that are zeros then, to which no VM's stage 2 leads.
  mutating func scrubPages(
    _ start: Int, _ size: Int, _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && isOwned(pages, number, first))
    requires(start >= Int(first) && size >= 0 && size <= 512 && start < Tables.pages - 512)
    requires(forall(start..<start + size) { roles[$0].vm == 0 })
    ensures(self == old(self).scrubbing(start, size))
    ensures(isOwned(pages, number, first))
    ensures(Tables.isSame(self, old(self), before: first))
    scrub(start, size)
  }

  /// An empty page that is a VM's table becomes one of its roots.
  mutating func addRoot(
    _ table: PhysicalPage, vm: Int, guest: Int, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && isOwned(pages, number, first))
    requires(table.number < PhysicalPage.limit - 512)
    requires(vm > 0 && (guest == 0 || guest == PageRole.guests / 2))
    requires(roles[Int(table.number)].vm == 0 && isEmpty(table))
    requires(Tables.isFree(PageRole.root(vm, guest), roles))
    requires(
      Tables.isTheirs(PageRole.root(vm, guest), Int(table.number), pages, number, first))
    ensures(self == old(self).giving(table, PageRole.root(vm, guest)))
    ensures(isOwned(pages, number, first))
    ensures(Tables.isSame(self, old(self), before: first))
    let before = self
    root(table, vm: vm, guest: guest)
    Tables.giveTheirs(
      Int(table.number), PageRole.root(vm, guest), before.roles, pages, number, first)
  }

  /// A page that is a VM's gets its place below one of its tables.
  mutating func addPage(
    _ slot: Slot, to page: PhysicalPage, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && isOwned(pages, number, first))
    requires(page.number < PhysicalPage.limit - 512)
    requires(roles[Int(page.number)].vm == 0)
    requires(roles[slot.page].isTable && !seen(slot).isValid)
    requires(roles[slot.page].level == 3 || isEmpty(page))
    requires(
      Tables.isTheirs(
        roles[slot.page].below(slot.index, of: slot.page), Int(page.number), pages, number, first))
    ensures(self == old(self).linking(slot, to: page))
    ensures(isOwned(pages, number, first))
    ensures(Tables.isSame(self, old(self), before: first))
    let before = self
    let role = roles[slot.page].below(slot.index, of: slot.page)
    Tables.isInside(slot, roles, first)
    link(slot, to: page)
    Tables.giveTheirs(Int(page.number), role, before.roles, pages, number, first)
  }

  /// A block that is a VM's memory gets its place.
  mutating func addBlock(
    _ slot: Slot, to block: PhysicalPage, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && isOwned(pages, number, first))
    requires(block.number < PhysicalPage.limit - 512 && block.number % 512 == 0)
    requires(forall(Int(block.number)..<Int(block.number) + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2 && !seen(slot).isValid)
    requires(
      forall(Int(block.number)..<Int(block.number) + 512) {
        Tables.isTheirs(
          roles[slot.page].block(slot.index, of: slot.page), $0, pages, number, first)
      })
    ensures(self == old(self).mappingBlock(slot, to: block))
    ensures(isOwned(pages, number, first))
    ensures(Tables.isSame(self, old(self), before: first))
    let before = self
    let role = roles[slot.page].block(slot.index, of: slot.page)
    Tables.isInside(slot, roles, first)
    mapBlock(slot, to: block)
    Tables.giveTheirsByBlock(Int(block.number), role, before.roles, pages, number, first)
  }

  /// A VM's tables are none any more.
  mutating func endVM(
    _ vm: Int, forgotten: Bool, _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && vm > 0 && isOwned(pages, number, first))
    requires(forgotten)
    ensures(self == old(self).ending(vm) && Tables.hasNothing(vm, roles))
    ensures(isOwned(pages, number, first))
    ensures(Tables.isSame(self, old(self), before: first))
    let before = self
    end(vm: vm, forgotten: forgotten)
    Tables.endTheirs(vm, before.roles, pages, number, first)
  }

  // MARK: Why they keep it

  /// A VM's tables lie in the carve-out.
  private static func isInside(_ slot: Slot, _ roles: GhostMap<PageRole>, _ first: UInt64) {
    requires(first <= 1 << 35 && areApart(roles, first) && roles[slot.page].isTable)
    ensures(slot.page >= Int(first))
  }

  private static func giveTheirs(
    _ page: Int, _ role: PageRole, _ before: GhostMap<PageRole>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, number, first) && areApart(before, first))
    requires(role.vm != 0 && isTheirs(role, page, pages, number, first))
    ensures(areTheirs(setting(before, page, role), pages, number, first))
    ensures(areApart(setting(before, page, role), first))
    for other in 0..<Tables.pages {
      invariant(
        forall(0..<other) { isTheirs(setting(before, page, role)[$0], $0, pages, number, first) })
      holds(isTheirs(before[other], other, pages, number, first))
    }
  }

  private static func giveTheirsByBlock(
    _ start: Int, _ role: PageRole, _ before: GhostMap<PageRole>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, number, first) && areApart(before, first))
    requires(start >= 0 && start < Tables.pages - 512 && role.vm != 0)
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    requires(forall(start..<start + 512) { isTheirs(role, $0, pages, number, first) })
    ensures(areTheirs(settingBlock(before, start, role), pages, number, first))
    ensures(areApart(settingBlock(before, start, role), first))
    holds(isTheirs(role, start, pages, number, first))
    let roles = settingBlock(before, start, role)
    for other in 0..<Tables.pages {
      invariant(forall(0..<other) { isTheirs(roles[$0], $0, pages, number, first) })
      holds(isTheirs(before[other], other, pages, number, first))
      if other >= start && other < start + 512 {
        holds(isTheirs(role, other, pages, number, first))
        holds(roles[other] == role.following(other - start))
      } else {
        holds(roles[other] == before[other])
      }
    }
  }

  private static func endTheirs(
    _ vm: Int, _ before: GhostMap<PageRole>, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(before, pages, number, first) && areApart(before, first))
    requires(vm != 0)
    ensures(areTheirs(ending(vm, before), pages, number, first))
    ensures(areApart(ending(vm, before), first) && hasNothing(vm, ending(vm, before)))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isTheirs(ending(vm, before)[$0], $0, pages, number, first) })
      holds(isTheirs(before[page], page, pages, number, first))
    }
  }
}
