import Contracts
import EngineABI
import IsolationCore

// A VM goes into another state, and what vCPUs it has are no more: what seal and destroyVM have in
// common.

extension Its {
  /// A VM is in another state, or none; and vCPUs of a range are no more.
  func isMoved(_ before: Its, _ state: VMState, _ first: Int, _ end: Int, vm: Int) -> Bool {
    opaque()
    return isSame(before, but: first, end, vm: vm)
      && forall(0..<System.vcpuCount) {
        $0 >= first && $0 < end ==> isEnded(before, $0)
      }
      && (vm < 0
        || spaces[vm].state == state && IsolationCore.isSame(vms[vm], before.vms[vm]))
  }

  func isEnded(_ before: Its, _ index: Int) -> Bool {
    guard vcpus[index].lists < 16, before.vcpus[index].lists < 16 else { return false }
    return vcpus[index].life == .absent
      && forall(0..<16) { vcpus[index].counters[$0] == before.vcpus[index].counters[$0] }
  }

  static func moves(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ state: VMState,
    _ first: Int, _ end: Int, vm: Int
  ) {
    requires(vm >= -1 && vm < Limits.vms)
    requires(before.livesStand(for: mineBefore))
    requires(its.isMoved(before, state, first, end, vm: vm))
    requires(mine.isMoved(mineBefore, state, first, end, vm: vm))
    ensures(its.livesStand(for: mine))
    holds(its.isSame(before, but: first, end, vm: vm))
    holds(mine.isSame(mineBefore, but: first, end, vm: vm))
    if vm >= 0 {
      holds(before.vmStands(vm, for: mineBefore))
      holds(its.vmStands(vm, for: mine))
    }
    for index in 0..<System.vcpuCount {
      invariant(forall(0..<index) { $0 >= first && $0 < end ==> its.stands($0, for: mine) })
      if index >= first && index < end {
        holds(before.stands(index, for: mineBefore))
        holds(its.isEnded(before, index))
        isEnded(its, before, mine, mineBefore, index)
      }
    }
    keep(its, before, mine, mineBefore, but: first, end, vm: vm)
  }

  private static func isEnded(
    _ its: Its, _ before: Its, _ mine: Before, _ mineBefore: Before, _ index: Int
  ) {
    requires(before.stands(index, for: mineBefore) && its.isEnded(before, index))
    requires(
      IsolationSpec.isSame(mine.vcpus[index], mineBefore.vcpus[index].living(.absent)))
    ensures(its.stands(index, for: mine))
  }
}

extension Before {
  /// The same of the abstract machine.
  func isMoved(_ before: Before, _ state: VMState, _ first: Int, _ end: Int, vm: Int) -> Bool {
    opaque()
    return isSame(before, but: first, end, vm: vm)
      && forall(0..<System.vcpuCount) {
        $0 >= first && $0 < end
          ==> IsolationSpec.isSame(vcpus[$0], before.vcpus[$0].living(.absent))
      }
      && (vm < 0
        || vms[vm].state == state && vms[vm].start == before.vms[vm].start
          && vms[vm].lines == before.vms[vm].lines)
  }

  static func isMoved(
    _ after: Before, _ before: Before, _ change: Change, _ state: VMState, _ first: Int,
    _ end: Int, _ vm: Int
  ) {
    requires(before.isTidy() && vm >= -1 && vm < Limits.vms && state != .loading)
    requires(first >= 0 && end >= first && end <= System.vcpuCount)
    requires(
      first == end
        || first % Limits.vcpusPerVM == 0 && end == first + Limits.vcpusPerVM)
    requires(
      change.isSound
        && System.isMove(change, state, first, end, vm, vm < 0 ? Guest() : before.vms[vm]))
    requires(
      forall(0..<System.vcpuCount) {
        change.vcpus.makes(after.vcpus[$0], of: before.vcpus[$0], $0)
      })
    requires(
      forall(0..<Limits.vms) { change.makes(after.vms[$0], of: before.vms[$0], $0) })
    ensures(after.isMoved(before, state, first, end, vm: vm))
    ensures(after.isTidy())
    holds(
      forall(0..<System.vcpuCount) {
        IsolationSpec.isSame(
          after.vcpus[$0],
          $0 >= first && $0 < end ? before.vcpus[$0].living(.absent) : before.vcpus[$0])
      })
    holds(forall(0..<Limits.vms) { $0 == vm || after.vms[$0] == before.vms[$0] })
    holds(after.isSame(before, but: first, end, vm: vm))
    for index in 0..<System.vcpuCount {
      invariant(forall(0..<index) { after.isTidy($0) })
      holds(before.isTidy(index))
      keepsTidy(after, before, index, first, end, vm)
    }
  }

  private static func keepsTidy(
    _ after: Before, _ before: Before, _ index: Int, _ first: Int, _ end: Int, _ vm: Int
  ) {
    requires(index >= 0 && index < System.vcpuCount && before.isTidy(index))
    requires(first >= 0 && first <= System.vcpuCount)
    requires(
      first == end
        || first % Limits.vcpusPerVM == 0 && end == first + Limits.vcpusPerVM)
    requires(
      after.vcpus[index].life
        == (index >= first && index < end ? .absent : before.vcpus[index].life))
    requires(
      index == 0
        || after.vcpus[index - 1].life
          == (index - 1 >= first && index - 1 < end ? .absent : before.vcpus[index - 1].life)
    )
    requires(
      index / Limits.vcpusPerVM == vm
        ? after.vms[index / Limits.vcpusPerVM].state != .loading
        : after.vms[index / Limits.vcpusPerVM].state
          == before.vms[index / Limits.vcpusPerVM].state)
    ensures(after.isTidy(index))
  }
}

extension System {
  static func isMove(
    _ change: Change, _ state: VMState, _ first: Int, _ end: Int, _ vm: Int, _ before: Guest
  ) -> Bool {
    requires(vm >= -1 && vm < Limits.vms && first >= 0 && end >= first)
    requires(end <= System.vcpuCount)
    guard change.pages.count == 0, change.vm == UInt64(truncatingIfNeeded: vm + 1) else {
      return false
    }
    guard
      vm < 0
        || change.guest.state == state && change.guest.start == before.start
          && change.guest.lines == before.lines
    else { return false }
    if first == end { return change.vcpus.count == 0 }
    return change.vcpus.kind == .end && change.vcpus.first == first
      && change.vcpus.count == end - first
  }
}
