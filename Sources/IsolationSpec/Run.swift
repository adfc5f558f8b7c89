import Contracts
import EngineABI

// How a run begins and ends, and what happens to a guest between.

extension System {
  /// ``Call/run``: completes the last exit and gives the CPU to the vCPU.
  mutating func run(
    _ cpu: Int, _ vm: UInt64, _ number: UInt64, _ completion: UInt64, _ value: UInt64
  ) {
    guard number < UInt64(Limits.vcpusPerVM) else {
      return answer(cpu, Answer(.invalidArgument))
    }
    let vcpu = System.vcpu(vm, number)
    guard guest(vm).state == .sealed, vcpus[vcpu].life != .absent else {
      return answer(cpu, Answer(.wrongState))
    }
    guard vcpus[vcpu].life != .running else { return answer(cpu, Answer(.busy)) }
    guard vcpus[vcpu].life != .off else {
      cpus[cpu].registers.x[0] = UInt64(bitPattern: Exit.off.rawValue)
      return
    }
    guard let completion = Completion(rawValue: completion) else {
      return answer(cpu, Answer(.invalidArgument))
    }
    guard fits(completion, vcpus[vcpu].request) else { return answer(cpu, Answer(.wrongState)) }
    complete(vcpu, completion, value)
    vcpus[vcpu].fault = completion == .abort ? .external : .none
    vcpus[vcpu].life = .running
    vcpus[vcpu].count(.run)
    cpus[cpu].runs = vcpu
    if isTimerDue(vcpu) { vcpus[vcpu].timerLine = true }
  }

  private func fits(_ completion: Completion, _ request: Request) -> Bool {
    switch request {
    case .none: completion == .none
    case .read: completion == .value || completion == .abort
    case .write: completion == .none || completion == .abort
    }
  }

  private mutating func complete(_ vcpu: Int, _ completion: Completion, _ value: UInt64) {
    if completion == .value {
      let access = vcpus[vcpu].access
      vcpus[vcpu].registers.write(access.register, access.loaded(value))
    }
    if completion != .abort && vcpus[vcpu].request != .none { vcpus[vcpu].registers.next() }
    vcpus[vcpu].request = .none
  }

  /// Ends the run: the host gets its CPU back, with the exit in x0...x3.
  mutating func leave(
    _ cpu: Int, _ exit: Exit, _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0,
    life: Life = .ready
  ) {
    vcpus[cpus[cpu].runs].life = life
    vcpus[cpus[cpu].runs].usesFloatingPoint = false
    cpus[cpu].runs = Processor.host
    cpus[cpu].registers.x[0] = UInt64(bitPattern: exit.rawValue)
    cpus[cpu].registers.x[1] = first
    cpus[cpu].registers.x[2] = second
    cpus[cpu].registers.x[3] = third
  }

  /// What no rule allows: an exception for the guest, and the vmm learns the exception class.
  mutating func refuse(_ cpu: Int, _ exceptionClass: UInt64, _ fault: Fault) {
    vcpus[cpus[cpu].runs].count(.refused)
    vcpus[cpus[cpu].runs].fault = fault
    leave(cpu, .refused, exceptionClass)
  }

  // MARK: Time

  private func isTimerArmed(_ vcpu: Int) -> Bool {
    vcpus[vcpu].registers.timerControl & 3 == 1
  }

  private func isTimerDue(_ vcpu: Int) -> Bool {
    isTimerArmed(vcpu)
      && vcpus[vcpu].registers.timerCompare <= now &- guest(System.vm(of: vcpu)).start
  }

  /// WFI. Without an interrupt to take the vCPU halts; a timer that is due lets it go on.
  mutating func wait(_ cpu: Int, _ vcpu: Int) {
    vcpus[vcpu].count(.waitForInterrupt)
    vcpus[vcpu].registers.next()
    if isTimerDue(vcpu) {
      vcpus[vcpu].timerLine = true
      return
    }
    var deadline = UInt64.max
    if isTimerArmed(vcpu) {
      let (sum, overflows) = vcpus[vcpu].registers.timerCompare.addingReportingOverflow(
        guest(System.vm(of: vcpu)).start)
      if !overflows { deadline = sum }
    }
    leave(cpu, .waitForInterrupt, deadline, life: .halted)
  }

  // MARK: Memory

  /// A load or store of the guest that stage 2 did not allow.
  mutating func guestAbort(_ cpu: Int, _ vcpu: Int, _ address: UInt64, _ access: Access) {
    if memory(of: System.vm(of: vcpu), atAddress: address) != nil {
      // Mapped by now: the guest tries again.
      vcpus[vcpu].count(.retry)
      return
    }
    vcpus[vcpu].faultAddress =
      access.virtualPage &* PageSize.page &+ address % PageSize.page
    guard access.isPlain, access.isMiss else {
      return refuse(cpu, dataAbortClass, .external)
    }
    vcpus[vcpu].access = access
    if access.isWrite {
      vcpus[vcpu].request = .write
      vcpus[vcpu].count(.deviceWrite)
      let value = access.narrowed(vcpus[vcpu].registers.read(access.register))
      leave(cpu, .deviceWrite, address, access.bytes, value)
    } else {
      vcpus[vcpu].request = .read
      vcpus[vcpu].count(.deviceRead)
      leave(cpu, .deviceRead, address, access.bytes)
    }
  }

  mutating func guestLoad(_ cpu: Int, _ vcpu: Int, _ address: UInt64) {
    if let page = memory(of: System.vm(of: vcpu), atAddress: address) {
      vcpus[vcpu].registers.x[5] = pages[page].contents
      vcpus[vcpu].registers.next()
    } else {
      var access = Access()
      access.register = 5
      guestAbort(cpu, vcpu, address, access)
    }
  }

  mutating func guestStore(_ cpu: Int, _ vcpu: Int, _ address: UInt64, _ value: UInt64) {
    vcpus[vcpu].registers.x[5] = value
    if let page = memory(of: System.vm(of: vcpu), atAddress: address) {
      pages[page].contents = value
      vcpus[vcpu].registers.next()
    } else {
      var access = Access()
      access.isWrite = true
      access.register = 5
      guestAbort(cpu, vcpu, address, access)
    }
  }

  mutating func guestFetch(_ cpu: Int, _ vcpu: Int, _ address: UInt64) {
    if memory(of: System.vm(of: vcpu), atAddress: address) != nil {
      vcpus[vcpu].count(.retry)
    } else {
      refuse(cpu, fetchAbortClass, .externalFetch)
    }
  }
}

/// Exception classes (Arm ARM, ESR_EL2.EC) that the vmm is told.
private let fetchAbortClass: UInt64 = 0x20
private let dataAbortClass: UInt64 = 0x24

extension Access {
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
