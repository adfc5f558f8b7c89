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
  /// One vCPU is turned on, or none.
  func isStarted(_ before: Its, _ place: Int, _ pc: UInt64, _ argument: UInt64, vm: Int) -> Bool {
    opaque()
    requires(place < System.vcpuCount)
    return isSame(before, but: place, place + 1, vm: vm)
      && (place < 0 || isStarted(before, place, pc, argument))
      && (vm < 0 || isSameButPending(before, vm))
  }

  func isStarted(_ before: Its, _ place: Int, _ pc: UInt64, _ argument: UInt64) -> Bool {
    guard vcpus[place].lists < 16, before.vcpus[place].lists < 16 else { return false }
    return vcpus[place].isTurnedOn(from: before.vcpus[place])
      && IsolationCore.isSame(saved[place], Context.starting(pc, argument))
  }

  func isSameButPending(_ before: Its, _ vm: Int) -> Bool {
    guard spaces[vm].state == before.spaces[vm].state else { return false }
    return vms[vm].isSameButPending(before.vms[vm])
  }

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
    ghost { isStarted(Its(core), before, status, vm, number, pc, argument) }
    return status
  }

  private static func isStarted(
    _ after: Its, _ before: Its, _ status: Status, _ vm: VMID, _ number: UInt64, _ pc: UInt64,
    _ argument: UInt64
  ) {
    requires(status == before.answerToSetEntry(vm, number, pc))
    requires(forall(0..<System.vcpuCount) { after.vcpus[$0].lists < 16 })
    requires(forall(0..<System.vcpuCount) { before.vcpus[$0].lists < 16 })
    requires(
      forall(0..<System.vcpuCount) {
        status == .ok && Machine.isVCPU($0, vm, number)
          ? after.vcpus[$0].isTurnedOn(from: before.vcpus[$0])
          : IsolationCore.isSame(after.vcpus[$0], before.vcpus[$0])
      })
    requires(
      forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          after.saved[$0],
          status == .ok && Machine.isVCPU($0, vm, number)
            ? Context.starting(pc, argument) : before.saved[$0])
      })
    requires(forall(0..<Limits.vms) { after.spaces[$0].state == before.spaces[$0].state })
    requires(
      forall(0..<Limits.vms) {
        status == .ok && $0 == vm.index
          ? after.vms[$0].isSameButPending(before.vms[$0])
          : IsolationCore.isSame(after.vms[$0], before.vms[$0])
      })
    ensures(
      after.isStarted(
        before, status == .ok ? Its.place(vm, number) : -1, pc, argument,
        vm: status == .ok ? vm.index : -1))
  }
}

extension Before {
  /// The same of the abstract machine.
  func isStarted(_ before: Before, _ place: Int, _ pc: UInt64, _ argument: UInt64) -> Bool {
    opaque()
    requires(place < System.vcpuCount)
    return isSame(before, but: place, place + 1, vm: -1)
      && (place < 0
        || IsolationSpec.isSame(vcpus[place], before.vcpus[place].turnedOn(pc, argument)))
  }

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

  static func isStarted(
    _ after: Before, _ before: Before, _ change: Change, _ place: Int, _ pc: UInt64,
    _ argument: UInt64
  ) {
    requires(before.isTidy() && place >= -1 && place < System.vcpuCount)
    requires(place < 0 || before.vcpus[place].life != .absent)
    requires(change.isSound && System.isStart(change, place, pc, argument))
    requires(
      forall(0..<System.vcpuCount) {
        change.vcpus.makes(after.vcpus[$0], of: before.vcpus[$0], $0)
      })
    requires(
      forall(0..<Limits.vms) { change.makes(after.vms[$0], of: before.vms[$0], $0) })
    ensures(after.isStarted(before, place, pc, argument))
    ensures(after.isTidy())
    holds(
      forall(0..<System.vcpuCount) {
        $0 == place || IsolationSpec.isSame(after.vcpus[$0], before.vcpus[$0])
      })
    holds(forall(0..<Limits.vms) { after.vms[$0] == before.vms[$0] })
    holds(
      place < 0
        || IsolationSpec.isSame(after.vcpus[place], before.vcpus[place].turnedOn(pc, argument)))
    holds(
      forall(0..<System.vcpuCount) {
        after.vcpus[$0].life == ($0 == place ? .starting : before.vcpus[$0].life)
      })
    holds(after.isSame(before, but: place, place + 1, vm: -1))
    if place >= 0 { holds(before.isTidy(place)) }
    keepTidy(after, before, place, .starting)
  }
}

