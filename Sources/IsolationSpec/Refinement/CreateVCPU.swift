import Contracts
import EngineABI
import IsolationCore

// ``Call/createVCPU``: the core does what the abstract machine says.

extension System {
  /// The vCPU of a VM that a call names, on both sides.
  static func isOne(_ vm: VMID, _ number: UInt64) {
    requires(number < UInt64(Limits.vcpusPerVM))
    ensures(System.vcpu(UInt64(vm.raw), number) == Its.place(vm, number))
    ensures(VCPUID(vm, number)!.index == Its.place(vm, number))
  }
}

extension Its {
  /// Where a VM's vCPU is in the tables, or -1.
  static func place(_ vm: VMID, _ number: UInt64) -> Int {
    number < UInt64(Limits.vcpusPerVM)
      ? Machine.firstVCPU(vm) + Int(truncatingIfNeeded: number) : -1
  }
}

// What is answered, of lives alone.

extension Its {
  func answerToCreateVCPU(_ vm: VMID, _ number: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM) else { return .invalidArgument }
    guard spaces[vm.index].state == .loading else { return .wrongState }
    guard vcpus[Its.place(vm, number)].life == .absent else { return .occupied }
    guard number == 0 || vcpus[Its.place(vm, number) - 1].life != .absent else {
      return .wrongState
    }
    return .ok
  }
}

extension Its {
  private static func answersToCreateVCPU(
    _ core: borrowing Machine, _ vm: VMID, _ number: UInt64
  ) {
    ensures(
      ghost: core.answerToCreateVCPU(vm, number, core.held)
        == Its(core).answerToCreateVCPU(vm, number))
    guard number < UInt64(Limits.vcpusPerVM) else { return }
    System.isOne(vm, number)
    if number > 0 { System.isOne(vm, number - 1) }
  }
}

extension Before {
  func answerToCreateVCPU(_ vm: VMID, _ number: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM) else { return .invalidArgument }
    guard vms[vm.index].state == .loading else { return .wrongState }
    guard number == 0 || vcpus[Its.place(vm, number) - 1].life != .absent else {
      return .wrongState
    }
    guard vcpus[Its.place(vm, number)].life == .absent else { return .occupied }
    return .ok
  }

  private static func absent(_ its: Its, _ mine: Before, _ index: Int) {
    requires(its.livesStand(for: mine) && index >= 0 && index < System.vcpuCount)
    ensures((its.vcpus[index].life == .absent) == (mine.vcpus[index].life == .absent))
    holds(its.stands(index, for: mine))
  }

  /// The order in which errors count is another, which makes no difference.
  static func answersToCreateVCPU(
    _ its: Its, _ mine: Before, _ vm: VMID, _ number: UInt64
  ) {
    requires(its.livesStand(for: mine) && mine.isTidy())
    ensures(its.answerToCreateVCPU(vm, number) == mine.answerToCreateVCPU(vm, number))
    holds(its.vmStands(vm.index, for: mine))
    holds(its.spaces[vm.index].state == mine.vms[vm.index].state)
    guard number < UInt64(Limits.vcpusPerVM) else { return }
    let place = Its.place(vm, number)
    holds(place >= 0 && place < System.vcpuCount && mine.isTidy(place))
    absent(its, mine, place)
    if number > 0 {
      absent(its, mine, place - 1)
      holds(place % Limits.vcpusPerVM != 0)
      holds(mine.vcpus[place].life == .absent || mine.vcpus[place - 1].life != .absent)
    }
  }
}

extension System {
  /// What the abstract machine makes of an answer.
  static func creating(_ status: Status, _ vm: VMID, _ number: UInt64) -> Change {
    return status == .ok && number < UInt64(Limits.vcpusPerVM)
      ? Change.making(
        .ok, 0, PageChange(), VCPUChange(.create, System.vcpu(UInt64(vm.raw), number), 1), 0,
        Guest()) : Change.answering(status)
  }

