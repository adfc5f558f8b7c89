import Contracts
import EngineABI

// What changes on the VMs' side leaves the host's right, and the other way round.

extension Tables {
  /// What VMs' tables lead to is theirs.
  func isOwned(by ownership: borrowing Ownership) -> Bool {
    isOwned(Tables.states(ownership.pages), ownership.pages.count, ownership.first)
  }

  /// VMs' tables change.
  static func keepAgreement(
    _ before: Tables, _ after: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(before.agree(but: -1, host, first, blocks, pages, absents))
    requires(after.isSound && areApart(after.roles, first))
    requires(isSame(after, before, before: first))
    ensures(after.agree(but: -1, host, first, blocks, pages, absents))
    keepHidden(before.seen, after.seen, host, first, blocks, pages)
    keepSettled(before, after, host, first, blocks, pages, absents)
  }

  private static func keepHidden(
    _ before: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ host: HostTables, _ first: UInt64, _ blocks: Int, _ pages: GhostMap<PageState>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(isHidden(before, host, first, blocks, pages))
    requires(forall(0..<Int(first)) { seen[$0] == before[$0] })
    ensures(isHidden(seen, host, first, blocks, pages))
    for block in 0..<blocks {
      invariant(forall(0..<block) { isHidden($0, seen, host, first, blocks, pages) })
      holds(isHidden(block, before, host, first, blocks, pages))
      let slot = Ownership.level2Slot(host, first, block)
      holds(slot.page < Int(first))
      hides(
        block, before[slot.page][slot.index], before[Int(host.level3.number) + block], seen, host,
        first, blocks, pages)
    }
  }

  private static func keepSettled(
    _ before: Tables, _ after: Tables, _ host: HostTables, _ first: UInt64, _ blocks: Int,
    _ pages: GhostMap<PageState>, _ absents: GhostMap<Int>
  ) {
    requires(Ownership.isLaidOut(host, first, blocks))
    requires(before.areSettled(but: -1, host, first, blocks, pages, absents))
    requires(isSame(after, before, before: first))
    ensures(after.areSettled(but: -1, host, first, blocks, pages, absents))
    for block in 0..<blocks {
      invariant(
        forall(0..<block) {
          $0 == -1 || after.isSettled($0, host, first, blocks, pages, absents)
        })
      holds(before.isSettled(block, host, first, blocks, pages, absents))
      let slot = Ownership.level2Slot(host, first, block)
      let low = Int(host.level3.number) + block
      holds(slot.page < Int(first) && low < Int(first))
      holds(after.sight(block, host, first) == before.sight(block, host, first))
    }
  }

