import Contracts
import EngineABI

// What the contracts of CPU_ON, CPU_OFF and destroyVM come to, as theorems: functions that nobody
// calls. What their bodies never write (spaces, CPUs, ownership) is unchanged without a word.

extension Machine {
  /// A vCPU that is on, the caller itself for one, is not turned on again: the answer is ALREADY_ON,
  /// and nothing changes.
  mutating func turnOnTwice(
    _ id: VCPUID, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    requires(
      life(id.vm, affinity) == .running || life(id.vm, affinity) == .ready
        || life(id.vm, affinity) == .halted)
    ensures { (result: UInt64) in result == PSCI.alreadyOn }
    ensures(notice.wakes == old(notice.wakes) && effects.count == old(effects.count))
    ensures(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(0..<contexts.count) { isSame(contexts[$0], old(contexts[$0])) })
    ensures(ghost: forall(0..<Limits.vms) { isSame(vms[$0], old(vms[$0])) })
    return guestCPUOn(id, affinity, entry, argument, &notice, &effects)
  }

  /// One that is being turned on, or that there is not, is not turned on either, and nothing changes.
  mutating func turnOnInVain(
    _ id: VCPUID, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    requires(life(id.vm, affinity) == .starting || life(id.vm, affinity) == .absent)
    ensures { (result: UInt64) in
      result
        == (old(life(id.vm, affinity)) == .starting ? PSCI.onPending : PSCI.invalidParameters)
    }
    ensures(notice.wakes == old(notice.wakes) && effects.count == old(effects.count))
    ensures(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(0..<contexts.count) { isSame(contexts[$0], old(contexts[$0])) })
    ensures(ghost: forall(0..<Limits.vms) { isSame(vms[$0], old(vms[$0])) })
    return guestCPUOn(id, affinity, entry, argument, &notice, &effects)
  }

  /// One that is off starts at the entry with the argument in x0, all else as after reset, and no
  /// other changes.
  mutating func turnOnOther(
    _ id: VCPUID, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    requires(life(id.vm, affinity) == .off && isEntry(id.vm, entry))
    ensures { (result: UInt64) in result == PSCI.success }
    ensures(
      ghost: forall(0..<vcpus.count) {
        Machine.isVCPU($0, id.vm, affinity)
          ? vcpus[$0].life == .starting : isSame(vcpus[$0], old(vcpus[$0]))
      })
    ensures(
      ghost: forall(0..<contexts.count) {
        isSame(
          contexts[$0],
          Machine.isVCPU($0 - Limits.cpus, id.vm, affinity)
            ? Context.starting(entry, argument) : old(contexts[$0]))
      })
    return guestCPUOn(id, affinity, entry, argument, &notice, &effects)
  }

  /// A vCPU that calls CPU_OFF is off then and its CPU the host's, which learns of it; no other vCPU,
  /// CPU or VM changes.
  mutating func turnOffItself(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ notice: inout Notice, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu) && runs(id, on: cpu))
    requires(effects.isUnlocked && effects.hasRoom(12))
    requires(contexts[id.context].frame.x[0] == Function.cpuOff)
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(vcpus[id.index].life == .off && cpus[cpu].running == 0)
    ensures(contexts[cpu].frame.x[0] == UInt64(bitPattern: Exit.off.rawValue))
    ensures(
      ghost: forall(0..<vcpus.count) { $0 != id.index ==> isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(0..<cpus.count) { $0 != cpu ==> isSame(cpus[$0], old(cpus[$0])) })
    ensures(
      ghost: forall(0..<Limits.vms) { $0 != id.vm.index ==> isSame(vms[$0], old(vms[$0])) })
    guestCall(cpu: cpu, id, &trap, &notice, &effects)
  }

  /// A VM of which a vCPU runs is not destroyed, and nothing changes.
  mutating func destroyWhileItRuns(_ vm: VMID, _ effects: inout Effects) -> Status {
    requires(ghost: held[0] && held[Int(vm.raw)])
    requires(effects.memoryLocked && effects.lockedVM == vm.raw && effects.hasRoom(1))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(spaces[vm.index].state == .sealed && runsSomewhere(vm))
    ensures { (status: Status) in status == .busy }
    ensures(effects.count == old(effects.count))
    ensures(ghost: forall(0..<Limits.vms) { spaces[$0].state == old(spaces[$0].state) })
    ensures(ghost: forall(0..<vcpus.count) { vcpus[$0].life == old(vcpus[$0].life) })
    return destroyVM(vm, &effects)
  }
}
