import Contracts
import EngineABI

extension Machine {
  /// ``Call/run``: checks how the last exit is completed, and lets the vCPU have this CPU.
  mutating func run(cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects) -> Status
  {
    let slot = id.index
    guard vms[id.vm.index].state == .sealed else { return .wrongState }
    switch vcpus[slot].life {
    case .absent: return .wrongState
    case .running: return .busy
    case .off:
      contexts[cpu].frame.x[0] = UInt64(bitPattern: Exit.off.rawValue)
      return .ok
    case .starting, .ready, .halted: break
    }
    guard let completion = Completion(rawValue: contexts[cpu].frame.x[3]) else {
      return .invalidArgument
    }
    let access = vcpus[slot].access
    switch access.kind {
    case .none: guard completion == .none else { return .wrongState }
    case .read: guard completion != .none else { return .wrongState }
    case .write: guard completion != .value else { return .wrongState }
    }
    if completion == .value {
      contexts[id.context].frame.setRegister(
        UInt64(access.register), access.extended(contexts[cpu].frame.x[4]))
    }
    if access.kind != .none && completion != .abort { contexts[id.context].frame.advance() }
    vcpus[slot].access.kind = .none
    vcpus[slot].life = .running
    vcpus[slot].cpu = UInt8(truncatingIfNeeded: cpu)
    vcpus[slot].count(.run)
    cpus[cpu].running = UInt16(truncatingIfNeeded: slot &+ 1)

    raiseTimer(id, contexts[id.context].timer, trap.counter)
    if hasInterrupt(id) { deliver(id, empty: emptyLists(id), live: false, &effects) }
    effects.append(.enter(id, root: vms[id.vm.index].root))
    let last = vms[id.vm.index].lastOn[cpu]
    if last != id.number {
      vms[id.vm.index].lastOn[cpu] = id.number
      if last != VirtualMachine.noVCPU { effects.append(.invalidateLocal) }
    }
    let timerIsHigh = vcpus[slot].own.level >> UInt64(GuestGIC.virtualTimer) & 1 != 0
    effects.append(timerIsHigh ? .holdTimer : .admitTimer)
    if completion == .abort {
      effects.append(
        .takeException(syndrome: Syndrome.dataExternal, faultAddress: access.faultAddress))
    }
    return .ok
  }

  /// Ends the run: the host gets the exit in x0...x3 and this CPU.
  mutating func leave(
    cpu: Int, _ id: VCPUID, _ exit: Exit, _ first: UInt64, _ second: UInt64, _ third: UInt64,
    _ effects: inout Effects
  ) {
    requires(effects.lockedVM == id.vm.raw)
    requires(Int(cpus[cpu].running) == id.index + 1)
    vcpus[id.index].life =
      exit == .waitForInterrupt ? .halted : vcpus[id.index].life == .running ? .ready : .off
    cpus[cpu].running = 0
    contexts[cpu].frame.x[0] = UInt64(bitPattern: exit.rawValue)
    contexts[cpu].frame.x[1] = first
    contexts[cpu].frame.x[2] = second
    contexts[cpu].frame.x[3] = third
    if vcpus[id.index].usesFloatingPoint {
      vcpus[id.index].usesFloatingPoint = false
      effects.append(.saveFloatingPoint(id))
    }
    effects.append(.leave(id))
    ensures(vcpus[id.index].life != .running && cpus[cpu].running == 0)
  }

  /// WFI: goes on if there is something to take, or leaves until the timer's deadline.
  mutating func waitForInterrupt(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    vcpus[id.index].count(.waitForInterrupt)
    contexts[id.context].frame.advance()
    lock(id.vm, &effects)
    var timer = VirtualTimer()
    timer.control = trap.timerControl
    timer.compare = trap.timerCompare
    if raiseTimer(id, timer, trap.counter) { effects.append(.holdTimer) }
    deliver(id, empty: trap.emptyLists, live: true, &effects)
    guard !hasInterrupt(id) else { return }
    var deadline = UInt64.max
    if timer.isArmed {
      let offset = vms[id.vm.index].counterOffset
      if timer.compare <= trap.counter &- offset { return }
      let (sum, overflows) = timer.compare.addingReportingOverflow(offset)
      if !overflows { deadline = sum }
    }
    leave(cpu: cpu, id, .waitForInterrupt, deadline, 0, 0, &effects)
  }

  /// Takes a timer that has expired for its interrupt, rather than wait for that to come. Returns
  /// whether it did.
  @discardableResult
  private mutating func raiseTimer(_ id: VCPUID, _ timer: VirtualTimer, _ counter: UInt64) -> Bool {
    let bit: UInt64 = 1 << UInt64(GuestGIC.virtualTimer)
    guard timer.isArmed, timer.compare <= counter &- vms[id.vm.index].counterOffset,
      vcpus[id.index].own.level & bit == 0
    else { return false }
    vcpus[id.index].own.level |= bit
    return true
  }

