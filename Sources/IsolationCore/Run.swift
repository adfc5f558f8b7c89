import Contracts
import EngineABI

// How a run begins and ends, and what is between. What both change is said by methods of the vCPU,
// which the shortcuts use too.

extension Machine {
  /// ``Call/run`` for a VM number not yet checked.
  @inline(never)
  mutating func run(cpu: Int, _ number: UInt32, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(effects.count <= old(effects.count) + 20)
    guard let vm = VMID(number), let id = VCPUID(vm, contexts[cpu].frame.x[2]) else {
      answer(cpu: cpu, .invalidArgument)
      return
    }
    let completion = contexts[cpu].frame.x[3]
    let value = contexts[cpu].frame.x[4]
    lock(vm, &effects)
    let readiness = vcpus[id.index].readiness(&spaces[vm.index], completion: completion)
    switch readiness {
    case .isOff: contexts[cpu].frame.x[0] = UInt64(bitPattern: Exit.off.rawValue)
    case .refused(let status): answer(cpu: cpu, status)
    case .ready(let completion): enter(cpu: cpu, id, completion, value, &trap, &effects)
    }
  }

  /// Gives the CPU to a vCPU that may have it.
  @inline(__always)
  private mutating func enter(
    cpu: Int, _ id: VCPUID, _ completion: Completion, _ value: UInt64, _ trap: inout Trap,
    _ effects: inout Effects
  ) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(isProcessor(cpu))
    requires(vcpus[id.index].mayRun && spaces[id.vm.index].state == .sealed)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(runs(id, on: cpu))
    vcpus[id.index].begin(
      id, cpu: cpu, &cpus[cpu], &contexts[id.context].frame, completion, value)
    prepare(cpu: cpu, id, &trap, &effects)
    if completion == .abort {
      effects.append(
        .takeException(
          syndrome: Syndrome.dataExternal, faultAddress: vcpus[id.index].access.faultAddress))
    }
  }

  /// Lists what a vCPU that has got a CPU finds pending, and lets the glue load its registers.
  @inline(__always)
  private mutating func prepare(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(isProcessor(cpu))
    requires(effects.hasRoom(19) && spaces[id.vm.index].state == .sealed)
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(effects.count <= old(effects.count) + 19)
    vcpus[id.index].raiseTimer(
      contexts[id.context].timer, trap.counter &- vms[id.vm.index].counterOffset)
    if hasInterrupt(id) { deliverSaved(id, &effects) }
    let entry = vcpus[id.index].entry(id, &spaces[id.vm.index], &vms[id.vm.index])
    ghost {
      ownership.tables.leadsToRoot(of: id.vm, ownership, spaces)
    }
    admit(entry, &effects)
    let last = vms[id.vm.index].lastOn[cpu]
    if last != id.number {
      vms[id.vm.index].lastOn[cpu] = id.number
      if last != VirtualMachine.noVCPU { effects.append(.invalidateLocal) }
    }
  }

  /// Ends the run: the host gets the exit in x0...x3 and this CPU.
  @inline(never)
  mutating func leave(
    cpu: Int, _ id: VCPUID, _ exit: Exit, _ first: UInt64, _ second: UInt64, _ third: UInt64,
    _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    requires(effects.lockedVM == id.vm.raw)
    requires(Int(cpus[cpu].running) == id.index + 1)
    ensures(vcpus[id.index].life != .running && cpus[cpu].running == 0)
    ensures(vcpus[id.index].life == old(vcpus[id.index].life).after(exit))
    ensures(
      ghost: contexts[cpu].frame.isAnswered(
        UInt64(bitPattern: exit.rawValue), first, second, third, from: old(contexts[cpu].frame)))
    ensures(
      ghost: forall(0..<vcpus.count) { $0 != id.index ==> isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(0..<cpus.count) { $0 != cpu ==> isSame(cpus[$0], old(cpus[$0])) })
    ensures(
      ghost: forall(0..<contexts.count) { $0 != cpu ==> isSame(contexts[$0], old(contexts[$0])) })
    effects.append(
      .leave(
        vcpus[id.index].leave(
          id, &cpus[cpu], &contexts[cpu].frame, exit, first, second, third)))
  }

  /// WFI: goes on if there is something to take, or leaves until the timer's deadline.
  mutating func waitForInterrupt(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.hasRoom(19))
    ensures(effects.count <= old(effects.count) + 19)
    ensures(cpus[cpu].running == 0 || runs(id, on: cpu))
    ensures(effects.lockedVM == id.vm.raw)
    var timer = VirtualTimer()
    timer.control = trap.timerControl
    timer.compare = trap.timerCompare
    takeInterrupts(id, timer, &trap, &effects)
    guard !hasInterrupt(id),
      let deadline = timer.deadline(trap.counter, offset: vms[id.vm.index].counterOffset)
    else { return }
    leave(cpu: cpu, id, .waitForInterrupt, deadline, 0, 0, &effects)
  }

  /// What a WFI finds pending goes to the list registers.
  @inline(__always)
  private mutating func takeInterrupts(
    _ id: VCPUID, _ timer: VirtualTimer, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(effects.isUnlocked)
    requires(effects.hasRoom(18))
    ensures(effects.count <= old(effects.count) + 18)
    ensures(effects.lockedVM == id.vm.raw)
    ensures(ghost: held[Int(id.vm.raw)])
    contexts[id.context].frame.advance(over: trap.syndrome)
    lock(id.vm, &effects)
    let now = trap.counter &- vms[id.vm.index].counterOffset
    if vcpus[id.index].waits(timer, now) { effects.append(.holdTimer) }
    deliver(id, empty: trap.emptyLists, live: true, &effects)
  }

  /// A stage-2 data abort of a guest: its interrupt controller, a device of the vmm, or nothing.
  @inline(__always)
  mutating func guestDataAbort(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.count == 0)
    if DataAbort(trap.syndrome).isPlain && GuestGIC.contains(trap.guestAddress) {
      accessController(cpu: cpu, id, &trap, &effects)
    } else {
      accessMemory(cpu: cpu, id, &trap, &effects)
    }
  }

  /// A device of the vmm, memory that has come meanwhile, or nothing.
  @inline(never)
  private mutating func accessMemory(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    let abort = DataAbort(trap.syndrome)
    let address = trap.guestAddress
    lock(id.vm, &effects)
    if isMapped(id.vm, address) {
      vcpus[id.index].count(.retry)
      return
    }
    guard abort.isPlain, abort.isTranslationFault else {
      refuse(cpu: cpu, id, &trap, Syndrome.dataExternal, &effects)
      return
    }
    effects.append(
      .leave(
        vcpus[id.index].leaveForDevice(
          id, &cpus[cpu], &contexts[cpu].frame, abort, address, trap.faultAddress,
          stored: stored(abort, id))))
  }

  /// An access to the emulated interrupt controller.
  @inline(never)
  private mutating func accessController(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.count == 0)
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
      } else if !isFirst || !isStateRegister(distributor) {
        answer = readDistributor(id.vm, distributor, bytes: abort.bytes)
      }
    } else {
      if isFirst { vcpus[id.index].count(.redistributor) }
      if abort.isWrite {
        answer = writeRedistributor(
          id, redistributor, bytes: abort.bytes, stored(abort, id), saved: trap.interruptsSaved,
          &notice, &effects)
      } else if !isFirst || !isStateRegister(redistributor % GICRegister.privateFrame) {
        answer = readRedistributor(id.vm, redistributor, bytes: abort.bytes)
      }
    }
    finish(answer, cpu: cpu, id, abort, &trap, &effects)
    tell(notice, cpu: cpu, id, &effects)
  }

  mutating func guestInstructionAbort(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    ensures(cpus[cpu].running == 0 || runs(id, on: cpu))
    ensures(effects.lockedVM == id.vm.raw)
    lock(id.vm, &effects)
    if isMapped(id.vm, trap.guestAddress) {
      vcpus[id.index].count(.retry)
    } else {
      refuse(cpu: cpu, id, &trap, Syndrome.instructionExternal, &effects)
    }
  }

  /// Whether the VM's stage 2 maps the address now: another vCPU's vmm may just have added it.
  @inline(__always)
  mutating func isMapped(_ vm: VMID, _ address: UInt64) -> Bool {
    requires(ghost: held[Int(vm.raw)])
    guard address < GuestPage.limit else { return false }
    let page = GuestPage(number: address / PageSize.page)
    return memory.mayMap(root: spaces[vm.index].root, page) && walks(vm, to: page)
  }

  @inline(never)
  private func walks(_ vm: VMID, to page: GuestPage) -> Bool {
    requires(ghost: held[Int(vm.raw)])
    return memory.walk(root: spaces[vm.index].root, page).isMapped
  }

  /// What a store writes: as many low bytes of its register as it is wide. 0 for a load.
  @inline(__always)
  mutating func stored(_ abort: DataAbort, _ id: VCPUID) -> UInt64 {
    guard abort.isWrite else { return 0 }
    let value = contexts[id.context].frame.register(abort.register)
    return abort.bytes == 8 ? value : value & ((1 << (UInt64(abort.bytes) &* 8)) &- 1)
  }

  /// Completes an access to the emulated interrupt controller.
  private mutating func finish(
    _ answer: GICAnswer, cpu: Int, _ id: VCPUID, _ abort: DataAbort, _ trap: inout Trap,
    _ effects: inout Effects
  ) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(isProcessor(cpu))
    requires(runs(id, on: cpu))
    requires(effects.lockedVM == id.vm.raw)
    requires(effects.hasRoom(17))
    ensures(effects.count <= old(effects.count) + 17)
    ensures(cpus[cpu].running == 0 || runs(id, on: cpu))
    ensures(effects.lockedVM == id.vm.raw)
    switch answer {
    case .value(let value):
      contexts[id.context].frame.setRegister(abort.register, value)
      contexts[id.context].frame.advance(over: trap.syndrome)
    case .done:
      contexts[id.context].frame.advance(over: trap.syndrome)
      deliver(
        id, empty: trap.interruptsSaved ? emptyLists(id) : trap.emptyLists, live: true, &effects)
    case .needsLists:
      effects.append(.saveInterrupts(id))
      effects.askAgain = true
    case .again: break
    case .refused: refuse(cpu: cpu, id, &trap, Syndrome.dataExternal, &effects)
    }
  }
}

