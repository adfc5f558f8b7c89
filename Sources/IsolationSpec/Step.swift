import Contracts
import EngineABI

/// What can happen. Each is one transition of the abstract machine, whoever does it, and one path of
/// the core from a trap to the end of its effects (or none, where no trap is).
public enum Step: BitwiseCopyable, Sendable {
  /// The physical counter goes on.
  case time(UInt64)
  /// A CPU that was turned on arrives.
  case arrive

  // The host, on a CPU that it has.

  /// A load from absent page `page` with the call word and arguments a, b, c.
  case call(page: UInt64, word: UInt64, a: UInt64, b: UInt64, c: UInt64)
  /// HVC with x0 and the same.
  case hypervisorCall(
    immediate: UInt64, function: UInt64, word: UInt64, a: UInt64, b: UInt64, c: UInt64)
  /// SMC with x0...x3.
  case hostMonitorCall(function: UInt64, a: UInt64, b: UInt64, c: UInt64)
  /// A load of 8 bytes into x0, a store of x0, and a fetch at a physical address.
  case hostLoad(UInt64)
  case hostStore(UInt64, value: UInt64)
  case hostFetch(UInt64)
  /// MRS of an identification register (CRm << 3 | op2).
  case hostIdentification(UInt64, register: UInt64)
  /// Whatever else traps, by its exception class.
  case hostOther(UInt64)
  /// New values of x6...x30, system and FP/SIMD registers.
  case hostRegisters(UInt64)

  // The guest that runs on the CPU.

  /// HVC or SMC with x0...x3.
  case guestCall(
    isSecure: Bool, immediate: UInt64, function: UInt64, a: UInt64, b: UInt64, c: UInt64)
  /// A load of 8 bytes into x5 and a store of x5.
  case guestLoad(UInt64)
  case guestStore(UInt64, value: UInt64)
  /// An abort at stage 2, whatever is mapped there by now.
  case guestAbort(UInt64, Access)
  case guestFetch(UInt64)
  /// MRS of an identification register.
  case guestIdentification(UInt64, register: UInt64)
  /// MSR or MRS of a self-hosted debug register, which read as zero, and of ICC_SRE_EL1.
  case guestDebug(isRead: Bool, register: UInt64)
  case guestInterruptEnable(isRead: Bool, register: UInt64)
  /// WFI.
  case guestWait
  /// First instruction that needs FP/SIMD.
  case guestFloatingPoint
  /// Whatever else traps.
  case guestOther(UInt64)
  /// New values of x6...x30, system and, if it uses them, FP/SIMD registers.
  case guestRegisters(UInt64)
  /// The virtual timer's registers.
  case guestTimer(control: UInt64, compare: UInt64)

  // While a guest runs.

  /// An interrupt that is the host's, or none by the time the engine looks.
  case interrupt
  /// The virtual timer's.
  case timer
  case systemError(UInt64)
}

/// What a call answers in x0 and x1...x3.
public struct Answer: BitwiseCopyable, Sendable {
  public var status: Status
  public var first: UInt64 = 0
  public var second: UInt64 = 0
  public var third: UInt64 = 0

  init(_ status: Status, _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0) {
    self.status = status
    self.first = first
    self.second = second
    self.third = third
  }
}

extension System {
  /// Makes a step on a CPU. False, and nothing changes, if who has the CPU cannot do that.
  public mutating func make(_ step: Step, on cpu: Int) -> Bool {
    switch step {
    case .time(let ticks):
      now = now &+ ticks
      return true
    case .arrive:
      guard !cpus[cpu].isOnline else { return false }
      cpus[cpu].isOnline = true
      cpus[cpu].registers.system = 0
      return true
    default: break
    }
    guard cpus[cpu].isOnline else { return false }
    if cpus[cpu].runs == Processor.host {
      guard isHosts(step) else { return false }
      cpus[cpu].fault = .none
      makeHost(step, cpu)
    } else {
      guard !isHosts(step) else { return false }
      vcpus[cpus[cpu].runs].fault = .none
      makeGuest(step, cpu, cpus[cpu].runs)
    }
    return true
  }

  private func isHosts(_ step: Step) -> Bool {
    switch step {
    case .call, .hypervisorCall, .hostMonitorCall, .hostLoad, .hostStore, .hostFetch,
      .hostIdentification,
      .hostOther, .hostRegisters:
      true
    default: false
    }
  }

  private mutating func makeHost(_ step: Step, _ cpu: Int) {
    switch step {
    case .call(let page, let word, let a, let b, let c):
      load(cpu, cpus[cpu].registers.x[0], word, a, b, c)
      cpus[cpu].registers.next()
      absentPageCall(cpu, page)
    case .hypervisorCall(let immediate, let function, let word, let a, let b, let c):
      load(cpu, function, word, a, b, c)
      cpus[cpu].registers.next()
      hypervisorCall(cpu, immediate, function)
    case .hostMonitorCall(let function, let a, let b, let c):
      cpus[cpu].registers.x[0] = function
      cpus[cpu].registers.x[1] = a
      cpus[cpu].registers.x[2] = b
      cpus[cpu].registers.x[3] = c
      cpus[cpu].registers.next()
      hostMonitorCall(cpu, function, a, b, c)
    case .hostLoad(let address): hostLoad(cpu, address)
    case .hostStore(let address, let value): hostStore(cpu, address, value)
    case .hostFetch(let address):
      if !hostReaches(address) { refuseHost(cpu, .externalFetch) }
    case .hostIdentification(let index, let register):
      cpus[cpu].registers.write(
        register, constants.hostIdentification[Int(truncatingIfNeeded: index & 63)])
      cpus[cpu].registers.next()
    case .hostRegisters(let value):
      for register in 6..<31 {
        cpus[cpu].registers.x[register] = value &+ UInt64(truncatingIfNeeded: register)
      }
      cpus[cpu].registers.system = value
      cpus[cpu].registers.floatingPoint = value
    default: refuseHost(cpu, .undefined)
    }
  }

  /// The host's registers before a call.
  private mutating func load(
    _ cpu: Int, _ x0: UInt64, _ word: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    cpus[cpu].registers.x[0] = x0
    cpus[cpu].registers.x[1] = word
    cpus[cpu].registers.x[2] = a
    cpus[cpu].registers.x[3] = b
    cpus[cpu].registers.x[4] = c
  }

  /// An exception for the host, counted.
  mutating func refuseHost(_ cpu: Int, _ fault: Fault) {
    cpus[cpu].refused = cpus[cpu].refused &+ 1
    cpus[cpu].fault = fault
  }
}