  /// A stage-2 data abort of a guest: its interrupt controller, a device of the vmm, or nothing.
  mutating func guestDataAbort(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ notice: inout Notice, _ effects: inout Effects
  ) {
    let abort = DataAbort(trap.syndrome)
    let address = trap.guestAddress
    lock(id.vm, &effects)
    if abort.isDescribed && !abort.isTableWalk && !abort.isMaintenance {
      let distributor = address &- GuestGIC.distributor
      if distributor < GuestGIC.distributorBytes {
        if !trap.interruptsSaved { vcpus[id.index].count(.distributor) }
        let answer =
          abort.isWrite
          ? writeDistributor(
            id, distributor, bytes: abort.bytes, stored(abort, id), saved: trap.interruptsSaved,
            &notice, &effects)
          : isActiveRegister(distributor) && !trap.interruptsSaved
            ? .needsLists : readDistributor(id.vm, distributor, bytes: abort.bytes)
        finish(answer, cpu: cpu, id, abort, &trap, &effects)
        return
      }
      let redistributor = address &- GuestGIC.redistributor
      if redistributor < GuestGIC.redistributorStride &* UInt64(Limits.vcpusPerVM) {
        if !trap.interruptsSaved { vcpus[id.index].count(.redistributor) }
        let answer =
          abort.isWrite
          ? writeRedistributor(
            id, redistributor, bytes: abort.bytes, stored(abort, id), saved: trap.interruptsSaved,
            &notice, &effects)
          : isActiveRegister(redistributor % GICRegister.privateFrame) && !trap.interruptsSaved
            ? .needsLists : readRedistributor(id.vm, redistributor, bytes: abort.bytes)
        finish(answer, cpu: cpu, id, abort, &trap, &effects)
        return
      }
    }
    if isMapped(id.vm, address) {
      vcpus[id.index].count(.retry)
      return
    }
    guard abort.isDescribed, abort.isTranslationFault, !abort.isTableWalk, !abort.isMaintenance
    else {
      refuse(cpu: cpu, id, &trap, Syndrome.dataExternal, &effects)
      return
    }
    var access = DeviceAccess()
    access.kind = abort.isWrite ? .write : .read
    access.bytes = abort.bytes
    access.register = UInt8(truncatingIfNeeded: abort.register)
    access.signed = abort.isSigned
    access.wide = abort.isWide
    access.faultAddress = trap.faultAddress
    vcpus[id.index].access = access
    if abort.isWrite {
      vcpus[id.index].count(.deviceWrite)
      leave(
        cpu: cpu, id, .deviceWrite, address, UInt64(abort.bytes), stored(abort, id), &effects)
    } else {
      vcpus[id.index].count(.deviceRead)
      leave(cpu: cpu, id, .deviceRead, address, UInt64(abort.bytes), 0, &effects)
    }
  }

  mutating func guestInstructionAbort(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    lock(id.vm, &effects)
    if isMapped(id.vm, trap.guestAddress) {
      vcpus[id.index].count(.retry)
    } else {
      refuse(cpu: cpu, id, &trap, Syndrome.instructionExternal, &effects)
    }
  }

  /// Whether the VM's stage 2 maps the address now: another vCPU's vmm may just have added it.
  private func isMapped(_ vm: VMID, _ address: UInt64) -> Bool {
    address < GuestPage.limit
      && memory.walk(
        root: vms[vm.index].root, GuestPage(number: address / PageSize.page)
      ).isMapped
  }

  /// What a store writes: as many low bytes of its register as it is wide.
  private mutating func stored(_ abort: DataAbort, _ id: VCPUID) -> UInt64 {
    let value = contexts[id.context].frame.register(abort.register)
    return abort.bytes == 8 ? value : value & ((1 << (UInt64(abort.bytes) &* 8)) &- 1)
  }

  /// Completes an access to the emulated interrupt controller.
  private mutating func finish(
    _ answer: GICAnswer, cpu: Int, _ id: VCPUID, _ abort: DataAbort, _ trap: inout Trap,
    _ effects: inout Effects
  ) {
    switch answer {
    case .value(let value):
      contexts[id.context].frame.setRegister(abort.register, value)
      contexts[id.context].frame.advance()
    case .done:
      contexts[id.context].frame.advance()
      deliver(
        id, empty: trap.interruptsSaved ? emptyLists(id) : trap.emptyLists, live: true, &effects)
    case .needsLists:
      effects.append(.saveInterrupts(id))
      effects.askAgain = true
    case .refused: refuse(cpu: cpu, id, &trap, Syndrome.dataExternal, &effects)
    }
  }
}

extension DeviceAccess {
  /// What a load of this width puts into its register.
  func extended(_ value: UInt64) -> UInt64 {
    guard bytes < 8 else { return value }
    let bits = UInt64(bytes) &* 8
    var result = value & ((1 << bits) &- 1)
    if signed && result >> (bits &- 1) & 1 != 0 { result |= ~((1 << bits) &- 1) }
    return wide ? result : result & 0xffff_ffff
  }
}
