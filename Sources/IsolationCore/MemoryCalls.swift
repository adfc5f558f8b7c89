import Contracts
import EngineABI

extension Machine {
  /// ``Call/donate``. Errors: ``Status/invalidArgument``, ``Status/wrongState``,
  /// ``Status/notOwner``, ``Status/noTable`` with the level that is missing, ``Status/occupied``.
  mutating func donate(
    _ vm: VMID, _ address: UInt64, to guestAddress: UInt64, kind: UInt64,
    _ effects: inout Effects
  ) -> (status: Status, level: UInt64) {
    requires(effects.hasRoom(9))
    ensures(effects.count <= old(effects.count) + 9)
    let isBlock = kind == 1
    let bytes = isBlock ? PageSize.block : PageSize.page
    guard kind <= 1, address % bytes == 0, guestAddress % bytes == 0,
      let page = PhysicalPage(aligned: address), let index = ownership.index(of: page),
      let guest = GuestPage(aligned: guestAddress),
      !isInterruptController(guestAddress, bytes: bytes)
    else { return (.invalidArgument, 0) }
    guard vms[vm.index].state == .loading || vms[vm.index].state == .sealed else {
      return (.wrongState, 0)
    }
    let block = index / Int(PageSize.pagesPerBlock)
    guard
      isBlock
        ? ownership.blocks[block].donated == 0 && ownership.pages[index] == .host
        : ownership.pages[index] == .host
    else { return (.notOwner, 0) }
    let found = memory.walk(root: vms[vm.index].root, guest)
    let wanted: UInt8 = isBlock ? 2 : 3
    // A table, even an empty one, takes a block's place.
    guard !found.descriptor.isValid, found.level <= wanted else { return (.occupied, 0) }
    guard found.level == wanted else { return (.noTable, UInt64(found.level &+ 1)) }

    let pages = isBlock ? PageSize.pagesPerBlock : 1
    if isBlock {
      let entry = hostTranslation(page)
      ownership.giveBlock(index, to: vm)
      effects.append(.store(slot: hostLevel2Slot(entry, page), .invalid))
      effects.append(.invalidateAll(vmid: 0))
    } else {
      takeFromHost(index, pages: 1, vm, as: .normal, &effects)
    }
    effects.append(
      vms[vm.index].state == .sealed
        ? .scrub(page, pages: pages) : .clean(page, pages: pages))
    effects.append(
      .store(slot: found.slot, isBlock ? .block(page, .normal) : .page(page, .normal)))
    vms[vm.index].pages &+= pages
    return (.ok, 0)
  }

  /// ``Call/donateTable``. The table starts empty; its slot must be free.
  mutating func donateTable(
    _ vm: VMID, _ address: UInt64, for guestAddress: UInt64, level: UInt64,
    _ effects: inout Effects
  ) -> (status: Status, level: UInt64) {
    requires(effects.hasRoom(9))
    ensures(effects.count <= old(effects.count) + 9)
    guard level == 2 || level == 3, let page = PhysicalPage(aligned: address),
      let index = ownership.index(of: page), let guest = GuestPage(aligned: guestAddress)
    else { return (.invalidArgument, 0) }
    guard vms[vm.index].state == .loading || vms[vm.index].state == .sealed else {
      return (.wrongState, 0)
    }
    guard ownership.pages[index] == .host else { return (.notOwner, 0) }
    let found = memory.walk(root: vms[vm.index].root, guest)
    guard UInt64(found.level) >= level &- 1 else { return (.noTable, UInt64(found.level &+ 1)) }
    guard UInt64(found.level) == level &- 1, !found.descriptor.isValid else {
      return (.occupied, 0)
    }
    takeFromHost(index, pages: 1, vm, as: .table, &effects)
    effects.append(.scrub(page, pages: 1))
    effects.append(.store(slot: found.slot, .table(page)))
    vms[vm.index].pages &+= 1
    return (.ok, 0)
  }

