import Contracts
import EngineABI

// The requests that decide the speed of a guest, answered before anything is prepared. Each leaves
// just the state that `handle` would leave (a test compares them), and says when it is not for it.
// The caller's x20...x29 and PSTATE are not in its context yet: a request that names one of those
// registers is not for a shortcut. (They are there for those that change who runs.)

/// x0...x19 are saved before a shortcut is tried.
private let savedRegisters: UInt64 = 20

extension Machine {
  /// An identification register, or the version of PSCI: needs neither lock nor effect.
  @inline(__always)
  public mutating func answersAtOnce(cpu: Int, syndrome: UInt64) -> Bool {
    requires(isProcessor(cpu))
    let running = Int(cpus[cpu].running)
    guard running != 0 else { return false }
    let context = Limits.cpus &+ running &- 1
    if syndrome == ExceptionClass.plainHypervisorCall {
      guard contexts[context].frame.x[0] == Function.version else { return false }
      vcpus[running &- 1].count(.hypercall)
      contexts[context].frame.x[0] = PSCI.version1_1
      return true
    }
    let access = RegisterAccess(syndrome: syndrome)
    guard access.isIdentificationRead, access.target < savedRegisters else { return false }
    vcpus[running &- 1].count(.systemRegister)
    contexts[context].frame.setRegister(
      access.target, configuration.guestIdentification[access.identificationIndex])
    contexts[context].frame.advance()
    return true
  }

  /// A read of a register of the distributor that never changes.
  @inline(__always)
  public mutating func readsAtOnce(
    cpu: Int, syndrome: UInt64, faultAddress: UInt64, faultPage: UInt64
  ) -> Bool {
    requires(isProcessor(cpu))
    let abort = DataAbort(syndrome)
    guard faultPage == GuestGIC.distributor >> 8, abort.isPlainWordRead,
      abort.register < savedRegisters
    else { return false }
    let running = Int(cpus[cpu].running)
    guard running != 0 else { return false }
    let value: UInt64
    switch faultAddress & 0xfff {
    case GICRegister.distributorType: value = GICRegister.typeValue
    case GICRegister.implementer: value = GICRegister.implementerValue
    default: return false
    }
    let context = Limits.cpus &+ running &- 1
    vcpus[running &- 1].count(.distributor)
    contexts[context].frame.setRegister(abort.register, value)
    contexts[context].frame.advance()
    return true
  }

  /// Whether a trap is a write of ICC_SGI1R_EL1.
  @inline(__always)
  public static func isSoftwareInterrupt(syndrome: UInt64) -> Bool {
    RegisterAccess(syndrome: syndrome).isSoftwareInterrupt
  }

  /// An SGI of a vCPU to itself alone. Returns the value for list register 0, or 0 if it is not
  /// that simple.
  @inline(__always)
  public mutating func interruptsItselfAtOnce(
    cpu: Int, syndrome: UInt64, empty: UInt64
  ) -> UInt64 {
    requires(isProcessor(cpu))
    requires(Machine.isSoftwareInterrupt(syndrome: syndrome))
    let access = RegisterAccess(syndrome: syndrome)
    let running = Int(cpus[cpu].running)
    guard access.target < savedRegisters, running != 0 else { return 0 }
    let slot = running &- 1
    let vm = slot / Limits.vcpusPerVM
    acquire(vm)
    let value = vcpus[slot].interruptsItself(
      access, number: slot % Limits.vcpusPerVM, &contexts[Limits.cpus &+ slot].frame, &vms[vm],
      empty: empty)
    release(vm)
    return value
  }

  /// The virtual timer's interrupt. Returns the value for list register 0, or 0 if it is not that
  /// simple; the glue holds the timer back as well.
  @inline(__always)
  public mutating func takesTimerAtOnce(cpu: Int, empty: UInt64) -> UInt64 {
    requires(isProcessor(cpu))
    let running = Int(cpus[cpu].running)
    guard running != 0 else { return 0 }
    let slot = running &- 1
    let vm = slot / Limits.vcpusPerVM
    acquire(vm)
    let value = vcpus[slot].takesTimer(&vms[vm], empty: empty)
    release(vm)
    return value
  }

