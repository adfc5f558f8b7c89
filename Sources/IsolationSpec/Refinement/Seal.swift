import Contracts
import EngineABI
import IsolationCore

// ``Call/seal``: the core does what the abstract machine says.

// What is answered, of lives alone.

extension Its {
  func answerToSeal(_ vm: VMID) -> Status {
    spaces[vm.index].state == .loading ? .ok : .wrongState
  }
}

extension Before {
  func answerToSeal(_ vm: VMID) -> Status { vms[vm.index].state == .loading ? .ok : .wrongState }

  static func answersToSeal(_ its: Its, _ mine: Before, _ vm: VMID) {
    requires(its.livesStand(for: mine))
    ensures(its.answerToSeal(vm) == mine.answerToSeal(vm))
    holds(its.vmStands(vm.index, for: mine))
    holds(its.spaces[vm.index].state == mine.vms[vm.index].state)
  }
}

extension System {
  /// What the abstract machine makes of an answer.
  static func sealing(_ status: Status, _ vm: VMID, _ before: Guest) -> Change {
    if status != .ok { return Change.answering(status) }
    var sealed = before
    sealed.state = .sealed
    return Change.making(.ok, 0, PageChange(), VCPUChange(), UInt64(vm.raw), sealed)
  }

  func answersToSeal(_ vm: VMID) {
    ensures(
      ghost: seal(UInt64(vm.raw))
        == System.sealing(Before(self).answerToSeal(vm), vm, guest(UInt64(vm.raw))))
    holds(ghost: guest(UInt64(vm.raw)).state == Before(self).vms[vm.index].state)
  }
}

// What is made of it.

extension Its {
  private static func seals(_ core: inout Machine, _ vm: VMID) -> Status {
    requires(ghost: core.isLocked(vm, core.held))
    requires(ghost: core.areTablesRight(core.held))
    ensures(ghost: { (status: Status) in status == old(Its(core).answerToSeal(vm)) })
    ensures(
      ghost: { (status: Status) in
        Its(core).isMoved(
          old(Its(core)), .sealed, 0, 0, vm: status == .ok ? vm.index : -1)
      })
    var before = Its.unknown
    ghost { before = Its(core) }
    let status = core.seal(vm)
    ghost {
      isSealed(Its(core), before, status == .ok ? vm.index : -1)
    }
    return status
  }

  private static func isSealed(_ after: Its, _ before: Its, _ vm: Int) {
    requires(vm >= -1 && vm < Limits.vms)
    requires(forall(0..<System.vcpuCount) { after.isSame(before, vcpu: $0) })
    requires(
      forall(0..<Limits.vms) {
        after.spaces[$0].state == ($0 == vm ? .sealed : before.spaces[$0].state)
      })
    requires(
      forall(0..<Limits.vms) { IsolationCore.isSame(after.vms[$0], before.vms[$0]) })
    ensures(after.isMoved(before, .sealed, 0, 0, vm: vm))
  }
}

extension Before {
  static func seals(
    _ system: inout System, _ cpu: Int, _ vm: VMID, _ status: Status
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: Before(system).isTidy())
    requires(ghost: status == Before(system).answerToSeal(vm))
    ensures(
      ghost: Before(system).isMoved(
        old(Before(system)), .sealed, 0, 0, vm: status == .ok ? vm.index : -1))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToSeal(vm)
    }
    let change = system.seal(UInt64(vm.raw))
    let guest = system.guest(UInt64(vm.raw))
    holds(change == System.sealing(status, vm, guest))
    ghost { System.seals(change, status, vm, guest) }
    system.take(change, cpu)
    ghost {
      Before.isMoved(
        Before(system), before, change, .sealed, 0, 0, status == .ok ? vm.index : -1)
    }
  }
}

extension System {
  fileprivate static func seals(
    _ change: Change, _ status: Status, _ vm: VMID, _ before: Guest
  ) {
    requires(change == sealing(status, vm, before))
    ensures(
      change.isSound
        && isMove(change, .sealed, 0, 0, status == .ok ? vm.index : -1, before))
  }
}

// Both.

extension Its {
  /// The theorem about seal.
  static func seal(
    _ core: inout Machine, _ system: inout System, _ cpu: Int, _ vm: VMID
  ) -> Status {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: core.isLocked(vm, core.held) && core.areTablesRight(core.held))
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures { (status: Status) in
      old(system.seal(UInt64(vm.raw)))
        == System.sealing(status, vm, old(system.guest(UInt64(vm.raw))))
    }
    var its = Its.unknown
    var mine = Before.unknown
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToSeal(its, mine, vm)
      system.answersToSeal(vm)
    }
    let status = seals(&core, vm)
    Before.seals(&system, cpu, vm, status)
    ghost {
      moves(
        Its(core), its, Before(system), mine, .sealed, 0, 0,
        vm: status == .ok ? vm.index : -1)
    }
    return status
  }
}
