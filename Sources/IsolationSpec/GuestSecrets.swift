import Contracts
import EngineABI

// What ``Told`` leaves out: what guests have in registers and in private pages, as long as a step does
// not declassify it.

extension System {
  /// What a guest does with its registers and its private pages tells the host nothing.
  func privateIsUntold(_ step: Step, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && isGuests(step, cpu))
    requires(isPrivate(step, cpus[cpu].runs))
    ensures(told(step, cpu) == Told())
    privateIsUntold(step, of: cpus[cpu].runs)
    holds(decide(step, cpu).change == guestDecision(step, cpus[cpu].runs))
  }

  /// Whether a step is a load from what is mapped, a store to a private page, or one that makes
  /// registers into others.
  func isPrivate(_ step: Step, _ vcpu: Int) -> Bool {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    switch step {
    case .guestLoad(let address): return find(System.vm(of: vcpu), atAddress: address) >= 0
    case .guestStore(let address, _): return isPrivate(System.vm(of: vcpu), address)
    case .guestRegisters, .guestTimer: return true
    default: return false
    }
  }

  private func isPrivate(_ vm: UInt64, _ address: UInt64) -> Bool {
    let page = find(vm, atAddress: address)
    return page >= 0 && pages[page].use == .memory
  }

  func privateIsUntold(_ step: Step, of vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && isPrivate(step, vcpu))
    ensures(told(guestDecision(step, vcpu)) == Told())
    switch step {
    case .guestLoad(let address):
      loadDecides(step, vcpu, address)
      nothingIsUntold(guestDecision(step, vcpu))
    case .guestStore(let address, let value):
      storeDecides(step, vcpu, address, value)
      holds(guestDecision(step, vcpu).isUntold && !showsHost(guestDecision(step, vcpu).pages))
    default:
      registersDecide(step, vcpu)
      nothingIsUntold(guestDecision(step, vcpu))
    }
  }

  private func nothingIsUntold(_ change: Change) {
    requires(change.isQuiet && change.isUntold && fits(change))
    ensures(told(change) == Told())
  }

  private func loadDecides(_ step: Step, _ vcpu: Int, _ address: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isLoad(address))
    requires(find(System.vm(of: vcpu), atAddress: address) >= 0)
    ensures(guestDecision(step, vcpu).isQuiet && guestDecision(step, vcpu).isUntold)
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change())
  }

  private func storeDecides(_ step: Step, _ vcpu: Int, _ address: UInt64, _ value: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isStore(address, value))
    requires(isPrivate(System.vm(of: vcpu), address))
    ensures(guestDecision(step, vcpu).isUntold)
    ensures(!showsHost(guestDecision(step, vcpu).pages))
    guestChooses(step, vcpu)
    System.vcpuIsOfVM(vcpu)
    let page = find(System.vm(of: vcpu), atAddress: address)
    holds(guestChange(step, vcpu).change == Change.using(storing(page, value), -1))
    storeIsHidden(page, value)
  }

  private func storeIsHidden(_ page: Int, _ value: UInt64) {
    requires(page >= 0 && page < pages.count && !pages[page].isHosts)
    ensures(!showsHost(storing(page, value)))
  }

  private func registersDecide(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isRegisters)
    ensures(guestDecision(step, vcpu).isQuiet && guestDecision(step, vcpu).isUntold)
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change.nothing())
  }
}

extension Step {
  fileprivate func isLoad(_ address: UInt64) -> Bool {
    switch self {
    case .guestLoad(let its): its == address
    default: false
    }
  }

  fileprivate func isStore(_ address: UInt64, _ value: UInt64) -> Bool {
    switch self {
    case .guestStore(let its, let stored): its == address && stored == value
    default: false
    }
  }

  fileprivate var isRegisters: Bool {
    switch self {
    case .guestRegisters, .guestTimer: true
    default: false
    }
  }
}
