import Contracts
import EngineABI

/// One bit an interrupt: the state of SGIs and PPIs of a vCPU, or of the SPIs of a VM.
public struct InterruptBank: BitwiseCopyable, Sendable {
  public var enabled: UInt64 = 0
  /// Latched: edges, and what the guest sets by GICD_ISPENDR.
  public var pending: UInt64 = 0
  /// Lines that are high.
  public var level: UInt64 = 0
  /// Edge-triggered rather than level-sensitive.
  public var edge: UInt64 = 0

  public init(edge: UInt64 = 0) { self.edge = edge }

  /// The virtual timer's bit among SGIs and PPIs.
  static let timer: UInt64 = 1 << UInt64(GuestGIC.virtualTimer)

  /// What may be delivered.
  @inline(__always)
  public var deliverable: UInt64 { (pending | level & ~edge) & enabled }
}

/// A list register's value (ICH_LR<n>_EL2).
public enum ListRegister {
  public static let pending: UInt64 = 1 << 62
  static let active: UInt64 = 1 << 63
  private static let group1: UInt64 = 1 << 60
  /// EOI: a maintenance interrupt when the guest is done with it.
  static let maintenance: UInt64 = 1 << 41

  static func value(_ interrupt: UInt16, priority: UInt8, level: Bool) -> UInt64 {
    pending | group1 | UInt64(priority) << 48 | (level ? maintenance : 0) | UInt64(interrupt)
  }
}

/// vCPUs that something was done to, and that must learn of it.
public struct Notice: BitwiseCopyable {
  /// CPUs whose run has to end.
  var kicks: UInt8 = 0
  /// Halted or off vCPUs.
  var wakes: UInt64 = 0
}

/// Interrupts that a write takes out of list registers, and what becomes of their states.
struct Withdrawal: BitwiseCopyable {
  /// SGIs and PPIs.
  var own: UInt64 = 0
  var shared: UInt64 = 0
  /// ``Listed/forgotten``, ``Listed/ended`` or 0: pending states go back to the banks.
  var mark: UInt16 = 0
}

/// First INTID of the shared peripheral interrupts.
let firstShared: UInt16 = 32

extension Machine {
  /// ``VCPU/deliver`` for one of the table's.
  @inline(__always)
  mutating func deliver(_ id: VCPUID, empty: UInt64, live: Bool, _ effects: inout Effects) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(17))
    ensures(effects.count <= old(effects.count) + 17)
    ensures(!live ==> effects.count == old(effects.count))
    vcpus[id.index].deliver(
      &vms[id.vm.index], &contexts[id.context].interrupts, empty: empty,
      count: configuration.listRegisters, live: live, &effects)
  }

  /// ``VCPU/deliver`` for a vCPU that gets a CPU, into its saved registers.
  @inline(never)
  mutating func deliverSaved(_ id: VCPUID, _ effects: inout Effects) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(17))
    ensures(effects.count == old(effects.count))
    // Twice if what is most urgent did not fit: then it does.
    for _ in 0..<2 {
      invariant(effects.count == old(effects.count))
      if vcpus[id.index].isRecalled { recallSaved(id) }
      deliver(id, empty: emptyLists(id), live: false, &effects)
      if !vcpus[id.index].isRecalled { return }
    }
  }

  /// ``VCPU/recall`` for the caller, whose registers have been saved, and hold on.
  mutating func recall(_ id: VCPUID, _ effects: inout Effects) {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    let changed = vcpus[id.index].recall(
      &vms[id.vm.index], &contexts[id.context].interrupts, count: configuration.listRegisters)
    for list in 0..<configuration.listRegisters where changed >> UInt64(list) & 1 != 0 {
      invariant(effects.count <= old(effects.count) + list)
      effects.append(
        .list(
          index: UInt64(truncatingIfNeeded: list),
          contexts[id.context].interrupts.lists[list]))
    }
  }

  /// The same for a vCPU that does not run.
  @inline(never)
  mutating func recallSaved(_ id: VCPUID) {
    requires(ghost: held[Int(id.vm.raw)])
    ensures(
      ghost: forall(0..<vcpus.count) { $0 != id.index ==> isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(
      ghost: forall(0..<contexts.count) {
        $0 != id.context ==> isSame(contexts[$0], old(contexts[$0]))
      })
    ensures(
      ghost: forall(0..<Limits.vms) { $0 != id.vm.index ==> isSame(vms[$0], old(vms[$0])) })
    _ = vcpus[id.index].recall(
      &vms[id.vm.index], &contexts[id.context].interrupts, count: configuration.listRegisters)
  }

  /// Takes interrupts out of the caller's list registers. Returns false, and does nothing, if those
  /// have to be saved first.
  @inline(never)
  mutating func withdrawOwn(
    _ id: VCPUID, _ what: Withdrawal, saved: Bool, _ effects: inout Effects
  ) -> Bool {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    if vcpus[id.index].lists(what) {
      guard saved else { return false }
      vcpus[id.index].mark(what)
      recall(id, &effects)
    }
    return true
  }

  /// Takes them out of those of another vCPU: at once if it does not run, else at its next entry,
  /// which comes soon, since its run has to end.
  @inline(never)
  mutating func withdraw(_ id: VCPUID, _ what: Withdrawal, _ notice: inout Notice) {
    requires(ghost: held[Int(id.vm.raw)])
    guard vcpus[id.index].lists(what) else { return }
    vcpus[id.index].mark(what)
    if vcpus[id.index].life == .running {
      vcpus[id.index].unsettled |= Unsettled.recall
      notice.kicks |= 1 << vcpus[id.index].cpu
    } else {
      recallSaved(id)
    }
  }

  /// And of all others'.
  mutating func withdraw(but caller: VCPUID, _ what: Withdrawal, _ notice: inout Notice) {
    requires(ghost: held[Int(caller.vm.raw)])
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(caller.vm, number), id != caller { withdraw(id, what, &notice) }
    }
  }

  /// Whether a vCPU runs whose list registers may still hold what was taken out of them.
  func isWithdrawing(_ id: VCPUID) -> Bool {
    vcpus[id.index].life == .running && vcpus[id.index].isRecalled
  }

  /// Whether the vCPU has an interrupt to take, or will once its list registers are looked at.
  @inline(__always)
  mutating func hasInterrupt(_ id: VCPUID) -> Bool {
    requires(ghost: held[Int(id.vm.raw)])
    return vcpus[id.index].hasInterrupt(&vms[id.vm.index])
  }

  /// Tells a vCPU that is not the caller that it may have an interrupt.
  mutating func notify(_ id: VCPUID, _ notice: inout Notice) {
    requires(ghost: held[Int(id.vm.raw)])
    guard hasInterrupt(id) else { return }
    switch vcpus[id.index].life {
    case .running: notice.kicks |= 1 << vcpus[id.index].cpu
    case .halted:
      vcpus[id.index].life = .ready
      notice.wakes |= 1 << UInt64(id.number)
    case .absent, .off, .starting, .ready: break
    }
  }

  /// List registers that are empty in the saved state of a vCPU.
  mutating func emptyLists(_ id: VCPUID) -> UInt64 {
    contexts[id.context].interrupts.emptyLists(count: configuration.listRegisters)
  }
}