extension VCPU {
  /// What ``Call/run`` comes to.
  enum Readiness {
    case ready(Completion)
    /// ``Exit/off``
    case isOff
    case refused(Status)
  }

  /// It is on, and has no CPU.
  var mayRun: Bool { life == .starting || life == .ready || life == .halted }

  /// Whether it may have a CPU, its last exit completed like this.
  @inline(__always)
  mutating func readiness(_ space: inout AddressSpace, completion word: UInt64) -> Readiness {
    guard space.state == .sealed else { return .refused(.wrongState) }
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
    return .ready(completion)
  }

  /// Completes the last exit and takes the CPU.
  @inline(__always)
  mutating func begin(
    _ id: VCPUID, cpu: Int, _ processor: inout CPU, _ frame: inout Frame, _ completion: Completion,
    _ value: UInt64
  ) {
    requires(mayRun)
    ensures(life == .running && Int(processor.running) == id.index + 1)
    if access.kind != .none {
      access.kind = .none
      if completion == .value {
        frame.setRegister(access.abort.register, access.abort.loaded(value))
      }
      if completion != .abort { frame.advance(over: access.abort.syndrome) }
    }
    life = .running
    self.cpu = UInt8(truncatingIfNeeded: cpu)
    count(.run)
    processor.running = UInt16(truncatingIfNeeded: id.index &+ 1)
  }

