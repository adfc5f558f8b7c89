import Contracts
import EngineABI
import IsolationCore

// The relation of whole states as proofs speak of it: of values of maps, which are words for who calls
// lemmas about them. What one value stands for is said where tests read it too (Relation/).

/// What the core's tables hold: in proofs alone.
struct Its {
  var spaces: GhostMap<AddressSpace>
  var vms: GhostMap<VirtualMachine>
  var vcpus: GhostMap<VCPU>
  /// Of vCPUs.
  var saved: GhostMap<Context>
  /// Of the carve-out; beyond it the host's.
  var pages: GhostMap<PageState>

  static let unknown = Its(
    spaces: GhostMap(), vms: GhostMap(), vcpus: GhostMap(), saved: GhostMap(), pages: GhostMap())
}

extension Its {
  init(_ core: borrowing Machine) {
    spaces = GhostMap { (index: Int) in
      index >= 0 && index < Limits.vms ? core.spaces[index] : AddressSpace()
    }
    vms = GhostMap { (index: Int) in
      index >= 0 && index < Limits.vms ? core.vms[index] : VirtualMachine()
    }
    vcpus = GhostMap { (index: Int) in
      index >= 0 && index < System.vcpuCount ? core.vcpus[index] : VCPU()
    }
    saved = GhostMap { (index: Int) in
      index >= 0 && index < System.vcpuCount ? core.contexts[Limits.cpus + index] : Context()
    }
    pages = GhostMap { (index: Int) in
      index >= 0 && index < core.ownership.pages.count ? core.ownership.pages[index] : .host
    }
  }

  // MARK: What stands for what

  /// A vCPU, with its registers where they are saved. (Of values of maps no invariant is known.)
  func stands(_ index: Int, for mine: Before) -> Bool {
    guard vcpus[index].lists < 16 else { return false }
    return IsolationSpec.stands(vcpus[index], for: mine.vcpus[index])
      && (mine.vcpus[index].life.isAtRest
        ==> IsolationSpec.stands(saved[index], for: mine.vcpus[index].registers))
  }

  /// A VM.
  func vmStands(_ index: Int, for mine: Before) -> Bool {
    let state = spaces[index].state
    return IsolationSpec.stands(state, vms[index], for: mine.vms[index])
  }

  func livesStand(for mine: Before) -> Bool {
    opaque()
    return forall(0..<System.vcpuCount) { stands($0, for: mine) }
      && forall(0..<Limits.vms) { vmStands($0, for: mine) }
  }

  // MARK: What stays

  /// vCPUs but those of a range, and VMs but one, are as they were.
  func isSame(_ before: Its, but first: Int, _ end: Int, vm: Int) -> Bool {
    opaque()
    return forall(0..<System.vcpuCount) {
      $0 >= first && $0 < end || isSame(before, vcpu: $0)
    }
      && forall(0..<Limits.vms) { $0 == vm || isSame(before, vm: $0) }
  }

  func isSame(_ before: Its, vcpu index: Int) -> Bool {
    guard vcpus[index].lists < 16, before.vcpus[index].lists < 16 else { return false }
    return IsolationCore.isSame(vcpus[index], before.vcpus[index])
      && IsolationCore.isSame(saved[index], before.saved[index])
  }

  func isSame(_ before: Its, vm index: Int) -> Bool {
    guard spaces[index].state == before.spaces[index].state else { return false }
    return IsolationCore.isSame(vms[index], before.vms[index])
  }
}

extension Before {
  static let unknown = Before(
    pages: GhostMap(), vms: GhostMap(), vcpus: GhostMap(), cpus: GhostMap())

  /// The same of the abstract machine.
  func isSame(_ before: Before, but first: Int, _ end: Int, vm: Int) -> Bool {
    opaque()
    return forall(0..<System.vcpuCount) {
      $0 >= first && $0 < end || IsolationSpec.isSame(vcpus[$0], before.vcpus[$0])
    }
      && forall(0..<Limits.vms) { $0 == vm || vms[$0] == before.vms[$0] }
  }

  /// A VM's vCPUs have the first numbers, and those of one that is loading have not run.
  func isTidy() -> Bool {
    opaque()
    return forall(0..<System.vcpuCount) { isTidy($0) }
  }

