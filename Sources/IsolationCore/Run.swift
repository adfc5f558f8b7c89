import Contracts
import EngineABI

// What ends a run and takes it up again decides what a device costs. It is done by methods of the
// vCPU, which have its fields at hand, not behind an index each.

extension Machine {
  /// ``Call/run`` for a VM number not yet checked.
  @inline(never)
  mutating func run(cpu: Int, _ number: UInt32, _ trap: inout Trap, _ effects: inout Effects) {
    guard let vm = VMID(number), let id = VCPUID(vm, contexts[cpu].frame.x[2]) else {
      answer(cpu: cpu, .invalidArgument)
      return
    }
    let completion = contexts[cpu].frame.x[3]
    let value = contexts[cpu].frame.x[4]
    lock(vm, &effects)
    let outcome = vcpus[id.index].run(
      id, cpu: cpu, &cpus[cpu], &vms[vm.index], &contexts[id.context],
      completion: completion, value: value, counter: trap.counter,
      listCount: configuration.listRegisters, &effects)
    switch outcome {
    case .runs: return
    case .isOff: contexts[cpu].frame.x[0] = UInt64(bitPattern: Exit.off.rawValue)
    case .refused(let status): answer(cpu: cpu, status)
    }
  }

  /// Ends the run: the host gets the exit in x0...x3 and this CPU.
  @inline(never)
  mutating func leave(
    cpu: Int, _ id: VCPUID, _ exit: Exit, _ first: UInt64, _ second: UInt64, _ third: UInt64,
    _ effects: inout Effects
  ) {
    requires(effects.lockedVM == id.vm.raw)
    requires(Int(cpus[cpu].running) == id.index + 1)
    vcpus[id.index].leave(
      id, &cpus[cpu], &contexts[cpu].frame, exit, first, second, third, &effects)
    ensures(vcpus[id.index].life != .running && cpus[cpu].running == 0)
  }