  @inline(__always)
  mutating func entry(_ id: VCPUID, _ space: inout AddressSpace, _ vm: inout VirtualMachine)
    -> Entry
  {
    ensures { (entry: Entry) in entry.id == id && entry.root == space.root }
    return Entry(
      id: id, root: space.root, counterOffset: vm.counterOffset,
      holdsTimer: own.level & InterruptBank.timer != 0)
  }

  /// Gives the CPU back to the host, with the exit in x0...x3.
  @inline(__always)
  mutating func leave(
    _ id: VCPUID, _ processor: inout CPU, _ host: inout Frame, _ exit: Exit, _ first: UInt64,
    _ second: UInt64, _ third: UInt64
  ) -> Departure {
    requires(Int(processor.running) == id.index + 1)
    ensures(life != .running && processor.running == 0 && !usesFloatingPoint)
    ensures(life == old(life).after(exit))
    ensures(
      ghost: host.isAnswered(
        UInt64(bitPattern: exit.rawValue), first, second, third, from: old(host)))
    life = exit == .waitForInterrupt ? .halted : life == .running ? .ready : .off
    processor.running = 0
    host.x[0] = UInt64(bitPattern: exit.rawValue)
    host.x[1] = first
    host.x[2] = second
    host.x[3] = third
    let departure = Departure(id: id, floatingPoint: usesFloatingPoint)
    usesFloatingPoint = false
    return departure
  }