  /// ``Call/share``, by the guest: the host gets access to one of its private pages.
  mutating func share(_ vm: VMID, _ guestAddress: UInt64, _ effects: inout Effects) -> Status {
    requires(effects.hasRoom(9))
    ensures(effects.count <= old(effects.count) + 9)
    guard let guest = GuestPage(aligned: guestAddress) else { return .invalidArgument }
    guard let index = ownPage(vm, guest), ownership.pages[index].use == .normal else {
      return .notOwner
    }
    let page = ownership.page(at: index)
    ownership.pages[index].use = .shared
    let block = index / Int(PageSize.pagesPerBlock)
    ownership.blocks[block].absent -= 1
    effects.append(.clean(page, pages: 1))
    giveHostAccess(index, &effects)
    return .ok
  }

  /// ``Call/unshare``, by the guest: the host loses access again, completely.
  mutating func unshare(_ vm: VMID, _ guestAddress: UInt64, _ effects: inout Effects) -> Status {
    requires(effects.hasRoom(9))
    ensures(effects.count <= old(effects.count) + 9)
    guard let guest = GuestPage(aligned: guestAddress) else { return .invalidArgument }
    guard let index = ownPage(vm, guest), ownership.pages[index].use == .shared else {
      return .notOwner
    }
    let page = ownership.page(at: index)
    takeHostAccess(index, pages: 1, &effects)
    ownership.pages[index].use = .normal
    let block = index / Int(PageSize.pagesPerBlock)
    ownership.blocks[block].absent += 1
    effects.append(.clean(page, pages: 1))
    ensures(!ownership.pages[index].hostMaps && ownership.pages[index].owner == vm.raw)
    return .ok
  }

  /// Pages that one ``Call/reclaim`` looks at before it answers "again".
  static let reclaimLimit = 512

  /// ``Call/reclaim``: one piece of a dying VM's memory, a block if it is whole, else a page.
  mutating func reclaim(
    _ vm: VMID, from address: UInt64, _ effects: inout Effects
  ) -> (status: Status, next: UInt64) {
    requires(effects.hasRoom(12))
    ensures(effects.count <= old(effects.count) + 12)
    guard vms[vm.index].state == .dying else { return (.wrongState, 0) }
    let first = ownership.page(at: 0).address
    guard let page = PhysicalPage(aligned: address == 0 ? first : address),
      let start = ownership.index(of: page)
    else { return (.invalidArgument, 0) }
    let (found, index) = ownership.next(of: vm, from: start, limit: Machine.reclaimLimit)
    var next = index
    if found {
      let piece = ownership.page(at: index)
      if ownership.isWhole(index, of: vm) {
        let count = PageSize.pagesPerBlock
        effects.append(.scrub(piece, pages: count))
        ownership.giveBackBlock(index)
        let entry = hostTranslation(piece)
        let slot = hostLevel2Slot(entry, piece)
        if entry.level == 3 {
          // Break before make: a table, if an empty one, becomes a block.
          effects.append(.store(slot: slot, .invalid))
          effects.append(.invalidateAll(vmid: 0))
        }
        effects.append(.store(slot: slot, .block(piece, .normal)))
        vms[vm.index].pages &-= count
        next += Int(count)
      } else {
        let wasShared = ownership.pages[index].use == .shared
        if wasShared {
          // The host may be writing to it: it loses access before the page is scrubbed.
          takeHostAccess(index, pages: 1, &effects)
          ownership.blocks[index / Int(PageSize.pagesPerBlock)].absent += 1
          ownership.pages[index].use = .normal
        }
        effects.append(.scrub(piece, pages: 1))
        ownership.giveBack(index)
        giveHostAccess(index, &effects)
        vms[vm.index].pages &-= 1
        next += 1
      }
    }
    if vms[vm.index].pages == 0 {
      vms[vm.index] = VirtualMachine()
      return (.ok, 0)
    }
    // From the start again if the caller began behind a page that is left.
    return (.again, next < ownership.pages.count ? ownership.page(at: next).address : first)
  }

  // MARK: The host's stage 2

  /// A stage-2 abort of the host that is no call: a page that is the host's again is tried again, a
  /// redistributor is passed on with care, and the rest is refused.
  @inline(never)
  mutating func hostAbort(cpu: Int, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    let address = trap.guestAddress
    let isInstruction = trap.exceptionClass == ExceptionClass.instructionAbort
    let abort = DataAbort(trap.syndrome)
    if !isInstruction && redistributorAccess(cpu: cpu, address, abort, &effects) { return }
    lockMemory(&effects)
    if address < GuestPage.limit,
      hostTranslation(PhysicalPage(number: address / PageSize.page)).isMapped
    {
      return
    }
    cpus[cpu].refused &+= 1
    effects.append(
      .takeException(
        syndrome: isInstruction ? Syndrome.instructionExternal : Syndrome.dataAlignment,
        faultAddress: trap.faultAddress))
  }

