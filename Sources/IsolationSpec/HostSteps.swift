import Contracts
import EngineABI

// What the host sees of what steps make: changes that look the same to it make states that look the
// same to it, whoever has decided on them.

extension System {
  /// Whether what two steps decide on looks the same to the host: it is equal but for contents of pages
  /// that it does not reach afterwards either, and for registers of guests.
  static func hostSeesSame(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision, _ cpu: Int
  ) -> Bool {
    guard x.isSound, y.isSound, a.pages.count == b.pages.count else { return false }
    guard x.change.isSameToHost(y.change) else { return false }
    return Views.pages(a, b, x.change.pages, y.change.pages) && Views.vcpus(a, b, x, y)
      && Views.cpus(a, b, x, y, cpu)
  }

  /// Makes two such steps.
  static func makeBoth(
    _ a: inout System, _ b: inout System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(Views.host(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(s.later(a.now) == t.later(b.now))
    requires(hostSeesSame(a, b, a.decide(s, cpu), b.decide(t, cpu), cpu))
    ensures(Views.host(a, b))
    let x = a.decide(s, cpu)
    let y = b.decide(t, cpu)
    let one = Before(a)
    let other = Before(b)
    _ = a.make(s, on: cpu)
    _ = b.make(t, on: cpu)
    ghost {
      samePages(a, b, x.change.pages, y.change.pages, one.pages, other.pages)
      sameVMs(a, b, x.change, y.change, one.vms, other.vms)
      sameVCPUs(a, b, x, y, one.vcpus, other.vcpus)
      sameCPUs(a, b, x, y, one.cpus, other.cpus, cpu)
      areSameCPUs(a, b)
    }
  }

  /// Makes a step of the host, of time, or the arrival of a CPU, in two states that look the same to
  /// the host: they still do.
  static func hostStep(_ a: inout System, _ b: inout System, _ step: Step, _ cpu: Int) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus && !a.isGuests(step, cpu))
    ensures(hostSeesSame(a, b))
    ghost {
      sameHostChange(a, b, step)
      a.hostShowsNothing(step)
      sameDecision(a, b, step, cpu)
    }
    makeBoth(&a, &b, step, step, cpu)
  }

