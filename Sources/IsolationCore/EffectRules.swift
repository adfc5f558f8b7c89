import Contracts
import EngineABI

// Which effects on tables may be put on the list: where they may write, with which bits, and what the
// architecture asks for before a valid entry is written (Arm ARM D8.16, break-before-make).

extension Tables {
  /// Whether the effect changes what the core may change, at an address that is one, and writes a valid
  /// entry only where no CPU may remember another one.
  ///
  /// - Parameters:
  ///   - host, first: where the host's tables of the carve-out lie, and its first page.
  ///   - blocks: how many blocks it has.
  func allows(_ effect: Effect, _ host: HostTables, _ first: UInt64, _ blocks: Int) -> Bool {
    opaque()
    requires(Ownership.isLaidOut(host, first, blocks))
    switch effect {
    case .store(let address, let descriptor):
      return Tables.isChangeable(Slot(at: address), host, first, blocks)
        && address == Slot(at: address).address && descriptor.isPlain
        && (descriptor.isValid ==> !seen(Slot(at: address)).isValid)
    case .fill(let table, let page):
      return table.number >= host.level3.number
        && table.number < host.level3.number + UInt64(blocks)
        && page.isPlain && (page.isValid ==> page.page.number < PhysicalPage.limit - 512)
        && seen(
          Ownership.level2Slot(host, first, Int(table.number - host.level3.number))
        ).kind != .next
    case .scrub(let page, let pages):
      return page.number >= first && page.number < PhysicalPage.limit && pages <= 512
        && Int(page.number - first) + Int(pages) <= blocks * 512
    case .invalidatePage(let vmid, let page):
      return vmid == 0
        ==> page.number >= first && page.number < PhysicalPage.limit
        && Int(page.number - first) < blocks * 512
    default: return true
    }
  }

  /// What the core writes: the host's entries for blocks of the carve-out, the tables that are kept for
  /// those, and the carve-out's pages.
  static func isChangeable(
    _ slot: Slot, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) -> Bool {
    requires(Ownership.isLaidOut(host, first, blocks))
    let position =
      (slot.page - Int(host.level2.number)) * 512 + slot.index - Int(first / 512 % 512)
    return slot.page >= Int(host.level2.number) && position >= 0 && position < blocks
      || slot.page >= Int(host.level3.number) && slot.page < Int(host.level3.number) + blocks
      || slot.page >= Int(first) && slot.page < Int(first) + blocks * 512
  }

  /// What is allowed leaves all other tables as the boot built them.
  static func leavesTheRest(
    _ tables: Tables, _ effect: Effect, _ slot: Slot, _ host: HostTables, _ first: UInt64,
    _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(tables.allows(effect, host, first, blocks))
    requires(!isChangeable(slot, host, first, blocks))
    requires(tables.written[slot.page][slot.index] == tables.seen(slot))
    ensures(
      tables.after(effect, host, first).written[slot.page][slot.index]
        == tables.written[slot.page][slot.index])
    ensures(tables.after(effect, host, first).seen(slot) == tables.seen(slot))
  }
}

// What the core's steps put there is allowed.

extension Tables {
  func allowsBlock(
    _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(descriptor.isPlain)
    requires(descriptor.isValid ==> !sight(block, host, first).seen.isValid)
    ensures(
      allows(
        .store(slot: Ownership.level2Slot(host, first, block).address, descriptor), host, first,
        blocks))
    Ownership.level2Slot(host, first, block).addressed()
  }

  func allowsPage(
    _ slot: Slot, _ block: Int, _ descriptor: Descriptor, _ host: HostTables, _ first: UInt64,
    _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(slot.page == Int(host.level3.number) + block)
    requires(descriptor.isPlain)
    requires(descriptor.isValid ==> !sight(block, host, first).seenLow[slot.index].isValid)
    ensures(allows(.store(slot: slot.address, descriptor), host, first, blocks))
    slot.addressed()
  }

  func allowsFill(
    _ block: Int, _ table: PhysicalPage, _ page: Descriptor, _ host: HostTables, _ first: UInt64,
    _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && block >= 0 && block < blocks)
    requires(table.number == host.level3.number + UInt64(block))
    requires(page.isPlain && (page.isValid ==> page.page.number < PhysicalPage.limit - 512))
    requires(sight(block, host, first).seen.kind != .next)
    ensures(allows(.fill(table: table, first: page), host, first, blocks))
  }

  func allowsForgetting(
    _ page: GuestPage, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(page.number >= first && page.number < PhysicalPage.limit)
    requires(Int(page.number - first) < blocks * 512)
    ensures(allows(.invalidatePage(vmid: 0, page), host, first, blocks))
  }

  func allowsForgettingAll(_ vmid: UInt64, _ host: HostTables, _ first: UInt64, _ blocks: Int) {
    requires(Ownership.isLaidOut(host, first, blocks))
    ensures(allows(.invalidateAll(vmid: vmid), host, first, blocks))
  }

  func allowsScrub(
    _ page: PhysicalPage, _ count: UInt64, _ host: HostTables, _ first: UInt64, _ blocks: Int
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(page.number >= first && page.number < PhysicalPage.limit && count <= 512)
    requires(Int(page.number - first) + Int(count) <= blocks * 512)
    ensures(allows(.scrub(page, pages: count), host, first, blocks))
  }

  /// A free entry of a VM's table.
  func allowsEntry(
    _ slot: Slot, _ level: UInt8, _ guest: GuestPage, _ vm: Int, _ descriptor: Descriptor,
    _ host: HostTables, _ first: UInt64, _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks) && vm >= 1)
    requires(guest.number < UInt64(PageRole.guests))
    requires(descriptor.isPlain)
    requires(isOwned(pages, blocks * 512, first) && ofVMs().isFree(slot, level, guest, vm))
    ensures(allows(.store(slot: slot.address, descriptor), host, first, blocks))
    Tables.freeIsUnseen(slot, level, guest, vm, self)
    holds(Tables.isTheirs(roles[slot.page], slot.page, pages, blocks * 512, first))
    slot.addressed()
  }
}
