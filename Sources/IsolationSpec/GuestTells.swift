import Contracts
import EngineABI

// What the host learns of a guest's step: what it is told (``Told``), and nothing else, wherever the
// guests' registers and private memory differ, and whatever steps they are.

extension System {
  /// Makes a step of a guest in each of two states that look the same to the host. If they tell it
  /// the same, the states still look the same to it.
  static func guestStep(
    _ a: inout System, _ b: inout System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(s, cpu) && b.isGuests(t, cpu) && a.told(s, cpu) == b.told(t, cpu))
    ensures(hostSeesSame(a, b))
    ghost {
      sameGuestDecision(a, b, s, t, cpu)
      sameTime(a, b, s, t, cpu)
    }
    makeBoth(&a, &b, s, t, cpu)
  }

  private static func sameTime(
    _ a: borrowing System, _ b: borrowing System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(Views.host(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(s, cpu) && b.isGuests(t, cpu))
    ensures(s.later(a.now) == a.now && t.later(b.now) == b.now)
    ensures(s.later(a.now) == t.later(b.now))
    s.takesNoTime(a.now)
    t.takesNoTime(b.now)
  }

  private static func sameGuestDecision(
    _ a: borrowing System, _ b: borrowing System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(s, cpu) && b.isGuests(t, cpu) && a.told(s, cpu) == b.told(t, cpu))
    ensures(hostSeesSame(a, b, a.decide(s, cpu), b.decide(t, cpu), cpu))
    let x = a.decide(s, cpu)
    let y = b.decide(t, cpu)
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    holds(x.actor == Actor.guest && y.actor == Actor.guest && x.vcpu == y.vcpu)
    holds(x.change.isGuests && y.change.isGuests)
    sameTold(a, b, x, y, cpu)
  }

  private static func sameTold(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision, _ cpu: Int
  ) {
    requires(Views.host(a, b) && x.isSound && y.isSound && cpu >= 0 && cpu < Limits.cpus)
    requires(x.actor == Actor.guest && y.actor == Actor.guest && x.vcpu == y.vcpu)
    requires(a.fits(x.change) && b.fits(y.change) && x.change.isGuests && y.change.isGuests)
    requires(a.told(x.change) == b.told(y.change))
    ensures(hostSeesSame(a, b, x, y, cpu))
    holds(a.pages.count == b.pages.count)
    holds(x.change.isSameToHost(y.change))
    sameShown(a, b, x.change.pages, y.change.pages)
    sameVCPUs(a, b, x, y)
    sameCPUs(a, b, x, y, cpu)
  }

  private static func sameVCPUs(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision
  ) {
    requires(Views.host(a, b) && x.isSound && y.isSound && x.tells(sameAs: y))
    ensures(Views.vcpus(a, b, x, y))
    for vcpu in 0..<System.vcpuCount {
      invariant(forall(0..<vcpu) { x.looksSame(y, a.vcpus[$0], b.vcpus[$0], $0) })
      x.tellsSame(y, a.vcpus[vcpu], b.vcpus[vcpu], vcpu)
    }
  }

  private static func sameCPUs(
    _ a: borrowing System, _ b: borrowing System, _ x: Decision, _ y: Decision, _ own: Int
  ) {
    requires(Views.host(a, b) && x.isSound && y.isSound && x.tells(sameAs: y))
    ensures(Views.cpus(a, b, x, y, own))
    for cpu in 0..<Limits.cpus {
      invariant(forall(0..<cpu) { x.looksSame(y, a.cpus[$0], b.cpus[$0], $0, own) })
      holds(isSame(a.cpus[cpu], b.cpus[cpu]))
      holds(x.looksSame(y, a.cpus[cpu], b.cpus[cpu], cpu, own))
    }
  }

  private static func sameShown(
    _ a: borrowing System, _ b: borrowing System, _ x: PageChange, _ y: PageChange
  ) {
    requires(Views.host(a, b) && x.isSound && y.isSound && x.count <= 1 && y.count <= 1)
    requires(x.first + x.count <= a.pages.count && y.first + y.count <= b.pages.count)
    requires(a.showsHost(x) == b.showsHost(y))
    requires(
      !a.showsHost(x)
        || x.first == y.first
          && x.changed(a.pages[x.first], x.first).shown
            == y.changed(b.pages[y.first], y.first).shown
    )
    ensures(Views.pages(a, b, x, y))
  }

  // MARK: Nothing

  /// Makes a step of a guest that tells the host nothing in one of two states that look the same to
  /// it, and none in the other: they still look the same.
  static func guestStepAlone(
    _ a: inout System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(step, cpu) && a.told(step, cpu) == Told())
    ensures(hostSeesSame(a, b))
    ghost {
      seesNothing(a, b, step, cpu)
      holds(step.later(a.now) == a.now && a.now == b.now)
    }
    makeAlone(&a, b, step, cpu)
  }

  private static func makeAlone(
    _ a: inout System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(Views.host(a, b) && cpu >= 0 && cpu < Limits.cpus && a.isGuests(step, cpu))
    requires(step.later(a.now) == b.now)
    requires(hostSeesSame(a, b, a.decide(step, cpu), b.resting(a.cpus[cpu].runs), cpu))
    ensures(Views.host(a, b))
    let x = a.decide(step, cpu)
    let y = b.resting(a.cpus[cpu].runs)
    let one = Before(a)
    let other = Before(b)
    _ = a.make(step, on: cpu)
    ghost {
      b.rests(y, cpu)
      samePages(a, b, x.change.pages, y.change.pages, one.pages, other.pages)
      sameVMs(a, b, x.change, y.change, one.vms, other.vms)
      sameVCPUs(a, b, x, y, one.vcpus, other.vcpus)
      sameCPUs(a, b, x, y, one.cpus, other.cpus, cpu)
      areSameCPUs(a, b)
    }
  }

  /// What a guest decides on that does nothing.
  private func resting(_ vcpu: Int) -> Decision {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    return Decision(vcpu, GuestChange(vcpus[vcpu].own, Change()))
  }

  private static func seesNothing(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(step, cpu) && a.told(step, cpu) == Told())
    ensures(hostSeesSame(a, b, a.decide(step, cpu), b.resting(a.cpus[cpu].runs), cpu))
    let x = a.decide(step, cpu)
    let y = b.resting(a.cpus[cpu].runs)
    holds(y.change == Change() && y.actor == Actor.guest && y.vcpu == x.vcpu)
    holds(b.told(y.change) == Told())
    holds(y.isSound && b.fits(y.change) && y.change.isGuests)
    sameTold(a, b, x, y, cpu)
  }

  /// To rest makes of everything what it is.
  private func rests(_ decision: Decision, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && decision.isSound && decision.actor == .guest)
    requires(decision.change == Change())
    requires(isSame(decision.own, vcpus[decision.vcpu].own))
    ensures(forall(0..<pages.count) { decision.change.pages.makes(pages[$0], of: pages[$0], $0) })
    ensures(forall(0..<Limits.vms) { decision.change.makes(vms[$0], of: vms[$0], $0) })
    ensures(forall(0..<System.vcpuCount) { decision.makes(vcpus[$0], of: vcpus[$0], $0) })
    ensures(forall(0..<Limits.cpus) { decision.makes(cpus[$0], of: cpus[$0], $0, cpu) })
  }
}

