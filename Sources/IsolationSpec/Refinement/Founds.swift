import Contracts
import EngineABI
import IsolationCore

// What createVM makes, on each side. Index -1 is that of no page, where nothing is made.

extension Its {
  /// The VM's vCPUs are as after reset, the VM is loading, and two pages are its tables.
  func isFounded(_ before: Its, _ vm: VMID, _ index: Int, _ counter: UInt64) -> Bool {
    opaque()
    requires(index >= -1 && index < Before.pages - 1)
    let first = index < 0 ? 0 : Machine.firstVCPU(vm)
    let end = index < 0 ? 0 : Machine.firstVCPU(vm) + Limits.vcpusPerVM
    return isSame(before, but: first, end, vm: index < 0 ? -1 : vm.index)
      && forall(0..<System.vcpuCount) { $0 >= first && $0 < end ==> isFresh($0) }
      && (index < 0 || isFounded(vm.index, counter))
      && forall(0..<Before.pages) {
        index >= 0 && ($0 == index || $0 == index + 1)
          ? isTable($0, of: vm) : pages[$0] == before.pages[$0]
      }
  }

  func isFresh(_ index: Int) -> Bool {
    guard vcpus[index].lists < 16 else { return false }
    return IsolationCore.isSame(vcpus[index], VCPU())
  }

  func isFounded(_ vm: Int, _ counter: UInt64) -> Bool {
    guard spaces[vm].state == .loading else { return false }
    return IsolationCore.isSame(vms[vm], VirtualMachine.created(at: counter))
  }

  func isTable(_ page: Int, of vm: VMID) -> Bool {
    pages[page].owner == vm.raw && pages[page].use == .table
  }

  static func founds(
    _ core: inout Machine, _ vm: VMID, _ root: UInt64, _ trap: inout Trap,
    _ effects: inout Effects, _ first: UInt64, _ count: Int
  ) -> Status {
    requires(ghost: core.isReady(for: vm, effects, core.held))
    requires(effects.hasRoom(11))
    requires(first == core.ownership.first && count == core.ownership.pages.count)
    ensures(
      ghost: { (status: Status) in
        status == old(Its(core).answerToCreateVM(vm, root, first, count))
      })
    ensures(
      ghost: { (status: Status) in
        Its(core).isFounded(
          old(Its(core)), vm, status == .ok ? Its.root(root, first) : -1, old(trap.counter))
      })
    var before = Its.unknown
    let counter = trap.counter
    ghost {
      before = Its(core)
      answersToCreateVM(core, vm, root, first, count)
    }
    let status = core.createVM(vm, root: root, &trap, &effects)
    holds(
      ghost: forall(0..<Limits.vms) {
        core.spaces[$0].state
          == (status == .ok && $0 == vm.index ? .loading : before.spaces[$0].state)
      })
    holds(first == core.ownership.first)
    holds(count == core.ownership.pages.count)
    holds(
      ghost: forall(0..<core.ownership.pages.count) {
        core.ownership.pages[$0]
          == (status == .ok && Machine.isRoot($0, core.ownership.first, root)
            ? PageState.table(of: vm) : old(core.ownership.pages[$0]))
      })
    holds(ghost: forall(0..<count) { before.pages[$0] == old(core.ownership.pages[$0]) })
    for page in 0..<count {
      invariant(
        ghost: forall(0..<page) {
          Its(core).pages[$0]
            == (status == .ok && Machine.isRoot($0, core.ownership.first, root)
              ? PageState.table(of: vm) : before.pages[$0])
        })
      holds(
        ghost: core.ownership.pages[page]
          == (status == .ok && Machine.isRoot(page, core.ownership.first, root)
            ? PageState.table(of: vm) : before.pages[page]))
      holds(ghost: Its(core).pages[page] == core.ownership.pages[page])
    }
    holds(
      ghost: forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          core.vcpus[$0],
          status == .ok && Machine.isVCPU($0, of: vm) ? VCPU() : before.vcpus[$0])
      })
    holds(counter == trap.counter)
    holds(
      ghost: forall(0..<Limits.vms) { IsolationCore.isSame(before.vms[$0], old(core.vms[$0])) })
    for other in 0..<Limits.vms {
      invariant(
        ghost: forall(0..<other) {
          IsolationCore.isSame(
            Its(core).vms[$0],
            status == .ok && $0 == vm.index
              ? VirtualMachine.created(at: trap.counter) : before.vms[$0])
        })
      holds(
        ghost: IsolationCore.isSame(
          Its(core).vms[other],
          status == .ok && other == vm.index
            ? VirtualMachine.created(at: trap.counter) : before.vms[other]))
    }
    holds(
      ghost: forall(0..<System.vcpuCount) {
        IsolationCore.isSame(core.contexts[Limits.cpus + $0], before.saved[$0])
      })
    holds(
      ghost: forall(count..<Before.pages) { Its(core).pages[$0] == before.pages[$0] })
    ghost {
      isFounded(
        Its(core), before, vm, status, root, trap.counter, core.ownership.first, count)
    }
    return status
  }

  private static func isFounded(
    _ after: Its, _ before: Its, _ vm: VMID, _ status: Status, _ root: UInt64,
    _ counter: UInt64, _ first: UInt64, _ count: Int
  ) {
    requires(status == before.answerToCreateVM(vm, root, first, count))
    requires(first % 512 == 0 && count % 512 == 0 && count >= 0 && count <= Before.pages)
    requires(forall(0..<System.vcpuCount) { after.vcpus[$0].lists < 16 })
    requires(forall(0..<System.vcpuCount) { before.vcpus[$0].lists < 16 })
    requires(
      forall(0..<System.vcpuCount) {
        IsolationCore.isSame(
          after.vcpus[$0],
          status == .ok && Machine.isVCPU($0, of: vm) ? VCPU() : before.vcpus[$0])
      })
    requires(
      forall(0..<System.vcpuCount) { IsolationCore.isSame(after.saved[$0], before.saved[$0]) })
    requires(
      forall(0..<Limits.vms) {
        after.spaces[$0].state
          == (status == .ok && $0 == vm.index ? .loading : before.spaces[$0].state)
      })
    requires(
      forall(0..<Limits.vms) {
        IsolationCore.isSame(
          after.vms[$0],
          status == .ok && $0 == vm.index
            ? VirtualMachine.created(at: counter) : before.vms[$0])
      })
    requires(
      forall(0..<count) {
        after.pages[$0]
          == (status == .ok && Machine.isRoot($0, first, root)
            ? PageState.table(of: vm) : before.pages[$0])
      })
    requires(forall(count..<Before.pages) { after.pages[$0] == before.pages[$0] })
    ensures(
      after.isFounded(before, vm, status == .ok ? Its.root(root, first) : -1, counter))
    let index = Its.root(root, first)
    if status == .ok {
      holds(index >= 0 && index % 2 == 0 && index + 1 < count)
      isPair(root, first, count)
    }
    holds(
      forall(0..<Before.pages) {
        status == .ok && ($0 == index || $0 == index + 1)
          ? after.isTable($0, of: vm) : after.pages[$0] == before.pages[$0]
      })
    let number = status == .ok ? Machine.firstVCPU(vm) : 0
    let end = status == .ok ? Machine.firstVCPU(vm) + Limits.vcpusPerVM : 0
    holds(after.isSame(before, but: number, end, vm: status == .ok ? vm.index : -1))
    holds(
      forall(0..<System.vcpuCount) { $0 >= number && $0 < end ==> after.isFresh($0) })
  }
}

