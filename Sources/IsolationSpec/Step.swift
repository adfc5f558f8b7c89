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

extension System {
  /// Makes a step on a CPU. False, and nothing changes, if who has the CPU cannot do that.
  public mutating func make(_ step: Step, on cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
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
    let vcpu = cpus[cpu].runs
    if vcpu == Processor.host {
      guard step.isHosts else { return false }
      makeHost(step, cpu)
    } else {
      guard !step.isHosts else { return false }
      makeGuest(step, cpu, vcpu)
    }
    return true
  }

  /// A step of the host: what it changes, and its own registers.
  mutating func makeHost(_ step: Step, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    take(step, cpu, hostChange(step))
  }

  /// The host's registers, and what has been decided.
  mutating func take(_ step: Step, _ cpu: Int, _ change: Change) {
    requires(cpu >= 0 && cpu < Limits.cpus && fits(change))
    cpus[cpu] = cpus[cpu].stepping(step, change.answer.fault)
    apply(change, cpu)
  }

  /// A step of a guest: what it changes, and the guest's own registers.
  mutating func makeGuest(_ step: Step, _ cpu: Int, _ vcpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && vcpu >= 0 && vcpu < System.vcpuCount)
    let made = guestChange(step, vcpu)
    vcpus[vcpu] = made.change.changed(vcpus[vcpu], made.own)
    apply(made.change, cpu)
  }

  /// What a step of the host decides on.
  func hostChange(_ step: Step) -> Change {
    ensures { (result: Change) in fits(result) }
    switch step {
    case .call, .hypervisorCall: return answer(HostCall(step))
    case .hostMonitorCall(let function, let a, let b, let c):
      return hostMonitorCall(function, a, b, c)
    case .hostLoad(let address): return hostLoad(address)
    case .hostStore(let address, let value): return hostStore(address, value)
    case .hostFetch(let address):
      return hostReaches(address) ? Change.answering(Answer()) : Change.refusing(.externalFetch)
    case .hostIdentification(let index, let register):
      return hostIdentification(Int(truncatingIfNeeded: index & 63), register)
    case .hostRegisters: return Change.answering(Answer())
    default: return Change.refusing(.undefined)
    }
  }

  private func hostIdentification(_ index: Int, _ register: UInt64) -> Change {
    requires(index >= 0 && index < 64)
    ensures { (result: Change) in fits(result) }
    var answer = Answer(x0: constants.hostIdentification[index])
    answer.register = register
    return Change.answering(answer)
  }
}

extension Step {
  /// Whether the host can do that.
  var isHosts: Bool {
    switch self {
    case .call, .hypervisorCall, .hostMonitorCall, .hostLoad, .hostStore, .hostFetch,
      .hostIdentification, .hostOther, .hostRegisters:
      true
    default: false
    }
  }
}

extension Processor {
  /// The host's registers as a step of its own makes them, before it is answered.
  func stepping(_ step: Step, _ fault: Fault) -> Processor {
    opaque()
    ensures { (result: Processor) in
      result.runs == runs && result.isOnline == isOnline && result.refused == refused
        && result.fault == .none
    }
    ensures { (result: Processor) in isSame(result.registers, registers.stepping(step, fault)) }
    var result = self
    result.registers = registers.stepping(step, fault)
    result.fault = .none
    return result
  }
}

extension Registers {
  func stepping(_ step: Step, _ fault: Fault) -> Registers {
    switch step {
    case .call(_, let word, let a, let b, let c):
      return next().loading(x[0], word, a, b).writing(4, c)
    case .hypervisorCall(_, let function, let word, let a, let b, let c):
      return next().loading(function, word, a, b).writing(4, c)
    case .hostMonitorCall(let function, let a, let b, let c):
      return next().loading(function, a, b, c)
    case .hostLoad: return fault == .none ? next() : self
    case .hostStore(_, let value):
      return fault == .none ? next().writing(0, value) : writing(0, value)
    case .hostIdentification: return next()
    case .hostRegisters(let value): return renewed(value).using(value)
    default: return self
    }
  }

  func using(_ floatingPoint: UInt64) -> Registers {
    var result = self
    result.floatingPoint = floatingPoint
    return result
  }
}