  /// It decides the same in both.
  private static func sameDecision(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus && !a.isGuests(step, cpu))
    requires(a.hostChange(step) == b.hostChange(step))
    requires(a.showsNothing(a.hostChange(step).pages))
    ensures(hostSeesSame(a, b, a.decide(step, cpu), b.decide(step, cpu), cpu))
    let x = a.decide(step, cpu)
    let y = b.decide(step, cpu)
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    holds(a.isHosts(step, cpu) == b.isHosts(step, cpu))
    holds(a.isArrival(step, cpu) == b.isArrival(step, cpu))
    holds(!b.isGuests(step, cpu))
    holds(x.change == y.change && x.actor == y.actor && x.actor != Actor.guest)
    holds(a.showsNothing(x.change.pages))
    if a.isHosts(step, cpu) {
      sameStepping(a.cpus[cpu], b.cpus[cpu], step, x.change.answer.fault)
    }
    holds(x.actor == Actor.none || isSame(x.processor, y.processor))
    sameDecisions(a, b, x, y, cpu)
  }

  private static func sameStepping(
    _ one: Processor, _ other: Processor, _ step: Step, _ fault: Fault
  ) {
    requires(isSame(one, other))
    ensures(isSame(one.stepping(step, fault), other.stepping(step, fault)))
  }

  /// Equal changes that show the host nothing new, with equal registers of the host, look the same.
  private static func sameDecisions(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision, _ cpu: Int
  ) {
    requires(Views.host(a, b) && x.isSound && y.isSound && cpu >= 0 && cpu < Limits.cpus)
    requires(x.change == y.change && x.actor == y.actor && x.actor != Actor.guest)
    requires(a.showsNothing(x.change.pages))
    requires(x.actor == Actor.none || isSame(x.processor, y.processor))
    ensures(hostSeesSame(a, b, x, y, cpu))
    holds(Views.pages(a, b, x.change.pages, y.change.pages))
    holds(Views.vcpus(a, b, x, y))
    holds(Views.cpus(a, b, x, y, cpu))
  }

  /// All steps of the host decide the same.
  static func sameHostChange(_ a: borrowing System, _ b: borrowing System, _ step: Step) {
    requires(hostSeesSame(a, b))
    ensures(a.hostChange(step) == b.hostChange(step))
    a.hostChooses(step)
    b.hostChooses(step)
    sameHostChoice(a, b, step)
  }

  private static func sameHostChoice(
    _ a: borrowing System, _ b: borrowing System, _ step: Step
  ) {
    requires(hostSeesSame(a, b))
    ensures(a.hostChoice(step) == b.hostChoice(step))
    switch step {
    case .call:
      sameCallStep(a, b, step)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hypervisorCall:
      sameCallStep(a, b, step)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hostMonitorCall(let function, let x, let y, let z):
      sameMonitorCall(a, b, function, x, y, z)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hostLoad(let address):
      sameLoad(a, b, address)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hostStore(let address, let value):
      sameStore(a, b, address, value)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hostFetch(let address):
      hostFindsSame(a, b, address)
      holds(a.hostChoice(step) == b.hostChoice(step))
    case .hostIdentification:
      holds(
        forall(0..<64) { a.constants.hostIdentification[$0] == b.constants.hostIdentification[$0] })
      holds(a.hostChoice(step) == b.hostChoice(step))
    default: return
    }
  }

  private static func sameCallStep(
    _ a: borrowing System, _ b: borrowing System, _ step: Step
  ) {
    requires(hostSeesSame(a, b))
    ensures(a.answer(step.asked) == b.answer(step.asked))
    sameCall(a, b, step.asked)
  }

  /// No step of the host lets it reach contents that it has not seen.
  func hostShowsNothing(_ step: Step) {
    ensures(showsNothing(hostChange(step).pages))
    hostChooses(step)
    choiceShowsNothing(step)
  }

  private func choiceShowsNothing(_ step: Step) {
    ensures(showsNothing(hostChoice(step).pages))
    switch step {
    case .call, .hypervisorCall:
      callShowsNothing(step)
      holds(showsNothing(hostChoice(step).pages))
    case .hostMonitorCall(let function, let x, let y, let z):
      monitorCallShowsNothing(function, x, y, z)
      holds(showsNothing(hostChoice(step).pages))
    case .hostStore(let address, let value):
      storeShowsNothing(address, value)
      holds(showsNothing(hostChoice(step).pages))
    case .hostLoad(let address):
      quietShowsNothing(hostLoad(address))
      holds(showsNothing(hostChoice(step).pages))
    default: quietShowsNothing(hostChoice(step))
    }
  }

  private func quietShowsNothing(_ change: Change) {
    requires(change.isQuiet)
    ensures(showsNothing(change.pages))
  }

  private func monitorCallShowsNothing(
    _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    ensures(showsNothing(hostMonitorCall(function, x, y, z).pages))
    monitorCallConcerns(function, x, y, z)
    quietShowsNothing(hostMonitorCall(function, x, y, z))
  }

  private func storeShowsNothing(_ address: UInt64, _ value: UInt64) {
    ensures(showsNothing(hostStore(address, value).pages))
    hostStoreConcerns(address, value)
  }

  private func callShowsNothing(_ step: Step) {
    ensures(showsNothing(answer(step.asked).pages))
    callShowsNothing(step.asked)
  }

  private func callShowsNothing(_ call: HostCall) {
    ensures(showsNothing(answer(call).pages))
    replyShowsNothing(call)
  }

  private func replyShowsNothing(_ call: HostCall) {
    ensures(showsNothing(reply(call).pages))
    if !call.isDenied && !call.isNone {
      callShowsNothing(call.number, call.vm, call.a, call.b, call.c, call.mayManage)
    } else {
      quietShowsNothing(reply(call))
    }
  }

  private func callShowsNothing(
    _ number: UInt32, _ vm: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64, _ mayManage: Bool
  ) {
    ensures(showsNothing(call(number, vm, x, y, z, mayManage: mayManage).pages))
    guard let call = Call(rawValue: number), System.isVM(vm) else { return }
    switch call {
    case .info, .counter, .share, .unshare: return
    default:
      ghost { callConcerns(call, vm, x, y, z, mayManage, Before(self)) }
      changeShowsNothing(make(call, vm, x, y, z, mayManage), vm)
    }
  }

  private func changeShowsNothing(_ change: Change, _ vm: UInt64) {
    requires(System.isVM(vm) && concerns(change, vm))
    ensures(showsNothing(change.pages))
  }

  static func areSameCPUs(_ a: borrowing System, _ b: borrowing System) {
    requires(forall(0..<Limits.cpus) { Views.cpu(a.cpus[$0], b.cpus[$0]) })
    ensures(forall(0..<Limits.cpus) { isSame(a.cpus[$0], b.cpus[$0]) })
  }

  static func samePages(
    _ a: borrowing System, _ b: borrowing System, _ x: PageChange, _ y: PageChange,
    _ one: GhostMap<Page>, _ other: GhostMap<Page>
  ) {
    requires(x.isSound && y.isSound && a.pages.count == b.pages.count)
    requires(ghost: forall(0..<a.pages.count) { x.looksSame(y, one[$0], other[$0], $0) })
    requires(ghost: forall(0..<a.pages.count) { x.makes(a.pages[$0], of: one[$0], $0) })
    requires(ghost: forall(0..<b.pages.count) { y.makes(b.pages[$0], of: other[$0], $0) })
    ensures(forall(0..<a.pages.count) { Views.host(a.pages[$0], b.pages[$0]) })
  }

  static func sameVMs(
    _ a: borrowing System, _ b: borrowing System, _ x: Change, _ y: Change,
    _ one: GhostMap<Guest>, _ other: GhostMap<Guest>
  ) {
    requires(x.isSound && y.isSound && x.isSameToHost(y))
    requires(ghost: forall(0..<Limits.vms) { one[$0] == other[$0] })
    requires(ghost: forall(0..<Limits.vms) { x.makes(a.vms[$0], of: one[$0], $0) })
    requires(ghost: forall(0..<Limits.vms) { y.makes(b.vms[$0], of: other[$0], $0) })
    ensures(forall(0..<Limits.vms) { a.vms[$0] == b.vms[$0] })
  }

  static func sameVCPUs(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision,
    _ one: GhostMap<VirtualCPU>, _ other: GhostMap<VirtualCPU>
  ) {
    requires(x.isSound && y.isSound && x.change.vcpus.isSameToHost(y.change.vcpus))
    requires(
      ghost: forall(0..<System.vcpuCount) {
        x.looksSame(y, one[$0], other[$0], $0)
      })
    requires(
      ghost: forall(0..<System.vcpuCount) {
        x.makes(a.vcpus[$0], of: one[$0], $0)
      })
    requires(
      ghost: forall(0..<System.vcpuCount) {
        y.makes(b.vcpus[$0], of: other[$0], $0)
      })
    ensures(forall(0..<System.vcpuCount) { Views.host(a.vcpus[$0], b.vcpus[$0]) })
    for vcpu in 0..<System.vcpuCount {
      invariant(forall(0..<vcpu) { Views.host(a.vcpus[$0], b.vcpus[$0]) })
      x.makesSame(y, a.vcpus[vcpu], b.vcpus[vcpu], one[vcpu], other[vcpu], vcpu)
    }
  }

  static func sameCPUs(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision,
    _ one: GhostMap<Processor>, _ other: GhostMap<Processor>, _ own: Int
  ) {
    requires(x.isSound && y.isSound && x.change.isSameToHost(y.change))
    requires(
      ghost: forall(0..<Limits.cpus) {
        x.looksSame(y, one[$0], other[$0], $0, own)
      })
    requires(
      ghost: forall(0..<Limits.cpus) {
        x.makes(a.cpus[$0], of: one[$0], $0, own)
      })
    requires(
      ghost: forall(0..<Limits.cpus) {
        y.makes(b.cpus[$0], of: other[$0], $0, own)
      })
    ensures(forall(0..<Limits.cpus) { Views.cpu(a.cpus[$0], b.cpus[$0]) })
    for cpu in 0..<Limits.cpus {
      invariant(forall(0..<cpu) { Views.cpu(a.cpus[$0], b.cpus[$0]) })
      x.makesSame(y, a.cpus[cpu], b.cpus[cpu], one[cpu], other[cpu], cpu, own)
    }
  }

  /// Whether pages that the host reaches after a change were reached before, or get contents that the
  /// change names.
  func showsNothing(_ change: PageChange) -> Bool {
    guard change.isSound, change.first + change.count <= pages.count else { return false }
    return !change.keepsContents || change.owner != 0 && change.use != .shared
      || forall(change.first..<change.first + change.count) { pages[$0].isHosts }
  }
}

