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

  private static func answersToCreateVM(
    _ core: borrowing Machine, _ vm: VMID, _ root: UInt64
  ) {
    ensures(
      ghost: core.answerToCreateVM(vm, root, core.held)
        == Its(core).answerToCreateVM(
          vm, root, core.ownership.first, core.ownership.pages.count))
    let first = core.ownership.first
    let count = core.ownership.pages.count
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
