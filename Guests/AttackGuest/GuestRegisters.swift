import Runtime

/// The system registers that a guest may read at EL1 (Arm ARM D19), as data.
enum GuestRegisters {
  /// CRn, CRm, op2 of a row whose op1 is fixed, and how many op2 from there on.
  private struct Row {
    var crn: UInt32
    var crm: UInt32
    var op2: UInt32
    var count: UInt32
    init(_ crn: UInt32, _ crm: UInt32, _ op2: UInt32, _ count: UInt32 = 1) {
      self.crn = crn
      self.crm = crm
      self.op2 = op2
      self.count = count
    }
  }

  static func allows(_ register: SystemRegister) -> Bool {
    switch register.op1 {
    case 0: return register.crn == 0 && register.crm < 8 || kernel(register)
    case 1:  // CCSIDR_EL1, CLIDR_EL1, CCSIDR2_EL1, AIDR_EL1
      return register.crn == 0 && register.crm == 0
        && (register.op2 < 3 || register.op2 == 7) || isUntrappedByEmulator(register)
    case 2: return register.crn == 0 && register.crm == 0 && register.op2 == 0  // CSSELR_EL1
    case 3: return user(register)
    default: return false
    }
  }

  /// S3_1_C15_C3_0 (CBAR_EL1 of Cortex-A): a constant, implementation defined. HCR_EL2.TIDCP traps
  /// it on hardware; QEMU 7.2 does not emulate that bit.
  private static func isUntrappedByEmulator(_ register: SystemRegister) -> Bool {
    register == SystemRegister(3, 1, 15, 3, 0)
  }

  private static func kernel(_ register: SystemRegister) -> Bool {
    let rows: InlineArray<29, Row> = [
      Row(1, 0, 0, 3),  // SCTLR, ACTLR, CPACR
      Row(2, 0, 0, 3),  // TTBR0, TTBR1, TCR
      Row(2, 1, 0, 4),  // APIAKey, APIBKey
      Row(2, 2, 0, 4),  // APDAKey, APDBKey
      Row(2, 3, 0, 2),  // APGAKey
      Row(4, 0, 0, 2),  // SPSR, ELR
      Row(4, 1, 0),  // SP_EL0
      Row(4, 2, 0),  // SPSel
      Row(4, 2, 2, 3),  // CurrentEL, PAN, UAO
      Row(4, 6, 0),  // ICC_PMR
      Row(5, 1, 0, 2),  // AFSR0, AFSR1
      Row(5, 2, 0),  // ESR
      Row(5, 3, 0, 2),  // ERRIDR, ERRSELR
      Row(6, 0, 0),  // FAR
      Row(7, 4, 0),  // PAR
      Row(10, 2, 0),  // MAIR
      Row(10, 3, 0),  // AMAIR
      Row(12, 0, 0),  // VBAR
      Row(12, 1, 0, 2),  // ISR, DISR
      Row(12, 8, 0),  // ICC_IAR0
      Row(12, 8, 2, 6),  // ICC_HPPIR0, ICC_BPR0, ICC_AP0R
      Row(12, 9, 0, 4),  // ICC_AP1R
      Row(12, 11, 3),  // ICC_RPR
      Row(12, 12, 0),  // ICC_IAR1
      Row(12, 12, 2, 6),  // ICC_HPPIR1, BPR1, CTLR, SRE, IGRPEN0, IGRPEN1
      Row(13, 0, 1),  // CONTEXTIDR
      Row(13, 0, 4),  // TPIDR
      Row(13, 0, 7),  // SCXTNUM
      Row(14, 1, 0),  // CNTKCTL
    ]
    for index in rows.indices where matches(rows[index], register) { return true }
    return false
  }

  private static func user(_ register: SystemRegister) -> Bool {
    let rows: InlineArray<10, Row> = [
      Row(0, 0, 1),  // CTR
      Row(0, 0, 7),  // DCZID
      Row(2, 4, 0, 2),  // RNDR, RNDRRS
      Row(4, 2, 0, 2),  // NZCV, DAIF
      Row(4, 2, 5, 2),  // DIT, SSBS
      Row(4, 4, 0, 2),  // FPCR, FPSR
      Row(13, 0, 2, 2),  // TPIDR, TPIDRRO
      Row(13, 0, 7),  // SCXTNUM
      Row(14, 0, 0, 3),  // CNTFRQ, CNTPCT, CNTVCT
      Row(14, 3, 0, 3),  // CNTV_TVAL, CNTV_CTL, CNTV_CVAL
    ]
    for index in rows.indices where matches(rows[index], register) { return true }
    return false
  }

  private static func matches(_ row: Row, _ register: SystemRegister) -> Bool {
    row.crn == register.crn && row.crm == register.crm && register.op2 >= row.op2
      && register.op2 < row.op2 + row.count
  }

  /// Debug registers whose value is an architectural constant, or whose write stops the CPU.
  static func isConstantDebug(_ register: SystemRegister) -> Bool {
    register == SystemRegister(2, 0, 1, 1, 4)  // OSLSR_EL1
      || register == SystemRegister(2, 0, 1, 3, 4)  // OSDLR_EL1
      || register == SystemRegister(2, 0, 7, 8, 6)  // DBGCLAIMSET_EL1
      || register == SystemRegister(2, 0, 7, 14, 6)  // DBGAUTHSTATUS_EL1
  }
}
