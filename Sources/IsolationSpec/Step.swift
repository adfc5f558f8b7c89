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
    ensures { (result: Bool) in result == old(canMake(step, cpu)) }
    ensures(now == step.later(old(now)))
    ensures(
      ghost: forall(0..<pages.count) {
        old(decide(step, cpu)).change.pages.makes(pages[$0], of: old(pages[$0]), $0)
      })
    ensures(
      ghost: forall(0..<Limits.vms) {
        old(decide(step, cpu)).change.makes(vms[$0], of: old(vms[$0]), $0)
      })
    ensures(
      ghost: forall(0..<System.vcpuCount) {
        old(decide(step, cpu)).makes(vcpus[$0], of: old(vcpus[$0]), $0)
      })
    ensures(
      ghost: forall(0..<Limits.cpus) {
        old(decide(step, cpu)).makes(cpus[$0], of: old(cpus[$0]), $0, cpu)
      })
    let decision = decide(step, cpu)
    now = step.later(now)
    take(decision, cpu)
    return decision.isPossible
  }

  /// Makes what a step has decided on.
  mutating func take(_ decision: Decision, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && decision.isSound && fits(decision.change))
    ensures(
      ghost: forall(0..<pages.count) {
        decision.change.pages.makes(pages[$0], of: old(pages[$0]), $0)
      })
    ensures(
      ghost: forall(0..<Limits.vms) { decision.change.makes(vms[$0], of: old(vms[$0]), $0) })
    ensures(
      ghost: forall(0..<System.vcpuCount) { decision.makes(vcpus[$0], of: old(vcpus[$0]), $0) })
    ensures(
      ghost: forall(0..<Limits.cpus) { decision.makes(cpus[$0], of: old(cpus[$0]), $0, cpu) })
    apply(decision.change.pages)
    takeVCPUs(decision)
    takeVM(decision.change)
    takeCPUs(decision, cpu)
  }

  mutating func takeVM(_ change: Change) {
    requires(change.isSound)
    ensures(ghost: forall(0..<Limits.vms) { change.makes(vms[$0], of: old(vms[$0]), $0) })
    if change.vm != 0 { vms[Int(truncatingIfNeeded: change.vm) - 1] = change.guest }
  }

  private mutating func takeVCPUs(_ decision: Decision) {
    requires(decision.isSound)
    ensures(
      ghost: forall(0..<System.vcpuCount) { decision.makes(vcpus[$0], of: old(vcpus[$0]), $0) })
    vcpus[decision.vcpu] = decision.stepping(vcpus[decision.vcpu], decision.vcpu)
    apply(decision.change.vcpus)
  }

  private mutating func takeCPUs(_ decision: Decision, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && decision.isSound)
    ensures(
      ghost: forall(0..<Limits.cpus) { decision.makes(cpus[$0], of: old(cpus[$0]), $0, cpu) })
    cpus[cpu] = decision.stepping(cpus[cpu], cpu, cpu)
    apply(decision.change, cpu)
  }

  /// Whether who has the CPU can do that.
  func canMake(_ step: Step, _ cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return step.isTime || isArrival(step, cpu) || isHosts(step, cpu) || isGuests(step, cpu)
  }

  func isArrival(_ step: Step, _ cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return step.isArrival && !cpus[cpu].isOnline
  }

  /// Whether it is a step of the host, which has the CPU.
  func isHosts(_ step: Step, _ cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return step.isHosts && cpus[cpu].isOnline && cpus[cpu].runs == Processor.host
  }

  /// Whether it is a step of the guest that has the CPU.
  func isGuests(_ step: Step, _ cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return !step.isHosts && !step.isTime && !step.isArrival && cpus[cpu].isOnline
      && cpus[cpu].runs != Processor.host
  }

  /// What a step on a CPU decides on. (Of the proofs, most need not know more than who does.)
  func decide(_ step: Step, _ cpu: Int) -> Decision {
    opaque()
    requires(cpu >= 0 && cpu < Limits.cpus)
    ensures { (result: Decision) in result.isSound && fits(result.change) }
    ensures { (result: Decision) in result.isPossible == canMake(step, cpu) }
    ensures { (result: Decision) in
      isHosts(step, cpu)
        ==> result.actor == .cpu && result.change == hostChange(step)
        && isSame(
          result.processor, cpus[cpu].stepping(step, result.change.answer.fault))
    }
    ensures { (result: Decision) in
      !isHosts(step, cpu) && !isGuests(step, cpu)
        ==> result.change == Change()
        && (isArrival(step, cpu)
          ? result.actor == .cpu && result.processor.isArrived(cpus[cpu])
          : result.actor == Actor.none)
    }
    ensures { (result: Decision) in
      isGuests(step, cpu)
        ==> result.actor == .guest && result.vcpu == cpus[cpu].runs
        && result.change == guestDecision(step, cpus[cpu].runs)
    }
    if isHosts(step, cpu) { return Decision(host: step, cpus[cpu], hostChange(step)) }
    if isGuests(step, cpu) {
      ghost { guestChooses(step, cpus[cpu].runs) }
      return Decision(cpus[cpu].runs, guestChange(step, cpus[cpu].runs))
    }
    if isArrival(step, cpu) { return Decision(arriving: cpus[cpu]) }
    return Decision(isPossible: step.isTime)
  }

  /// What a step of a guest changes beside its own registers: where proofs speak of any step, a word
  /// for that part of ``guestChange``.
  func guestDecision(_ step: Step, _ vcpu: Int) -> Change {
    opaque()
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: Change) in isOwn(result, System.vm(of: vcpu)) }
    ensures(ghost: { (result: Change) in isOfGuest(result, step, vcpu, Before(self)) })
    let change = guestChange(step, vcpu).change
    ghost {
      guestConcerns(step, vcpu)
      guestChoosing(change, step, vcpu, Before(self))
    }
    return change
  }

  private func isOfGuest(_ change: Change, _ step: Step, _ vcpu: Int, _ before: Before) -> Bool {
    opaque()
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    return change == guestChange(step, vcpu).change
  }

  private func guestChoosing(_ change: Change, _ step: Step, _ vcpu: Int, _ before: Before) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && change == guestChange(step, vcpu).change)
    ensures(ghost: isOfGuest(change, step, vcpu, before))
  }

  private func guestChosen(_ change: Change, _ step: Step, _ vcpu: Int, _ before: Before) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(ghost: isOfGuest(change, step, vcpu, before))
    ensures(change == guestChange(step, vcpu).change)
  }

  /// What the word stands for.
  func guestChooses(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(guestDecision(step, vcpu) == guestChange(step, vcpu).change)
    ghost { guestChosen(guestDecision(step, vcpu), step, vcpu, Before(self)) }
  }

  /// What a step of the host decides on: where proofs speak of any step, a word for ``hostChoice``.
  func hostChange(_ step: Step) -> Change {
    opaque()
    ensures { (result: Change) in fits(result) }
    ensures(ghost: { (result: Change) in isChosen(result, step, Before(self)) })
    let change = hostChoice(step)
    ghost { choosing(change, step, Before(self)) }
    return change
  }

  private func isChosen(_ change: Change, _ step: Step, _ before: Before) -> Bool {
    opaque()
    return change == hostChoice(step)
  }

  private func choosing(_ change: Change, _ step: Step, _ before: Before) {
    requires(change == hostChoice(step))
    ensures(ghost: isChosen(change, step, before))
  }

  private func chosen(_ change: Change, _ step: Step, _ before: Before) {
    requires(ghost: isChosen(change, step, before))
    ensures(change == hostChoice(step))
  }

  /// What the word stands for.
  func hostChooses(_ step: Step) {
    ensures(hostChange(step) == hostChoice(step))
    ghost { chosen(hostChange(step), step, Before(self)) }
  }

  func hostChoice(_ step: Step) -> Change {
    ensures { (result: Change) in fits(result) }
    switch step {
    case .call, .hypervisorCall: return answer(step.asked)
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

/// Whose registers a step changes beside all that others notice.
enum Actor: UInt8, BitwiseCopyable, Sendable {
  case none
  /// The host, or a CPU that arrives.
  case cpu
  case guest
}

/// What a step on a CPU changes: what others can notice, and the registers of its actor.
struct Decision: BitwiseCopyable, Sendable {
  var isPossible = true
  var change = Change()
  var actor = Actor.none
  /// The CPU, before the change is made, if the actor is the host.
  var processor = Processor()
  /// The guest's vCPU, and its own registers.
  var vcpu = 0
  var own = VirtualCPU().own

  init(isPossible: Bool) { self.isPossible = isPossible }
  init(host step: Step, _ processor: Processor, _ change: Change) {
    actor = .cpu
    self.change = change
    self.processor = processor.stepping(step, change.answer.fault)
  }
  init(arriving processor: Processor) {
    actor = .cpu
    self.processor = processor
    self.processor.isOnline = true
    self.processor.registers.system = 0
  }
  init(_ vcpu: Int, _ made: GuestChange) {
    actor = .guest
    self.vcpu = vcpu
    own = made.own
    change = made.change
  }

  var isSound: Bool {
    guard change.isSound else { return false }
    return vcpu >= 0 && vcpu < System.vcpuCount && System.isVCPU(processor.runs)
  }

  /// A CPU before the change is made.
  func stepping(_ cpu: Processor, _ index: Int, _ own: Int) -> Processor {
    actor == Actor.cpu && index == own ? processor : cpu
  }

  /// A vCPU before the change is made.
  func stepping(_ vcpu: VirtualCPU, _ index: Int) -> VirtualCPU {
    requires(isSound)
    return actor == Actor.guest && index == self.vcpu ? change.changed(vcpu, own) : vcpu
  }

  /// Whether it makes one out of the other.
  func makes(_ after: VirtualCPU, of before: VirtualCPU, _ index: Int) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in
      result == change.vcpus.makes(after, of: stepping(before, index), index)
    }
    return change.vcpus.makes(after, of: stepping(before, index), index)
  }

  func makes(_ after: Processor, of before: Processor, _ index: Int, _ own: Int) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in
      result == change.makes(after, of: stepping(before, index, own), index, own)
    }
    return change.makes(after, of: stepping(before, index, own), index, own)
  }
}

extension Step {
  /// The call that it is. (Of the proofs none needs to know how it is read.)
  var asked: HostCall {
    opaque()
    return HostCall(self)
  }

  /// The time after the step.
  func later(_ now: UInt64) -> UInt64 {
    opaque()
    ensures { (result: UInt64) in !isTime ==> result == now }
    switch self {
    case .time(let ticks): return now &+ ticks
    default: return now
    }
  }
  var isTime: Bool {
    switch self {
    case .time: true
    default: false
    }
  }
  var isArrival: Bool {
    switch self {
    case .arrive: true
    default: false
    }
  }

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
  /// It was off.
  func isArrived(_ before: Processor) -> Bool {
    isOnline && runs == before.runs && refused == before.refused && fault == before.fault
      && forall(0..<31) { registers.x[$0] == before.registers.x[$0] }
      && registers.pc == before.registers.pc && registers.system == 0
      && registers.floatingPoint == before.registers.floatingPoint
      && registers.timerControl == before.registers.timerControl
      && registers.timerCompare == before.registers.timerCompare
  }

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
