import Contracts
import EngineABI

// Theorems about one step in the form that makes theorems about all sequences of steps out of them:
// of two states that agree on what somebody sees, a step keeps that (Proofs/README.md).

extension System {
  /// Whether two states agree on all that is a VM's own: its state, its vCPUs, and its pages with
  /// use, place and contents.
  static func agree(_ a: borrowing System, _ b: borrowing System, on vm: UInt64) -> Bool {
    requires(isVM(vm))
    return a.pages.count == b.pages.count
      && forall(0..<a.pages.count) { agree(a.pages[$0], b.pages[$0], on: vm) }
      && a.guest(vm) == b.guest(vm)
      && forall(0..<vcpuCount) {
        $0 < vcpu(vm, 0) || $0 >= vcpu(vm, 0) + Limits.vcpusPerVM
          || isSame(a.vcpus[$0], b.vcpus[$0])
      }
  }

  /// A page is the VM's in neither, or the same in both.
  static func agree(_ a: Page, _ b: Page, on vm: UInt64) -> Bool {
    UInt64(a.owner) != vm && UInt64(b.owner) != vm || a == b
  }

  static func agreesWithItself(_ a: borrowing System, on vm: UInt64) {
    requires(isVM(vm))
    ensures(agree(a, a, on: vm))
  }

  static func agreeBothWays(_ a: borrowing System, _ b: borrowing System, on vm: UInt64) {
    requires(isVM(vm) && agree(a, b, on: vm))
    ensures(agree(b, a, on: vm))
  }

  static func hostSeesItself(_ a: borrowing System) {
    ensures(hostSeesSame(a, a))
  }

  static func hostSeesBothWays(_ a: borrowing System, _ b: borrowing System) {
    requires(hostSeesSame(a, b))
    ensures(hostSeesSame(b, a))
  }

  static func vcpuIsOfVM(_ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < vcpuCount)
    ensures(isVM(vm(of: vcpu)))
  }

  /// What a call of the host for a VM decides on is of that VM alone.
  func callIsOfOne(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(isOfOne(make(call, vm, a, b, c, mayManage), vm))
    ghost { callConcerns(call, vm, a, b, c, mayManage, Before(self)) }
  }

  /// What a step of a guest decides on is of its VM alone.
  func guestIsOfOne(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isOfOne(guestChange(step, vcpu).change, System.vm(of: vcpu)))
    guestConcerns(step, vcpu)
  }

  /// A change that is of another VM alone is none to this one.
  static func changeKeeps(
    _ a: inout System, _ b: borrowing System, _ change: Change, _ cpu: Int, _ other: UInt64,
    on vm: UInt64
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && isVM(vm) && isVM(other) && other != vm)
    requires(a.isOfOne(change, other) && agree(a, b, on: vm))
    ensures(agree(a, b, on: vm))
    a.applyConcerning(change, cpu, other)
    holds(forall(0..<a.pages.count) { agree(a.pages[$0], b.pages[$0], on: vm) })
    holds(a.vms[Int(vm) - 1] == b.vms[Int(vm) - 1])
    holds(
      vcpu(other, 0) + Limits.vcpusPerVM <= vcpu(vm, 0)
        || vcpu(vm, 0) + Limits.vcpusPerVM <= vcpu(other, 0))
    holds(
      forall(0..<vcpuCount) {
        $0 < vcpu(vm, 0) || $0 >= vcpu(vm, 0) + Limits.vcpusPerVM
          || isSame(a.vcpus[$0], old(a.vcpus[$0])) && isSame(old(a.vcpus[$0]), b.vcpus[$0])
      })
    holds(
      forall(0..<vcpuCount) {
        $0 < vcpu(vm, 0) || $0 >= vcpu(vm, 0) + Limits.vcpusPerVM
          || isSame(a.vcpus[$0], b.vcpus[$0])
      })
  }
}
