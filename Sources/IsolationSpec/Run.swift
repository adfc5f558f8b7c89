import Contracts
import EngineABI

// How a run begins and ends, and what happens to a guest between.

extension System {
  /// ``Call/run``: completes the last exit and gives the CPU to the vCPU.
  func run(_ vm: UInt64, _ number: UInt64, _ completion: UInt64, _ value: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard number < UInt64(Limits.vcpusPerVM) else { return Change.answering(.invalidArgument) }
    let vcpu = System.vcpu(vm, number)
    guard guest(vm).state == .sealed, vcpus[vcpu].life != .absent else {
      return Change.answering(.wrongState)
    }
    guard vcpus[vcpu].life != .running else { return Change.answering(.busy) }
    guard vcpus[vcpu].life != .off else {
      return Change.answering(Answer(x0: UInt64(bitPattern: Exit.off.rawValue)))
    }
    guard let completion = Completion(rawValue: completion) else {
      return Change.answering(.invalidArgument)
    }
    guard System.fits(completion, vcpus[vcpu].request) else { return Change.answering(.wrongState) }
    var entered = VCPUChange(.run, vcpu, 1)
    entered.completion = completion
    entered.value = value
    entered.time = now &- guest(vm).start
    return Change.entering(vcpu, entered)
  }

  private static func fits(_ completion: Completion, _ request: Request) -> Bool {
    switch request {
    case .none: completion == .none
    case .read: completion == .value || completion == .abort
    case .write: completion == .none || completion == .abort
    }
  }

  // MARK: Time

  /// WFI. Without an interrupt to take the vCPU halts; a timer that is due lets it go on.
  func wait(_ own: Own, _ vcpu: Int) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in result.change.isQuiet }
    let start = guest(System.vm(of: vcpu)).start
    var after = own
    after.registers = own.registers.next()
    if own.registers.isTimerDue(now &- start) {
      after.timerLine = true
      return GuestChange(after, Change.counting(.waitForInterrupt))
    }
    let deadline = own.registers.timerCompare.addingReportingOverflow(start)
    let isNamed = own.registers.isTimerArmed && !deadline.overflow
    return GuestChange(
      after,
      Change.ending(
        .waitForInterrupt, isNamed ? deadline.partialValue : UInt64.max, .halted,
        Int(Counter.waitForInterrupt.rawValue)))
  }

  // MARK: Memory

  /// A load or store of the guest that stage 2 did not allow.
  func guestAbort(_ own: Own, _ vcpu: Int, _ address: UInt64, _ access: Access) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in result.change.isQuiet }
    if find(System.vm(of: vcpu), atAddress: address) >= 0 {
      // Mapped by now: the guest tries again.
      return GuestChange(own, Change.counting(.retry))
    }
    return System.guestAbort(own, address, access)
  }

  /// One that is not mapped.
  static func guestAbort(_ own: Own, _ address: UInt64, _ access: Access) -> GuestChange {
    ensures { (result: GuestChange) in result.change.isQuiet }
    var after = own
    after.faultAddress = access.virtualPage &* PageSize.page &+ address % PageSize.page
    guard access.isPlain, access.isMiss else {
      return GuestChange(refusing: after, ExceptionClass.dataAbort, .external)
    }
    return GuestChange(
      after,
      Change.asking(address, access, access.narrowed(own.registers.read(access.register))))
  }

  func guestLoad(_ own: Own, _ vcpu: Int, _ address: UInt64) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in result.change.isQuiet }
    let page = find(System.vm(of: vcpu), atAddress: address)
    guard page >= 0 else { return System.guestAbort(own, address, Access(5, isWrite: false)) }
    var after = own
    after.registers = own.registers.next().writing(5, pages[page].contents)
    return GuestChange(after, Change())
  }

  func guestStore(_ own: Own, _ vcpu: Int, _ address: UInt64, _ value: UInt64) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in fits(result.change) }
    let page = find(System.vm(of: vcpu), atAddress: address)
    var after = own
    after.registers = own.registers.writing(5, value)
    guard page >= 0 else { return System.guestAbort(after, address, Access(5, isWrite: true)) }
    after.registers = after.registers.next()
    return GuestChange(after, Change.using(storing(page, value), -1))
  }

  func guestFetch(_ own: Own, _ vcpu: Int, _ address: UInt64) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in result.change.isQuiet }
    return find(System.vm(of: vcpu), atAddress: address) >= 0
      ? GuestChange(own, Change.counting(.retry))
      : GuestChange(refusing: own, ExceptionClass.fetchAbort, .externalFetch)
  }
}

extension VirtualCPU {
  /// It gets a CPU, at a time of its own, and its last exit is completed.
  func running(_ completion: Completion, _ value: UInt64, _ time: UInt64) -> VirtualCPU {
    var result = self
    result.registers = completed(completion, value)
    result.request = .none
    result.fault = completion == .abort ? .external : .none
    result.life = .running
    result.counters[Int(Counter.run.rawValue)] =
      counters[Int(Counter.run.rawValue)] &+ 1
    result.timerLine = timerLine || registers.isTimerDue(time)
    return result
  }

  private func completed(_ completion: Completion, _ value: UInt64) -> Registers {
    let loaded =
      completion == .value ? registers.writing(access.register, access.loaded(value)) : registers
    return completion != .abort && request != .none ? loaded.next() : loaded
  }
}

extension Registers {
  var isTimerArmed: Bool { timerControl & 3 == 1 }
  func isTimerDue(_ time: UInt64) -> Bool { isTimerArmed && timerCompare <= time }
}

extension Access {
  /// One of 8 bytes.
  init(_ register: UInt64, isWrite: Bool) {
    self.register = register
    self.isWrite = isWrite
  }

  /// The low bytes of a value, as many as the access has.
  func narrowed(_ value: UInt64) -> UInt64 {
    switch bytes {
    case 1: value % 0x100
    case 2: value % 0x1_0000
    case 4: value % 0x1_0000_0000
    default: value
    }
  }

  /// What a load puts into its register.
  func loaded(_ value: UInt64) -> UInt64 {
    var result = narrowed(value)
    if isSigned {
      switch bytes {
      case 1: result = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: value)))
      case 2: result = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: value)))
      case 4: result = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
      default: break
      }
    }
    return isWide || bytes == 8 ? result : result % 0x1_0000_0000
  }
}
