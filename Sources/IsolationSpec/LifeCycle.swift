import Contracts
import EngineABI

// Lives of VMs and vCPUs.

extension System {
  func seal(_ vm: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard guest(vm).state == .loading else { return Change.answering(.wrongState) }
    var sealed = guest(vm)
    sealed.state = .sealed
    return Change.making(.ok, 0, PageChange(), VCPUChange(), vm, sealed)
  }

  func destroyVM(_ vm: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard isAlive(vm) else { return Change.answering(.wrongState) }
    let first = System.vcpu(vm, 0)
    guard forall(first..<first + Limits.vcpusPerVM, { vcpus[$0].life != .running }) else {
      return Change.answering(.busy)
    }
    var dying = guest(vm)
    dying.state = .dying
    return Change.making(
      .ok, 0, PageChange(), VCPUChange(.end, first, Limits.vcpusPerVM), vm, dying)
  }

  func createVCPU(_ vm: UInt64, _ number: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard number < UInt64(Limits.vcpusPerVM) else { return Change.answering(.invalidArgument) }
    guard guest(vm).state == .loading else { return Change.answering(.wrongState) }
    let vcpu = System.vcpu(vm, number)
    guard number == 0 || vcpus[vcpu - 1].life != .absent else {
      return Change.answering(.wrongState)
    }
    guard vcpus[vcpu].life == .absent else { return Change.answering(.occupied) }
    return Change.making(.ok, 0, PageChange(), VCPUChange(.create, vcpu, 1), 0, Guest())
  }

  func setEntry(_ vm: UInt64, _ number: UInt64, _ pc: UInt64, _ argument: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard number < UInt64(Limits.vcpusPerVM), pc % 4 == 0 else {
      return Change.answering(.invalidArgument)
    }
    guard guest(vm).state == .loading, vcpus[System.vcpu(vm, number)].life != .absent else {
      return Change.answering(.wrongState)
    }
    return Change.making(
      .ok, 0, PageChange(), System.turningOn(System.vcpu(vm, number), pc, argument), 0, Guest())
  }

  /// A vCPU as after reset, to start at `pc` with `argument` in x0.
  static func turningOn(_ vcpu: Int, _ pc: UInt64, _ argument: UInt64) -> VCPUChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    var result = VCPUChange(.turnOn, vcpu, 1)
    result.pc = pc
    result.argument = argument
    return result
  }

  /// The line of a shared interrupt. (Who is to learn of it belongs to the interrupt controller,
  /// which is not here yet: a VM that has not enabled it has nobody to tell.)
  func setInterrupt(_ vm: UInt64, _ interrupt: UInt64, _ level: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard interrupt >= 32, interrupt < 32 + UInt64(Limits.spis), level <= 1 else {
      return Change.answering(.invalidArgument)
    }
    guard guest(vm).state == .sealed else { return Change.answering(.wrongState) }
    let line: UInt64 = 1 << (interrupt &- 32)
    var signalled = guest(vm)
    signalled.lines = level == 0 ? guest(vm).lines & ~line : guest(vm).lines | line
    return Change.making(.ok, 0, PageChange(), VCPUChange(), vm, signalled)
  }
}
