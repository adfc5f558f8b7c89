import EngineABI
import IsolationCore
import IsolationSpec

/// Syndromes as the hardware makes them.
private enum HardwareSyndrome {
  static func make(_ exceptionClass: UInt64, _ specific: UInt64) -> UInt64 {
    exceptionClass << 26 | 1 << 25 | specific
  }
  /// A stage-2 data abort.
  static func make(_ access: Access) -> UInt64 {
    var specific: UInt64 = access.isMiss ? 0x07 : 0x0f
    if access.isWrite { specific |= 1 << 6 }
    if access.isPlain {
      specific |= 1 << 24 | UInt64(access.bytes.trailingZeroBitCount) << 22
      specific |= access.register << 16
      if access.isSigned { specific |= 1 << 21 }
      if access.isWide { specific |= 1 << 15 }
    }
    return make(ExceptionClass.dataAbort, specific)
  }
  /// MSR or MRS.
  static func register(
    _ op0: UInt64, _ op1: UInt64, _ crn: UInt64, _ crm: UInt64, _ op2: UInt64, _ target: UInt64,
    isRead: Bool
  ) -> UInt64 {
    make(
      ExceptionClass.systemRegister,
      op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | target << 5 | crm << 1 | (isRead ? 1 : 0))
  }
}

extension ConcreteMachine {
  /// Makes a step as the hardware does: what traps goes to the core.
  public func make(_ step: Step, on cpu: Int) {
    if case .time(let ticks) = step {
      now &+= ticks
      return
    }
    faults[cpu] = .none
    switch step {
    case .time: break
    case .arrive:
      var trap = trap(0)
      trap.kind = .started
      take(trap, cpu)
    case .call(let page, let word, let a, let b, let c):
      setHost(cpu, 1, word, a, b, c)
      var access = Access()
      access.register = 0
      abort(AbsentPage.address(vm: Int(page)), HardwareSyndrome.make(access), cpu)
    case .hypervisorCall(let immediate, let function, let word, let a, let b, let c):
      setHost(cpu, 0, function, word, a, b, c)
      core.contexts[cpu].frame.advance()
      take(trap(HardwareSyndrome.make(ExceptionClass.hypervisorCall, immediate)), cpu)
    case .hostMonitorCall(let function, let a, let b, let c):
      setHost(cpu, 0, function, a, b, c)
      take(trap(HardwareSyndrome.make(ExceptionClass.monitorCall, 0)), cpu)
    case .hostLoad(let address):
      if hostReaches(address) {
        if let value = word(address) { core.contexts[cpu].frame.x[0] = value }
        core.contexts[cpu].frame.advance()
      } else {
        var access = Access()
        access.register = 1  // not the form of a call
        abort(address, HardwareSyndrome.make(access), cpu)
      }
    case .hostStore(let address, let value):
      core.contexts[cpu].frame.x[0] = value
      if hostReaches(address) {
        setWord(address, value)
        core.contexts[cpu].frame.advance()
      } else {
        var access = Access()
        access.isWrite = true
        abort(address, HardwareSyndrome.make(access), cpu)
      }
    case .hostFetch(let address):
      if !hostReaches(address) {
        abort(address, HardwareSyndrome.make(ExceptionClass.instructionAbort, 0x07), cpu)
      }
    case .hostIdentification(let index, let register):
      take(
        trap(HardwareSyndrome.register(3, 0, 0, index >> 3, index & 7, register, isRead: true)), cpu
      )
    case .hostOther(let exceptionClass): take(trap(HardwareSyndrome.make(exceptionClass, 0)), cpu)
    case .hostRegisters(let value):
      setRegisters(cpu, cpu, value)
      banks[cpu].floatingPoint = floatingPoint(value)
    default: makeGuest(step, cpu)
    }
  }

