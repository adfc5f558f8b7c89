import CRegisters
import Runtime

/// Reads every encoding of a system register. What no rule gives to guests must be undefined.
enum RegisterAttacks {
  static func run(_ report: inout Report) {
    sweep(&report)
    debug(&report)
    named(&report)
    interruptInterface(&report)
  }

  /// All 16,384 encodings with op0 = 3: readable only if ``GuestRegisters`` lists them.
  private static func sweep(_ report: inout Report) {
    report.test("system-registers")
    var readable: UInt64 = 0
    for op1 in 0..<UInt32(8) {
      for crn in 0..<UInt32(16) {
        for crm in 0..<UInt32(16) {
          for op2 in 0..<UInt32(8) {
            let register = SystemRegister(3, op1, crn, crm, op2)
            let probe = register.read()
            if probe.isUndefined { continue }
            readable += 1
            report.expect(probe.succeeded, "strange exception", register.digits, probe.syndrome)
            report.expect(
              GuestRegisters.allows(register), "readable: op0 op1 CRn CRm op2, value",
              register.digits, probe.value)
          }
        }
      }
    }
    report.note("readable registers", readable)
  }

  /// Debug and trace (op0 = 2): undefined, or reads as zero whatever was written.
  private static func debug(_ report: inout Report) {
    report.test("debug-registers")
    each([0, 1, 3, 4]) { op1 in
      for crn in 0..<UInt32(16) {
        for crm in 0..<UInt32(16) {
          for op2 in 0..<UInt32(8) {
            let register = SystemRegister(2, UInt32(op1), crn, crm, op2)
            if GuestRegisters.isConstantDebug(register) { continue }
            _ = register.write(UInt64.max)
            let probe = register.read()
            if probe.isUndefined { continue }
            report.expect(
              probe.succeeded && probe.value == 0, "keeps a value", register.digits, probe.value)
            _ = register.write(0)
          }
        }
      }
    }
  }

  /// Features that guests do not have: writes are undefined too, and ID registers do not name them.
  private static func named(_ report: inout Report) {
    report.test("hidden-features")
    let hidden: InlineArray<14, SystemRegister> = [
      SystemRegister(3, 3, 9, 12, 0),  // PMCR_EL0
      SystemRegister(3, 3, 9, 12, 1),  // PMCNTENSET_EL0
      SystemRegister(3, 3, 9, 13, 0),  // PMCCNTR_EL0
      SystemRegister(3, 3, 9, 14, 0),  // PMUSERENR_EL0
      SystemRegister(3, 3, 14, 15, 7),  // PMCCFILTR_EL0
      SystemRegister(3, 0, 9, 14, 1),  // PMINTENSET_EL1
      SystemRegister(3, 0, 1, 2, 0),  // ZCR_EL1
      SystemRegister(3, 0, 1, 2, 6),  // SMCR_EL1
      SystemRegister(3, 0, 1, 0, 6),  // GCR_EL1 (MTE)
      SystemRegister(3, 0, 5, 6, 0),  // TFSR_EL1 (MTE)
      SystemRegister(3, 0, 9, 9, 0),  // PMSCR_EL1 (SPE)
      SystemRegister(3, 0, 9, 11, 0),  // TRBLIMITR_EL1 (trace buffer)
      SystemRegister(3, 1, 15, 0, 0),  // implementation defined
      SystemRegister(3, 3, 14, 2, 1),  // CNTP_CTL_EL0: the host's timer
    ]
    for index in hidden.indices {
      let write = hidden[index].write(1)
      report.expect(write.isUndefined, "writable", hidden[index].digits, write.syndrome)
    }
    report.expect(readID_AA64PFR0() >> 32 & 0xf == 0, "ID_AA64PFR0_EL1.SVE", readID_AA64PFR0())
    let pfr1 = SystemRegister(3, 0, 0, 4, 1).read()
    report.expect(pfr1.value >> 8 & 0xf == 0, "ID_AA64PFR1_EL1.MTE", pfr1.value)
    let dfr0 = SystemRegister(3, 0, 0, 5, 0).read()
    let pmu = dfr0.value >> 8 & 0xf
    report.expect(pmu == 0 || pmu == 0xf, "ID_AA64DFR0_EL1.PMUVer", dfr0.value)
    report.expect(dfr0.value >> 32 & 0xf == 0, "ID_AA64DFR0_EL1.PMSVer", dfr0.value)
  }

  /// The system register interface cannot be left, and group 0 yields nothing.
  private static func interruptInterface(_ report: inout Report) {
    report.test("interrupt-interface")
    let systemRegisterEnable = SystemRegister(3, 0, 12, 12, 5)
    _ = systemRegisterEnable.write(0)
    let enabled = systemRegisterEnable.read()
    report.expect(
      enabled.isUndefined || enabled.value & 1 == 1, "ICC_SRE_EL1", enabled.value)
    _ = SystemRegister(3, 0, 12, 12, 6).write(1)  // ICC_IGRPEN0_EL1
    _ = SystemRegister(3, 0, 12, 11, 7).write(3 << 24 | 1)  // ICC_SGI0R_EL1
    _ = SystemRegister(3, 0, 12, 11, 6).write(3 << 24 | 1)  // ICC_ASGI1R_EL1
    let acknowledged = SystemRegister(3, 0, 12, 8, 0).read()  // ICC_IAR0_EL1
    report.expect(
      acknowledged.isUndefined || acknowledged.value == 1023, "ICC_IAR0_EL1", acknowledged.value)
  }
}
