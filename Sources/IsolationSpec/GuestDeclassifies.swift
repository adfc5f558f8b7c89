import Contracts
import EngineABI

// What ``Told`` depends on: unless a step declassifies something (``declassifies``), on what the host
// sees alone, and not on guests' registers or private pages.

extension System {
  /// A step that declassifies nothing tells the host the same in states that look the same to it.
  /// (Of calls of guests this is sampled by tests alone.)
  static func hostIsToldSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus && a.isGuests(step, cpu))
    requires(!step.isGuestCall && a.declassified(step, a.cpus[cpu].runs) == nil)
    requires(b.declassified(step, b.cpus[cpu].runs) == nil)
    ensures(b.isGuests(step, cpu) && a.told(step, cpu) == b.told(step, cpu))
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    holds(a.cpus[cpu].runs == b.cpus[cpu].runs && b.isGuests(step, cpu))
    hostIsToldSame(a, b, step, of: a.cpus[cpu].runs)
    holds(a.decide(step, cpu).change == a.guestDecision(step, a.cpus[cpu].runs))
    holds(b.decide(step, cpu).change == b.guestDecision(step, a.cpus[cpu].runs))
  }

  private static func hostIsToldSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, of vcpu: Int
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount && !step.isGuestCall)
    requires(a.declassified(step, vcpu) == nil && b.declassified(step, vcpu) == nil)
    ensures(a.told(a.guestDecision(step, vcpu)) == b.told(b.guestDecision(step, vcpu)))
    switch step {
    case .guestLoad, .guestStore, .guestRegisters, .guestTimer:
      a.hides(step, vcpu)
      b.hides(step, vcpu)
      a.privateIsUntold(step, of: vcpu)
      b.privateIsUntold(step, of: vcpu)
    case .guestAbort, .guestFetch:
      a.retryDecides(step, vcpu)
      b.retryDecides(step, vcpu)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    case .guestIdentification:
      a.identificationDecides(step, vcpu)
      b.identificationDecides(step, vcpu)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    default:
      a.ownDecides(step, vcpu)
      b.ownDecides(step, vcpu)
      a.vcpus[vcpu].own.resting.makesSame(b.vcpus[vcpu].own.resting, step)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    }
  }

  private static func sameQuiet(
    _ a: borrowing System, _ b: borrowing System, _ x: Change, _ y: Change
  ) {
    requires(a.fits(x) && b.fits(y) && x.pages.count == 0 && x == y)
    ensures(a.told(x) == b.told(y))
  }

  private func hides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && declassified(step, vcpu) == nil)
    requires(step.isOfMemory)
    ensures(isPrivate(step, vcpu))
  }

  private func retryDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && declassified(step, vcpu) == nil)
    requires(step.isRetry)
    ensures(guestDecision(step, vcpu) == Change.counting(.retry))
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change.counting(.retry))
  }

  private func identificationDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isIdentification)
    ensures(guestDecision(step, vcpu) == Change.counting(.systemRegister))
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change.counting(.systemRegister))
  }

  private func ownDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isOwn)
    ensures(guestDecision(step, vcpu) == vcpus[vcpu].own.resting.making(step).change)
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == vcpus[vcpu].own.resting.making(step).change)
  }
}

extension Step {
  fileprivate var isFloatingPoint: Bool {
    switch self {
    case .guestFloatingPoint: true
    default: false
    }
  }

  fileprivate var isOfMemory: Bool {
    switch self {
    case .guestLoad, .guestStore, .guestRegisters, .guestTimer: true
    default: false
    }
  }

  fileprivate var isRetry: Bool {
    switch self {
    case .guestAbort, .guestFetch: true
    default: false
    }
  }

  fileprivate var isIdentification: Bool {
    switch self {
    case .guestIdentification: true
    default: false
    }
  }

  /// It reads nothing but the guest's own registers.
  fileprivate var isOwn: Bool {
    switch self {
    case .guestCall, .guestLoad, .guestStore, .guestAbort, .guestFetch, .guestWait,
      .guestIdentification:
      false
    default: true
    }
  }

  var isGuestCall: Bool {
    switch self {
    case .guestCall: true
    default: false
    }
  }
}

extension Own {
  /// Before a step.
  fileprivate var resting: Own {
    var result = self
    result.fault = .none
    return result
  }

  fileprivate func calling(_ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Own {
    var result = self
    result.registers = registers.loading(function, a, b, c).next()
    return result
  }

  fileprivate func makesSame(_ other: Own, _ step: Step) {
    requires(usesFloatingPoint == other.usesFloatingPoint || !step.isFloatingPoint)
    ensures(making(step).change == other.making(step).change)
  }
}