  private func makeGuest(_ step: Step, _ cpu: Int) {
    let context = context(cpu)
    switch step {
    case .guestCall(let isSecure, let immediate, let function, let a, let b, let c):
      for (register, value) in [function, a, b, c].enumerated() {
        core.contexts[context].frame.x[register] = value
      }
      if !isSecure { core.contexts[context].frame.advance() }
      take(
        trap(
          HardwareSyndrome.make(
            isSecure ? ExceptionClass.monitorCall : ExceptionClass.hypervisorCall, immediate)),
        cpu)
    case .guestLoad(let address):
      if let place = guestWord(cpu, address) {
        core.contexts[context].frame.x[5] = word(place) ?? 0
        core.contexts[context].frame.advance()
      } else {
        var access = Access()
        access.register = 5
        abort(address, HardwareSyndrome.make(access), cpu)
      }
    case .guestStore(let address, let value):
      core.contexts[context].frame.x[5] = value
      if let place = guestWord(cpu, address) {
        setWord(place, value)
        core.contexts[context].frame.advance()
      } else {
        var access = Access()
        access.isWrite = true
        access.register = 5
        abort(address, HardwareSyndrome.make(access), cpu)
      }
    case .guestAbort(let address, let access):
      abort(address, HardwareSyndrome.make(access), cpu, virtualPage: access.virtualPage)
    case .guestFetch(let address):
      abort(address, HardwareSyndrome.make(ExceptionClass.instructionAbort, 0x07), cpu)
    case .guestIdentification(let index, let register):
      take(
        trap(HardwareSyndrome.register(3, 0, 0, index >> 3, index & 7, register, isRead: true)), cpu
      )
    case .guestDebug(let isRead, let register):
      take(trap(HardwareSyndrome.register(2, 0, 0, 2, 2, register, isRead: isRead)), cpu)
    case .guestInterruptEnable(let isRead, let register):
      take(trap(HardwareSyndrome.register(3, 0, 12, 12, 5, register, isRead: isRead)), cpu)
    case .guestWait:
      var trap = trap(HardwareSyndrome.make(ExceptionClass.waitFor, 0))
      trap.timerControl = banks[cpu].timer.control
      trap.timerCompare = banks[cpu].timer.compare
      take(trap, cpu)
    case .guestFloatingPoint:
      take(trap(HardwareSyndrome.make(ExceptionClass.floatingPoint, 0)), cpu)
    case .guestOther(let exceptionClass):
      take(trap(HardwareSyndrome.make(exceptionClass, 0)), cpu)
    case .guestRegisters(let value):
      setRegisters(context, cpu, value)
      if hasGuestFloatingPoint[cpu] { banks[cpu].floatingPoint = floatingPoint(value) }
    case .guestTimer(let control, let compare):
      banks[cpu].timer.control = control
      banks[cpu].timer.compare = compare
    case .interrupt:
      var trap = trap(0)
      // A peripheral's, none, or one of group 0.
      trap.kind = now % 3 == 0 ? .fastInterrupt : .interrupt
      trap.pendingInterrupt = now % 2 == 0 ? 33 : 1023
      take(trap, cpu)
    case .timer:
      var trap = trap(0)
      trap.kind = .interrupt
      trap.pendingInterrupt = PhysicalInterrupt.virtualTimer
      take(trap, cpu)
    case .systemError(let syndrome):
      var trap = trap(syndrome)
      trap.kind = .systemError
      take(trap, cpu)
    default: break
    }
  }

  // MARK: Hardware

  /// A trap as the glue reads it; what its class does not define is junk.
  private func trap(_ syndrome: UInt64) -> Trap {
    junk = junk &* 0x5851_f42d_4c95_7f2d &+ 0x1405_7b7e_f767_814f
    var trap = Trap()
    trap.syndrome = syndrome
    trap.faultAddress = junk
    trap.faultPage = junk >> 3
    trap.pendingInterrupt = junk >> 7
    trap.emptyLists = 0xf
    trap.counter = now
    return trap
  }

  private func abort(
    _ address: UInt64, _ syndrome: UInt64, _ cpu: Int, virtualPage: UInt64 = 0
  ) {
    var trap = trap(syndrome)
    trap.faultPage = (address >> 12) << 4
    trap.faultAddress = virtualPage << 12 | address & 0xfff
    take(trap, cpu)
  }

  private func setHost(_ cpu: Int, _ first: Int, _ values: UInt64...) {
    for (index, value) in values.enumerated() {
      core.contexts[cpu].frame.x[first + index] = value
    }
  }

  private func setRegisters(_ context: Int, _ cpu: Int, _ value: UInt64) {
    for register in 6..<31 {
      core.contexts[context].frame.x[register] = value &+ UInt64(register)
    }
    core.contexts[context].frame.pstate = processorState(value)
    banks[cpu].system = systemRegisters(value)
  }

  private func hostReaches(_ address: UInt64) -> Bool {
    address < GuestPage.limit
      && core.memory.walk(
        root: core.configuration.hostRoot, GuestPage(number: address / PageSize.page)
      ).isMapped
  }

  /// The physical address behind a guest's, by the tables that its CPU has loaded.
  private func guestWord(_ cpu: Int, _ address: UInt64) -> UInt64? {
    guard address < GuestPage.limit else { return nil }
    let place = GuestPage(number: address / PageSize.page)
    let found = core.memory.walk(root: root[cpu], place)
    return found.isMapped ? found.page(of: place).address + address % PageSize.page : nil
  }

  /// A word of the carve-out.
  private func word(_ address: UInt64) -> UInt64? {
    ConcreteMachine.carveOut.contains(address) ? core.memory.descriptor(at: address).raw : nil
  }

  private func setWord(_ address: UInt64, _ value: UInt64) {
    if ConcreteMachine.carveOut.contains(address) {
      core.memory.store(Descriptor(raw: value), at: address)
    }
  }
}