  /// Pages of the host become a VM's, or such of a VM to whose pages no stage 2 leads become others';
  /// and the host's tables change.
  static func keepOwned(
    _ before: Tables, _ after: Tables, _ index: Int, _ size: Int, _ vm: Int,
    _ states: GhostMap<PageState>, _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && number >= 0 && number <= 1 << 34)
    requires(index >= 0 && size >= 0 && size <= 512 && index <= number - size)
    requires(before.isOwned(states, number, first))
    requires(after.isSound && after.roles == before.roles)
    requires(
      forall(0..<number) { pages[$0] == states[$0] || $0 >= index && $0 < index + size })
    requires(vm == 0 || hasNothing(vm, before.roles))
    requires(
      forall(index..<index + size) { states[$0].owner == 0 || Int(states[$0].owner) == vm })
    ensures(after.isOwned(pages, number, first))
    ensures(forall(index..<index + size) { after.roles[Int(first) + $0].vm == 0 })
    areUnused(index, size, vm, before.roles, states, number, first)
    keepTheirs(index, size, before.roles, states, pages, number, first)
  }

  /// A VM shares a page, or does not any more.
  static func keepOwned(
    _ before: Tables, _ after: Tables, _ index: Int, _ states: GhostMap<PageState>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && number >= 0 && number <= 1 << 34)
    requires(index >= 0 && index < number && before.isOwned(states, number, first))
    requires(after.isSound && after.roles == before.roles)
    requires(forall(0..<number) { pages[$0] == states[$0] || $0 == index })
    requires(pages[index].owner == states[index].owner)
    requires((pages[index].use == .table) == (states[index].use == .table))
    ensures(after.isOwned(pages, number, first))
    let page = Int(first) + index
    holds(isTheirs(before.roles[page], page, states, number, first))
    keepTheirs(index, 1, before.roles, states, pages, number, first)
  }

  /// A page is hidden from the host: it was the host's, or is not shared any more.
  static func hideOwned(
    _ before: Tables, _ after: Tables, _ index: Int, _ states: GhostMap<PageState>,
    _ host: HostTables, _ blocks: Int, _ absents: GhostMap<Int>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(number >= 0 && number <= 1 << 34 && Ownership.isLaidOut(host, first, blocks))
    requires(index >= 0 && index < number && before.isOwned(states, number, first))
    requires(after.agree(but: -1, host, first, blocks, pages, absents))
    requires(after.ofVMs() == before.ofVMs())
    requires(forall(0..<number) { pages[$0] == states[$0] || $0 == index })
    requires(
      states[index].owner == 0
        || pages[index].owner == states[index].owner && pages[index].use != .table
          && states[index].use != .table
    )
    ensures(after.isOwned(pages, number, first))
    ensures(states[index].owner == 0 ==> after.ofVMs().areUnused(Int(first) + index, 1))
    sameRoles(before, after)
    if states[index].owner == 0 {
      keepOwned(before, after, index, 1, 0, states, pages, number, first)
    } else {
      keepOwned(before, after, index, states, pages, number, first)
    }
  }

  /// A page is shown to the host: it is shared, or was a VM's to whose pages no stage 2 leads.
  static func showOwned(
    _ before: Tables, _ after: Tables, _ index: Int, _ states: GhostMap<PageState>,
    _ host: HostTables, _ blocks: Int, _ absents: GhostMap<Int>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(number >= 0 && number <= 1 << 34 && Ownership.isLaidOut(host, first, blocks))
    requires(index >= 0 && index < number && before.isOwned(states, number, first))
    requires(after.agree(but: -1, host, first, blocks, pages, absents))
    requires(after.ofVMs() == before.ofVMs())
    requires(forall(0..<number) { pages[$0] == states[$0] || $0 == index })
    requires(
      before.ofVMs().hasNothing(Int(states[index].owner))
        || pages[index].owner == states[index].owner && pages[index].use != .table
          && states[index].use != .table
    )
    ensures(after.isOwned(pages, number, first))
    sameRoles(before, after)
    if before.ofVMs().hasNothing(Int(states[index].owner)) {
      holds(hasNothing(Int(states[index].owner), before.roles))
      keepOwned(
        before, after, index, 1, Int(states[index].owner), states, pages, number, first)
    } else {
      keepOwned(before, after, index, states, pages, number, first)
    }
  }

  /// A block changes hands.
  static func moveBlock(
    _ before: Tables, _ after: Tables, _ index: Int, _ vm: Int, _ states: GhostMap<PageState>,
    _ host: HostTables, _ blocks: Int, _ absents: GhostMap<Int>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(number >= 0 && number <= 1 << 34 && Ownership.isLaidOut(host, first, blocks))
    requires(index >= 0 && index <= number - 512 && before.isOwned(states, number, first))
    requires(after.agree(but: -1, host, first, blocks, pages, absents))
    requires(after.ofVMs() == before.ofVMs())
    requires(
      forall(0..<number) { pages[$0] == states[$0] || $0 >= index && $0 < index + 512 })
    requires(vm == 0 || before.ofVMs().hasNothing(vm))
    requires(
      forall(index..<index + 512) { states[$0].owner == 0 || Int(states[$0].owner) == vm })
    ensures(after.isOwned(pages, number, first))
    ensures(after.ofVMs().areUnused(Int(first) + index, 512))
    sameRoles(before, after)
    if vm != 0 { holds(hasNothing(vm, before.roles)) }
    keepOwned(before, after, index, 512, vm, states, pages, number, first)
    let start = Int(first) + index
    for page in start..<start + 512 {
      invariant(forall(start..<page) { after.roles[$0].vm == 0 })
      let place = page - Int(first)
      holds(after.roles[Int(first) + place].vm == 0)
    }
  }

  private static func sameRoles(_ before: Tables, _ after: Tables) {
    requires(after.ofVMs() == before.ofVMs())
    ensures(after.roles == before.roles)
    ensures(before.ofVMs().roles == before.roles)
    holds(after.ofVMs().roles == after.roles && before.ofVMs().roles == before.roles)
  }

  /// To pages of a VM that has no tables, no stage 2 leads.
  func areUnused(
    _ index: Int, pages count: Int, of vm: VMID, _ ownership: borrowing Ownership
  ) {
    requires(count >= 0 && count <= 512 && index >= 0 && index <= ownership.pages.count - count)
    requires(agree(with: ownership) && ofVMs().hasNothing(Int(vm.raw)))
    requires(forall(index..<index + count) { ownership.pages[$0].owner == vm.raw })
    ensures(ofVMs().areUnused(Int(ownership.first) + index, count))
    holds(ofVMs().roles == roles)
    Tables.areUnused(
      index, count, Int(vm.raw), roles, Tables.states(ownership.pages), ownership.pages.count,
      ownership.first)
    let start = Int(ownership.first) + index
    for page in start..<start + count {
      invariant(forall(start..<page) { roles[$0].vm == 0 })
      let place = page - Int(ownership.first)
      holds(place >= index && place < index + count)
      holds(roles[Int(ownership.first) + place].vm == 0)
    }
  }
}
