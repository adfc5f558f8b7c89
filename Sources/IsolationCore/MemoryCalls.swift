import Contracts
import EngineABI

extension Machine {
  /// ``Call/donate``. Errors: ``Status/invalidArgument``, ``Status/wrongState``,
  /// ``Status/notOwner``, ``Status/noTable`` with the level that is missing, ``Status/occupied``.
  mutating func donate(
    _ vm: VMID, _ address: UInt64, to guestAddress: UInt64, kind: UInt64,
    _ effects: inout Effects
  ) -> (status: Status, level: UInt64) {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(9))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 9)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    let isBlock = kind == 1
    let bytes = isBlock ? PageSize.block : PageSize.page
    guard kind <= 1, address % bytes == 0, guestAddress % bytes == 0,
      let page = PhysicalPage(aligned: address), let index = ownership.index(of: page),
      let guest = GuestPage(aligned: guestAddress),
      !isInterruptController(guestAddress, bytes: bytes)
    else { return (.invalidArgument, 0) }
    guard spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed else {
      return (.wrongState, 0)
    }
    let block = index / Ownership.blockPages
    guard
      isBlock
        ? ownership.blocks[block].donated == 0 && ownership.pages[index] == .host
        : ownership.pages[index] == .host
    else { return (.notOwner, 0) }
    let found = memory.walk(root: spaces[vm.index].root, guest)
    let wanted: UInt8 = isBlock ? 2 : 3
    var before = VMSight.unknown
    var spacesBefore = GhostMap<AddressSpace>()
    ghost {
      before = ownership.tables.ofVMs()
      spacesBefore = Tables.spaces(spaces)
      ownership.tables.findsFree(found, guest, vm, ownership, spaces, memory)
    }
    // A table, even an empty one, takes a block's place.
    guard !found.descriptor.isValid, found.level <= wanted else { return (.occupied, 0) }
    guard found.level == wanted else { return (.noTable, UInt64(found.level &+ 1)) }

    let pages = isBlock ? PageSize.pagesPerBlock : 1
    if isBlock {
      holds(bytes == PageSize.block && address % PageSize.block == 0)
      holds(page.number % PageSize.pagesPerBlock == 0 && index % Ownership.blockPages == 0)
      holds(guestAddress % PageSize.block == 0 && guest.number % PageSize.pagesPerBlock == 0)
      holds(index <= ownership.pages.count - Ownership.blockPages)
      holds(Int(page.number) == Int(ownership.first) + index && found.level == 2)
      ownership.hideBlock(index, for: vm, &effects)
    } else {
      ownership.hidePage(index, as: PageState(owner: vm.raw, use: .normal), &effects)
    }
    if spaces[vm.index].state == .sealed {
      ownership.scrub(index, pages: pages, &effects)
    } else {
      effects.append(.clean(page, pages: pages))
    }
    if isBlock {
      ownership.enterBlock(index, .block(page, .normal), at: found, guest, vm, &effects)
    } else {
      ownership.enter(index, .page(page, .normal), at: found, guest, vm, &effects)
    }
    spaces[vm.index].pages &+= pages
    ghost {
      VMSight.keepRooted(
        before, ownership.tables.ofVMs(), spacesBefore, Tables.spaces(spaces), adding: Int(vm.raw))
    }
    return (.ok, 0)
  }

  /// ``Call/donateTable``. The table starts empty; its slot must be free.
  mutating func donateTable(
    _ vm: VMID, _ address: UInt64, for guestAddress: UInt64, level: UInt64,
    _ effects: inout Effects
  ) -> (status: Status, level: UInt64) {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(9))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 9)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    guard level == 2 || level == 3, let page = PhysicalPage(aligned: address),
      let index = ownership.index(of: page), let guest = GuestPage(aligned: guestAddress)
    else { return (.invalidArgument, 0) }
    guard spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed else {
      return (.wrongState, 0)
    }
    guard ownership.pages[index] == .host else { return (.notOwner, 0) }
    let found = memory.walk(root: spaces[vm.index].root, guest)
    var before = VMSight.unknown
    var spacesBefore = GhostMap<AddressSpace>()
    ghost {
      before = ownership.tables.ofVMs()
      spacesBefore = Tables.spaces(spaces)
      ownership.tables.findsFree(found, guest, vm, ownership, spaces, memory)
    }
    guard UInt64(found.level) >= level &- 1 else { return (.noTable, UInt64(found.level &+ 1)) }
    guard UInt64(found.level) == level &- 1, !found.descriptor.isValid else {
      return (.occupied, 0)
    }
    holds(Int(page.number) == Int(ownership.first) + index && found.level < 3)
    ownership.hidePage(index, as: PageState(owner: vm.raw, use: .table), &effects)
    ownership.scrub(index, pages: 1, &effects)
    ownership.enter(index, .table(page), at: found, guest, vm, &effects)
    spaces[vm.index].pages &+= 1
    ghost {
      VMSight.keepRooted(
        before, ownership.tables.ofVMs(), spacesBefore, Tables.spaces(spaces), adding: Int(vm.raw))
    }
    return (.ok, 0)
  }

  /// ``Call/share``, by the guest: the host gets access to one of its private pages.
  mutating func share(_ vm: VMID, _ guestAddress: UInt64, _ effects: inout Effects) -> Status {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(9))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 9)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    guard let guest = GuestPage(aligned: guestAddress) else { return .invalidArgument }
    guard let index = ownPage(vm, guest), ownership.pages[index].use == .normal else {
      return .notOwner
    }
    effects.append(.clean(ownership.page(at: index), pages: 1))
    ownership.showPage(index, as: PageState(owner: vm.raw, use: .shared), &effects)
    return .ok
  }

  /// ``Call/unshare``, by the guest: the host loses access again, completely.
  mutating func unshare(_ vm: VMID, _ guestAddress: UInt64, _ effects: inout Effects) -> Status {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(9))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 9)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    guard let guest = GuestPage(aligned: guestAddress) else { return .invalidArgument }
    guard let index = ownPage(vm, guest), ownership.pages[index].use == .shared else {
      return .notOwner
    }
    ownership.hidePage(index, as: PageState(owner: vm.raw, use: .normal), &effects)
    effects.append(.clean(ownership.page(at: index), pages: 1))
    return .ok
  }

  /// Pages that one ``Call/reclaim`` looks at before it answers "again".
  static let reclaimLimit = 512

  /// ``Call/reclaim``: one piece of a dying VM's memory, a block if it is whole, else a page.
  mutating func reclaim(
    _ vm: VMID, from address: UInt64, _ effects: inout Effects
  ) -> (status: Status, next: UInt64) {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(12))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 12)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    guard spaces[vm.index].state == .dying else { return (.wrongState, 0) }
    var before = VMSight.unknown
    var spacesBefore = GhostMap<AddressSpace>()
    ghost {
      before = ownership.tables.ofVMs()
      spacesBefore = Tables.spaces(spaces)
      VMSight.isRooted(before, spacesBefore, Int(vm.raw))
      VMSight.isSame(before, but: Int(vm.raw))
    }
    let first = ownership.page(at: 0).address
    guard let page = PhysicalPage(aligned: address == 0 ? first : address),
      let start = ownership.index(of: page)
    else { return (.invalidArgument, 0) }
    let (found, index) = ownership.next(of: vm, from: start, limit: Machine.reclaimLimit)
    var next = index
    if found {
      if ownership.isWhole(index, of: vm) {
        let count = PageSize.pagesPerBlock
        ghost { ownership.tables.areUnused(index, pages: 512, of: vm, ownership) }
        ownership.scrub(index, pages: count, &effects)
        ownership.showBlock(index, of: vm, &effects)
        spaces[vm.index].pages &-= count
        next += Int(count)
      } else {
        if ownership.pages[index].use == .shared {
          // The host may be writing to it: it loses access before the page is scrubbed.
          ownership.hidePage(index, as: PageState(owner: vm.raw, use: .normal), &effects)
        }
        ghost { ownership.tables.areUnused(index, pages: 1, of: vm, ownership) }
        ownership.scrub(index, pages: 1, &effects)
        ownership.showPage(index, as: .host, &effects)
        spaces[vm.index].pages &-= 1
        next += 1
      }
    }
    let isDone = spaces[vm.index].pages == 0
    if isDone {
      spaces[vm.index] = AddressSpace()
      vms[vm.index] = VirtualMachine()
    }
    ghost {
      VMSight.keepRooted(
        before, ownership.tables.ofVMs(), spacesBefore, Tables.spaces(spaces), changing: Int(vm.raw)
      )
    }
    if isDone { return (.ok, 0) }
    // From the start again if the caller began behind a page that is left.
    return (.again, next < ownership.pages.count ? ownership.page(at: next).address : first)
  }

  /// The page of the carve-out that a guest page is mapped to, if the VM owns it.
  private func ownPage(_ vm: VMID, _ guest: GuestPage) -> Int? {
    requires(ghost: held[0] && held[Int(vm.raw)])
    ensures { (result: Int?) in
      result == nil
        || result! >= 0 && result! < ownership.pages.count
          && ownership.pages[result!].owner == vm.raw
    }
    let found = memory.walk(root: spaces[vm.index].root, guest)
    let page = found.page(of: guest)
    guard found.isMapped, let index = ownership.index(of: page) else { return nil }
    let state = ownership.pages[index]
    guard state.owner == vm.raw, state.use != .table else { return nil }
    return index
  }

  private func isInterruptController(_ address: UInt64, bytes: UInt64) -> Bool {
    let end = address &+ bytes
    let redistributors =
      GuestGIC.redistributor &+ GuestGIC.redistributorStride &* UInt64(Limits.vcpusPerVM)
    return address < redistributors && end > GuestGIC.distributor
  }
}
