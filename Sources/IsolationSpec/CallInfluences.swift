import Contracts
import EngineABI

// What a call of the host changes of the VM that it is for is what the printed list says of it
// (``Influence``), and no more: as what it decides on.

extension System {
  /// Whether a change is no more than an influence on a VM.
  func isWithin(_ change: Change, _ influence: Influence?, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    guard let influence else { return change.isAnswer }
    switch influence {
    case .state: return change.pages.count == 0 || change.pages.use == .root
    case .memory: return change.vcpus.count == 0 && (change.vm == 0 || change.guest.state == .free)
    case .vcpu: return change.pages.count == 0 && change.vm == 0 && change.vcpus.count <= 1
    case .completion:
      return change.pages.count == 0 && change.vm == 0
        && (change.vcpus.count == 0 || change.vcpus.isRun(change.vcpus.first))
    case .line: return change.pages.count == 0 && change.vcpus.count == 0 && isLine(change, vm)
    case .time, .sharedPage: return false
    }
  }

  private func isLine(_ change: Change, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    return change.vm == 0
      || change.guest.state == guest(vm).state && change.guest.start == guest(vm).start
  }

  /// Every call for a VM.
  func stepIsWithin(_ step: Step, _ vm: UInt64) {
    requires(System.isVM(vm))
    ensures(!step.calls(vm) || isWithin(hostChange(step), Influence.of(step.asked.number), vm))
    hostChooses(step)
    switch step {
    case .call:
      askedIsWithin(step.asked, vm)
      holds(hostChoice(step) == answer(step.asked))
    case .hypervisorCall:
      askedIsWithin(step.asked, vm)
      holds(hostChoice(step) == answer(step.asked))
    default: return
    }
  }

  private func askedIsWithin(_ call: HostCall, _ vm: UInt64) {
    requires(System.isVM(vm))
    ensures(!call.isFor(vm) || isWithin(answer(call), Influence.of(call.number), vm))
    if !call.isFor(vm) { return }
    callIsWithin(call.number, vm, call.a, call.b, call.c, call.mayManage)
    holds(
      reply(call)
        == self.call(call.number, vm, call.a, call.b, call.c, mayManage: call.mayManage))
  }

  private func callIsWithin(
    _ number: UInt32, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(
      isWithin(call(number, vm, a, b, c, mayManage: mayManage), Influence.of(number), vm))
    guard let call = Call(rawValue: number) else { return }
    switch call {
    case .info, .counter, .share, .unshare: return
    default:
      ghost { callIsWithin(call, vm, a, b, c, mayManage, Before(self)) }
    }
  }

  private func callIsWithin(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool,
    _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(isWithin(make(call, vm, a, b, c, mayManage), Influence.of(call), vm))
    switch call {
    case .createVM:
      createIsWithin(vm, a)
      holds(isWithin(make(call, vm, a, b, c, mayManage), .state, vm))
    case .seal:
      holds(isWithin(seal(vm), .state, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .state, vm))
    case .destroyVM:
      holds(isWithin(destroyVM(vm), .state, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .state, vm))
    case .donate:
      ghost { donates(vm, a, b, c, mayManage, before) }
      donateIsWithin(vm, a, b, c)
      holds(isWithin(make(call, vm, a, b, c, mayManage), .memory, vm))
    case .donateTable:
      ghost { donatesTable(vm, a, b, c, mayManage, before) }
      tableIsWithin(vm, a, b, c)
      holds(isWithin(make(call, vm, a, b, c, mayManage), .memory, vm))
    case .reclaim:
      ghost { takesBack(vm, a, b, c, mayManage, before) }
      reclaimIsWithin(vm, a)
      holds(isWithin(make(call, vm, a, b, c, mayManage), .memory, vm))
    case .createVCPU:
      holds(isWithin(createVCPU(vm, a), .vcpu, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .vcpu, vm))
    case .setEntry:
      holds(isWithin(setEntry(vm, a, b, c), .vcpu, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .vcpu, vm))
    case .run:
      holds(isWithin(run(vm, a, b, c), .completion, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .completion, vm))
    case .setInterrupt:
      holds(isWithin(setInterrupt(vm, a, b), .line, vm))
      holds(isWithin(make(call, vm, a, b, c, mayManage), .line, vm))
    case .info, .counter, .stateOfVM, .share, .unshare:
      holds(make(call, vm, a, b, c, mayManage).isAnswer)
    }
  }

  private func createIsWithin(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(isWithin(createVM(vm, a), .state, vm))
    ensures(isWithin(Change.answering(.denied), .state, vm))
  }

  private func donateIsWithin(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(isWithin(donate(vm, a, b, c), .memory, vm))
    if System.isDonation(a, b, c), isAlive(vm), let first = page(at: a) {
      fitsDonation(a, b, c, first)
      donateIsWithin(vm, first, c == 1 ? 512 : 1, b / PageSize.page)
    }
  }

  private func donateIsWithin(_ vm: UInt64, _ first: Int, _ count: Int, _ place: UInt64) {
    requires(System.isVM(vm) && (count == 1 || count == 512))
    requires(first >= 0 && first <= pages.count - count)
    ensures(isWithin(donate(vm, first, count, place), .memory, vm))
  }

  private func tableIsWithin(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(isWithin(donateTable(vm, a, b, c), .memory, vm))
    if let page = page(at: a) {
      tableIsWithin(vm, page, c == 2 ? .table2 : .table3, b / PageSize.page)
    }
  }

  private func tableIsWithin(_ vm: UInt64, _ page: Int, _ use: Use, _ place: UInt64) {
    requires(System.isVM(vm) && page >= 0 && page < pages.count)
    ensures(isWithin(donateTable(vm, page, use, place), .memory, vm))
  }

  private func reclaimIsWithin(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(isWithin(reclaim(vm, a), .memory, vm))
    let from = a == 0 ? address(of: 0) : a
    if let start = page(at: from), guest(vm).state == .dying {
      reclaimIsWithin(vm, nextPage(of: vm, from: start).page, reclaimed(vm, from: start))
    }
  }

  private func reclaimIsWithin(_ vm: UInt64, _ page: Int, _ count: Int) {
    requires(System.isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= pages.count - count)
    ensures(isWithin(reclaim(vm, page, count), .memory, vm))
  }
}