  func answersToCreateVCPU(_ vm: VMID, _ number: UInt64) {
    ensures(
      ghost: createVCPU(UInt64(vm.raw), number)
        == System.creating(Before(self).answerToCreateVCPU(vm, number), vm, number))
    holds(ghost: guest(UInt64(vm.raw)).state == Before(self).vms[vm.index].state)
    if number < UInt64(Limits.vcpusPerVM) { System.isOne(vm, number) }
  }
}

// What is made of it.

extension Its {
  /// One vCPU is created, if any is, and nothing else changes.
  func isCreated(_ before: Its, _ status: Status, _ vm: VMID, _ number: UInt64) -> Bool {
    opaque()
    let place = status == .ok ? Its.place(vm, number) : -1
    return isSame(before, but: place, place + 1, vm: -1)
      && (place < 0 || isCreated(place, number))
  }

  func isCreated(_ place: Int, _ number: UInt64) -> Bool {
    guard vcpus[place].lists < 16 else { return false }
    return IsolationCore.isSame(vcpus[place], VCPU.created(number))
      && IsolationCore.isSame(saved[place], Context())
  }

  /// What the contract of the core's call says.
  static func createsVCPU(
    _ core: inout Machine, _ vm: VMID, _ number: UInt64
  ) -> Status {
    requires(ghost: core.isLocked(vm, core.held))
    ensures(
      ghost: { (status: Status) in
        status == old(Its(core).answerToCreateVCPU(vm, number))
      })
    ensures(
      ghost: { (status: Status) in
        Its(core).isCreated(old(Its(core)), status, vm, number)
      })
    var before = Its.unknown
    ghost {
      before = Its(core)
      answersToCreateVCPU(core, vm, number)
    }
    let status = core.createVCPU(vm, number)
    ghost { isCreated(Its(core), before, status, vm, number) }
    return status
  }

  private static func isCreated(
    _ after: Its, _ before: Its, _ status: Status, _ vm: VMID, _ number: UInt64
  ) {
    requires(status == before.answerToCreateVCPU(vm, number))
    requires(forall(0..<System.vcpuCount) { after.vcpus[$0].lists < 16 })
    requires(forall(0..<System.vcpuCount) { before.vcpus[$0].lists < 16 })
    requires(
      forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          after.vcpus[$0],
          status == .ok && Machine.isVCPU($0, vm, number)
            ? VCPU.created(number) : before.vcpus[$0])
      })
    requires(
      forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          after.saved[$0],
          status == .ok && Machine.isVCPU($0, vm, number) ? Context() : before.saved[$0])
      })
    requires(forall(0..<Limits.vms) { after.isSame(before, vm: $0) })
    ensures(after.isCreated(before, status, vm, number))
  }
}

extension Before {
  /// The same of the abstract machine.
  func isCreated(_ before: Before, _ status: Status, _ vm: VMID, _ number: UInt64) -> Bool {
    opaque()
    let place = status == .ok ? Its.place(vm, number) : -1
    return isSame(before, but: place, place + 1, vm: -1)
      && (place < 0 || IsolationSpec.isSame(vcpus[place], VirtualCPU().living(.off)))
  }

