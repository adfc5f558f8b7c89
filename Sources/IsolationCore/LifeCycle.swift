import Contracts
import EngineABI

extension Machine {
  /// ``Call/createVM``: the two pages at `root` become the VM's level-1 tables.
  public mutating func createVM(
    _ vm: VMID, root: UInt64, _ trap: inout Trap, _ effects: inout Effects
  ) -> Status {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(11))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 11)
    ensures { (status: Status) in
      status == .ok ==> spaces[vm.index].state == .loading && spaces[vm.index].root.address == root
    }
    ensures { (status: Status) in
      status != .ok ==> spaces[vm.index].state == old(spaces[vm.index].state)
    }
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    ensures { (status: Status) in status == old(answerToCreateVM(vm, root)) }
    ensures { (status: Status) in status != .ok ==> effects.count == old(effects.count) }
    ensures(
      ghost: { (status: Status) in
        forall(0..<ownership.pages.count) {
          ownership.pages[$0]
            == (status == .ok && Machine.isRoot($0, ownership.first, root)
              ? PageState(owner: vm.raw, use: .table) : old(ownership.pages[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<Limits.vms) {
          status == .ok && $0 == vm.index
            ? spaces[$0].isLoading(root) : isSame(spaces[$0], old(spaces[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<Limits.vms) {
          isSame(
            vms[$0],
            status == .ok && $0 == vm.index
              ? VirtualMachine.created(at: trap.counter) : old(vms[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<vcpus.count) {
          isSame(
            vcpus[$0], status == .ok && Machine.isVCPU($0, of: vm) ? VCPU() : old(vcpus[$0]))
        }
      })
    guard root % (2 &* PageSize.page) == 0, let page = PhysicalPage(aligned: root),
      let index = ownership.index(of: page)
    else { return .invalidArgument }
    guard spaces[vm.index].state == .free else { return .occupied }
    guard ownership.pages[index] == .host, ownership.pages[index + 1] == .host else {
      return .notOwner
    }
    holds(page.number % 2 == 0 && ownership.first % 2 == 0)
    holds(index % 2 == 0 && ownership.pages.count % 2 == 0 && index + 1 < ownership.pages.count)
    var before = VMSight.unknown
    var spacesBefore = GhostMap<AddressSpace>()
    ghost {
      before = ownership.tables.ofVMs()
      spacesBefore = Tables.spaces(spaces)
      VMSight.isRooted(before, spacesBefore, Int(vm.raw))
    }
    ownership.giveRoot(index, to: vm, &effects)
    holds(page.number < PhysicalPage.limit - 1 && ownership.page(at: index) == page)
    spaces[vm.index] = AddressSpace()
    vms[vm.index] = VirtualMachine()
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      invariant(
        ghost: forall(0..<vcpus.count) {
          isSame(
            vcpus[$0],
            $0 >= Machine.firstVCPU(vm) && $0 < Machine.firstVCPU(vm) + Int(number)
              ? VCPU() : old(vcpus[$0]))
        })
      // Nothing of a VM that had this number before: not what it counted, nor its interrupts.
      if let id = VCPUID(vm, number) { vcpus[id.index] = VCPU() }
    }
    spaces[vm.index].state = .loading
    spaces[vm.index].root = page
    spaces[vm.index].pages = 2
    vms[vm.index].counterOffset = trap.counter
    ghost {
      VMSight.keepRooted(
        before, ownership.tables.ofVMs(), spacesBefore, Tables.spaces(spaces), changing: Int(vm.raw)
      )
    }
    return .ok
  }

  /// ``Call/createVCPU``: it is off until its entry is set or another vCPU turns it on.
  public mutating func createVCPU(_ vm: VMID, _ number: UInt64) -> Status {
    requires(ghost: held[Int(vm.raw)])
    ensures { (status: Status) in status == old(answerToCreateVCPU(vm, number)) }
    ensures(
      ghost: { (status: Status) in
        forall(0..<vcpus.count) {
          isSame(
            vcpus[$0],
            status == .ok && Machine.isVCPU($0, vm, number)
              ? VCPU.created(number) : old(vcpus[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<contexts.count) {
          isSame(
            contexts[$0],
            status == .ok && Machine.isVCPU($0 - Limits.cpus, vm, number)
              ? Context() : old(contexts[$0]))
        }
      })
    guard let id = VCPUID(vm, number) else { return .invalidArgument }
    guard spaces[vm.index].state == .loading else { return .wrongState }
    guard vcpus[id.index].life == .absent else { return .occupied }
    // Numbers without gaps: the last redistributor of a VM is that of its last vCPU.
    if number > 0, let before = VCPUID(vm, number &- 1), vcpus[before.index].life == .absent {
      return .wrongState
    }
    vcpus[id.index] = VCPU()
    vcpus[id.index].life = .off
    if number == 0 { vcpus[id.index].routed = ~0 }
    contexts[id.context] = Context()
    return .ok
  }

  /// ``Call/setEntry``: the vCPU starts there at its first run.
  public mutating func setEntry(_ vm: VMID, _ number: UInt64, pc: UInt64, argument: UInt64)
    -> Status
  {
    requires(ghost: held[Int(vm.raw)])
    ensures { (status: Status) in status == old(answerToSetEntry(vm, number, pc)) }
    ensures(
      ghost: { (status: Status) in
        forall(0..<vcpus.count) {
          status == .ok && Machine.isVCPU($0, vm, number)
            ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<contexts.count) {
          isSame(
            contexts[$0],
            status == .ok && Machine.isVCPU($0 - Limits.cpus, vm, number)
              ? Context.starting(pc, argument) : old(contexts[$0]))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<Limits.vms) {
          status == .ok && $0 == vm.index
            ? vms[$0].isSameButPending(old(vms[$0])) : isSame(vms[$0], old(vms[$0]))
        }
      })
    guard let id = VCPUID(vm, number), pc & 3 == 0 else { return .invalidArgument }
    guard spaces[vm.index].state == .loading,
      vcpus[id.index].life == .off || vcpus[id.index].life == .starting
    else { return .wrongState }
    turnOn(id, pc: pc, argument: argument)
    return .ok
  }

  /// Resets a vCPU's registers and lets it start at `pc`.
  mutating func turnOn(_ id: VCPUID, pc: UInt64, argument: UInt64) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(vcpus[id.index].life == .off || vcpus[id.index].life == .starting)
    ensures(vcpus[id.index].life == .starting && vcpus[id.index].lists == 0)
    ensures(contexts[id.context].frame.pc == pc && contexts[id.context].system.ttbr0 == 0)
    ensures(
      ghost: forall(0..<vcpus.count) {
        $0 == id.index
          ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
      })
    ensures(
      ghost: forall(0..<contexts.count) {
        isSame(
          contexts[$0], $0 == id.context ? Context.starting(pc, argument) : old(contexts[$0]))
      })
    ensures(
      ghost: forall(0..<Limits.vms) {
        $0 == id.vm.index
          ? vms[$0].isSameButPending(old(vms[$0])) : isSame(vms[$0], old(vms[$0]))
      })
    recallSaved(id)  // what a vCPU that went off had not seen
    contexts[id.context] = Context()
    contexts[id.context].frame.pc = pc
    contexts[id.context].frame.pstate = Frame.resetState
    contexts[id.context].frame.x[0] = argument
    vcpus[id.index].own.level = 0
    vcpus[id.index].ownListed = 0
    vcpus[id.index].sharedListed = 0
    vcpus[id.index].lists = 0
    vcpus[id.index].unsettled = 0
    vcpus[id.index].access = DeviceAccess()
    vcpus[id.index].life = .starting
  }

  /// ``Call/seal``
  public mutating func seal(_ vm: VMID) -> Status {
    requires(ghost: held[Int(vm.raw)])
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures { (status: Status) in status == old(answerToSeal(vm)) }
    ensures(
      ghost: { (status: Status) in
        forall(0..<Limits.vms) {
          spaces[$0].state
            == (status == .ok && $0 == vm.index ? .sealed : old(spaces[$0].state))
        }
      })
    guard spaces[vm.index].state == .loading else { return .wrongState }
    var spacesBefore = GhostMap<AddressSpace>()
    ghost { spacesBefore = Tables.spaces(spaces) }
    spaces[vm.index].state = .sealed
    ghost {
      let sight = ownership.tables.ofVMs()
      VMSight.isSame(sight, but: Int(vm.raw))
      VMSight.keepRooted(sight, sight, spacesBefore, Tables.spaces(spaces), adding: Int(vm.raw))
    }
    return .ok
  }

  /// ``Call/destroyVM``: no vCPU runs now, and none will: the VM's translations are forgotten for
  /// good.
  public mutating func destroyVM(_ vm: VMID, _ effects: inout Effects) -> Status {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw)
    requires(effects.hasRoom(1))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 1)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    ensures { (status: Status) in
      status == .ok ==> spaces[vm.index].state == .dying
        && forall(vm.index * Limits.vcpusPerVM..<(vm.index + 1) * Limits.vcpusPerVM) {
          vcpus[$0].life == .absent
        }
    }
    ensures { (status: Status) in status == old(answerToDestroyVM(vm)) }
    ensures { (status: Status) in status != .ok ==> effects.count == old(effects.count) }
    ensures(
      ghost: { (status: Status) in
        forall(0..<Limits.vms) {
          spaces[$0].state
            == (status == .ok && $0 == vm.index ? .dying : old(spaces[$0].state))
        }
      })
    ensures(
      ghost: { (status: Status) in
        forall(0..<vcpus.count) {
          vcpus[$0].life
            == (status == .ok && Machine.isVCPU($0, of: vm) ? .absent : old(vcpus[$0].life))
        }
      })
    guard spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed else {
      return .wrongState
    }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      invariant(
        ghost: forall(Machine.firstVCPU(vm)..<Machine.firstVCPU(vm) + Int(number)) {
          vcpus[$0].life != .running
        })
      if let id = VCPUID(vm, number), vcpus[id.index].life == .running { return .busy }
    }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      invariant(
        forall(vm.index * Limits.vcpusPerVM..<vm.index * Limits.vcpusPerVM + Int(number)) {
          vcpus[$0].life == .absent
        })
      invariant(
        ghost: forall(0..<vcpus.count) {
          vcpus[$0].life
            == ($0 >= Machine.firstVCPU(vm) && $0 < Machine.firstVCPU(vm) + Int(number)
              ? .absent : old(vcpus[$0].life))
        })
      if let id = VCPUID(vm, number) { vcpus[id.index].life = .absent }
    }
    var before = VMSight.unknown
    var spacesBefore = GhostMap<AddressSpace>()
    ghost {
      before = ownership.tables.ofVMs()
      spacesBefore = Tables.spaces(spaces)
    }
    spaces[vm.index].state = .dying
    ownership.end(vm, &effects)
    ghost {
      VMSight.keepRooted(
        before, ownership.tables.ofVMs(), spacesBefore, Tables.spaces(spaces), changing: Int(vm.raw)
      )
    }
    return .ok
  }

  /// ``Call/setInterrupt``: the line of a shared peripheral interrupt.
  mutating func setInterrupt(
    _ vm: VMID, _ interrupt: UInt64, level: UInt64, _ notice: inout Notice
  ) -> Status {
    requires(ghost: held[Int(vm.raw)])
    guard interrupt >= UInt64(firstShared), interrupt < UInt64(firstShared) + UInt64(Limits.spis),
      level <= 1
    else { return .invalidArgument }
    guard spaces[vm.index].state == .sealed else { return .wrongState }
    let bit: UInt64 = 1 << (interrupt &- UInt64(firstShared))
    let rises = vms[vm.index].shared.level & bit == 0
    if level == 0 {
      vms[vm.index].shared.level &= ~bit
      forgetMaintenance(vm, UInt16(truncatingIfNeeded: interrupt))
      return .ok
    }
    vms[vm.index].shared.level |= bit
    if rises && vms[vm.index].shared.edge & bit != 0 { vms[vm.index].shared.pending |= bit }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), vcpus[id.index].routed & bit != 0 { notify(id, &notice) }
    }
    return .ok
  }

  /// A line that went low needs no look at the end of its handler: saved list registers stop asking
  /// for one.
  private mutating func forgetMaintenance(_ vm: VMID, _ interrupt: UInt16) {
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), vcpus[id.index].life != .running,
        vcpus[id.index].sharedListed >> UInt64(interrupt &- firstShared) & 1 != 0
      {
        for list in 0..<configuration.listRegisters
        where vcpus[id.index].lists >> UInt64(list) & 1 != 0
          && vcpus[id.index].listed[list] & Listed.number == interrupt
        {
          contexts[id.context].interrupts.lists[list] &= ~ListRegister.maintenance
        }
      }
    }
  }
}
