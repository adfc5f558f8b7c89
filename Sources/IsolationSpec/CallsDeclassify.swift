import Contracts
import EngineABI

// What calls of guests tell the host is what they declassify.

extension System {
  func callTells(_ change: Change, _ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && fits(change))
    requires(change == guestCall(step, vcpu).change)
    ensures(
      !step.isGuestCall
        || told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    System.vcpuIsOfVM(vcpu)
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall(let isSecure, let immediate, let function, let a, let b, let c):
      own.registers = own.registers.loading(function, a, b, c)
      if immediate != 0 {
        refusedCallTells(change, isSecure, System.vm(of: vcpu))
        holds(
          declassified(step, vcpu) == .refusal(exceptionClass: ExceptionClass.call(isSecure)))
        return
      }
      own.registers = own.registers.next()
      holds(change == guestCall(own, vcpu, function, a, b, c).change)
      callTells(change, own, vcpu, function, a, b, c)
      holds(
        declassified(step, vcpu) == declassifiedCall(System.vm(of: vcpu), function, a, b))
      isTold(
        change, declassified(step, vcpu), declassifiedCall(System.vm(of: vcpu), function, a, b),
        System.vm(of: vcpu))
    default: return
    }
  }

  private func refusedCallTells(_ change: Change, _ isSecure: Bool, _ vm: UInt64) {
    requires(fits(change))
    requires(
      change
        == Change.ending(.refused, ExceptionClass.call(isSecure), .ready, -1, isRefused: true))
    ensures(
      told(change) == telling(.refusal(exceptionClass: ExceptionClass.call(isSecure)), vm))
    quietTells(change)
  }

  private func callTells(
    _ change: Change, _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64,
    _ c: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && System.isVM(System.vm(of: vcpu)))
    requires(fits(change) && change == guestCall(own, vcpu, function, a, b, c).change)
    ensures(
      told(change)
        == telling(
          declassifiedCall(System.vm(of: vcpu), function, a, b), System.vm(of: vcpu)))
    let vm = System.vm(of: vcpu)
    switch function {
    case PSCI.cpuOn: return turnOnTells(own, vm, a & word, b & word, c & word)
    case PSCI.cpuOn64: return turnOnTells(own, vm, a, b, c)
    case Call.hvcBase + UInt64(Call.share.rawValue):
      return shareTells(change, own, vcpu, function, a, b, c)
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      return unshareTells(change, own, vcpu, function, a, b, c)
    default: return quietTells(change)
    }
  }

  private func turnOnTells(
    _ own: Own, _ vm: UInt64, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    requires(System.isVM(vm))
    ensures(
      told(turnOnCPU(own, vm, affinity, entry, argument).change)
        == telling(declassifiedTurnOn(vm, affinity, entry), vm))
    let made = turnOnCPU(own, vm, affinity, entry, argument).change
    quietTells(made)
    if life(vm, affinity) == .off && entry % 4 == 0 && find(vm, atAddress: entry) >= 0 {
      let vcpus = System.turningOn(System.vcpu(vm, affinity), entry, argument)
      holds(made == Change.waking(vcpus, 1 << affinity))
      holds(
        Told(waking: vcpus, 1 << affinity)
          == Told(waking: VCPUChange(.turnOn, System.vcpu(vm, affinity), 1), 1 << affinity))
      holds(
        telling(.turnedOn(vcpu: affinity), vm)
          == Told(waking: VCPUChange(.turnOn, System.vcpu(vm, affinity), 1), 1 << affinity))
    }
  }

  private func shareTells(
    _ change: Change, _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64,
    _ c: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && System.isVM(System.vm(of: vcpu)))
    requires(function == Call.hvcBase + UInt64(Call.share.rawValue))
    requires(fits(change) && change == guestCall(own, vcpu, function, a, b, c).change)
    ensures(
      told(change)
        == telling(
          declassifiedCall(System.vm(of: vcpu), function, a, b), System.vm(of: vcpu)))
    let sharing = self.change(System.vm(of: vcpu), a, from: .memory, to: .shared)
    holds(change == Change.using(sharing.pages, Int(Counter.hypercall.rawValue)))
    if sharing.pages.count == 0 {
      quietTells(change)
    } else {
      pageTells(change, sharing.pages.first, System.vm(of: vcpu), a / PageSize.page)
    }
  }

  private func unshareTells(
    _ change: Change, _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64,
    _ c: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && System.isVM(System.vm(of: vcpu)))
    requires(function == Call.hvcBase + UInt64(Call.unshare.rawValue))
    requires(fits(change) && change == guestCall(own, vcpu, function, a, b, c).change)
    ensures(
      told(change)
        == telling(
          declassifiedCall(System.vm(of: vcpu), function, a, b), System.vm(of: vcpu)))
    let sharing = self.change(System.vm(of: vcpu), a, from: .shared, to: .memory)
    holds(change == Change.using(sharing.pages, Int(Counter.hypercall.rawValue)))
    if sharing.pages.count == 0 {
      quietTells(change)
    } else {
      pageTells(change, sharing.pages.first, System.vm(of: vcpu), a / PageSize.page)
    }
  }
}

extension Step {
  var isGuestCall: Bool {
    switch self {
    case .guestCall: true
    default: false
    }
  }
}
