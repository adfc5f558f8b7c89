import Contracts
import EngineABI
import IsolationCore

// CPU_ON of a guest: the core does what the abstract machine says. Where vCPUs may start is memory's to
// say: here it is given that both say the same of the entry.

extension PSCI {
  /// What CPU_ON answers of a vCPU in this part of its life.
  static func answerToCPUOn(_ life: Life, isEntry: Bool) -> UInt64 {
    switch life {
    case .absent: invalidParameters
    case .starting: onPending
    case .ready, .running, .halted: alreadyOn
    case .off: isEntry ? success : invalidAddress
    }
  }

  static func answerToCPUOn(_ life: VCPULife, isEntry: Bool) -> UInt64 {
    switch life {
    case .absent: invalidParameters
    case .starting: onPending
    case .ready, .running, .halted: alreadyOn
    case .off: isEntry ? success : invalidAddress
    }
  }
}

extension Its {
  /// The life of the vCPU that an affinity names; absent, if none.
  func life(_ vm: VMID, _ affinity: UInt64) -> VCPULife {
    affinity < UInt64(Limits.vcpusPerVM) ? vcpus[Its.place(vm, affinity)].life : .absent
  }

  static func answersToCPUOn(
    _ core: borrowing Machine, _ vm: VMID, _ affinity: UInt64, _ entry: UInt64
  ) {
    ensures(
      ghost: core.answerToCPUOn(vm, affinity, entry, core.held)
        == PSCI.answerToCPUOn(
          Its(core).life(vm, affinity), isEntry: core.isEntry(vm, entry, core.held)))
    if affinity < UInt64(Limits.vcpusPerVM) { System.isOne(vm, affinity) }
  }

  private static func turnsOn(
    _ core: inout Machine, _ id: VCPUID, _ affinity: UInt64, _ entry: UInt64,
    _ argument: UInt64, _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    ensures(
      ghost: { (result: UInt64) in
        result
          == PSCI.answerToCPUOn(
            old(Its(core).life(id.vm, affinity)),
            isEntry: old(core.isEntry(id.vm, entry, core.held)))
      })
    ensures(
      ghost: { (result: UInt64) in
        Its(core).isStarted(
          old(Its(core)), result == PSCI.success ? Its.place(id.vm, affinity) : -1, entry,
          argument, vm: result == PSCI.success ? id.vm.index : -1)
      })
    var before = Its.unknown
    let vm = id.vm
    ghost {
      before = Its(core)
      answersToCPUOn(core, vm, affinity, entry)
    }
    let result = core.guestCPUOn(id, affinity, entry, argument, &notice, &effects)
    holds(result != PSCI.success || affinity < UInt64(Limits.vcpusPerVM))
    ghost {
      isStarted(Its(core), before, result == PSCI.success, vm, affinity, entry, argument)
    }
    return result
  }
}

extension Before {
  func life(_ vm: VMID, _ affinity: UInt64) -> Life {
    affinity < UInt64(Limits.vcpusPerVM) ? vcpus[Its.place(vm, affinity)].life : .absent
  }

  static func answersToCPUOn(_ its: Its, _ mine: Before, _ vm: VMID, _ affinity: UInt64) {
    requires(its.livesStand(for: mine))
    ensures(IsolationSpec.stands(its.life(vm, affinity), for: mine.life(vm, affinity)))
    if affinity < UInt64(Limits.vcpusPerVM) {
      holds(its.stands(Its.place(vm, affinity), for: mine))
    }
  }

  static func turnsOn(
    _ system: inout System, _ own: Own, _ vm: VMID, _ affinity: UInt64, _ entry: UInt64,
    _ argument: UInt64, _ result: UInt64
  ) {
    requires(ghost: Before(system).isTidy())
    requires(
      ghost: result
        == PSCI.answerToCPUOn(
          Before(system).life(vm, affinity), isEntry: system.isEntry(vm, entry)))
    ensures(
      ghost: Before(system).isStarted(
        old(Before(system)), result == PSCI.success ? Its.place(vm, affinity) : -1, entry,
        argument))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToCPUOn(own, vm, affinity, entry, argument)
    }
    let change = system.turnOnCPU(own, UInt64(vm.raw), affinity, entry, argument).change
    let place = result == PSCI.success ? Its.place(vm, affinity) : -1
    holds(System.isStart(change, place, entry, argument))
    system.take(change.vcpus)
    ghost { Before.isStarted(Before(system), before, change, place, entry, argument) }
  }
}

extension System {
  /// Whether a vCPU may start there.
  func isEntry(_ vm: VMID, _ entry: UInt64) -> Bool {
    entry % 4 == 0 && find(UInt64(vm.raw), atAddress: entry) >= 0
  }

  /// The change is of vCPUs alone.
  fileprivate mutating func take(_ change: VCPUChange) {
    requires(change.isSound)
    ensures(
      ghost: forall(0..<System.vcpuCount) { change.makes(vcpus[$0], of: old(vcpus[$0]), $0) })
    apply(change)
  }

  func answersToCPUOn(
    _ own: Own, _ vm: VMID, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    ensures(
      ghost: turnOnCPU(own, UInt64(vm.raw), affinity, entry, argument).own.registers.x[0]
        == PSCI.answerToCPUOn(
          Before(self).life(vm, affinity), isEntry: isEntry(vm, entry)))
    ensures(
      ghost: System.isStart(
        turnOnCPU(own, UInt64(vm.raw), affinity, entry, argument).change,
        PSCI.answerToCPUOn(
          Before(self).life(vm, affinity), isEntry: isEntry(vm, entry)) == PSCI.success
          ? Its.place(vm, affinity) : -1, entry, argument))
    if affinity < UInt64(Limits.vcpusPerVM) { System.isOne(vm, affinity) }
  }
}

// Both.

extension Its {
  /// The theorem. Beside vCPUs it is the caller's x0 that changes, which is the result.
  static func turnOnCPU(
    _ core: inout Machine, _ system: inout System, _ own: Own, _ id: VCPUID,
    _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64, _ notice: inout Notice,
    _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    requires(ghost: core.isEntry(id.vm, entry, core.held) == system.isEntry(id.vm, entry))
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures { (result: UInt64) in
      result
        == old(
          system.turnOnCPU(own, UInt64(id.vm.raw), affinity, entry, argument).own.registers.x[0])
    }
    var its = Its.unknown
    var mine = Before.unknown
    let vm = id.vm
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToCPUOn(its, mine, vm, affinity)
      system.answersToCPUOn(own, vm, affinity, entry, argument)
    }
    let result = turnsOn(&core, id, affinity, entry, argument, &notice, &effects)
    Before.turnsOn(&system, own, vm, affinity, entry, argument, result)
    ghost {
      starts(
        Its(core), its, Before(system), mine,
        result == PSCI.success ? Its.place(vm, affinity) : -1, entry, argument,
        vm: result == PSCI.success ? vm.index : -1)
    }
    return result
  }
}
