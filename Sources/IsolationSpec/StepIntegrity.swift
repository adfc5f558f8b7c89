import Contracts
import EngineABI

// Integrity of whole steps: whatever is not a call of the host for a VM, or a step of its own, leaves
// all of it as it was, but for what the host writes to pages that the VM shares.

extension System {
  /// Whether two states agree on all that is a VM's own (``agree(_:_:on:)``), `but` contents of pages
  /// that it shares.
  static func agree(
    _ a: borrowing System, _ b: borrowing System, on vm: UInt64, butShared: Bool
  ) -> Bool {
    requires(isVM(vm))
    return a.pages.count == b.pages.count
      && forall(0..<a.pages.count) {
        a.pages[$0].agrees(with: b.pages[$0], on: vm, butShared: butShared)
      }
      && a.guest(vm) == b.guest(vm)
      && forall(0..<vcpuCount) { !isVCPU($0, of: vm) || isSame(a.vcpus[$0], b.vcpus[$0]) }
  }

  static func isVCPU(_ vcpu: Int, of vm: UInt64) -> Bool {
    requires(isVM(vm))
    return vcpu >= System.vcpu(vm, 0) && vcpu < System.vcpu(vm, 0) + Limits.vcpusPerVM
  }

  static func noStepKeeps(_ a: borrowing System, on vm: UInt64, butShared: Bool) {
    requires(isVM(vm))
    ensures(agree(a, a, on: vm, butShared: butShared))
  }

