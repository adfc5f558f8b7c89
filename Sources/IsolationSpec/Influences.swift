import Contracts
import EngineABI

// Integrity by the printed list (``Influence``): a step of others that is not on it for a VM leaves all
// that is the VM's, and what it sees, as it was.

extension System {
  /// Makes a step of others that may not change what a VM sees, or, `butShared`, nothing of it but
  /// contents of pages that it shares.
  static func othersLeave(
    _ a: inout System, _ b: borrowing System, _ step: Step, _ cpu: Int, on vm: UInt64,
    butShared: Bool
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && isVM(vm) && !a.isOwn(step, cpu, vm))
    requires(
      influences(step, cpu, vm, a) == nil
        || butShared && influences(step, cpu, vm, a) == .sharedPage)
    requires(agree(a, b, on: vm, butShared: butShared))
    ensures(agree(a, b, on: vm, butShared: butShared))
    ghost { a.isOnList(step, cpu, vm) }
    stepKeeps(&a, b, step, cpu, on: vm, butShared: butShared)
  }

  /// Makes a step of others that may not change what a VM sees. (`c` is what the state was.)
  static func othersLeaveView(
    _ a: inout System, _ b: borrowing System, _ c: borrowing System, _ step: Step, _ cpu: Int,
    of vm: UInt64
  ) {
    requires(cpu >= 0 && cpu < Limits.cpus && isVM(vm) && !a.isOwn(step, cpu, vm))
    requires(influences(step, cpu, vm, a) == nil)
    requires(agree(a, c, on: vm, butShared: false) && a.now == c.now)
    requires(vmSeesSame(c, b, vm))
    ensures(agree(a, c, on: vm, butShared: false) && a.now == c.now)
    ensures(vmSeesSame(a, b, vm))
    ghost {
      a.isOnList(step, cpu, vm)
      a.leavesTime(step, cpu, vm)
    }
    stepKeeps(&a, c, step, cpu, on: vm, butShared: false)
    ghost { sameView(a, b, c, vm) }
  }

  /// Whether a step is one of a VM's guest.
  func isOwn(_ step: Step, _ cpu: Int, _ vm: UInt64) -> Bool {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return isGuests(step, cpu) && System.vm(of: cpus[cpu].runs) == vm
  }

  /// What is a VM's, or written to a page that it shares, is on the list.
  private func isOnList(_ step: Step, _ cpu: Int, _ vm: UInt64) {
    requires(cpu >= 0 && cpu < Limits.cpus && !isOwn(step, cpu, vm))
    ensures(influences(step, cpu, vm, self) != nil || !isOf(vm, step, cpu))
    ensures(influences(step, cpu, vm, self) != .sharedPage || !isOf(vm, step, cpu))
    ensures(influences(step, cpu, vm, self) != nil || !stores(step, to: vm))
  }

  private func leavesTime(_ step: Step, _ cpu: Int, _ vm: UInt64) {
    requires(influences(step, cpu, vm, self) == nil)
    ensures(step.later(now) == now)
  }

  // MARK: Views

  /// Whether two states look the same to a VM.
  static func vmSeesSame(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) -> Bool {
    requires(isVM(vm))
    let isSame = Views.guest(a, b, vm)
    return isSame
  }

  /// States that agree on all that is a VM's look the same to it.
  static func sameView(
    _ a: borrowing System, _ b: borrowing System, _ c: borrowing System, _ vm: UInt64
  ) {
    requires(isVM(vm) && agree(a, c, on: vm, butShared: false) && a.now == c.now)
    requires(vmSeesSame(c, b, vm))
    ensures(vmSeesSame(a, b, vm))
    agreedVCPUs(a, c, vm, vcpu(vm, 0))
    sameVCPUs(a, b, c, vcpu(vm, 0))
    sameFound(a, b, c, vm)
    sameMemory(a, b, c, vm)
  }

  private static func sameVCPUs(
    _ a: borrowing System, _ b: borrowing System, _ c: borrowing System, _ first: Int
  ) {
    requires(first >= 0 && first <= vcpuCount - Limits.vcpusPerVM && Views.vcpus(c, b, first))
    requires(areSame(a, c, first))
    ensures(Views.vcpus(a, b, first))
    for vcpu in first..<first + Limits.vcpusPerVM {
      invariant(forall(first..<vcpu) { Views.guest(a.vcpus[$0], b.vcpus[$0]) })
      holds(isSame(a.vcpus[vcpu], c.vcpus[vcpu]))
      Views.sameGuest(a.vcpus[vcpu], c.vcpus[vcpu], b.vcpus[vcpu])
    }
  }

  private static func areSame(
    _ a: borrowing System, _ c: borrowing System, _ first: Int
  ) -> Bool {
    requires(first >= 0 && first <= vcpuCount - Limits.vcpusPerVM)
    return forall(first..<first + Limits.vcpusPerVM) { isSame(a.vcpus[$0], c.vcpus[$0]) }
  }

  private static func agreedVCPUs(
    _ a: borrowing System, _ c: borrowing System, _ vm: UInt64, _ first: Int
  ) {
    requires(isVM(vm) && agree(a, c, on: vm, butShared: false) && first == vcpu(vm, 0))
    ensures(areSame(a, c, first))
    holds(forall(first..<first + Limits.vcpusPerVM) { isVCPU($0, of: vm) })
  }

  private static func sameFound(
    _ a: borrowing System, _ c: borrowing System, _ vm: UInt64, _ place: UInt64
  ) {
    requires(isVM(vm) && agree(a, c, on: vm, butShared: false))
    ensures(a.find(vm, place) == c.find(vm, place))
    holds(
      forall(0..<a.pages.count) {
        a.isMemory($0, of: vm, at: place) == c.isMemory($0, of: vm, at: place)
      })
  }

  /// All that a VM finds in `b` it finds in `a`.
  private static func sameFound(
    _ a: borrowing System, _ b: borrowing System, _ c: borrowing System, _ vm: UInt64
  ) {
    requires(isVM(vm) && agree(a, c, on: vm, butShared: false))
    requires(Views.memory(c, of: b, vm))
    ensures(Views.memory(a, of: b, vm))
    for page in 0..<b.pages.count {
      invariant(
        forall(0..<page) {
          UInt64(b.pages[$0].owner) != vm || !b.pages[$0].isMemory
            || Views.finds(a, vm, b.pages[$0].place, b.pages[$0])
        })
      let place = b.pages[page].place
      sameFound(a, c, vm, place)
      if UInt64(b.pages[page].owner) == vm && b.pages[page].isMemory {
        holds(Views.finds(c, vm, place, b.pages[page]))
        holds(UInt64(c.pages[c.find(vm, place)].owner) == vm)
        holds(a.pages[c.find(vm, place)] == c.pages[c.find(vm, place)])
        holds(Views.finds(a, vm, place, b.pages[page]))
      }
    }
  }

  private static func sameMemory(
    _ a: borrowing System, _ b: borrowing System, _ c: borrowing System, _ vm: UInt64
  ) {
    requires(isVM(vm) && agree(a, c, on: vm, butShared: false))
    requires(Views.memory(b, of: c, vm))
    ensures(Views.memory(b, of: a, vm))
    holds(
      forall(0..<a.pages.count) {
        UInt64(a.pages[$0].owner) != vm || a.pages[$0] == c.pages[$0]
      })
  }
}

extension Views {
  fileprivate static func sameGuest(_ a: VirtualCPU, _ c: VirtualCPU, _ b: VirtualCPU) {
    requires(isSame(a, c) && guest(c, b))
    ensures(guest(a, b))
  }
}
