import Contracts
import EngineABI

// What the host learns of guests' steps is what they declassify: of two states that look the same to it.

extension System {
  /// Makes a step of a guest in each of two states that look the same to the host. If they declassify
  /// the same, the states still look the same to it.
  static func guestStepDeclassifies(
    _ a: inout System, _ b: inout System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(s, cpu) && b.isGuests(t, cpu))
    requires(a.declassified(s, a.cpus[cpu].runs) == b.declassified(t, b.cpus[cpu].runs))
    ensures(hostSeesSame(a, b))
    ghost { hostIsToldDeclassified(a, b, s, t, cpu) }
    guestStep(&a, &b, s, t, cpu)
  }

  /// Guests' steps that declassify the same in states that look the same to the host tell it the same,
  /// whatever steps they are and whatever else guests have.
  static func hostIsToldDeclassified(
    _ a: borrowing System, _ b: borrowing System, _ s: Step, _ t: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus)
    requires(a.isGuests(s, cpu) && b.isGuests(t, cpu))
    requires(a.declassified(s, a.cpus[cpu].runs) == b.declassified(t, b.cpus[cpu].runs))
    ensures(a.told(s, cpu) == b.told(t, cpu))
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    a.toldIsDeclassified(s, cpu)
    b.toldIsDeclassified(t, cpu)
    sameTelling(
      a, b, a.declassified(s, a.cpus[cpu].runs), a.cpus[cpu].runs, b.cpus[cpu].runs)
    sameTold(
      a, b, a.told(s, cpu), b.told(t, cpu), a.declassified(s, a.cpus[cpu].runs),
      b.declassified(t, b.cpus[cpu].runs), vm(of: a.cpus[cpu].runs), vm(of: b.cpus[cpu].runs))
  }

  private static func sameTold(
    _ a: borrowing System, _ b: borrowing System, _ x: Told, _ y: Told,
    _ one: Declassification?, _ other: Declassification?, _ vm: UInt64, _ its: UInt64
  ) {
    requires(x == a.telling(one, vm) && y == b.telling(other, its) && one == other)
    requires(a.telling(one, vm) == b.telling(one, its))
    ensures(x == y)
  }

  // MARK: Counts

  /// A step of which nothing but counts is told, if that, tells the same in states that look the same to
  /// the host: of the guest's registers and private pages that depends on nothing but what step it is.
  static func hostIsToldSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus && a.isGuests(step, cpu))
    requires(isCount(a.declassified(step, a.cpus[cpu].runs)))
    requires(isCount(b.declassified(step, b.cpus[cpu].runs)))
    ensures(b.isGuests(step, cpu) && a.told(step, cpu) == b.told(step, cpu))
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    holds(a.cpus[cpu].runs == b.cpus[cpu].runs && b.isGuests(step, cpu))
    sameCount(a, b, step, a.cpus[cpu].runs, b.cpus[cpu].runs)
    hostIsToldDeclassified(a, b, step, step, cpu)
  }

  /// Nothing, or counts alone.
  static func isCount(_ declassified: Declassification?) -> Bool {
    guard let declassified else { return true }
    return declassified.isCount
  }

  private static func sameCount(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int, _ other: Int
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < vcpuCount && other == vcpu)
    requires(isCount(a.declassified(step, vcpu)) && isCount(b.declassified(step, other)))
    ensures(a.declassified(step, vcpu) == b.declassified(step, other))
    switch step {
    case .guestCall(_, let immediate, let function, let x, let y, _):
      vcpuIsOfVM(vcpu)
      vcpuIsOfVM(other)
      if immediate == 0 { sameCount(a, b, vm(of: vcpu), vm(of: other), function, x, y) }
    default: return
    }
  }

  private static func sameCount(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ its: UInt64,
    _ function: UInt64, _ x: UInt64, _ y: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && isVM(its))
    requires(
      a.declassifiedCall(vm, function, x, y).isCount
        && b.declassifiedCall(its, function, x, y).isCount)
    ensures(a.declassifiedCall(vm, function, x, y) == b.declassifiedCall(its, function, x, y))
    sameFirmware(a, b, function, x)
  }

  static func sameFirmware(
    _ a: borrowing System, _ b: borrowing System, _ function: UInt64, _ x: UInt64
  ) {
    requires(isSame(a.constants, b.constants))
    ensures(a.firmwareAnswer(function, x) == b.firmwareAnswer(function, x))
    holds(forall(0..<3) { a.constants.workarounds[$0] == b.constants.workarounds[$0] })
    holds(a.constants.workarounds[0] == b.constants.workarounds[0])
    holds(a.constants.workarounds[1] == b.constants.workarounds[1])
    holds(a.constants.workarounds[2] == b.constants.workarounds[2])
  }
}
