import Contracts
import EngineABI

extension Machine {
  /// The one way in: says what is to be done about a trap on a CPU.
  ///
  /// The caller's registers are in the context of whoever runs on that CPU, where results go too.
  /// The glue carries out the effects in order and then calls ``release(_:)``; if they say
  /// `askAgain` it then sets `interruptsSaved` and calls once more.
  public mutating func handle(cpu: Int, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu) && effects.isUnlocked)
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(ghost: effects.tablesBefore.isSame(as: old(ownership.tables)))
    begin(&effects)
    let running = cpus[cpu].running
    if running == 0 {
      handleHost(cpu: cpu, &trap, &effects)
    } else if let id = VCPUID(index: UInt64(running) &- 1) {
      handleGuest(cpu: cpu, id, &trap, &effects)
    }
  }

  // MARK: The host

  @inline(never)
  private mutating func handleHost(cpu: Int, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    switch trap.kind {
    case .started: startHost(cpu: cpu, &effects)
    case .synchronous:
      let page = trap.guestAddress &- AbsentPage.base
      if page < AbsentPage.bytes && DataAbort(trap.syndrome).isCall {
        absentPageCall(cpu: cpu, page: page / PageSize.page, &trap, &effects)
      } else {
        handleHostException(cpu: cpu, &trap, &effects)
      }
    case .interrupt, .fastInterrupt, .systemError: break
    }
  }

  @inline(never)
  private mutating func handleHostException(
    cpu: Int, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    switch trap.exceptionClass {
    case ExceptionClass.dataAbort, ExceptionClass.instructionAbort:
      hostAbort(cpu: cpu, &trap, &effects)
    case ExceptionClass.hypervisorCall: hostHypervisorCall(cpu: cpu, &trap, &effects)
    case ExceptionClass.monitorCall: firmwareCall(cpu: cpu, &effects)
    case ExceptionClass.systemRegister:
      if !readHostIdentification(cpu: cpu, &trap) { refuseHost(cpu: cpu, &effects) }
    default: refuseHost(cpu: cpu, &effects)
    }
  }

  /// What no rule names is undefined for the host, and counted.
  private mutating func refuseHost(cpu: Int, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    cpus[cpu].refused &+= 1
    effects.append(.takeException(syndrome: Syndrome.undefined, faultAddress: 0))
  }

  private mutating func hostHypervisorCall(cpu: Int, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    let function = contexts[cpu].frame.x[0]
    let word = CallWord(raw: contexts[cpu].frame.x[1])
    guard trap.syndrome & 0xffff == 0, function >= Call.hvcBase,
      function &- Call.hvcBase == UInt64(word.number)
    else {
      cpus[cpu].refused &+= 1
      contexts[cpu].frame.x[0] = UInt64(bitPattern: Status.notSupported.rawValue)
      return
    }
    hostCall(cpu: cpu, Caller(vm: word.vm, mayManage: true), word.number, &trap, &effects)
  }

  // MARK: Guests

  @inline(never)
  private mutating func handleGuest(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.count == 0)
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    switch trap.kind {
    case .synchronous:
      if trap.exceptionClass == ExceptionClass.dataAbort {
        guestDataAbort(cpu: cpu, id, &trap, &effects)
      } else {
        handleGuestException(cpu: cpu, id, &trap, &effects)
      }
    case .interrupt: handleInterrupt(cpu: cpu, id, &trap, &effects)
    case .fastInterrupt: interrupted(cpu: cpu, id, &effects)
    case .systemError:
      lock(id.vm, &effects)
      leave(cpu: cpu, id, .hardwareError, trap.syndrome & 0x1ff_ffff, 0, 0, &effects)
    case .started: break
    }
  }

  /// Ends runs elsewhere, and this one if vCPUs are to be woken.
  mutating func tell(_ notice: Notice, cpu: Int, _ id: VCPUID, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(
      notice.wakes != 0 && cpus[cpu].running != 0 ==> runs(id, on: cpu)
        && effects.lockedVM == id.vm.raw)
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    if notice.kicks != 0 { effects.append(.kick(cpus: UInt64(notice.kicks))) }
    if notice.wakes != 0 && cpus[cpu].running != 0 {
      leave(cpu: cpu, id, .wake, notice.wakes, 0, 0, &effects)
    }
  }

  private mutating func handleGuestException(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.count == 0)
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    var notice = Notice()
    switch trap.exceptionClass {
    case ExceptionClass.hypervisorCall:
      if trap.syndrome & 0xffff == 0 {
        guestCall(cpu: cpu, id, &trap, &notice, &effects)
      } else {
        // The exception is the HVC's own, which is over when it traps.
        contexts[id.context].frame.pc &-= 4
        refuse(cpu: cpu, id, &trap, &effects)
      }
    case ExceptionClass.monitorCall:
      if trap.syndrome & 0xffff == 0 {
        contexts[id.context].frame.advance()
        guestCall(cpu: cpu, id, &trap, &notice, &effects)
      } else {
        refuse(cpu: cpu, id, &trap, &effects)
      }
    case ExceptionClass.systemRegister:
      if !accessRegister(id, &trap, &notice, &effects) { refuse(cpu: cpu, id, &trap, &effects) }
    case ExceptionClass.waitFor: waitForInterrupt(cpu: cpu, id, &trap, &effects)
    case ExceptionClass.floatingPoint:
      if vcpus[id.index].usesFloatingPoint {
        refuse(cpu: cpu, id, &trap, &effects)
      } else {
        vcpus[id.index].usesFloatingPoint = true
        vcpus[id.index].count(.floatingPoint)
        effects.append(.loadFloatingPoint(id))
      }
    case ExceptionClass.instructionAbort: guestInstructionAbort(cpu: cpu, id, &trap, &effects)
    default: refuse(cpu: cpu, id, &trap, &effects)
    }
    tell(notice, cpu: cpu, id, &effects)
  }

  /// What no rule names is undefined for the guest, counted, and told to the vmm by its class.
  mutating func refuse(cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(runs(id, on: cpu))
    requires(effects.lockedVM == 0 || effects.lockedVM == id.vm.raw)
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    ensures(cpus[cpu].running == 0)
    ensures(effects.lockedVM == id.vm.raw)
    refuse(cpu: cpu, id, &trap, Syndrome.undefined, &effects)
  }

  /// The same with another exception for the guest.
  mutating func refuse(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ syndrome: UInt64, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(runs(id, on: cpu))
    requires(effects.lockedVM == 0 || effects.lockedVM == id.vm.raw)
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    ensures(cpus[cpu].running == 0)
    ensures(effects.lockedVM == id.vm.raw)
    vcpus[id.index].count(.refused)
    effects.append(.takeException(syndrome: syndrome, faultAddress: trap.faultAddress))
    if effects.lockedVM == 0 { lock(id.vm, &effects) }
    leave(cpu: cpu, id, .refused, trap.exceptionClass, 0, 0, &effects)
  }

  /// An interrupt while a guest runs: the timer's and the list registers' are the guest's, any
  /// other is the host's, stays pending and ends the run.
  private mutating func handleInterrupt(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.count == 0)
    switch trap.pendingInterrupt {
    case PhysicalInterrupt.virtualTimer:
      vcpus[id.index].count(.timer)
      lock(id.vm, &effects)
      effects.append(.holdTimer)
      vcpus[id.index].own.level |= InterruptBank.timer
      deliver(id, empty: trap.emptyLists, live: true, &effects)
    case PhysicalInterrupt.maintenance:
      vcpus[id.index].count(.maintenance)
      lock(id.vm, &effects)
      deliver(id, empty: trap.emptyLists, live: true, &effects)
      // Nothing changed, so it would come again: the host has latched it, or the guest holds on to
      // its interrupts. It must not keep the host's from coming.
      if effects.count == 0 { leave(cpu: cpu, id, .interrupted, 0, 0, 0, &effects) }
    default: interrupted(cpu: cpu, id, &effects)
    }
  }

  private mutating func interrupted(cpu: Int, _ id: VCPUID, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    vcpus[id.index].count(.interrupted)
    lock(id.vm, &effects)
    leave(cpu: cpu, id, .interrupted, 0, 0, 0, &effects)
  }
}

/// Interrupts of the machine that the engine knows (Arm BSA: PPI 11 and PPI 9 after SGIs).
public enum PhysicalInterrupt {
  public static let maintenance: UInt64 = 25
  public static let virtualTimer: UInt64 = 27
  /// ICC_HPPIR1_EL1 with nothing pending.
  static let none: UInt64 = 1023
}

/// Syndromes of exceptions that the engine gives to EL1 (Arm ARM, ESR_EL1).
enum Syndrome {
  private static let long: UInt64 = 1 << 25
  /// EC 0.
  static let undefined = long
  /// EC 0x25/0x24 by the level it came from (the glue sets bit 26), synchronous external abort.
  static let dataExternal = ExceptionClass.dataAbort << 26 | long | 0x10
  static let instructionExternal = ExceptionClass.instructionAbort << 26 | long | 0x10
  /// An alignment fault: the host's user-copy routines survive it, and its user space gets SIGBUS.
  static let dataAlignment = ExceptionClass.dataAbort << 26 | long | 0x21
}
