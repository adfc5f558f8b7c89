import Contracts
import EngineABI
import IsolationCore

// ``Call/createVM``: the core does what the abstract machine says.

// What is answered, of the carve-out's first page and the number of its pages.

extension Its {
  func answerToCreateVM(_ vm: VMID, _ root: UInt64, _ first: UInt64, _ count: Int) -> Status {
    guard Its.isRoot(root, first, count) else { return .invalidArgument }
    guard spaces[vm.index].state == .free else { return .occupied }
    let index = Its.root(root, first)
    guard pages[index] == .host, pages[index + 1] == .host else { return .notOwner }
    return .ok
  }

  /// Whether an address is that of two tables in the carve-out.
  static func isRoot(_ root: UInt64, _ first: UInt64, _ count: Int) -> Bool {
    let number = root / PageSize.page
    return root % (2 * PageSize.page) == 0 && number >= first && count >= 0
      && number - first < UInt64(truncatingIfNeeded: count) && count <= Before.pages
  }

  /// The first one's index.
  static func root(_ root: UInt64, _ first: UInt64) -> Int {
    Int(truncatingIfNeeded: (root / PageSize.page &- first) % (1 << 35))
  }

  /// The second one is in it too.
  static func isPair(_ root: UInt64, _ first: UInt64, _ count: Int) {
    requires(Its.isRoot(root, first, count) && first % 512 == 0 && count % 512 == 0)
    ensures(Its.root(root, first) >= 0 && Its.root(root, first) < count - 1)
    ensures(
      forall(0..<count) {
        Machine.isRoot($0, first, root)
          == ($0 == Its.root(root, first) || $0 == Its.root(root, first) + 1)
      })
    let index = Its.root(root, first)
    holds(index >= 0 && index < count && index % 2 == 0 && count % 2 == 0)
  }

  private static func answersToCreateVM(
    _ core: borrowing Machine, _ vm: VMID, _ root: UInt64, _ first: UInt64, _ count: Int
  ) {
    requires(first == core.ownership.first && count == core.ownership.pages.count)
    ensures(
      ghost: core.answerToCreateVM(vm, root, core.held)
        == Its(core).answerToCreateVM(vm, root, first, count))
    if Its.isRoot(root, first, count) {
      let index = Its.root(root, first)
      holds(index >= 0 && index < count && index % 2 == 0 && count % 2 == 0)
      holds(index + 1 < count)
      holds(core.ownership.index(of: PhysicalPage(number: root / PageSize.page)) == index)
    }
  }
}

extension Before {
  func answerToCreateVM(_ vm: VMID, _ root: UInt64, _ first: UInt64, _ count: Int) -> Status {
    guard Its.isRoot(root, first, count) else { return .invalidArgument }
    guard vms[vm.index].state == .free else { return .occupied }
    let index = Its.root(root, first)
    guard isGivable(index), isGivable(index + 1) else { return .notOwner }
    return .ok
  }

  func isGivable(_ page: Int) -> Bool { pages[page].owner == 0 && pages[page].use == .memory }

  static func answersToCreateVM(
    _ its: Its, _ mine: Before, _ vm: VMID, _ root: UInt64, _ first: UInt64, _ count: Int
  ) {
    requires(its.livesStand(for: mine) && its.ownersStand(for: mine))
    requires(count % 2 == 0 && first % 2 == 0)
    ensures(
      its.answerToCreateVM(vm, root, first, count)
        == mine.answerToCreateVM(vm, root, first, count))
    holds(its.vmStands(vm.index, for: mine))
    holds(its.spaces[vm.index].state == mine.vms[vm.index].state)
    if Its.isRoot(root, first, count) {
      let index = Its.root(root, first)
      holds(index >= 0 && index + 1 < Before.pages)
      isGivable(its, mine, index)
      isGivable(its, mine, index + 1)
    }
  }

  private static func isGivable(_ its: Its, _ mine: Before, _ page: Int) {
    requires(its.ownersStand(for: mine) && page >= 0 && page < Before.pages)
    ensures((its.pages[page] == .host) == mine.isGivable(page))
    holds(IsolationSpec.stands(its.pages[page], for: mine.pages[page]))
  }
}

extension System {
  /// What the abstract machine makes of an answer.
  static func founding(
    _ status: Status, _ vm: VMID, _ index: Int, _ now: UInt64
  ) -> Change {
    requires(index >= 0 && index <= Before.pages)
    return status == .ok
      ? Change.making(
        .ok, 0, PageChange(vm.raw, .root, 0, index, 2),
        VCPUChange(.clear, Machine.firstVCPU(vm), Limits.vcpusPerVM), UInt64(vm.raw),
        Guest(.loading, now)) : Change.answering(status)
  }

