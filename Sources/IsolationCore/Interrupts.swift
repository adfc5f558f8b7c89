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

  /// What may be delivered.
  @inline(__always)
  public var deliverable: UInt64 { (pending | level & ~edge) & enabled }
}

/// A list register's value (ICH_LR<n>_EL2).
enum ListRegister {
  static let pending: UInt64 = 1 << 62
  static let active: UInt64 = 1 << 63
  private static let group1: UInt64 = 1 << 60
  /// EOI: a maintenance interrupt when the guest is done with it.
  static let maintenance: UInt64 = 1 << 41

  static func value(_ interrupt: UInt16, priority: UInt8, level: Bool) -> UInt64 {
    pending | group1 | UInt64(priority) << 48 | (level ? maintenance : 0) | UInt64(interrupt)
  }
}

/// vCPUs that something was done to, and that must learn of it.
struct Notice: BitwiseCopyable {
  /// CPUs whose run has to end.
  var kicks: UInt8 = 0
  /// Halted or off vCPUs.
  var wakes: UInt64 = 0
}

/// First INTID of the shared peripheral interrupts.
let firstShared: UInt16 = 32

extension Machine {
  /// Takes interrupts that the guest is done with out of the list registers, and puts the most
  /// urgent deliverable ones in.
  ///
  /// - Parameters:
  ///   - empty: bit n set if list register n holds nothing.
  ///   - live: the vCPU runs on this CPU: registers change by effects, not in its context.
  mutating func deliver(_ id: VCPUID, empty: UInt64, live: Bool, _ effects: inout Effects) {
    let slot = id.index
    var stale: UInt64 = 0
    var free: UInt64 = 0
    for list in 0..<configuration.listRegisters where empty >> UInt64(list) & 1 != 0 {
      free |= 1 << UInt64(list)
      let interrupt = vcpus[slot].listed[list]
      if interrupt != VCPU.nothing {
        stale |= 1 << UInt64(list)
        retire(interrupt, of: id, live: live, &effects)
        vcpus[slot].listed[list] = VCPU.nothing
      }
    }
    var own: UInt64 = 0
    var shared: UInt64 = 0
    if vms[id.vm.index].interruptsEnabled {
      own = vcpus[slot].own.deliverable & ~vcpus[slot].ownListed
      shared =
        vms[id.vm.index].shared.deliverable & vcpus[slot].routed & ~vcpus[slot].sharedListed
    }
    while free != 0 && own | shared != 0 {
      let list = free.trailingZeroBitCount
      free &= free &- 1
      stale &= ~(1 << UInt64(truncatingIfNeeded: list))
      let interrupt = mostUrgent(id, own: own, shared: shared)
      let value: UInt64
      if interrupt < firstShared {
        let bit: UInt64 = 1 << UInt64(interrupt)
        own &= ~bit
        value = ListRegister.value(
          interrupt, priority: vcpus[slot].priorities[Int(interrupt)],
          level: vcpus[slot].own.edge & bit == 0)
        vcpus[slot].own.pending &= ~bit
        vcpus[slot].ownListed |= bit
      } else {
        let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
        shared &= ~bit
        value = ListRegister.value(
          interrupt, priority: vms[id.vm.index].priorities[Int(interrupt &- firstShared)],
          level: vms[id.vm.index].shared.edge & bit == 0)
        vms[id.vm.index].shared.pending &= ~bit
        vcpus[slot].sharedListed |= bit
      }
      vcpus[slot].listed[list] = interrupt
      setList(id, list, value, live: live, &effects)
    }
    while stale != 0 {
      let list = stale.trailingZeroBitCount
      stale &= stale &- 1
      setList(id, list, 0, live: live, &effects)
    }
    let overflows = own | shared != 0
    if overflows != vcpus[slot].overflowed {
      vcpus[slot].overflowed = overflows
      contexts[id.context].interrupts.hypervisorControl =
        InterruptRegisters.enable | (overflows ? InterruptRegisters.underflow : 0)
      if live { effects.append(.underflow(overflows)) }
    }
  }

