import Contracts
import IsolationCore

/// What the glue keeps of one CPU.
struct Processor {
  let index: Int
  /// The host's context on this CPU.
  let host: UnsafeMutablePointer<Context>
  /// The whole core state; CPUs share it under the core's locks.
  let machine: UnsafeMutablePointer<Machine>
  /// This CPU's frame of the SGIs and PPIs in the redistributor.
  let privateInterrupts: UInt64
  let settings: Settings
  var trap = Trap()
  var effects = Effects()
  var events = EventRing()
  /// PMCNTENSET_EL0 of the host while a guest runs.
  var runningMonitors: UInt64 = 0
}

/// What boot found out for the glue.
struct Settings: BitwiseCopyable {
  var console: UInt64 = 0
  var rescheduleInterrupt: UInt64 = 0
  /// VTTBR_EL2 of the host: its root under VMID 0.
  var hostTables: UInt64 = 0
  var hasPointerAuthentication = false
  /// FEAT_RAS: a guest's DISR_EL1 is VDISR_EL2.
  var hasErrorRecords = false
  /// The PMU's last event counter counts instructions at EL2.
  var instructionCounter: UInt64 = Settings.none
  /// The counters that the host may use, as bits of PMCNTENSET_EL0.
  var hostMonitors: UInt64 = 0
  /// MDCR_EL2.HPMN for the host and guests, with the bits common to both.
  var monitorControl: UInt64 = 0
  /// Smallest line of the data caches, and the block that DC ZVA clears (0 if it may not), in bytes.
  var cacheLine: UInt64 = 64
  var zeroBlock: UInt64 = 0

  static let none = ~UInt64(0)
}

/// The last traps that changed who runs, or what is mapped, for the report of a fault.
struct EventRing: BitwiseCopyable {
  struct Event: BitwiseCopyable {
    var syndrome: UInt64 = 0
    var pc: UInt64 = 0
    var running: UInt16 = 0
    var effects: UInt8 = 0
  }
  static let size = 16
  var events: InlineArray<16, Event> = InlineArray(repeating: Event())
  var next: UInt8 = 0

  mutating func note(_ syndrome: UInt64, _ pc: UInt64, _ running: UInt16, _ effects: Int) {
    // Field by field: an event as a whole would be written byte by byte.
    events[Int(next)].syndrome = syndrome
    events[Int(next)].pc = pc
    events[Int(next)].running = running
    events[Int(next)].effects = UInt8(truncatingIfNeeded: effects)
    next = (next &+ 1) & 15
  }
}