  /// An interrupt of the host, which stays pending for it, ends the run.
  @inline(never)
  mutating func interrupted(cpu: Int, _ id: VCPUID, _ effects: inout Effects) {
    lock(id.vm, &effects)
    vcpus[id.index].count(.interrupted)
    vcpus[id.index].leave(
      id, &cpus[cpu], &contexts[cpu].frame, .interrupted, 0, 0, 0, &effects)
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
    if vcpus[id.index].raiseTimer(timer, trap.counter &- vms[id.vm.index].counterOffset) {
      effects.append(.holdTimer)
    }
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

  /// A stage-2 data abort of a guest: its interrupt controller, a device of the vmm, or nothing.
  @inline(never)
  mutating func guestDataAbort(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    let abort = DataAbort(trap.syndrome)
    let address = trap.guestAddress
    if abort.isPlain && GuestGIC.contains(address) {
      accessController(cpu: cpu, id, &trap, &effects)
      return
    }
    lock(id.vm, &effects)
    if isMapped(id.vm, address) {
      vcpus[id.index].count(.retry)
      return
    }
    guard abort.isPlain, abort.isTranslationFault else {
      refuse(cpu: cpu, id, &trap, Syndrome.dataExternal, &effects)
      return
    }
    let value = abort.isWrite ? stored(abort, id) : 0
    vcpus[id.index].access = DeviceAccess(
      kind: abort.isWrite ? .write : .read, abort: abort, faultAddress: trap.faultAddress)
    vcpus[id.index].count(abort.isWrite ? .deviceWrite : .deviceRead)
    vcpus[id.index].leave(
      id, &cpus[cpu], &contexts[cpu].frame, abort.isWrite ? .deviceWrite : .deviceRead,
      address, UInt64(abort.bytes), value, &effects)
  }

  /// An access to the emulated interrupt controller.
  @inline(never)
  private mutating func accessController(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    let abort = DataAbort(trap.syndrome)
    let address = trap.guestAddress
    let isFirst = !trap.interruptsSaved
    var notice = Notice()
    var answer = GICAnswer.needsLists
    lock(id.vm, &effects)
    let distributor = address &- GuestGIC.distributor
    let redistributor = address &- GuestGIC.redistributor
    if distributor < GuestGIC.distributorBytes {
      if isFirst { vcpus[id.index].count(.distributor) }
      if abort.isWrite {
        answer = writeDistributor(
          id, distributor, bytes: abort.bytes, stored(abort, id), saved: trap.interruptsSaved,
          &notice, &effects)
      } else if !isFirst || !isActiveRegister(distributor) {
        answer = readDistributor(id.vm, distributor, bytes: abort.bytes)
      }
    } else {
      if isFirst { vcpus[id.index].count(.redistributor) }
      if abort.isWrite {
        answer = writeRedistributor(
          id, redistributor, bytes: abort.bytes, stored(abort, id), saved: trap.interruptsSaved,
          &notice, &effects)
      } else if !isFirst || !isActiveRegister(redistributor % GICRegister.privateFrame) {
        answer = readRedistributor(id.vm, redistributor, bytes: abort.bytes)
      }
    }
    finish(answer, cpu: cpu, id, abort, &trap, &effects)
    tell(notice, cpu: cpu, id, &effects)
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

extension VCPU {
  /// What ``Call/run`` comes to.
  enum RunOutcome {
    case runs
    /// ``Exit/off``
    case isOff
    case refused(Status)
  }

  /// Checks how the last exit is completed, and lets the vCPU have the CPU.
  @inline(__always)
  fileprivate mutating func run(
    _ id: VCPUID, cpu: Int, _ processor: inout CPU, _ vm: inout VirtualMachine,
    _ context: inout Context, completion word: UInt64, value: UInt64, counter: UInt64,
    listCount: Int, _ effects: inout Effects
  ) -> RunOutcome {
    guard vm.state == .sealed else { return .refused(.wrongState) }
    switch life {
    case .absent: return .refused(.wrongState)
    case .running: return .refused(.busy)
    case .off: return .isOff
    case .starting, .ready, .halted: break
    }
    guard let completion = Completion(rawValue: word) else { return .refused(.invalidArgument) }
    switch access.kind {
    case .none: guard completion == .none else { return .refused(.wrongState) }
    case .read: guard completion != .none else { return .refused(.wrongState) }
    case .write: guard completion != .value else { return .refused(.wrongState) }
    }
    if access.kind != .none {
      access.kind = .none
      if completion == .value {
        context.frame.setRegister(access.abort.register, access.abort.loaded(value))
      }
      if completion != .abort { context.frame.advance() }
    }
    life = .running
    self.cpu = UInt8(truncatingIfNeeded: cpu)
    count(.run)
    processor.running = UInt16(truncatingIfNeeded: id.index &+ 1)

    raiseTimer(context.timer, counter &- vm.counterOffset)
    if hasInterrupt(&vm) {
      deliver(
        &vm, &context.interrupts, empty: context.interrupts.emptyLists(count: listCount),
        count: listCount, live: false, &effects)
    }
    effects.append(
      .enter(
        id, root: vm.root, counterOffset: vm.counterOffset,
        holdsTimer: own.level & InterruptBank.timer != 0))
    let last = vm.lastOn[cpu]
    if last != id.number {
      vm.lastOn[cpu] = id.number
      if last != VirtualMachine.noVCPU { effects.append(.invalidateLocal) }
    }
    if completion == .abort {
      effects.append(
        .takeException(syndrome: Syndrome.dataExternal, faultAddress: access.faultAddress))
    }
    return .runs
  }

  /// Gives the CPU back to the host, with the exit in x0...x3.
  @inline(__always)
  fileprivate mutating func leave(
    _ id: VCPUID, _ processor: inout CPU, _ host: inout Frame, _ exit: Exit, _ first: UInt64,
    _ second: UInt64, _ third: UInt64, _ effects: inout Effects
  ) {
    life = exit == .waitForInterrupt ? .halted : life == .running ? .ready : .off
    processor.running = 0
    host.x[0] = UInt64(bitPattern: exit.rawValue)
    host.x[1] = first
    host.x[2] = second
    host.x[3] = third
    effects.append(.leave(id, floatingPoint: usesFloatingPoint))
    usesFloatingPoint = false
  }

  /// Takes a timer that has expired for its interrupt, rather than wait for that to come. Returns
  /// whether it did.
  ///
  /// - Parameter now: the guest's virtual counter.
  @inline(__always)
  @discardableResult
  fileprivate mutating func raiseTimer(_ timer: VirtualTimer, _ now: UInt64) -> Bool {
    guard timer.isArmed, timer.compare <= now, own.level & InterruptBank.timer == 0 else {
      return false
    }
    own.level |= InterruptBank.timer
    return true
  }
}

extension DataAbort {
  /// What a load of this width puts into its register.
  func loaded(_ value: UInt64) -> UInt64 {
    let unused = 64 &- UInt64(bytes) &* 8
    let bits = value << unused
    let result = isSigned ? UInt64(bitPattern: Int64(bitPattern: bits) >> unused) : bits >> unused
    return isWide || bytes == 8 ? result : result & 0xffff_ffff
  }
}