extension Views {
  /// Whether changes make pages look the same to the host.
  static func pages(
    _ a: borrowing System, _ b: borrowing System, _ x: PageChange, _ y: PageChange
  ) -> Bool {
    requires(x.isSound && y.isSound && a.pages.count == b.pages.count)
    return forall(0..<a.pages.count) { x.looksSame(y, a.pages[$0], b.pages[$0], $0) }
  }
}

extension Views {
  /// Whether steps make vCPUs look the same to the host.
  static func vcpus(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision
  ) -> Bool {
    requires(x.isSound && y.isSound)
    return forall(0..<System.vcpuCount) {
      x.looksSame(y, a.vcpus[$0], b.vcpus[$0], $0)
    }
  }

  static func cpus(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision, _ cpu: Int
  ) -> Bool {
    requires(x.isSound && y.isSound)
    return forall(0..<Limits.cpus) { x.looksSame(y, a.cpus[$0], b.cpus[$0], $0, cpu) }
  }
}

extension Views {
  static func cpu(_ a: Processor, _ b: Processor) -> Bool {
    opaque()
    ensures { (result: Bool) in result == isSame(a, b) }
    return isSame(a, b)
  }
}

extension PageChange {
  /// Whether they make what looks the same to the host of a page.
  func looksSame(_ other: PageChange, _ a: Page, _ b: Page, _ index: Int) -> Bool {
    opaque()
    requires(isSound && other.isSound)
    ensures { (result: Bool) in
      result == Views.host(changed(a, index), other.changed(b, index))
    }
    return Views.host(changed(a, index), other.changed(b, index))
  }
}

