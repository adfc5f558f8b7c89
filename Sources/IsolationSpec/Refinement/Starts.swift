import Contracts
import EngineABI
import IsolationCore

// A vCPU is turned on: what setEntry and CPU_ON have in common. Place -1 is that of none.

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

  /// What contracts of the core say, which name the vCPU by its VM and number.
  static func isStarted(
    _ after: Its, _ before: Its, _ isOne: Bool, _ vm: VMID, _ number: UInt64, _ pc: UInt64,
    _ argument: UInt64
  ) {
    requires(!isOne || number < UInt64(Limits.vcpusPerVM))
    requires(forall(0..<System.vcpuCount) { after.vcpus[$0].lists < 16 })
    requires(forall(0..<System.vcpuCount) { before.vcpus[$0].lists < 16 })
    requires(
      forall(0..<System.vcpuCount) {
        isOne && Machine.isVCPU($0, vm, number)
          ? after.vcpus[$0].isTurnedOn(from: before.vcpus[$0])
          : IsolationCore.isSame(after.vcpus[$0], before.vcpus[$0])
      })
    requires(
      forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          after.saved[$0],
          isOne && Machine.isVCPU($0, vm, number)
            ? Context.starting(pc, argument) : before.saved[$0])
      })
    requires(forall(0..<Limits.vms) { after.spaces[$0].state == before.spaces[$0].state })
    requires(
      forall(0..<Limits.vms) {
        isOne && $0 == vm.index
          ? after.vms[$0].isSameButPending(before.vms[$0])
          : IsolationCore.isSame(after.vms[$0], before.vms[$0])
      })
    ensures(
      after.isStarted(
        before, isOne ? Its.place(vm, number) : -1, pc, argument, vm: isOne ? vm.index : -1))
  }

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
}
