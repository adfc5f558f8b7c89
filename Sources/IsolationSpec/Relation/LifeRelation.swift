import Contracts
import EngineABI
import IsolationCore

// The relation of what lives: VMs, vCPUs and CPUs, value by value. The prover reads it as tests do;
// Relation.swift says what it leaves out. (Most have two statements, so that the provers keep their
// names.)

/// A VM.
func stands(_ state: VMState, _ its: VirtualMachine, for mine: Guest) -> Bool {
  guard state == mine.state else { return false }
  return its.counterOffset == mine.start && its.shared.level == mine.lines
}

/// Where a vCPU is in its life.
func stands(_ its: VCPULife, for mine: Life) -> Bool {
  switch its {
  case .absent: mine == .absent
  case .off: mine == .off
  case .starting: mine == .starting
  case .ready: mine == .ready
  case .running: mine == .running
  case .halted: mine == .halted
  }
}

/// A vCPU, beside its registers. Of one that is not there nothing counts but what it has counted, and
/// of one that is off no access and no line.
func stands(_ its: VCPU, for mine: VirtualCPU) -> Bool {
  guard stands(its.life, for: mine.life) else { return false }
  return forall(0..<16) { its.counters[$0] == mine.counters[$0] }
    && (mine.life == .absent || its.usesFloatingPoint == mine.usesFloatingPoint)
    && (!mine.life.isOn || stands(its.access, for: mine) && isLine(its, mine.timerLine))
}

extension Life {
  /// Turned on, and not off since.
  var isOn: Bool { self != .absent && self != .off }
  /// On, with its registers saved.
  var isAtRest: Bool { self == .starting || self == .ready || self == .halted }
}

/// What the vmm has to complete.
func stands(_ its: DeviceAccess, for mine: VirtualCPU) -> Bool {
  switch its.kind {
  case .none: mine.request == .none
  case .read: mine.request == .read && isAccess(its, mine)
  case .write: mine.request == .write && isAccess(its, mine)
  }
}

private func isAccess(_ its: DeviceAccess, _ mine: VirtualCPU) -> Bool {
  its.abort.isWrite == mine.access.isWrite && UInt64(its.abort.bytes) == mine.access.bytes
    && its.abort.register == mine.access.register && its.abort.isSigned == mine.access.isSigned
    && its.abort.isWide == mine.access.isWide && its.faultAddress == mine.faultAddress
}

/// The virtual timer's interrupt.
func isLine(_ its: VCPU, _ isHigh: Bool) -> Bool {
  its.own.level == (isHigh ? 1 << UInt64(GuestGIC.virtualTimer) : 0)
}

/// A CPU.
func stands(_ its: CPU, for mine: Processor) -> Bool {
  guard Int(its.running) - 1 == mine.runs else { return false }
  return its.online == mine.isOnline && its.refused == mine.refused
}
