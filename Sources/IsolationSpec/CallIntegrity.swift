import Contracts
import EngineABI

// Integrity for the VM that a call of the host names: of what is its own, the whole step changes no
// more than the parts that the printed list gives to the call (``Influence``).

extension Influence {
  /// Whether pages may become the VM's, or the host's.
  var isOfPages: Bool { self == .state || self == .memory }
  /// Whether its vCPUs may change.
  var isOfVCPUs: Bool { self == .state || self == .vcpu || self == .completion }
  /// Whether its state may change, or its time.
  var isOfState: Bool { self == .state || self == .memory }
}

extension System {
  /// Makes a call for a VM, of two states that agree on what is its own: what the call's influence is
  /// not of, they agree on afterwards.
  static func callKeeps(
    _ a: inout System, _ b: borrowing System, _ step: Step, _ cpu: Int, on vm: UInt64,
    _ influence: Influence
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && isVM(vm) && !a.isGuests(step, cpu))
    requires(step.calls(vm) && influences(step, cpu, vm, a) == influence)
    requires(agree(a, b, on: vm, butShared: false))
    ensures(influence.isOfPages || agreePages(a, b, on: vm))
    ensures(influence.isOfVCPUs || agreeVCPUs(a, b, on: vm))
    ensures(influence.isOfState || isAlike(a.guest(vm), b.guest(vm), influence))
    let decision = a.decide(step, cpu)
    let before = Before(a)
    ghost {
      a.decisionIsWithin(step, cpu, vm, influence)
      agreed(a, b, before, vm)
      holds(isKept(decision.change, influence, b.guest(vm)))
    }
    _ = a.make(step, on: cpu)
    ghost {
      keptPages(a, b, decision.change.pages, before.pages, vm, influence)
      keptVM(a, b, decision.change, before.vms, vm, influence)
      keptVCPUs(a, b, decision, before.vcpus, vm, influence)
    }
  }

  // MARK: Parts of what is a VM's own

  static func agreePages(_ a: borrowing System, _ b: borrowing System, on vm: UInt64) -> Bool {
    guard a.pages.count == b.pages.count else { return false }
    return forall(0..<a.pages.count) {
      a.pages[$0].agrees(with: b.pages[$0], on: vm, butShared: false)
    }
  }

  static func agreeVCPUs(_ a: borrowing System, _ b: borrowing System, on vm: UInt64) -> Bool {
    requires(isVM(vm))
    return forall(0..<vcpuCount) { !isVCPU($0, of: vm) || isSame(a.vcpus[$0], b.vcpus[$0]) }
  }

  /// Equal, or but for its lines, if the influence is of these.
  private static func isAlike(_ a: Guest, _ b: Guest, _ influence: Influence) -> Bool {
    a.state == b.state && a.start == b.start && (influence == .line || a.lines == b.lines)
  }

  private func decisionIsWithin(
    _ step: Step, _ cpu: Int, _ vm: UInt64, _ influence: Influence
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && System.isVM(vm) && !isGuests(step, cpu))
    requires(step.calls(vm) && influences(step, cpu, vm, self) == influence)
    ensures(System.isKept(decide(step, cpu).change, influence, guest(vm)))
    ensures(decide(step, cpu).actor != Actor.guest)
    stepIsWithin(step, vm)
    if isHosts(step, cpu) {
      changeIsKept(hostChange(step), influence, vm)
      holds(decide(step, cpu).change == hostChange(step))
    } else {
      holds(decide(step, cpu).change == Change())
      holds(System.isKept(Change(), influence, guest(vm)))
    }
  }

  private func changeIsKept(_ change: Change, _ influence: Influence, _ vm: UInt64) {
    requires(System.isVM(vm) && isWithin(change, influence, vm))
    ensures(System.isKept(change, influence, guest(vm)))
  }

  private static func isKept(_ change: Change, _ influence: Influence, _ guest: Guest) -> Bool {
    guard influence.isOfPages || change.pages.count == 0 else { return false }
    guard influence.isOfVCPUs || change.vcpus.count == 0 else { return false }
    return influence.isOfState || change.vm == 0
      || influence == .line && change.guest.state == guest.state
        && change.guest.start == guest.start
  }

  // MARK: What it makes

  private static func agreed(
    _ a: borrowing System, _ b: borrowing System, _ before: Before, _ vm: UInt64
  ) {
    requires(isVM(vm) && agree(a, b, on: vm, butShared: false))
    requires(ghost: forall(0..<a.pages.count) { before.pages[$0] == a.pages[$0] })
    requires(ghost: forall(0..<Limits.vms) { before.vms[$0] == a.vms[$0] })
    requires(ghost: forall(0..<vcpuCount) { isSame(before.vcpus[$0], a.vcpus[$0]) })
    ensures(
      ghost: forall(0..<a.pages.count) {
        before.pages[$0].agrees(with: b.pages[$0], on: vm, butShared: false)
      })
    ensures(ghost: before.vms[Int(vm) - 1] == b.guest(vm))
    ensures(
      ghost: forall(0..<vcpuCount) {
        !isVCPU($0, of: vm) || isSame(before.vcpus[$0], b.vcpus[$0])
      })
    agreedVM(a, b, before.vms, vm, Int(vm) - 1)
  }

  private static func keptPages(
    _ a: borrowing System, _ b: borrowing System, _ change: PageChange,
    _ before: GhostMap<Page>, _ vm: UInt64, _ influence: Influence
  ) {
    requires(change.isSound && isVM(vm) && a.pages.count == b.pages.count)
    requires(influence.isOfPages || change.count == 0)
    requires(
      ghost: forall(0..<a.pages.count) {
        before[$0].agrees(with: b.pages[$0], on: vm, butShared: false)
      })
    requires(ghost: forall(0..<a.pages.count) { change.makes(a.pages[$0], of: before[$0], $0) })
    ensures(influence.isOfPages || agreePages(a, b, on: vm))
    if !influence.isOfPages { ghost { keptPages(a, b, change, before, vm, false) } }
  }

  private static func keptVM(
    _ a: borrowing System, _ b: borrowing System, _ change: Change, _ before: GhostMap<Guest>,
    _ vm: UInt64, _ influence: Influence
  ) {
    requires(change.isSound && isVM(vm))
    requires(isKept(change, influence, b.guest(vm)))
    requires(ghost: before[Int(vm) - 1] == b.guest(vm))
    requires(ghost: forall(0..<Limits.vms) { change.makes(a.vms[$0], of: before[$0], $0) })
    ensures(influence.isOfState || isAlike(a.guest(vm), b.guest(vm), influence))
    holds(ghost: change.makes(a.vms[Int(vm) - 1], of: before[Int(vm) - 1], Int(vm) - 1))
  }

  private static func keptVCPUs(
    _ a: borrowing System, _ b: borrowing System, _ decision: Decision,
    _ before: GhostMap<VirtualCPU>, _ vm: UInt64, _ influence: Influence
  ) {
    requires(decision.isSound && isVM(vm) && decision.actor != Actor.guest)
    requires(influence.isOfVCPUs || decision.change.vcpus.count == 0)
    requires(
      ghost: forall(0..<vcpuCount) {
        !isVCPU($0, of: vm) || isSame(before[$0], b.vcpus[$0])
      })
    requires(ghost: forall(0..<vcpuCount) { decision.makes(a.vcpus[$0], of: before[$0], $0) })
    ensures(influence.isOfVCPUs || agreeVCPUs(a, b, on: vm))
    if !influence.isOfVCPUs { ghost { keptVCPUs(a, b, decision, before, vm) } }
  }
}
