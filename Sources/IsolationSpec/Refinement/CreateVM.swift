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

  static func answersToCreateVM(
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