extension Before {
  /// The same of the abstract machine.
  func isFounded(_ before: Before, _ vm: VMID, _ index: Int, _ now: UInt64) -> Bool {
    opaque()
    requires(index >= -1 && index < Before.pages - 1)
    let first = index < 0 ? 0 : Machine.firstVCPU(vm)
    let end = index < 0 ? 0 : Machine.firstVCPU(vm) + Limits.vcpusPerVM
    return isSame(before, but: first, end, vm: index < 0 ? -1 : vm.index)
      && forall(0..<System.vcpuCount) {
        $0 >= first && $0 < end ==> IsolationSpec.isSame(vcpus[$0], VirtualCPU())
      }
      && (index < 0 || vms[vm.index] == Guest(.loading, now))
      && forall(0..<Before.pages) {
        index >= 0 && ($0 == index || $0 == index + 1)
          ? isRoot($0, of: vm) : pages[$0] == before.pages[$0]
      }
  }

  func isRoot(_ page: Int, of vm: VMID) -> Bool {
    pages[page].owner == vm.raw && pages[page].use == .root
  }

  static func founds(
    _ system: inout System, _ cpu: Int, _ vm: VMID, _ root: UInt64, _ status: Status
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus)
    requires(ghost: Before(system).isTidy())
    requires(
      ghost: status
        == Before(system).answerToCreateVM(
          vm, root, system.constants.firstPage, system.pages.count))
    ensures(
      ghost: Before(system).isFounded(
        old(Before(system)), vm,
        status == .ok ? Its.root(root, system.constants.firstPage) : -1, system.now))
    ensures(ghost: Before(system).isTidy())
    var before = Before.unknown
    ghost {
      before = Before(system)
      system.answersToCreateVM(vm, root)
    }
    let change = system.createVM(UInt64(vm.raw), root)
    let index = status == .ok ? Its.root(root, system.constants.firstPage) : -1
    if status == .ok { Its.isPair(root, system.constants.firstPage, system.pages.count) }
    holds(index == -1 || index >= 0 && index < system.pages.count - 1)
    holds(change == System.founding(status, vm, index < 0 ? 0 : index, system.now))
    ghost { System.founds(change, status, vm, index, system.now) }
    system.take(change, cpu)
    ghost {
      Before.isFounded(
        Before(system), before, change, vm, index, system.now, system.pages.count)
    }
  }

  static func isFounded(
    _ after: Before, _ before: Before, _ change: Change, _ vm: VMID, _ index: Int,
    _ now: UInt64, _ count: Int
  ) {
    requires(before.isTidy() && count >= 0 && count <= Before.pages)
    requires(index == -1 || index >= 0 && index < count - 1)
    requires(change.isSound && System.isFounding(change, vm, index, now))
    requires(
      forall(0..<System.vcpuCount) {
        change.vcpus.makes(after.vcpus[$0], of: before.vcpus[$0], $0)
      })
    requires(
      forall(0..<Limits.vms) { change.makes(after.vms[$0], of: before.vms[$0], $0) })
    requires(
      forall(0..<count) { change.pages.makes(after.pages[$0], of: before.pages[$0], $0) })
    requires(forall(count..<Before.pages) { after.pages[$0] == before.pages[$0] })
    ensures(after.isFounded(before, vm, index, now))
    ensures(after.isTidy())
    let first = index < 0 ? 0 : Machine.firstVCPU(vm)
    let end = index < 0 ? 0 : Machine.firstVCPU(vm) + Limits.vcpusPerVM
    holds(
      forall(0..<System.vcpuCount) {
        IsolationSpec.isSame(
          after.vcpus[$0], $0 >= first && $0 < end ? VirtualCPU() : before.vcpus[$0])
      })
    holds(
      forall(0..<Limits.vms) {
        after.vms[$0] == (index >= 0 && $0 == vm.index ? Guest(.loading, now) : before.vms[$0])
      })
    holds(after.isSame(before, but: first, end, vm: index < 0 ? -1 : vm.index))
    holds(
      forall(0..<count) { after.pages[$0] == change.pages.changed(before.pages[$0], $0) })
    holds(
      forall(0..<Before.pages) {
        index >= 0 && ($0 == index || $0 == index + 1)
          ? after.isRoot($0, of: vm) : after.pages[$0] == before.pages[$0]
      })
    holds(
      forall(0..<System.vcpuCount) {
        $0 >= first && $0 < end ==> IsolationSpec.isSame(after.vcpus[$0], VirtualCPU())
      })
    holds(after.isFounded(before, vm, index, now))
    for vcpu in 0..<System.vcpuCount {
      invariant(forall(0..<vcpu) { after.isTidy($0) })
      holds(before.isTidy(vcpu))
      keepsTidy(after, before, vcpu, first, end, index < 0 ? -1 : vm.index)
    }
  }

  private static func keepsTidy(
    _ after: Before, _ before: Before, _ index: Int, _ first: Int, _ end: Int, _ vm: Int
  ) {
    requires(index >= 0 && index < System.vcpuCount && before.isTidy(index))
    requires(vm < Limits.vms)
    requires(vm < 0 ? first == end : first == vm * 8 && end == vm * 8 + 8)
    requires(
      after.vcpus[index].life
        == (index >= first && index < end ? .absent : before.vcpus[index].life))
    requires(
      index == 0
        || after.vcpus[index - 1].life
          == (index - 1 >= first && index - 1 < end ? .absent : before.vcpus[index - 1].life)
    )
    requires(
      index / Limits.vcpusPerVM == vm
        || after.vms[index / Limits.vcpusPerVM].state
          == before.vms[index / Limits.vcpusPerVM].state
    )
    ensures(after.isTidy(index))
  }
}

extension System {
  static func isFounding(
    _ change: Change, _ vm: VMID, _ index: Int, _ now: UInt64
  ) -> Bool {
    if index < 0 {
      return change.vm == 0 && change.pages.count == 0 && change.vcpus.count == 0
    }
    guard change.vm == UInt64(vm.raw), change.guest == Guest(.loading, now) else { return false }
    guard change.pages.first == index, change.pages.count == 2, change.pages.owner == vm.raw,
      change.pages.use == .root
    else { return false }
    return change.vcpus.kind == .clear && change.vcpus.first == Machine.firstVCPU(vm)
      && change.vcpus.count == Limits.vcpusPerVM
  }

  static func founds(
    _ change: Change, _ status: Status, _ vm: VMID, _ index: Int, _ now: UInt64
  ) {
    requires(index >= -1 && index < Before.pages && (index < 0) == (status != .ok))
    requires(change == founding(status, vm, index < 0 ? 0 : index, now))
    ensures(change.isSound && isFounding(change, vm, index, now))
  }
}