  func answersToCreateVM(_ vm: VMID, _ root: UInt64) {
    ensures(
      ghost: createVM(UInt64(vm.raw), root)
        == System.founding(
          Before(self).answerToCreateVM(vm, root, constants.firstPage, pages.count), vm,
          Its.isRoot(root, constants.firstPage, pages.count)
            ? Its.root(root, constants.firstPage) : 0, now))
    holds(ghost: guest(UInt64(vm.raw)).state == Before(self).vms[vm.index].state)
    holds(System.vcpu(UInt64(vm.raw), 0) == Machine.firstVCPU(vm))
    if Its.isRoot(root, constants.firstPage, pages.count) {
      let index = Its.root(root, constants.firstPage)
      holds(index >= 0 && index < pages.count && index % 2 == 0 && pages.count % 2 == 0)
      holds(index + 1 < pages.count)
      holds(page(at: root) == index)
    }
  }
}

// What is made of it. Index -1 is that of no page, where nothing is.

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

  private static func founds(
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

  fileprivate static func founds(
    _ change: Change, _ status: Status, _ vm: VMID, _ index: Int, _ now: UInt64
  ) {
    requires(index >= -1 && index < Before.pages && (index < 0) == (status != .ok))
    requires(change == founding(status, vm, index < 0 ? 0 : index, now))
    ensures(change.isSound && isFounding(change, vm, index, now))
  }
}

// Both.

extension Its {
  private static func founds(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ vm: VMID, _ index: Int,
    _ now: UInt64
  ) {
    requires(index >= -1 && index < Before.pages - 1)
    requires(before.livesStand(for: mineBefore) && before.ownersStand(for: mineBefore))
    requires(its.isFounded(before, vm, index, now))
    requires(mine.isFounded(mineBefore, vm, index, now))
    ensures(its.livesStand(for: mine) && its.ownersStand(for: mine))
    let first = index < 0 ? 0 : Machine.firstVCPU(vm)
    let end = index < 0 ? 0 : Machine.firstVCPU(vm) + Limits.vcpusPerVM
    holds(its.isSame(before, but: first, end, vm: index < 0 ? -1 : vm.index))
    holds(mine.isSame(mineBefore, but: first, end, vm: index < 0 ? -1 : vm.index))
    if index >= 0 { holds(its.vmStands(vm.index, for: mine)) }
    for vcpu in 0..<System.vcpuCount {
      invariant(forall(0..<vcpu) { $0 >= first && $0 < end ==> its.stands($0, for: mine) })
      if vcpu >= first && vcpu < end {
        holds(its.isFresh(vcpu))
        isFresh(its, mine, vcpu)
      }
    }
    keep(its, before, mine, mineBefore, but: first, end, vm: index < 0 ? -1 : vm.index)
    keepOwners(
      its, before, mine, mineBefore, but: index < 0 ? 0 : index, index < 0 ? 0 : index + 2)
  }

  private static func isFresh(_ its: Its, _ mine: Before, _ index: Int) {
    requires(its.isFresh(index) && IsolationSpec.isSame(mine.vcpus[index], VirtualCPU()))
    ensures(its.stands(index, for: mine))
  }

  /// The theorem. The trap says what the physical counter showed.
  static func createVM(
    _ core: inout Machine, _ system: inout System, _ cpu: Int, _ vm: VMID, _ root: UInt64,
    _ trap: inout Trap, _ effects: inout Effects
  ) -> Status {
    requires(cpu >= 0 && cpu < Limits.cpus && effects.hasRoom(11))
    requires(ghost: core.isReady(for: vm, effects, core.held))
    requires(trap.counter == system.now)
    requires(ghost: System.isSameMachine(core, system, core.held))
    requires(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    requires(ghost: Its(core).ownersStand(for: Before(system)))
    ensures(ghost: Its(core).livesStand(for: Before(system)) && Before(system).isTidy())
    ensures(ghost: Its(core).ownersStand(for: Before(system)))
    ensures { (status: Status) in
      old(system.createVM(UInt64(vm.raw), root))
        == System.founding(
          status, vm,
          Its.isRoot(root, system.constants.firstPage, system.pages.count)
            ? Its.root(root, system.constants.firstPage) : 0, system.now)
    }
    var its = Its.unknown
    var mine = Before.unknown
    let first = system.constants.firstPage
    let count = system.pages.count
    ghost {
      its = Its(core)
      mine = Before(system)
      Before.answersToCreateVM(its, mine, vm, root, first, count)
      system.answersToCreateVM(vm, root)
    }
    let status = founds(&core, vm, root, &trap, &effects, first, count)
    if status == .ok { isPair(root, first, count) }
    Before.founds(&system, cpu, vm, root, status)
    ghost {
      founds(
        Its(core), its, Before(system), mine, vm,
        status == .ok ? Its.root(root, first) : -1, system.now)
    }
    return status
  }
}