extension Decision {
  /// Whether they make what looks the same to the host of a vCPU, before the rest of the change.
  func looksSame(_ other: Decision, _ a: VirtualCPU, _ b: VirtualCPU, _ index: Int) -> Bool {
    opaque()
    requires(isSound && other.isSound)
    ensures { (result: Bool) in
      result == Views.host(stepping(a, index), other.stepping(b, index))
    }
    return Views.host(stepping(a, index), other.stepping(b, index))
  }

  func looksSame(
    _ other: Decision, _ a: Processor, _ b: Processor, _ index: Int, _ own: Int
  ) -> Bool {
    opaque()
    requires(isSound && other.isSound)
    ensures { (result: Bool) in
      result == isSame(stepping(a, index, own), other.stepping(b, index, own))
    }
    return isSame(stepping(a, index, own), other.stepping(b, index, own))
  }

  func makesSame(
    _ other: Decision, _ one: VirtualCPU, _ two: VirtualCPU, _ before: VirtualCPU,
    _ otherBefore: VirtualCPU, _ index: Int
  ) {
    requires(isSound && other.isSound && change.vcpus.isSameToHost(other.change.vcpus))
    requires(looksSame(other, before, otherBefore, index))
    requires(makes(one, of: before, index) && other.makes(two, of: otherBefore, index))
    ensures(Views.host(one, two))
    change.vcpus.makesSame(
      other.change.vcpus, one, two, stepping(before, index), other.stepping(otherBefore, index),
      index)
  }

