import Contracts
import EngineABI
import IsolationCore

// ``Call/setEntry``: the core does what the abstract machine says.

// What is answered, of lives alone.

extension Its {
  func answerToSetEntry(_ vm: VMID, _ number: UInt64, _ pc: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM), pc % 4 == 0 else { return .invalidArgument }
    guard spaces[vm.index].state == .loading else { return .wrongState }
    let life = vcpus[Its.place(vm, number)].life
    return life == .off || life == .starting ? .ok : .wrongState
  }

  private static func answersToSetEntry(
    _ core: borrowing Machine, _ vm: VMID, _ number: UInt64, _ pc: UInt64
  ) {
    ensures(
      ghost: core.answerToSetEntry(vm, number, pc, core.held)
        == Its(core).answerToSetEntry(vm, number, pc))
    if number < UInt64(Limits.vcpusPerVM) { System.isOne(vm, number) }
  }
}

extension Before {
  func answerToSetEntry(_ vm: VMID, _ number: UInt64, _ pc: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM), pc % 4 == 0 else { return .invalidArgument }
    guard vms[vm.index].state == .loading, vcpus[Its.place(vm, number)].life != .absent else {
      return .wrongState
    }
    return .ok
  }

  /// A vCPU of a VM that is loading has not run.
  static func answersToSetEntry(
    _ its: Its, _ mine: Before, _ vm: VMID, _ number: UInt64, _ pc: UInt64
  ) {
    requires(its.livesStand(for: mine) && mine.isTidy())
    ensures(its.answerToSetEntry(vm, number, pc) == mine.answerToSetEntry(vm, number, pc))
    holds(its.vmStands(vm.index, for: mine))
    holds(its.spaces[vm.index].state == mine.vms[vm.index].state)
    guard number < UInt64(Limits.vcpusPerVM) else { return }
    let place = Its.place(vm, number)
    holds(place / Limits.vcpusPerVM == vm.index)
    holds(place >= 0 && place < System.vcpuCount && mine.isTidy(place))
    holds(its.stands(place, for: mine))
    holds(IsolationSpec.stands(its.vcpus[place].life, for: mine.vcpus[place].life))
  }
}

extension System {
  /// What the abstract machine makes of an answer.
  static func starting(
    _ status: Status, _ vm: VMID, _ number: UInt64, _ pc: UInt64, _ argument: UInt64
  ) -> Change {
    status == .ok && number < UInt64(Limits.vcpusPerVM)
      ? Change.making(
        .ok, 0, PageChange(),
        System.turningOn(System.vcpu(UInt64(vm.raw), number), pc, argument), 0, Guest())
      : Change.answering(status)
  }

  func answersToSetEntry(_ vm: VMID, _ number: UInt64, _ pc: UInt64, _ argument: UInt64) {
    ensures(
      ghost: setEntry(UInt64(vm.raw), number, pc, argument)
        == System.starting(
          Before(self).answerToSetEntry(vm, number, pc), vm, number, pc, argument))
    holds(ghost: guest(UInt64(vm.raw)).state == Before(self).vms[vm.index].state)
    if number < UInt64(Limits.vcpusPerVM) { System.isOne(vm, number) }
  }
}

// What is made of it.

extension Its {
  /// What the contract of the core's call says.
  private static func setsEntry(
    _ core: inout Machine, _ vm: VMID, _ number: UInt64, _ pc: UInt64, _ argument: UInt64
  ) -> Status {
    requires(ghost: core.isLocked(vm, core.held))
    ensures(
      ghost: { (status: Status) in
        status == old(Its(core).answerToSetEntry(vm, number, pc))
      })
    ensures(
      ghost: { (status: Status) in
        Its(core).isStarted(
          old(Its(core)), status == .ok ? Its.place(vm, number) : -1, pc, argument,
          vm: status == .ok ? vm.index : -1)
      })
    var before = Its.unknown
    ghost {
      before = Its(core)
      answersToSetEntry(core, vm, number, pc)
    }
    let status = core.setEntry(vm, number, pc: pc, argument: argument)
    ghost { isStarted(Its(core), before, status == .ok, vm, number, pc, argument) }
    return status
  }
}

extension Before {
  /// What the abstract machine's call does.
  static func setsEntry(
    _ system: inout System, _ cpu: Int, _ vm: VMID, _ number: UInt64, _ pc: UInt64,
    _ argument: UInt64, _ status: Status
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: Before(system).isTidy())
    requires(ghost: status == Before(system).answerToSetEntry(vm, number, pc))
    ensures(
      ghost: Before(system).isStarted(
        old(Before(system)), status == .ok ? Its.place(vm, number) : -1, pc, argument))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToSetEntry(vm, number, pc, argument)
    }
    let change = system.setEntry(UInt64(vm.raw), number, pc, argument)
    holds(change == System.starting(status, vm, number, pc, argument))
    ghost { System.starts(change, status, vm, number, pc, argument) }
    system.take(change, cpu)
    ghost {
      Before.isStarted(
        Before(system), before, change, status == .ok ? Its.place(vm, number) : -1, pc, argument)
    }
  }
}

extension System {
  fileprivate static func starts(
    _ change: Change, _ status: Status, _ vm: VMID, _ number: UInt64, _ pc: UInt64,
    _ argument: UInt64
  ) {
    requires(status != .ok || number < UInt64(Limits.vcpusPerVM))
    requires(change == starting(status, vm, number, pc, argument))
    ensures(
      change.isSound
        && isStart(change, status == .ok ? Its.place(vm, number) : -1, pc, argument))
    if status == .ok { System.isOne(vm, number) }
  }
}

// Both.

extension Its {
  /// The theorem.
  static func setEntry(
    _ core: inout Machine, _ system: inout System, _ cpu: Int, _ vm: VMID, _ number: UInt64,
    _ pc: UInt64, _ argument: UInt64
  ) -> Status {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: core.isLocked(vm, core.held))
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures { (status: Status) in
      old(system.setEntry(UInt64(vm.raw), number, pc, argument))
        == System.starting(status, vm, number, pc, argument)
    }
    var its = Its.unknown
    var mine = Before.unknown
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToSetEntry(its, mine, vm, number, pc)
      system.answersToSetEntry(vm, number, pc, argument)
    }
    let status = setsEntry(&core, vm, number, pc, argument)
    Before.setsEntry(&system, cpu, vm, number, pc, argument, status)
    ghost {
      starts(
        Its(core), its, Before(system), mine, status == .ok ? Its.place(vm, number) : -1, pc,
        argument, vm: status == .ok ? vm.index : -1)
    }
    return status
  }
}