  /// Makes a step that is not of the VM and not a call for it.
  static func stepKeeps(
    _ a: inout System, _ b: borrowing System, _ step: Step, _ cpu: Int, on vm: UInt64,
    butShared: Bool
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && isVM(vm) && !a.isOf(vm, step, cpu))
    requires(butShared || !a.stores(step, to: vm))
    requires(agree(a, b, on: vm, butShared: butShared))
    ensures(agree(a, b, on: vm, butShared: butShared))
    ensures(a.now == step.later(old(a.now)))
    let decision = a.decide(step, cpu)
    let before = Before(a)
    ghost {
      a.decisionLeaves(step, cpu, vm, butShared)
      agreed(a, b, decision.change, before, vm, butShared)
    }
    _ = a.make(step, on: cpu)
    ghost {
      keptPages(a, b, decision.change.pages, before.pages, vm, butShared)
      keptVM(a, b, decision.change, before.vms, vm)
      keptVCPUs(a, b, decision, before.vcpus, vm)
      holds(forall(0..<vcpuCount) { !isVCPU($0, of: vm) || isSame(a.vcpus[$0], b.vcpus[$0]) })
    }
  }

  /// Whether a step is a VM's own, or a call for it.
  func isOf(_ vm: UInt64, _ step: Step, _ cpu: Int) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    if isGuests(step, cpu) { return System.vm(of: cpus[cpu].runs) == vm }
    return step.calls(vm)
  }

  /// Whether a step is a store of the host to a page that the VM shares.
  func stores(_ step: Step, to vm: UInt64) -> Bool {
    switch step {
    case .hostStore(let address, _):
      guard let page = page(at: address) else { return false }
      return UInt64(pages[page].owner) == vm && pages[page].use == .shared
    default: return false
    }
  }

  // MARK: What steps decide on

  /// Whether a change leaves a VM alone.
  func leaves(_ change: Change, _ vm: UInt64, _ butShared: Bool) -> Bool {
    requires(System.isVM(vm))
    guard fits(change), change.vm != vm, System.leaves(change.vcpus, vm) else { return false }
    return leaves(change.pages, vm, butShared)
  }

  static func leaves(_ change: VCPUChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && System.isVM(vm))
    return change.count == 0 || change.first + change.count <= System.vcpu(vm, 0)
      || change.first >= System.vcpu(vm, 0) + Limits.vcpusPerVM
  }

  func leaves(_ change: PageChange, _ vm: UInt64, _ butShared: Bool) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count)
    return forall(0..<pages.count) { change.keeps(pages[$0], $0, vm, butShared) }
  }

  private func decisionLeaves(_ step: Step, _ cpu: Int, _ vm: UInt64, _ butShared: Bool) {
    requires(cpu >= 0 && cpu < Limits.cpus && System.isVM(vm) && !isOf(vm, step, cpu))
    requires(butShared || !stores(step, to: vm))
    ensures(leaves(decide(step, cpu).change, vm, butShared))
    ensures(
      decide(step, cpu).actor != Actor.guest || System.vm(of: decide(step, cpu).vcpu) != vm)
    let decision = decide(step, cpu)
    if isGuests(step, cpu) {
      guestLeaves(step, cpus[cpu].runs, vm, butShared)
      sameLeaves(guestDecision(step, cpus[cpu].runs), decision.change, vm, butShared)
      holds(decision.vcpu == cpus[cpu].runs && System.vm(of: decision.vcpu) != vm)
    } else if isHosts(step, cpu) {
      hostLeaves(step, vm, butShared)
      sameLeaves(hostChange(step), decision.change, vm, butShared)
      holds(decision.actor == Actor.cpu)
    } else {
      holds(decision.change == Change())
      answerLeaves(decision.change, vm, butShared)
      holds(decision.actor == Actor.cpu || decision.actor == Actor.none)
    }
  }

  private func guestLeaves(_ step: Step, _ vcpu: Int, _ vm: UInt64, _ butShared: Bool) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && System.isVM(vm))
    requires(System.vm(of: vcpu) != vm)
    ensures(leaves(guestDecision(step, vcpu), vm, butShared))
    System.vcpuIsOfVM(vcpu)
    ownLeaves(guestDecision(step, vcpu), System.vm(of: vcpu), vm, butShared)
  }

  private func ownLeaves(_ change: Change, _ other: UInt64, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && System.isVM(other) && other != vm && isOwn(change, other))
    ensures(leaves(change, vm, butShared))
    vcpusLeave(change.vcpus, other, vm)
  }

  private func callLeaves(_ change: Change, _ other: UInt64, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && System.isVM(other) && other != vm && concerns(change, other))
    ensures(leaves(change, vm, butShared))
    vcpusLeave(change.vcpus, other, vm)
  }

  private func vcpusLeave(_ change: VCPUChange, _ other: UInt64, _ vm: UInt64) {
    requires(System.isVM(vm) && System.isVM(other) && other != vm && change.isSound)
    requires(concerns(change, other))
    ensures(System.leaves(change, vm))
    holds(
      System.vcpu(other, 0) + Limits.vcpusPerVM <= System.vcpu(vm, 0)
        || System.vcpu(vm, 0) + Limits.vcpusPerVM <= System.vcpu(other, 0))
  }

  private func answerLeaves(_ change: Change, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && change.isQuiet && change.vcpus.count == 0 && change.vm == 0)
    ensures(leaves(change, vm, butShared))
  }

  /// Every step of the host.
  func hostLeaves(_ step: Step, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && !step.calls(vm) && (butShared || !stores(step, to: vm)))
    ensures(leaves(hostChange(step), vm, butShared))
    hostChooses(step)
    choiceLeaves(step, vm, butShared)
  }

  private func choiceLeaves(_ step: Step, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && !step.calls(vm) && (butShared || !stores(step, to: vm)))
    ensures(leaves(hostChoice(step), vm, butShared))
    switch step {
    case .call:
      callStepLeaves(step.asked, vm, butShared)
      holds(leaves(hostChoice(step), vm, butShared))
    case .hypervisorCall:
      callStepLeaves(step.asked, vm, butShared)
      holds(leaves(hostChoice(step), vm, butShared))
    case .hostMonitorCall(let function, let x, let y, let z):
      monitorCallLeaves(function, x, y, z, vm, butShared)
      holds(leaves(hostChoice(step), vm, butShared))
    case .hostStore(let address, let value):
      storeLeaves(address, value, vm, butShared)
      holds(leaves(hostChoice(step), vm, butShared))
    case .hostLoad(let address):
      answerLeaves(hostLoad(address), vm, butShared)
      holds(leaves(hostChoice(step), vm, butShared))
    default: answerLeaves(hostChoice(step), vm, butShared)
    }
  }

  private func monitorCallLeaves(
    _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64, _ vm: UInt64, _ butShared: Bool
  ) {
    requires(System.isVM(vm))
    ensures(leaves(hostMonitorCall(function, x, y, z), vm, butShared))
    monitorCallConcerns(function, x, y, z)
    answerLeaves(hostMonitorCall(function, x, y, z), vm, butShared)
  }

  private func storeLeaves(
    _ address: UInt64, _ value: UInt64, _ vm: UInt64, _ butShared: Bool
  ) {
    requires(System.isVM(vm))
    requires(butShared || !stores(.hostStore(address, value: value), to: vm))
    ensures(leaves(hostStore(address, value), vm, butShared))
    if hostReaches(address), let page = page(at: address) {
      holds(hostStore(address, value) == Change.storing(storing(page, value)))
      holds(leaves(storing(page, value), vm, butShared))
    } else {
      answerLeaves(hostStore(address, value), vm, butShared)
    }
  }

  private func callStepLeaves(_ call: HostCall, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && !call.isFor(vm))
    ensures(leaves(answer(call), vm, butShared))
    replyLeaves(call, vm, butShared)
    sameLeaves(reply(call), answer(call), vm, butShared)
  }

  private func sameLeaves(_ x: Change, _ y: Change, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && x == y && leaves(x, vm, butShared))
    ensures(leaves(y, vm, butShared))
  }

  private func replyLeaves(_ call: HostCall, _ vm: UInt64, _ butShared: Bool) {
    requires(System.isVM(vm) && !call.isFor(vm))
    ensures(leaves(reply(call), vm, butShared))
    if !call.isDenied && !call.isNone {
      callLeaves(
        call.number, call.vm, call.a, call.b, call.c, call.mayManage, vm, butShared)
    } else {
      answerLeaves(reply(call), vm, butShared)
    }
  }

  private func callLeaves(
    _ number: UInt32, _ other: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64, _ mayManage: Bool,
    _ vm: UInt64, _ butShared: Bool
  ) {
    requires(System.isVM(vm) && (other != vm || Influence.of(number) == nil))
    ensures(leaves(self.call(number, other, x, y, z, mayManage: mayManage), vm, butShared))
    guard let call = Call(rawValue: number), System.isVM(other) else { return }
    switch call {
    case .info, .counter, .share, .unshare: return
    case .stateOfVM:
      ghost { answersAlone(other, x, y, z, mayManage, Before(self)) }
      answerLeaves(make(.stateOfVM, other, x, y, z, mayManage), vm, butShared)
    default:
      ghost { callConcerns(call, other, x, y, z, mayManage, Before(self)) }
      callLeaves(make(call, other, x, y, z, mayManage), other, vm, butShared)
    }
  }

  // MARK: What they make

  private static func agreed(
    _ a: borrowing System, _ b: borrowing System, _ change: Change, _ before: Before,
    _ vm: UInt64, _ butShared: Bool
  ) {
    requires(isVM(vm) && agree(a, b, on: vm, butShared: butShared))
    requires(a.leaves(change, vm, butShared))
    requires(ghost: forall(0..<a.pages.count) { before.pages[$0] == a.pages[$0] })
    requires(ghost: forall(0..<Limits.vms) { before.vms[$0] == a.vms[$0] })
    requires(ghost: forall(0..<vcpuCount) { isSame(before.vcpus[$0], a.vcpus[$0]) })
    ensures(
      ghost: forall(0..<a.pages.count) {
        change.pages.keeps(before.pages[$0], $0, vm, butShared)
      })
    ensures(
      ghost: forall(0..<a.pages.count) {
        before.pages[$0].agrees(with: b.pages[$0], on: vm, butShared: butShared)
      })
    ensures(ghost: before.vms[Int(vm) - 1] == b.guest(vm))
    ensures(
      ghost: forall(0..<vcpuCount) {
        !isVCPU($0, of: vm) || isSame(before.vcpus[$0], b.vcpus[$0])
      })
    agreedVM(a, b, before.vms, vm, Int(vm) - 1)
  }

  static func agreedVM(
    _ a: borrowing System, _ b: borrowing System, _ before: GhostMap<Guest>, _ vm: UInt64,
    _ index: Int
  ) {
    requires(isVM(vm) && index == Int(vm) - 1 && a.guest(vm) == b.guest(vm))
    requires(ghost: forall(0..<Limits.vms) { before[$0] == a.vms[$0] })
    ensures(ghost: before[index] == b.guest(vm))
    holds(ghost: before[index] == a.vms[index])
  }

  static func keptVM(
    _ a: borrowing System, _ b: borrowing System, _ change: Change, _ before: GhostMap<Guest>,
    _ vm: UInt64
  ) {
    requires(change.isSound && isVM(vm) && change.vm != vm)
    requires(ghost: before[Int(vm) - 1] == b.guest(vm))
    requires(ghost: forall(0..<Limits.vms) { change.makes(a.vms[$0], of: before[$0], $0) })
    ensures(a.guest(vm) == b.guest(vm))
    holds(ghost: change.makes(a.vms[Int(vm) - 1], of: before[Int(vm) - 1], Int(vm) - 1))
  }

  static func keptPages(
    _ a: borrowing System, _ b: borrowing System, _ change: PageChange,
    _ before: GhostMap<Page>, _ vm: UInt64, _ butShared: Bool
  ) {
    requires(change.isSound && a.pages.count == b.pages.count && vm != 0)
    requires(
      ghost: forall(0..<a.pages.count) {
        change.keeps(before[$0], $0, vm, butShared)
      })
    requires(
      ghost: forall(0..<a.pages.count) {
        before[$0].agrees(with: b.pages[$0], on: vm, butShared: butShared)
      })
    requires(ghost: forall(0..<a.pages.count) { change.makes(a.pages[$0], of: before[$0], $0) })
    ensures(
      forall(0..<a.pages.count) {
        a.pages[$0].agrees(with: b.pages[$0], on: vm, butShared: butShared)
      })
  }

  static func keptVCPUs(
    _ a: borrowing System, _ b: borrowing System, _ decision: Decision,
    _ before: GhostMap<VirtualCPU>, _ vm: UInt64
  ) {
    requires(decision.isSound && isVM(vm) && leaves(decision.change.vcpus, vm))
    requires(decision.actor != Actor.guest || System.vm(of: decision.vcpu) != vm)
    requires(
      ghost: forall(0..<vcpuCount) {
        !isVCPU($0, of: vm) || isSame(before[$0], b.vcpus[$0])
      })
    requires(ghost: forall(0..<vcpuCount) { decision.makes(a.vcpus[$0], of: before[$0], $0) })
    ensures(
      forall(0..<vcpuCount) { !isVCPU($0, of: vm) || isSame(a.vcpus[$0], b.vcpus[$0]) })
    for vcpu in 0..<vcpuCount {
      invariant(
        forall(0..<vcpu) { !isVCPU($0, of: vm) || isSame(a.vcpus[$0], b.vcpus[$0]) })
      if isVCPU(vcpu, of: vm) {
        holds(System.vm(of: vcpu) == vm)
        decision.keeps(a.vcpus[vcpu], before[vcpu], b.vcpus[vcpu], vcpu)
      }
    }
  }
}