  func makesSame(
    _ other: Decision, _ one: Processor, _ two: Processor, _ before: Processor,
    _ otherBefore: Processor, _ index: Int, _ own: Int
  ) {
    requires(isSound && other.isSound && change.isSameToHost(other.change) && index >= 0)
    requires(looksSame(other, before, otherBefore, index, own))
    requires(makes(one, of: before, index, own))
    requires(other.makes(two, of: otherBefore, index, own))
    ensures(Views.cpu(one, two))
    change.makesSame(
      other.change, one, two, stepping(before, index, own),
      other.stepping(otherBefore, index, own), index, own)
  }
}

extension Change {
  /// Whether two changes are the same to the host, pages apart.
  func isSameToHost(_ other: Change) -> Bool {
    answer == other.answer && vcpus.isSameToHost(other.vcpus) && vm == other.vm
      && (vm == 0 || guest == other.guest) && enters == other.enters && isLast == other.isLast
      && target == other.target && ends == other.ends
      && (target == -1 || entry == other.entry && argument == other.argument)
  }

  /// They make CPUs that look the same out of such.
  func makesSame(
    _ change: Change, _ one: Processor, _ other: Processor, _ before: Processor,
    _ otherBefore: Processor, _ index: Int, _ own: Int
  ) {
    requires(isSound && change.isSound && isSameToHost(change) && isSame(before, otherBefore))
    requires(index >= 0)
    requires(makes(one, of: before, index, own))
    requires(change.makes(other, of: otherBefore, index, own))
    ensures(isSame(one, other))
    isSameToHost(change, before, otherBefore, index)
    isSameToHost(change, changed(before, index), change.changed(otherBefore, index))
  }

  private func isSameToHost(_ change: Change, _ a: Processor, _ b: Processor, _ index: Int) {
    requires(isSound && change.isSound && isSameToHost(change) && isSame(a, b) && index >= 0)
    ensures(isSame(changed(a, index), change.changed(b, index)))
  }

  private func isSameToHost(_ change: Change, _ a: Processor, _ b: Processor) {
    requires(isSound && change.isSound && isSameToHost(change) && isSame(a, b))
    ensures(isSame(changed(a), change.changed(b)))
  }
}

extension VCPUChange {
  /// Whether the host sees the same of what becomes of vCPUs.
  func isSameToHost(_ other: VCPUChange) -> Bool {
    kind == other.kind && first == other.first && count == other.count
  }

  /// They make vCPUs that look the same to the host out of such.
  func makesSame(
    _ change: VCPUChange, _ one: VirtualCPU, _ other: VirtualCPU, _ before: VirtualCPU,
    _ otherBefore: VirtualCPU, _ index: Int
  ) {
    requires(isSound && change.isSound && isSameToHost(change))
    requires(Views.host(before, otherBefore))
    requires(makes(one, of: before, index) && change.makes(other, of: otherBefore, index))
    ensures(Views.host(one, other))
    isSameToHost(change, before, otherBefore, index)
  }

  private func isSameToHost(_ change: VCPUChange, _ a: VirtualCPU, _ b: VirtualCPU, _ index: Int) {
    requires(isSound && change.isSound && isSameToHost(change) && Views.host(a, b))
    ensures(Views.host(changed(a, index), change.changed(b, index)))
  }
}