extension Decision {
  /// Whether two guests' steps are on one vCPU and tell the host the same, pages apart.
  func tells(sameAs other: Decision) -> Bool {
    actor == .guest && other.actor == .guest && vcpu == other.vcpu
      && Told(change) == Told(other.change)
  }

  fileprivate func tellsSame(
    _ other: Decision, _ a: VirtualCPU, _ b: VirtualCPU, _ index: Int
  ) {
    requires(isSound && other.isSound && tells(sameAs: other) && Views.host(a, b))
    ensures(looksSame(other, a, b, index))
    change.tellsSame(other.change, a, b, own, other.own)
  }
}

extension Change {
  fileprivate func tellsSame(
    _ other: Change, _ a: VirtualCPU, _ b: VirtualCPU, _ own: Own, _ otherOwn: Own
  ) {
    requires(isSound && other.isSound && Told(self) == Told(other) && Views.host(a, b))
    ensures(Views.host(changed(a, own), other.changed(b, otherOwn)))
    tellsCount(other, a, b, own, otherOwn)
  }

  private func tellsCount(
    _ other: Change, _ a: VirtualCPU, _ b: VirtualCPU, _ own: Own, _ otherOwn: Own
  ) {
    requires(isSound && other.isSound && counter == other.counter)
    requires(isRefused == other.isRefused && forall(0..<16) { a.counters[$0] == b.counters[$0] })
    ensures(
      forall(0..<16) {
        changed(a, own).counters[$0] == other.changed(b, otherOwn).counters[$0]
      })
  }
}

extension Step {
  fileprivate func takesNoTime(_ now: UInt64) {
    requires(!isTime)
    ensures(later(now) == now)
  }
}