  /// The deliverable interrupt of the highest priority, the lowest number among equals.
  private func mostUrgent(_ id: VCPUID, own: UInt64, shared: UInt64) -> UInt16 {
    requires(own | shared != 0)
    var best: UInt16 = 0
    var bestPriority: UInt16 = 0x100
    var rest = own
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      let priority = UInt16(vcpus[id.index].priorities[bit & 31])
      if priority < bestPriority {
        bestPriority = priority
        best = UInt16(truncatingIfNeeded: bit)
      }
    }
    rest = shared
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      let priority = UInt16(vms[id.vm.index].priorities[bit & 63])
      if priority < bestPriority {
        bestPriority = priority
        best = firstShared &+ UInt16(truncatingIfNeeded: bit)
      }
    }
    return best
  }

  private mutating func setList(
    _ id: VCPUID, _ list: Int, _ value: UInt64, live: Bool, _ effects: inout Effects
  ) {
    if live {
      effects.append(.list(index: UInt8(truncatingIfNeeded: list), value))
    } else {
      contexts[id.context].interrupts.lists[list] = value
    }
  }

  /// The guest is done with a listed interrupt. The timer's line is looked at anew by letting its
  /// physical interrupt come again.
  private mutating func retire(
    _ interrupt: UInt16, of id: VCPUID, live: Bool, _ effects: inout Effects
  ) {
    if interrupt < firstShared {
      vcpus[id.index].ownListed &= ~(1 << UInt64(interrupt))
      if UInt32(interrupt) == GuestGIC.virtualTimer {
        vcpus[id.index].own.level &= ~(1 << UInt64(interrupt))
        if live { effects.append(.timerInterrupt(enabled: true)) }
      }
    } else {
      vcpus[id.index].sharedListed &= ~(1 << UInt64(interrupt &- firstShared))
    }
  }

  /// Whether the vCPU has an interrupt to take, or will once its list registers are looked at.
  func hasInterrupt(_ id: VCPUID) -> Bool {
    let slot = id.index
    if vcpus[slot].ownListed | vcpus[slot].sharedListed != 0 { return true }
    guard vms[id.vm.index].interruptsEnabled else { return false }
    return vcpus[slot].own.deliverable != 0
      || vms[id.vm.index].shared.deliverable & vcpus[slot].routed != 0
  }

  /// Tells a vCPU that is not the caller that it may have an interrupt.
  mutating func notify(_ id: VCPUID, _ notice: inout Notice) {
    guard hasInterrupt(id) else { return }
    switch vcpus[id.index].life {
    case .running: notice.kicks |= 1 << vcpus[id.index].cpu
    case .halted:
      vcpus[id.index].life = .ready
      notice.wakes |= 1 << UInt64(id.number)
    case .absent, .off, .starting, .ready: break
    }
  }

  /// List registers that are empty in the saved state of a vCPU that does not run.
  func emptyLists(_ id: VCPUID) -> UInt64 {
    var empty: UInt64 = 0
    for list in 0..<configuration.listRegisters
    where contexts[id.context].interrupts.lists[list] & (ListRegister.pending | ListRegister.active)
      == 0
    {
      empty |= 1 << UInt64(list)
    }
    return empty
  }

  /// Puts saved list registers back among the pending ones where the guest has not seen them
  /// yet and takes out those that it is done with, for a guest that disables, clears or moves
  /// interrupts.
  mutating func recall(_ id: VCPUID, live: Bool, _ effects: inout Effects) {
    for list in 0..<configuration.listRegisters {
      let interrupt = vcpus[id.index].listed[list]
      let value = contexts[id.context].interrupts.lists[list]
      if interrupt != VCPU.nothing && value & ListRegister.active == 0
        && value & ListRegister.pending != 0
      {
        contexts[id.context].interrupts.lists[list] = 0
        if live { setList(id, list, 0, live: true, &effects) }
        vcpus[id.index].listed[list] = VCPU.nothing
        if interrupt < firstShared {
          let bit: UInt64 = 1 << UInt64(interrupt)
          vcpus[id.index].ownListed &= ~bit
          vcpus[id.index].own.pending |= bit & vcpus[id.index].own.edge
        } else {
          let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
          vcpus[id.index].sharedListed &= ~bit
          vms[id.vm.index].shared.pending |= bit & vms[id.vm.index].shared.edge
        }
      }
    }
  }
}
