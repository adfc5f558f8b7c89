import Contracts
import EngineABI

// Lives of VMs and vCPUs.

extension System {
  mutating func seal(_ vm: UInt64) -> Answer {
    guard guest(vm).state == .loading else { return Answer(.wrongState) }
    vms[Int(truncatingIfNeeded: vm) - 1].state = .sealed
    return Answer(.ok)
  }

  mutating func destroyVM(_ vm: UInt64) -> Answer {
    guard guest(vm).state == .loading || guest(vm).state == .sealed else {
      return Answer(.wrongState)
    }
    for number in 0..<UInt64(Limits.vcpusPerVM)
    where vcpus[System.vcpu(vm, number)].life == .running {
      return Answer(.busy)
    }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      vcpus[System.vcpu(vm, number)].life = .absent
    }
    vms[Int(truncatingIfNeeded: vm) - 1].state = .dying
    return Answer(.ok)
  }

  mutating func createVCPU(_ vm: UInt64, _ number: UInt64) -> Answer {
    guard number < UInt64(Limits.vcpusPerVM) else { return Answer(.invalidArgument) }
    guard guest(vm).state == .loading else { return Answer(.wrongState) }
    if number > 0 {
      guard vcpus[System.vcpu(vm, number &- 1)].life != .absent else {
        return Answer(.wrongState)
      }
    }
    let vcpu = System.vcpu(vm, number)
    guard vcpus[vcpu].life == .absent else { return Answer(.occupied) }
    vcpus[vcpu] = VirtualCPU()
    vcpus[vcpu].life = .off
    return Answer(.ok)
  }

  mutating func setEntry(_ vm: UInt64, _ number: UInt64, _ pc: UInt64, _ argument: UInt64)
    -> Answer
  {
    guard number < UInt64(Limits.vcpusPerVM), pc % 4 == 0 else { return Answer(.invalidArgument) }
    guard guest(vm).state == .loading, vcpus[System.vcpu(vm, number)].life != .absent else {
      return Answer(.wrongState)
    }
    turnOn(System.vcpu(vm, number), pc, argument)
    return Answer(.ok)
  }

  /// A vCPU as after reset, to start at `pc` with `argument` in x0.
  mutating func turnOn(_ vcpu: Int, _ pc: UInt64, _ argument: UInt64) {
    vcpus[vcpu].registers = Registers()
    vcpus[vcpu].registers.pc = pc
    vcpus[vcpu].registers.x[0] = argument
    vcpus[vcpu].request = .none
    vcpus[vcpu].fault = .none
    vcpus[vcpu].timerLine = false
    vcpus[vcpu].life = .starting
  }

  /// The line of a shared interrupt. (Who is to learn of it belongs to the interrupt controller,
  /// which is not here yet: a VM that has not enabled it has nobody to tell.)
  mutating func setInterrupt(_ vm: UInt64, _ interrupt: UInt64, _ level: UInt64) -> Answer {
    guard interrupt >= 32, interrupt < 32 + UInt64(Limits.spis), level <= 1 else {
      return Answer(.invalidArgument)
    }
    guard guest(vm).state == .sealed else { return Answer(.wrongState) }
    let line: UInt64 = 1 << (interrupt &- 32)
    let index = Int(truncatingIfNeeded: vm) - 1
    if level == 0 { vms[index].lines &= ~line } else { vms[index].lines |= line }
    return Answer(.ok)
  }
}