  /// A call by a load from an absent page.
  @inline(__always)
  mutating func absentPageCall(
    cpu: Int, page: UInt64, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(12))
    ensures(effects.count <= old(effects.count) + 12)
    contexts[cpu].frame.advance()
    let word = CallWord(raw: contexts[cpu].frame.x[1])
    if page != 0 && word.number == Call.run.rawValue
      && (word.vm == 0 || UInt64(word.vm) == page)
    {
      run(cpu: cpu, UInt32(truncatingIfNeeded: page), &trap, &effects)
    } else if page == 0 {
      hostCall(cpu: cpu, Caller(vm: word.vm, mayManage: true), word.number, &trap, &effects)
    } else if word.vm == 0 || UInt64(word.vm) == page {
      hostCall(
        cpu: cpu, Caller(vm: UInt32(truncatingIfNeeded: page), mayManage: false), word.number,
        &trap, &effects)
    } else {
      answer(cpu: cpu, .denied)
    }
  }

  /// The host's access to the redistributors' own frames (not those of SGIs, which it maps):
  /// reads pass, writes only where they cannot make the redistributor write to memory.
  private mutating func redistributorAccess(
    cpu: Int, _ address: UInt64, _ abort: DataAbort, _ effects: inout Effects
  ) -> Bool {
    requires(isProcessor(cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    let offset = address &- configuration.redistributor
    let frames =
      UInt64(truncatingIfNeeded: configuration.cpuCount) &* GuestGIC.redistributorStride
    guard offset < frames, abort.isDescribed, !abort.isTableWalk,
      abort.bytes >= 4, address % UInt64(abort.bytes) == 0
    else { return false }
    let register = offset % GuestGIC.redistributorStride
    guard register < GICRegister.privateFrame else { return false }
    if !abort.isWrite {
      // Registers that every redistributor has; a reserved one may be an external abort at EL2.
      guard PhysicalRedistributor.isReadable(register, bytes: abort.bytes) else {
        contexts[cpu].frame.setRegister(abort.register, 0)
        contexts[cpu].frame.advance()
        return true
      }
      effects.append(
        .deviceRead(
          address: address, bytes: UInt64(abort.bytes), register: abort.register))
    } else if register == PhysicalRedistributor.control && abort.bytes == 4 {
      let value = contexts[cpu].frame.register(abort.register)
      if value & PhysicalRedistributor.enableLPIs != 0 { cpus[cpu].refused &+= 1 }
      effects.append(
        .deviceWrite(
          address: address, bytes: 4,
          value: value & 0xffff_ffff & ~PhysicalRedistributor.enableLPIs))
    } else if register == GICRegister.waker && abort.bytes == 4 {
      effects.append(
        .deviceWrite(
          address: address, bytes: 4,
          value: contexts[cpu].frame.register(abort.register) & 0xffff_ffff))
    } else {
      cpus[cpu].refused &+= 1
    }
    contexts[cpu].frame.advance()
    return true
  }

  func hostTranslation(_ page: PhysicalPage) -> Translation {
    memory.walk(root: configuration.hostRoot, GuestPage(number: page.number))
  }

  /// The level-2 entry of the page's block, from a walk that ended at level 2 or 3.
  private func hostLevel2Slot(_ found: Translation, _ page: PhysicalPage) -> UInt64 {
    if found.level == 2 { return found.slot }
    let rootSlot = configuration.hostRoot.address &+ (page.address >> 30) &* 8
    return memory.descriptor(at: rootSlot).address &+ (page.address >> 21 & 511) &* 8
  }

  /// The level-3 table that is kept for the block of a page of the carve-out.
  private func hostLevel3(_ index: Int) -> PhysicalPage {
    requires(index >= 0)
    return PhysicalPage(
      number: configuration.hostLevel3.number
        &+ UInt64(truncatingIfNeeded: index / Int(PageSize.pagesPerBlock)))
  }

  private func hostLevel3Slot(_ index: Int) -> UInt64 {
    requires(index >= 0)
    return hostLevel3(index).address
      &+ UInt64(truncatingIfNeeded: index % Int(PageSize.pagesPerBlock)) &* 8
  }

  /// Gives pages of one block of the host to a VM, out of the host's reach when the effects are
  /// done.
  mutating func takeFromHost(
    _ index: Int, pages: Int, _ vm: VMID, as use: PageUse, _ effects: inout Effects
  ) {
    requires(index >= 0 && pages >= 0 && pages <= 2 && index + pages <= ownership.pages.count)
    requires(effects.hasRoom(7))
    ensures(effects.count <= old(effects.count) + 7)
    takeHostAccess(index, pages: pages, &effects)
    for page in index..<index + pages { ownership.give(page, to: vm, as: use) }
  }

  /// Takes mapped pages of one block out of the host's stage 2: a whole block is split first.
  private mutating func takeHostAccess(_ index: Int, pages: Int, _ effects: inout Effects) {
    requires(index >= 0 && pages >= 0 && pages <= 2 && index + pages <= ownership.pages.count)
    requires(effects.hasRoom(7))
    ensures(effects.count <= old(effects.count) + 7)
    let block = index / Int(PageSize.pagesPerBlock)
    let page = ownership.page(at: index)
    if ownership.blocks[block].absent == 0 {
      let start = ownership.page(at: block * Int(PageSize.pagesPerBlock))
      let slot = hostLevel2Slot(hostTranslation(page), page)
      effects.append(.fill(table: hostLevel3(index), first: .page(start, .normal)))
      for each in index..<index + pages {
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
      }
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .table(hostLevel3(index))))
    } else {
      for each in index..<index + pages {
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
        effects.append(
          .invalidatePage(vmid: 0, GuestPage(number: ownership.page(at: each).number)))
      }
    }
  }

  /// Puts a page, whose ownership has changed already, back into the host's stage 2; a block of
  /// which it was the last is merged.
  private mutating func giveHostAccess(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < ownership.pages.count)
    requires(effects.hasRoom(3))
    ensures(effects.count <= old(effects.count) + 3)
    let block = index / Int(PageSize.pagesPerBlock)
    let page = ownership.page(at: index)
    if ownership.blocks[block].absent == 0 {
      let start = ownership.page(at: block * Int(PageSize.pagesPerBlock))
      let slot = hostLevel2Slot(hostTranslation(page), page)
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .block(start, .normal)))
    } else if hostTranslation(page).level == 3 {
      effects.append(.store(slot: hostLevel3Slot(index), .page(page, .normal)))
    } else {
      // The block was taken whole: the host sees the first page that comes back, and no other.
      let slot = hostLevel2Slot(hostTranslation(page), page)
      effects.append(.fill(table: hostLevel3(index), first: .invalid))
      effects.append(.store(slot: hostLevel3Slot(index), .page(page, .normal)))
      effects.append(.store(slot: slot, .table(hostLevel3(index))))
    }
  }

  /// The page of the carve-out that a guest page is mapped to, if the VM owns it.
  private func ownPage(_ vm: VMID, _ guest: GuestPage) -> Int? {
    let found = memory.walk(root: vms[vm.index].root, guest)
    guard found.isMapped, let index = ownership.index(of: found.page(of: guest)),
      ownership.pages[index].owner == vm.raw, ownership.pages[index].use != .table
    else { return nil }
    return index
  }

  private func isInterruptController(_ address: UInt64, bytes: UInt64) -> Bool {
    let end = address &+ bytes
    let redistributors =
      GuestGIC.redistributor &+ GuestGIC.redistributorStride &* UInt64(Limits.vcpusPerVM)
    return address < redistributors && end > GuestGIC.distributor
  }
}

/// The machine's own redistributors (GICv3 specification, 12.10).
enum PhysicalRedistributor {
  static let control: UInt64 = 0
  static let enableLPIs: UInt64 = 1

  /// CTLR, IIDR, TYPER, STATUSR, WAKER and the identification registers.
  static func isReadable(_ register: UInt64, bytes: UInt8) -> Bool {
    if bytes == 8 { return register == GICRegister.redistributorType }
    return bytes == 4 && (register <= GICRegister.waker || register >= 0xffd0)
  }
}