extension System {
  static func isStart(
    _ change: Change, _ place: Int, _ pc: UInt64, _ argument: UInt64
  ) -> Bool {
    guard change.vm == 0, change.pages.count == 0 else { return false }
    if place < 0 { return change.vcpus.count == 0 }
    return change.vcpus.count == 1 && change.vcpus.kind == .turnOn
      && change.vcpus.first == place && change.vcpus.pc == pc
      && change.vcpus.argument == argument
  }

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
  static func starts(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ place: Int,
    _ pc: UInt64, _ argument: UInt64, vm: Int
  ) {
    requires(place >= -1 && place < System.vcpuCount && vm >= -1 && vm < Limits.vms)
    requires(place < 0 || mineBefore.vcpus[place].life != .absent)
    requires(before.livesStand(for: mineBefore))
    requires(its.isStarted(before, place, pc, argument, vm: vm))
    requires(mine.isStarted(mineBefore, place, pc, argument))
    ensures(its.livesStand(for: mine))
    holds(its.isSame(before, but: place, place + 1, vm: vm))
    holds(mine.isSame(mineBefore, but: place, place + 1, vm: -1))
    holds(mine.isSame(mineBefore, but: place, place + 1, vm: vm))
    if place >= 0 {
      holds(before.stands(place, for: mineBefore))
      isStarted(its, before, mine, mineBefore, place, pc, argument)
    }
    if vm >= 0 {
      holds(before.vmStands(vm, for: mineBefore))
      holds(mine.vms[vm] == mineBefore.vms[vm])
      holds(its.vmStands(vm, for: mine))
    }
    keep(its, before, mine, mineBefore, but: place, place + 1, vm: vm)
  }

  private static func isStarted(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ place: Int,
    _ pc: UInt64, _ argument: UInt64
  ) {
    requires(its.isStarted(before, place, pc, argument))
    requires(before.stands(place, for: mineBefore))
    requires(mineBefore.vcpus[place].life != .absent)
    requires(
      IsolationSpec.isSame(mine.vcpus[place], mineBefore.vcpus[place].turnedOn(pc, argument)))
    ensures(its.stands(place, for: mine))
    isStarted(
      its.vcpus[place], before.vcpus[place], mine.vcpus[place], mineBefore.vcpus[place], pc,
      argument)
    isStarted(its.saved[place], mine.vcpus[place].registers, pc, argument)
  }

  private static func isStarted(
    _ its: VCPU, _ before: VCPU, _ mine: VirtualCPU, _ mineBefore: VirtualCPU, _ pc: UInt64,
    _ argument: UInt64
  ) {
    requires(its.isTurnedOn(from: before) && IsolationSpec.stands(before, for: mineBefore))
    requires(mineBefore.life != .absent)
    requires(IsolationSpec.isSame(mine, mineBefore.turnedOn(pc, argument)))
    ensures(IsolationSpec.stands(its, for: mine))
  }

  private static func isStarted(
    _ its: Context, _ mine: Registers, _ pc: UInt64, _ argument: UInt64
  ) {
    requires(IsolationCore.isSame(its, Context.starting(pc, argument)))
    requires(IsolationSpec.isSame(mine, VirtualCPU().turnedOn(pc, argument).registers))
    ensures(IsolationSpec.stands(its, for: mine))
  }

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
