import CRegisters
import Runtime

/// All registers that EL1 can read, before and after guests ran on this CPU.
struct RegisterSweep {
  private let table: UInt64
  private static let undefined: UInt64 = 0x554e_4445_4649_4e45

  /// Keeps 128 KiB of values at `table`.
  init(at table: UInt64) { self.table = table }

  func record() {
    for index in 0..<UInt32(0x4000) {
      let probe = register(index).read()
      store64(slot(index), probe.succeeded ? probe.value : RegisterSweep.undefined)
    }
  }

  /// Nothing readable holds a guest's pattern, and what does not count or time is as it was.
  func expectUnchanged(_ report: inout Report) {
    for index in 0..<UInt32(0x4000) {
      let register = register(index)
      let probe = register.read()
      let value = probe.succeeded ? probe.value : RegisterSweep.undefined
      report.expect(!RegisterSweep.isOfGuest(value), "guest's value", register.digits, value)
      if isVolatile(register) { continue }
      report.expect(value == load64(slot(index)), "register changed", register.digits, value)
    }
  }

  private func slot(_ index: UInt32) -> UInt64 { table + UInt64(index) * 8 }

  private func register(_ index: UInt32) -> SystemRegister {
    SystemRegister(3, index >> 11 & 7, index >> 7 & 15, index >> 3 & 15, index & 7)
  }

  /// The guest's pattern in some 16 bits of the value.
  private static func isOfGuest(_ value: UInt64) -> Bool {
    for shift in 0..<UInt64(4) where value >> (shift * 16) & 0xffff == 0x4747 { return true }
    return false
  }

  /// Counters, timers, and what the sweep's own exceptions change.
  private func isVolatile(_ register: SystemRegister) -> Bool {
    switch register.crn {
    case 4: return register.crm == 0 || register.crm == 2
    case 5: return register.crm == 2  // ESR_EL1
    case 6: return true  // FAR_EL1
    case 9: return true  // PMU
    case 14: return register.crm == 0 || register.crm >= 8 || register.op2 == 0
    case 2: return register.op1 == 3  // RNDR
    default: return false
    }
  }
}