  /// What is left to do when a guest is done with the one interrupt that list register 0 holds.
  public enum Finish {
    /// It is not that simple.
    case notAtOnce
    /// Clear list register 0.
    case done
    /// The same, and let the virtual timer's interrupt come again.
    case timerDone
  }

  /// The maintenance interrupt of list register 0, with nothing else listed or pending.
  @inline(__always)
  public mutating func finishesAtOnce(cpu: Int, empty: UInt64) -> Finish {
    requires(isProcessor(cpu))
    let running = Int(cpus[cpu].running)
    guard running != 0 else { return .notAtOnce }
    let slot = running &- 1
    let vm = slot / Limits.vcpusPerVM
    acquire(vm)
    let finish = vcpus[slot].finishes(&vms[vm], empty: empty)
    release(vm)
    return finish
  }
}

// MARK: Who runs

extension Machine {
  /// ``Call/run`` by an absent page, where nothing but the switch is to be done. The VM's lock is
  /// held until the glue has done it; `nil` if it is not that simple.
  @inline(__always)
  public mutating func runsAtOnce(
    cpu: Int, syndrome: UInt64, faultPage: UInt64, counter: UInt64
  ) -> Entry? {
    requires(isProcessor(cpu))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    // The root is that of the vCPU's own VM, which lives.
    ensures(
      ghost: { (entry: Entry?) in
        entry == nil
          || entry!.root.number < PhysicalPage.limit - 1
            && ownership.tables.ofVMs().hasRoot(entry!.root, Int(entry!.id.vm.raw))
      })
    let page = Trap.page(faultPage) &- AbsentPage.base / PageSize.page
    guard DataAbort(syndrome).isCall, page < AbsentPage.count,
      let vm = VMID(UInt32(truncatingIfNeeded: page)), cpus[cpu].running == 0
    else { return nil }
    let word = CallWord(raw: contexts[cpu].frame.x[1])
    let completion = contexts[cpu].frame.x[3]
    let value = contexts[cpu].frame.x[4]
    guard word.number == Call.run.rawValue, word.vm == 0 || UInt64(word.vm) == page,
      let id = VCPUID(vm, contexts[cpu].frame.x[2])
    else { return nil }
    acquire(vm.index)
    guard
      let entry = vcpus[id.index].runsAtOnce(
        id, cpu: cpu, &cpus[cpu], &spaces[vm.index], &vms[vm.index], &contexts[id.context],
        completion: completion,
        value, counter: counter)
    else {
      release(vm.index)
      return nil
    }
    contexts[cpu].frame.advance()
    ghost { ownership.tables.leadsToRoot(of: id.vm, ownership, spaces) }
    return entry
  }

  /// A device access that the vmm has to complete. The VM's lock is held until the glue has made the
  /// switch; `nil` if it is something else.
  @inline(__always)
  public mutating func asksAtOnce(
    cpu: Int, syndrome: UInt64, faultAddress: UInt64, faultPage: UInt64
  ) -> Departure? {
    requires(isProcessor(cpu))
    let abort = DataAbort(syndrome)
    let address = Trap.address(faultPage, faultAddress)
    let running = UInt64(cpus[cpu].running)
    guard abort.isPlainMiss, !GuestGIC.contains(address), running != 0,
      let id = VCPUID(index: running &- 1)
    else { return nil }
    return asksAtOnce(cpu: cpu, id, abort, address, faultAddress)
  }

  @inline(never)
  private mutating func asksAtOnce(
    cpu: Int, _ id: VCPUID, _ abort: DataAbort, _ address: UInt64, _ faultAddress: UInt64
  ) -> Departure? {
    requires(isProcessor(cpu))
    requires(runs(id, on: cpu))
    acquire(id.vm.index)
    guard !isMapped(id.vm, address) else {
      release(id.vm.index)
      return nil
    }
    return vcpus[id.index].leaveForDevice(
      id, &cpus[cpu], &contexts[cpu].frame, abort, address, faultAddress,
      stored: stored(abort, id))
  }