  /// The same for a device access that the vmm has to complete.
  @inline(__always)
  mutating func leaveForDevice(
    _ id: VCPUID, _ processor: inout CPU, _ host: inout Frame, _ abort: DataAbort,
    _ address: UInt64, _ faultAddress: UInt64, stored value: UInt64
  ) -> Departure {
    requires(Int(processor.running) == id.index + 1)
    ensures(life != .running && processor.running == 0 && !usesFloatingPoint)
    access.kind = abort.isWrite ? .write : .read
    access.abort = abort
    access.faultAddress = faultAddress
    count(abort.isWrite ? .deviceWrite : .deviceRead)
    return leave(
      id, &processor, &host, abort.isWrite ? .deviceWrite : .deviceRead, address,
      UInt64(abort.bytes), value)
  }

  /// Counts a WFI, and ``raiseTimer``.
  @inline(__always)
  fileprivate mutating func waits(_ timer: VirtualTimer, _ now: UInt64) -> Bool {
    count(.waitForInterrupt)
    return raiseTimer(timer, now)
  }

  /// Takes a timer that has expired for its interrupt, rather than wait for that to come. Returns
  /// whether it did.
  ///
  /// - Parameter now: the guest's virtual counter.
  @inline(__always)
  @discardableResult
  fileprivate mutating func raiseTimer(_ timer: VirtualTimer, _ now: UInt64) -> Bool {
    guard timer.isDue(at: now), own.level & InterruptBank.timer == 0 else { return false }
    own.level |= InterruptBank.timer
    return true
  }
}

extension VCPULife {
  /// What it is when a run has ended.
  func after(_ exit: Exit) -> VCPULife {
    exit == .waitForInterrupt ? .halted : self == .running ? .ready : .off
  }
}

extension VirtualTimer {
  /// When a vCPU that waits for nothing else has to run again, by the physical counter; `nil` if its
  /// timer has expired already.
  @inline(__always)
  fileprivate func deadline(_ counter: UInt64, offset: UInt64) -> UInt64? {
    guard isArmed else { return .max }
    if compare <= counter &- offset { return nil }
    let (sum, overflows) = compare.addingReportingOverflow(offset)
    return overflows ? .max : sum
  }
}

extension DataAbort {
  /// What a load of this width puts into its register.
  @inline(__always)
  func loaded(_ value: UInt64) -> UInt64 {
    let unused = 64 &- UInt64(bytes) &* 8
    let bits = value << unused
    let result = isSigned ? UInt64(bitPattern: Int64(bitPattern: bits) >> unused) : bits >> unused
    return isWide || bytes == 8 ? result : result & 0xffff_ffff
  }
}
