import Contracts
import EngineABI

// The effects on VMs' tables, each with what pages are to VMs after it: VMRules.swift, as the core's
// own steps speak of it (VMAccess.swift).

extension Tables {
  /// Pages that are zeros.
  func areEmpty(_ page: Int, _ count: Int) -> Bool {
    opaque()
    requires(page >= 0 && page <= Tables.pages && count >= 0 && count <= 512)
    return forall(page..<page + count) {
      Tables.isEmpty(seen[$0]) && Tables.isEmpty(written[$0])
    }
  }

  static func scrubOwned(
    _ before: Tables, _ after: Tables, _ page: PhysicalPage, _ count: UInt64, _ host: HostTables,
    _ first: UInt64, _ blocks: Int, _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>,
    _ number: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && count <= 512)
    requires(page.number >= first && page.number < PhysicalPage.limit - 512)
    requires(before.agree(but: -1, host, first, blocks, pages, absents))
    requires(before.isOwned(pages, number, first))
    requires(before.ofVMs().areUnused(Int(page.number), Int(count)))
    requires(after == before.after(.scrub(page, pages: count), host, first))
    ensures(after.agree(but: -1, host, first, blocks, pages, absents))
    ensures(after.isOwned(pages, number, first))
    ensures(after.ofVMs() == before.ofVMs())
    ensures(after.areEmpty(Int(page.number), Int(count)))
    let start = Int(page.number)
    let size = Int(count)
    holds(after == before.scrubbing(start, size))
    holds(before.ofVMs().roles == before.roles)
    leaveVMs(before, scrubbing: start, size)
    var next = before
    next.scrubPages(start, size, pages, number, first)
    holds(after == next)
    keepAgreement(before, next, host, first, blocks, pages, absents)
    holds(
      forall(start..<start + size) { isEmpty(next.seen[$0]) && isEmpty(next.written[$0]) })
  }

  /// After the entry is written.
  mutating func enterOwned(
    _ slot: Slot, _ level: UInt8, _ page: PhysicalPage, _ descriptor: Descriptor,
    _ guest: GuestPage, _ vm: Int, _ before: Tables, _ host: HostTables, _ first: UInt64,
    _ blocks: Int, _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ number: Int,
    _ index: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && vm >= 1)
    requires(guest.number < UInt64(PageRole.guests) && page.number < PhysicalPage.limit - 512)
    requires(number >= 0 && number <= 1 << 34 && index >= 0 && index < number)
    requires(Int(page.number) == Int(first) + index)
    requires(before.agree(but: -1, host, first, blocks, pages, absents))
    requires(before.isOwned(pages, number, first))
    requires(before.ofVMs().isFree(slot, level, guest, vm))
    requires(before.ofVMs().areUnused(Int(page.number), 1))
    requires(level == 3 || before.areEmpty(Int(page.number), 1))
    requires(Int(pages[index].owner) == vm && (pages[index].use == .table) == (level < 3))
    requires(descriptor.entry == TableEntry(kind: .next, page: Int(page.number)))
    requires(self == before.after(.store(slot: slot.address, descriptor), host, first))
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    ensures(isOwned(pages, number, first))
    ensures(ofVMs().isSame(before.ofVMs(), but: vm) && ofVMs().keeps(before.ofVMs()))
    ensures(level == 3 ==> ofVMs().finds(Int(page.number), at: guest, vm))
    slot.addressed()
    Tables.freeIsUnseen(slot, level, guest, vm, before)
    holds(before.ofVMs().roles == before.roles)
    holds(before.roles[Int(page.number)].vm == 0)
    let role = before.roles[slot.page].below(slot.index, of: slot.page)
    Tables.isBelow(
      before.roles[slot.page], slot.index, slot.page, Int(page.number), level, vm, pages, number,
      first, index)
    var next = before
    next.addPage(slot, to: page, pages, number, first)
    roles = next.roles
    places = next.places
    holds(self == next)
    Tables.keepAgreement(before, next, host, first, blocks, pages, absents)
    holds(ofVMs().roles == Tables.setting(before.roles, Int(page.number), role))
  }

  /// After the entry is written.
  mutating func enterOwnedBlock(
    _ slot: Slot, _ page: PhysicalPage, _ descriptor: Descriptor, _ guest: GuestPage, _ vm: Int,
    _ before: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ number: Int, _ index: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && vm >= 1)
    requires(guest.number < UInt64(PageRole.guests) && guest.number % 512 == 0)
    requires(page.number < PhysicalPage.limit - 512 && page.number % 512 == 0)
    requires(number >= 0 && number <= 1 << 34 && index >= 0 && index <= number - 512)
    requires(Int(page.number) == Int(first) + index)
    requires(before.agree(but: -1, host, first, blocks, pages, absents))
    requires(before.isOwned(pages, number, first))
    requires(before.ofVMs().isFree(slot, 2, guest, vm))
    requires(before.ofVMs().areUnused(Int(page.number), 512))
    requires(
      forall(index..<index + 512) { Int(pages[$0].owner) == vm && pages[$0].use == .normal })
    requires(descriptor.entry == TableEntry(kind: .block, page: Int(page.number)))
    requires(self == before.after(.store(slot: slot.address, descriptor), host, first))
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    ensures(isOwned(pages, number, first))
    ensures(ofVMs().isSame(before.ofVMs(), but: vm) && ofVMs().keeps(before.ofVMs()))
    ensures(ofVMs().finds(Int(page.number), at: guest, vm))
    slot.addressed()
    Tables.freeIsUnseen(slot, 2, guest, vm, before)
    holds(before.ofVMs().roles == before.roles)
    let start = Int(page.number)
    holds(forall(start..<start + 512) { before.roles[$0].vm == 0 })
    let role = before.roles[slot.page].block(slot.index, of: slot.page)
    Tables.isBlock(before.roles[slot.page], slot.index, slot.page, guest)
    Tables.areBlocks(role, start, vm, pages, number, first, index)
    var next = before
    next.addBlock(slot, to: page, pages, number, first)
    holds(next == before.mappingBlock(slot, to: page))
    holds(role.guest <= PageRole.guests)
    holds(before.roles[slot.page].level == 2 && before.roles[slot.page].vm == vm)
    Tables.mapsBlock(before, slot, page, role, vm, start)
    roles = next.roles
    places = next.places
    holds(self == next)
    Tables.keepAgreement(before, next, host, first, blocks, pages, absents)
    holds(ofVMs().roles == roles)
  }

  private static func isBelow(
    _ parent: PageRole, _ entry: Int, _ table: Int, _ page: Int, _ level: UInt8, _ vm: Int,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64, _ index: Int
  ) {
    requires(first <= 1 << 35 && number <= 1 << 34 && index >= 0 && index < number)
    requires(page == Int(first) + index)
    requires(parent.isTable && parent.vm == vm && parent.level == Int(level))
    requires(entry >= 0 && entry < 512)
    requires(Int(pages[index].owner) == vm && (pages[index].use == .table) == (level < 3))
    ensures(isTheirs(parent.below(entry, of: table), page, pages, number, first))
  }

  /// A block's place is that of its first page.
  private static func isBlock(
    _ parent: PageRole, _ entry: Int, _ table: Int, _ guest: GuestPage
  ) {
    requires(guest.number < UInt64(PageRole.guests) && guest.number % 512 == 0)
    requires(parent.isTable && parent.level == 2 && entry >= 0 && entry < 512)
    requires(parent.covers(Int(guest.number), entry))
    ensures(parent.block(entry, of: table).guest == Int(guest.number))
    ensures(parent.block(entry, of: table).guest <= PageRole.guests)
    holds(parent.guest % 512 == 0 && Int(guest.number) % 512 == 0)
  }

  /// What becomes of roles where a block is mapped.
  private static func mapsBlock(
    _ before: Tables, _ slot: Slot, _ page: PhysicalPage, _ role: PageRole, _ vm: Int,
    _ start: Int
  ) {
    requires(page.number < PhysicalPage.limit - 512 && start == Int(page.number))
    requires(before.roles[slot.page].isTable && before.roles[slot.page].level == 2)
    requires(before.roles[slot.page].vm == vm)
    requires(role == before.roles[slot.page].block(slot.index, of: slot.page))
    requires(role.guest <= PageRole.guests)
    requires(forall(start..<start + 512) { before.roles[$0].vm == 0 })
    ensures(before.mappingBlock(slot, to: page).roles[Int(page.number)] == role)
    ensures(
      forall(0..<Tables.pages) {
        before.mappingBlock(slot, to: page).roles[$0] == before.roles[$0]
          || before.mappingBlock(slot, to: page).roles[$0].vm == vm && before.roles[$0].vm == 0
      })
  }

  private static func areBlocks(
    _ role: PageRole, _ start: Int, _ vm: Int, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64, _ index: Int
  ) {
    requires(first <= 1 << 35 && role.vm == vm && role.level == 0)
    requires(number >= 0 && number <= 1 << 34 && index >= 0 && index <= number - 512)
    requires(start == Int(first) + index)
    requires(start < Tables.pages - 512)
    requires(
      forall(index..<index + 512) { Int(pages[$0].owner) == vm && pages[$0].use == .normal })
    ensures(forall(start..<start + 512) { isTheirs(role, $0, pages, number, first) })
    for page in start..<start + 512 {
      invariant(forall(start..<page) { isTheirs(role, $0, pages, number, first) })
      let place = page - Int(first)
      holds(place >= index && place < index + 512)
      holds(Int(pages[place].owner) == vm && pages[place].use == .normal)
    }
  }

  /// A free entry is in a table of the VM, and nobody remembers it otherwise.
  static func freeIsUnseen(
    _ slot: Slot, _ level: UInt8, _ guest: GuestPage, _ vm: Int, _ tables: Tables
  ) {
    requires(guest.number < UInt64(PageRole.guests) && tables.isSound)
    requires(tables.ofVMs().isFree(slot, level, guest, vm))
    ensures(isAt(slot, level, guest, vm: vm, tables.roles))
    ensures(!tables.seen(slot).isValid)
    holds(tables.ofVMs().roles == tables.roles)
    holds(isCurrent(tables.written[slot.page], tables.seen[slot.page], tables.roles[slot.page]))
    holds(tables.ofVMs().written[slot.page] == tables.written[slot.page])
  }

  mutating func plantOwned(
    _ page: PhysicalPage, _ vm: Int, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ number: Int, _ index: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && vm >= 1)
    requires(number >= 0 && number <= 1 << 34 && index >= 0 && index <= number - 2)
    requires(page.number < PhysicalPage.limit - 513)
    requires(Int(page.number) == Int(first) + index)
    requires(agree(but: -1, host, first, blocks, pages, absents))
    requires(isOwned(pages, number, first) && ofVMs().hasNothing(vm))
    requires(ofVMs().areUnused(Int(page.number), 2) && areEmpty(Int(page.number), 2))
    requires(Int(pages[index].owner) == vm && pages[index].use == .table)
    requires(Int(pages[index + 1].owner) == vm && pages[index + 1].use == .table)
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    ensures(isOwned(pages, number, first))
    ensures(ofVMs().isSame(old(ofVMs()), but: vm) && ofVMs().hasRoot(page, vm))
    ensures(isSame(as: old(self)))
    let before = self
    let start = Int(page.number)
    let next = PhysicalPage(number: page.number + 1)
    let half = PageRole.guests / 2
    holds(ofVMs().roles == roles && before.ofVMs().roles == before.roles)
    holds(roles[start].vm == 0 && roles[start + 1].vm == 0)
    holds(isEmpty(page) && isEmpty(next))
    Tables.isFreeForRoot(vm, 0, roles)
    Tables.isRootTheirs(vm, 0, start, pages, number, first, index)
    addRoot(page, vm: vm, guest: 0, pages, number, first)
    holds(roles == Tables.setting(before.roles, start, PageRole.root(vm, 0)))
    holds(seen == before.seen && written == before.written && isEmpty(next))
    Tables.isFreeForOther(vm, start, before.roles)
    Tables.isRootTheirs(vm, half, start + 1, pages, number, first, index + 1)
    addRoot(next, vm: vm, guest: half, pages, number, first)
    holds(
      roles
        == Tables.setting(
          Tables.setting(before.roles, start, PageRole.root(vm, 0)), start + 1,
          PageRole.root(vm, half)))
    Tables.keepAgreement(before, self, host, first, blocks, pages, absents)
    holds(ofVMs().roles == roles)
    Tables.areRoots(vm, page, start, before.roles, roles)
  }

  private static func isFreeForRoot(_ vm: Int, _ guest: Int, _ roles: GhostMap<PageRole>) {
    requires(hasNothing(vm, roles))
    ensures(isFree(PageRole.root(vm, guest), roles))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { !roles[$0].hasPlace(of: PageRole.root(vm, guest)) })
      holds(roles[page].vm != vm)
    }
  }

  private static func isFreeForOther(_ vm: Int, _ first: Int, _ before: GhostMap<PageRole>) {
    requires(hasNothing(vm, before))
    ensures(
      isFree(
        PageRole.root(vm, PageRole.guests / 2), setting(before, first, PageRole.root(vm, 0))))
    let half = PageRole.guests / 2
    let roles = setting(before, first, PageRole.root(vm, 0))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { !roles[$0].hasPlace(of: PageRole.root(vm, half)) })
      if page != first { holds(before[page].vm != vm) }
    }
  }

  private static func isRootTheirs(
    _ vm: Int, _ guest: Int, _ page: Int, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64, _ index: Int
  ) {
    requires(first <= 1 << 35 && number <= 1 << 34 && index >= 0 && index < number)
    requires(page == Int(first) + index)
    requires(Int(pages[index].owner) == vm && pages[index].use == .table)
    ensures(isTheirs(PageRole.root(vm, guest), page, pages, number, first))
  }

  private static func areRoots(
    _ vm: Int, _ root: PhysicalPage, _ page: Int, _ before: GhostMap<PageRole>,
    _ roles: GhostMap<PageRole>
  ) {
    requires(vm >= 1 && root.number < PhysicalPage.limit - 1 && page == Int(root.number))
    requires(before[page].vm == 0 && before[page + 1].vm == 0)
    requires(
      roles
        == setting(
          setting(before, page, PageRole.root(vm, 0)), page + 1,
          PageRole.root(vm, PageRole.guests / 2)))
    ensures(isRoot(root, of: vm, roles))
    ensures(
      forall(0..<Tables.pages) {
        roles[$0] == before[$0]
          || (roles[$0].vm == 0 || roles[$0].vm == vm)
            && (before[$0].vm == 0 || before[$0].vm == vm)
      })
  }

  /// After the VM's translations are forgotten.
  mutating func endOwned(
    _ vm: Int, _ before: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>, _ number: Int, forgotten: Bool
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && vm >= 1 && vm <= Limits.vms)
    requires(forgotten)
    requires(before.agree(but: -1, host, first, blocks, pages, absents))
    requires(before.isOwned(pages, number, first))
    requires(self == before.after(.invalidateAll(vmid: UInt64(vm)), host, first))
    ensures(agree(but: -1, host, first, blocks, pages, absents))
    ensures(isOwned(pages, number, first) && ofVMs().hasNothing(vm))
    ensures(ofVMs().isSame(before.ofVMs(), but: vm))
    ensures(isSame(as: before.after(.invalidateAll(vmid: UInt64(vm)), host, first)))
    holds(self == before)
    endVM(vm, forgotten: forgotten, pages, number, first)
    Tables.keepAgreement(before, self, host, first, blocks, pages, absents)
    holds(before.ofVMs().roles == before.roles && ofVMs().roles == roles)
    holds(roles == Tables.ending(vm, before.roles))
  }
}