  /// An interrupt of the host, which stays pending for it, ends the run. The VM's lock is held until
  /// the glue has made the switch; `nil` if the interrupt is the guest's.
  @inline(__always)
  public mutating func leavesAtOnce(cpu: Int, pendingInterrupt: UInt64) -> Departure? {
    requires(isProcessor(cpu))
    let running = UInt64(cpus[cpu].running)
    guard pendingInterrupt != PhysicalInterrupt.virtualTimer,
      pendingInterrupt != PhysicalInterrupt.maintenance, running != 0,
      let id = VCPUID(index: running &- 1)
    else { return nil }
    acquire(id.vm.index)
    vcpus[id.index].count(.interrupted)
    return vcpus[id.index].leave(
      id, &cpus[cpu], &contexts[cpu].frame, .interrupted, 0, 0, 0)
  }
}

extension VCPU {
  @inline(__always)
  fileprivate mutating func runsAtOnce(
    _ id: VCPUID, cpu: Int, _ processor: inout CPU, _ space: inout AddressSpace,
    _ vm: inout VirtualMachine,
    _ context: inout Context, completion word: UInt64, _ value: UInt64, counter: UInt64
  ) -> Entry? {
    requires(cpu >= 0 && cpu < Limits.cpus)
    ensures { (entry: Entry?) in
      entry == nil
        || space.state == .sealed && entry!.id == id && entry!.root == space.root
    }
    let isDue = context.timer.isDue(at: counter &- vm.counterOffset)
    guard case .ready(let completion) = readiness(&space, completion: word), completion != .abort,
      vm.lastOn[cpu] == id.number, !isDue, !hasInterrupt(&vm)
    else { return nil }
    begin(id, cpu: cpu, &processor, &context.frame, completion, value)
    return entry(id, &space, &vm)
  }
}

extension VCPU {
  @inline(__always)
  fileprivate mutating func finishes(_ vm: inout VirtualMachine, empty: UInt64) -> Machine.Finish {
    // The timer's line falls with its interrupt; any other that is high would be listed again.
    let others =
      own.deliverable & ~(ownListed & InterruptBank.timer) | vm.shared.deliverable & routed
    guard unsettled == 0, others == 0, lists == 1, empty & 1 != 0 else { return .notAtOnce }
    let isTimer = ownListed & InterruptBank.timer != 0
    if isTimer { own.level &= ~InterruptBank.timer }
    ownListed = 0
    sharedListed = 0
    lists = 0
    count(.maintenance)
    return isTimer ? .timerDone : .done
  }

  @inline(__always)
  fileprivate mutating func interruptsItself(
    _ access: RegisterAccess, number: Int, _ frame: inout Frame, _ vm: inout VirtualMachine,
    empty: UInt64
  ) -> UInt64 {
    let request = frame.register(access.target)
    // The target list names the caller; no other affinity, range or "all others".
    guard request & ~(0xf << 24) == 1 << UInt64(truncatingIfNeeded: number) else { return 0 }
    let value = listAlone(
      UInt16(truncatingIfNeeded: request >> 24 & 15), level: false, &vm, empty: empty)
    guard value != 0 else { return 0 }
    count(.softwareInterrupt)
    frame.advance()
    return value
  }

  @inline(__always)
  fileprivate mutating func takesTimer(_ vm: inout VirtualMachine, empty: UInt64) -> UInt64 {
    let value = listAlone(
      UInt16(GuestGIC.virtualTimer), level: true, &vm, empty: empty)
    guard value != 0 else { return 0 }
    own.level |= InterruptBank.timer
    count(.timer)
    return value
  }

  /// Lists an interrupt of the vCPU's own in register 0, where no other is pending or listed. SGIs
  /// are edges, the timer is a level, whatever the guest writes.
  @inline(__always)
  private mutating func listAlone(
    _ interrupt: UInt16, level: Bool, _ vm: inout VirtualMachine, empty: UInt64
  ) -> UInt64 {
    let bit: UInt64 = 1 << UInt64(interrupt & 31)
    let others = own.deliverable | vm.shared.deliverable & routed
    // Nothing is listed, or in register 0 what the guest is done with.
    guard vm.interruptsEnabled, unsettled == 0, others == 0, own.enabled & bit != 0,
      lists <= empty & 1, ownListed & InterruptBank.timer == 0
    else { return 0 }
    ownListed = bit
    sharedListed = 0
    listed[0] = interrupt
    lists = 1
    return ListRegister.value(
      interrupt, priority: priorities[Int(interrupt & 31)], level: level)
  }
}