extension Decision {
  fileprivate func keeps(
    _ after: VirtualCPU, _ before: VirtualCPU, _ same: VirtualCPU, _ index: Int
  ) {
    requires(isSound && !change.vcpus.isOf(index) && (actor != Actor.guest || index != vcpu))
    requires(makes(after, of: before, index) && isSame(before, same))
    ensures(isSame(after, same))
    holds(isSame(after, before))
  }
}

extension PageChange {
  /// Whether what becomes of a page leaves a VM alone: it is not the VM's, and does not become so, or
  /// it is shared, and other contents are all that changes.
  func keeps(_ page: Page, _ index: Int, _ vm: UInt64, _ butShared: Bool) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in
      result == (!isOf(index) || leaves(page, changed(page, index), vm, butShared))
    }
    return !isOf(index) || leaves(page, changed(page, index), vm, butShared)
  }

  private func leaves(_ page: Page, _ after: Page, _ vm: UInt64, _ butShared: Bool) -> Bool {
    UInt64(page.owner) != vm && UInt64(after.owner) != vm || butShared && page.isOtherwise(after)
  }
}

extension Page {
  /// A page is the VM's in neither, or the same in both.
  func agrees(with other: Page, on vm: UInt64, butShared: Bool) -> Bool {
    opaque()
    ensures { (result: Bool) in result == isAgreed(other, vm, butShared) }
    return isAgreed(other, vm, butShared)
  }

  private func isAgreed(_ other: Page, _ vm: UInt64, _ butShared: Bool) -> Bool {
    UInt64(owner) != vm && UInt64(other.owner) != vm || self == other
      || butShared && isOtherwise(other)
  }

  /// It is shared in both, and the contents are all that may differ.
  func isOtherwise(_ other: Page) -> Bool {
    use == .shared && other.use == .shared && owner == other.owner && place == other.place
  }
}

extension HostCall {
  /// Whether it is one for a VM that is not denied, and may change anything.
  func isFor(_ vm: UInt64) -> Bool {
    self.vm == vm && !isDenied && !isNone && Influence.of(number) != nil
  }
}

extension Step {
  /// Whether it is a call of the host for a VM.
  func calls(_ vm: UInt64) -> Bool {
    switch self {
    case .call, .hypervisorCall: asked.isFor(vm)
    default: false
    }
  }
}