  func isTidy(_ index: Int) -> Bool {
    requires(index >= 0 && index < System.vcpuCount)
    let life = vcpus[index].life
    return
      (index % Limits.vcpusPerVM == 0 || life == .absent || vcpus[index - 1].life != .absent)
      && (vms[index / Limits.vcpusPerVM].state == .loading
        ==> life == .absent || life == .off || life == .starting)
  }
}

extension Before {
  /// One vCPU, which may be there, lives otherwise.
  static func keepTidy(_ after: Before, _ before: Before, _ place: Int, _ life: Life) {
    requires(before.isTidy() && (life == .off || life == .starting))
    requires(
      forall(0..<System.vcpuCount) {
        after.vcpus[$0].life == ($0 == place ? life : before.vcpus[$0].life)
      })
    requires(forall(0..<Limits.vms) { after.vms[$0].state == before.vms[$0].state })
    requires(
      place < 0 || place % Limits.vcpusPerVM == 0 || before.vcpus[place - 1].life != .absent)
    ensures(after.isTidy())
    for index in 0..<System.vcpuCount {
      invariant(forall(0..<index) { after.isTidy($0) })
      holds(before.isTidy(index))
      holds(after.vcpus[index].life == (index == place ? life : before.vcpus[index].life))
      let vm = index / Limits.vcpusPerVM
      holds(after.vms[vm].state == before.vms[vm].state)
      if index > 0 {
        holds(
          after.vcpus[index - 1].life
            == (index - 1 == place ? life : before.vcpus[index - 1].life))
      }
      holds(after.isTidy(index))
    }
  }
}

// What is as it was stands for what it stood for.

extension Its {
  static func keep(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, but first: Int, _ end: Int,
    vm: Int
  ) {
    requires(before.livesStand(for: mineBefore))
    requires(its.isSame(before, but: first, end, vm: vm))
    requires(mine.isSame(mineBefore, but: first, end, vm: vm))
    requires(
      forall(0..<System.vcpuCount) { $0 >= first && $0 < end ==> its.stands($0, for: mine) })
    requires(vm < 0 || vm >= Limits.vms || its.vmStands(vm, for: mine))
    ensures(its.livesStand(for: mine))
    for index in 0..<System.vcpuCount {
      invariant(forall(0..<index) { its.stands($0, for: mine) })
      if index < first || index >= end { keep(its, before, mine, mineBefore, vcpu: index) }
    }
    for index in 0..<Limits.vms {
      invariant(forall(0..<index) { its.vmStands($0, for: mine) })
      if index != vm { keep(its, before, mine, mineBefore, vm: index) }
    }
  }

  private static func keep(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, vcpu index: Int
  ) {
    requires(before.stands(index, for: mineBefore) && its.isSame(before, vcpu: index))
    requires(IsolationSpec.isSame(mine.vcpus[index], mineBefore.vcpus[index]))
    ensures(its.stands(index, for: mine))
    keep(its.vcpus[index], before.vcpus[index], mine.vcpus[index], mineBefore.vcpus[index])
    keep(
      its.saved[index], before.saved[index], mine.vcpus[index].registers,
      mineBefore.vcpus[index].registers)
  }

  private static func keep(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, vm index: Int
  ) {
    requires(before.vmStands(index, for: mineBefore) && its.isSame(before, vm: index))
    requires(mine.vms[index] == mineBefore.vms[index])
    ensures(its.vmStands(index, for: mine))
  }

  private static func keep(
    _ its: VCPU, _ before: VCPU, _ mine: VirtualCPU, _ mineBefore: VirtualCPU
  ) {
    requires(IsolationCore.isSame(its, before) && IsolationSpec.isSame(mine, mineBefore))
    requires(IsolationSpec.stands(before, for: mineBefore))
    ensures(IsolationSpec.stands(its, for: mine))
  }

  private static func keep(
    _ its: Context, _ before: Context, _ mine: Registers, _ mineBefore: Registers
  ) {
    requires(IsolationCore.isSame(its, before) && IsolationSpec.isSame(mine, mineBefore))
    ensures(
      IsolationSpec.stands(before, for: mineBefore) ==> IsolationSpec.stands(its, for: mine))
  }
}
