import Contracts
import EngineABI
import IsolationCore

// ``Call/destroyVM``: the core does what the abstract machine says.

// What is answered, of lives alone.

extension Its {
  func answerToDestroyVM(_ vm: VMID) -> Status {
    guard spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed else {
      return .wrongState
    }
    let first = Machine.firstVCPU(vm)
    return forall(first..<first + Limits.vcpusPerVM) { vcpus[$0].life != .running } ? .ok : .busy
  }
}

extension Before {
  func answerToDestroyVM(_ vm: VMID) -> Status {
    guard vms[vm.index].state == .loading || vms[vm.index].state == .sealed else {
      return .wrongState
    }
    let first = Machine.firstVCPU(vm)
    return forall(first..<first + Limits.vcpusPerVM) { vcpus[$0].life != .running } ? .ok : .busy
  }

  static func answersToDestroyVM(_ its: Its, _ mine: Before, _ vm: VMID) {
    requires(its.livesStand(for: mine))
    ensures(its.answerToDestroyVM(vm) == mine.answerToDestroyVM(vm))
    holds(its.vmStands(vm.index, for: mine))
    holds(its.spaces[vm.index].state == mine.vms[vm.index].state)
    let first = Machine.firstVCPU(vm)
    for index in first..<first + Limits.vcpusPerVM {
      invariant(
        forall(first..<index) {
          (its.vcpus[$0].life == .running) == (mine.vcpus[$0].life == .running)
        })
      holds(its.stands(index, for: mine))
      holds(IsolationSpec.stands(its.vcpus[index].life, for: mine.vcpus[index].life))
    }
  }
}

extension System {
  /// What the abstract machine makes of an answer.
  static func destroying(_ status: Status, _ vm: VMID, _ before: Guest) -> Change {
    if status != .ok { return Change.answering(status) }
    var dying = before
    dying.state = .dying
    return Change.making(
      .ok, 0, PageChange(), VCPUChange(.end, Machine.firstVCPU(vm), Limits.vcpusPerVM),
      UInt64(vm.raw), dying)
  }

  func answersToDestroyVM(_ vm: VMID) {
    ensures(
      ghost: destroyVM(UInt64(vm.raw))
        == System.destroying(Before(self).answerToDestroyVM(vm), vm, guest(UInt64(vm.raw))))
    holds(ghost: guest(UInt64(vm.raw)).state == Before(self).vms[vm.index].state)
    let first = System.vcpu(UInt64(vm.raw), 0)
    holds(first == Machine.firstVCPU(vm))
    holds(
      ghost: forall(first..<first + Limits.vcpusPerVM) {
        vcpus[$0].life == Before(self).vcpus[$0].life
      })
  }
}

// What is made of it.

extension Its {
  private static func answersToDestroyVM(_ core: borrowing Machine, _ vm: VMID) {
    ensures(
      ghost: core.answerToDestroyVM(vm, core.held) == Its(core).answerToDestroyVM(vm))
    let first = Machine.firstVCPU(vm)
    holds(
      ghost: forall(first..<first + Limits.vcpusPerVM) {
        core.vcpus[$0].life == Its(core).vcpus[$0].life
      })
  }

  private static func destroys(
    _ core: inout Machine, _ vm: VMID, _ effects: inout Effects
  ) -> Status {
    requires(ghost: core.isReady(for: vm, effects, core.held))
    requires(effects.hasRoom(1))
    ensures(ghost: { (status: Status) in status == old(Its(core).answerToDestroyVM(vm)) })
    ensures(
      ghost: { (status: Status) in
        Its(core).isMoved(
          old(Its(core)), .dying, status == .ok ? Machine.firstVCPU(vm) : 0,
          status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
          vm: status == .ok ? vm.index : -1)
      })
    var before = Its.unknown
    ghost {
      before = Its(core)
      answersToDestroyVM(core, vm)
    }
    let status = core.destroyVM(vm, &effects)
    ghost {
      isDestroyed(Its(core), before, status, vm)
    }
    return status
  }

  private static func isDestroyed(_ after: Its, _ before: Its, _ status: Status, _ vm: VMID) {
    requires(
      forall(0..<System.vcpuCount) {
        status == .ok && Machine.isVCPU($0, of: vm)
          ? after.isEnded(before, $0) : after.isSame(before, vcpu: $0)
      })
    requires(
      forall(0..<Limits.vms) {
        after.spaces[$0].state
          == (status == .ok && $0 == vm.index ? .dying : before.spaces[$0].state)
      })
    requires(
      forall(0..<Limits.vms) { IsolationCore.isSame(after.vms[$0], before.vms[$0]) })
    ensures(
      after.isMoved(
        before, .dying, status == .ok ? Machine.firstVCPU(vm) : 0,
        status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
        vm: status == .ok ? vm.index : -1))
  }

  /// The theorem about destroyVM.
  static func destroyVM(
    _ core: inout Machine, _ system: inout System, _ cpu: Int, _ vm: VMID,
    _ effects: inout Effects
  ) -> Status {
    requires(cpu >= 0 && cpu < Limits.cpus && effects.hasRoom(1))
    requires(ghost: core.isReady(for: vm, effects, core.held))
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures { (status: Status) in
      old(system.destroyVM(UInt64(vm.raw)))
        == System.destroying(status, vm, old(system.guest(UInt64(vm.raw))))
    }
    var its = Its.unknown
    var mine = Before.unknown
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToDestroyVM(its, mine, vm)
      system.answersToDestroyVM(vm)
    }
    let status = destroys(&core, vm, &effects)
    Before.destroys(&system, cpu, vm, status)
    ghost {
      moves(
        Its(core), its, Before(system), mine, .dying,
        status == .ok ? Machine.firstVCPU(vm) : 0,
        status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
        vm: status == .ok ? vm.index : -1)
    }
    return status
  }
}

extension Before {
  fileprivate static func destroys(
    _ system: inout System, _ cpu: Int, _ vm: VMID, _ status: Status
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: Before(system).isTidy())
    requires(ghost: status == Before(system).answerToDestroyVM(vm))
    ensures(
      ghost: Before(system).isMoved(
        old(Before(system)), .dying, status == .ok ? Machine.firstVCPU(vm) : 0,
        status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
        vm: status == .ok ? vm.index : -1))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToDestroyVM(vm)
    }
    let change = system.destroyVM(UInt64(vm.raw))
    let guest = system.guest(UInt64(vm.raw))
    holds(change == System.destroying(status, vm, guest))
    ghost { System.destroys(change, status, vm, guest) }
    system.take(change, cpu)
    ghost {
      Before.isMoved(
        Before(system), before, change, .dying, status == .ok ? Machine.firstVCPU(vm) : 0,
        status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
        status == .ok ? vm.index : -1)
    }
  }
}

extension System {
  fileprivate static func destroys(
    _ change: Change, _ status: Status, _ vm: VMID, _ before: Guest
  ) {
    requires(change == destroying(status, vm, before))
    ensures(
      change.isSound
        && isMove(
          change, .dying, status == .ok ? Machine.firstVCPU(vm) : 0,
          status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0,
          status == .ok ? vm.index : -1, before)
    )
  }
}