  /// What the abstract machine's call does.
  static func createsVCPU(
    _ system: inout System, _ cpu: Int, _ vm: VMID, _ number: UInt64, _ status: Status
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: Before(system).isTidy())
    requires(ghost: status == Before(system).answerToCreateVCPU(vm, number))
    ensures(ghost: Before(system).isCreated(old(Before(system)), status, vm, number))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToCreateVCPU(vm, number)
    }
    let change = system.createVCPU(UInt64(vm.raw), number)
    holds(change == System.creating(status, vm, number))
    ghost { System.creates(change, status, vm, number) }
    system.take(change, cpu)
    ghost { isCreated(Before(system), before, change, status, vm, number) }
  }

  private static func isCreated(
    _ after: Before, _ before: Before, _ change: Change, _ status: Status, _ vm: VMID,
    _ number: UInt64
  ) {
    requires(before.isTidy() && status == before.answerToCreateVCPU(vm, number))
    requires(change.isSound && System.isCreation(change, status, Its.place(vm, number)))
    requires(
      forall(0..<System.vcpuCount) {
        change.vcpus.makes(after.vcpus[$0], of: before.vcpus[$0], $0)
      })
    requires(
      forall(0..<Limits.vms) { change.makes(after.vms[$0], of: before.vms[$0], $0) })
    ensures(after.isCreated(before, status, vm, number))
    ensures(after.isTidy())
    let place = status == .ok ? Its.place(vm, number) : -1
    holds(
      forall(0..<System.vcpuCount) {
        $0 == place || IsolationSpec.isSame(after.vcpus[$0], before.vcpus[$0])
      })
    holds(forall(0..<Limits.vms) { after.vms[$0] == before.vms[$0] })
    holds(place < 0 || IsolationSpec.isSame(after.vcpus[place], VirtualCPU().living(.off)))
    holds(
      forall(0..<System.vcpuCount) {
        after.vcpus[$0].life == ($0 == place ? .off : before.vcpus[$0].life)
      })
    holds(after.isSame(before, but: place, place + 1, vm: -1))
    if status == .ok {
      holds(number == 0 || before.vcpus[Its.place(vm, number) - 1].life != .absent)
      holds(number > 0 || place % Limits.vcpusPerVM == 0)
    }
    keepTidy(after, before, place, .off)
  }
}

extension System {
  static func isCreation(_ change: Change, _ status: Status, _ place: Int) -> Bool {
    guard change.vm == 0, change.pages.count == 0 else { return false }
    if status != .ok { return change.vcpus.count == 0 }
    return change.vcpus.count == 1 && change.vcpus.kind == .create
      && change.vcpus.first == place
  }

  fileprivate static func creates(
    _ change: Change, _ status: Status, _ vm: VMID, _ number: UInt64
  ) {
    requires(status != .ok || number < UInt64(Limits.vcpusPerVM))
    requires(change == creating(status, vm, number))
    ensures(change.isSound && isCreation(change, status, Its.place(vm, number)))
    if status == .ok { System.isOne(vm, number) }
  }
}

// Both.

extension Its {
  private static func creates(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ status: Status,
    _ vm: VMID, _ number: UInt64
  ) {
    requires(before.livesStand(for: mineBefore))
    requires(its.isCreated(before, status, vm, number))
    requires(mine.isCreated(mineBefore, status, vm, number))
    ensures(its.livesStand(for: mine))
    let place = status == .ok ? Its.place(vm, number) : -1
    holds(its.isSame(before, but: place, place + 1, vm: -1))
    holds(mine.isSame(mineBefore, but: place, place + 1, vm: -1))
    if place >= 0 { isCreated(its, mine, place, number) }
    keep(its, before, mine, mineBefore, but: place, place + 1, vm: -1)
  }

  private static func isCreated(_ its: Its, _ mine: Before, _ place: Int, _ number: UInt64) {
    requires(its.isCreated(place, number))
    requires(IsolationSpec.isSame(mine.vcpus[place], VirtualCPU().living(.off)))
    ensures(its.stands(place, for: mine))
  }

  /// The theorem.
  static func createVCPU(
    _ core: inout Machine, _ system: inout System, _ cpu: Int, _ vm: VMID, _ number: UInt64
  ) -> Status {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: core.isLocked(vm, core.held))
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures { (status: Status) in
      old(system.createVCPU(UInt64(vm.raw), number)) == System.creating(status, vm, number)
    }
    var its = Its.unknown
    var mine = Before.unknown
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToCreateVCPU(its, mine, vm, number)
      system.answersToCreateVCPU(vm, number)
    }
    let status = createsVCPU(&core, vm, number)
    Before.createsVCPU(&system, cpu, vm, number, status)
    ghost { creates(Its(core), its, Before(system), mine, status, vm, number) }
    return status
  }
}
