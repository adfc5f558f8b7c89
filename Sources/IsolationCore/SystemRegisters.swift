import Contracts
import EngineABI

/// The instruction of a trapped MSR or MRS (ESR_EL2.ISS for EC 0x18).
struct RegisterAccess {
  let syndrome: UInt64
  var isRead: Bool { syndrome & 1 != 0 }
  var target: UInt64 { syndrome >> 5 & 31 }
  /// op0, op2, op1, CRn and CRm where the syndrome has them.
  var name: UInt64 { syndrome & RegisterAccess.nameMask }
  var crm: UInt64 { syndrome >> 1 & 15 }
  var op2: UInt64 { syndrome >> 17 & 7 }

  /// A write of ICC_SGI1R_EL1 by a trapped MSR of A64.
  var isSoftwareInterrupt: Bool {
    syndrome & ~(31 << 5)
      == ExceptionClass.systemRegister << 26 | 1 << 25 | RegisterAccess.softwareInterrupt1
  }

  static let nameMask: UInt64 = 0x3f_fc1e
  static func name(_ op0: UInt64, _ op1: UInt64, _ crn: UInt64, _ crm: UInt64, _ op2: UInt64)
    -> UInt64
  {
    op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1
  }

  /// op0 3, op1 0, CRn 0, CRm 0...7: the identification registers.
  var isIdentification: Bool { syndrome & 0x31_fc10 == 0x30_0000 }
  /// The same, read, by a trapped MRS of A64.
  var isIdentificationRead: Bool {
    syndrome & 0xfff1_fc11 == ExceptionClass.systemRegister << 26 | 1 << 25 | 0x30_0001
  }
  var identificationIndex: Int { Int(truncatingIfNeeded: (crm << 3 | op2) & 63) }
  /// op0 2, op1 0: breakpoints, watchpoints and the OS lock.
  var isSelfHostedDebug: Bool { syndrome & 0x31_c000 == 0x20_0000 }
  static let softwareInterrupt1 = name(3, 0, 12, 11, 5)
  static let interruptEnable = name(3, 0, 12, 12, 5)
}

extension Machine {
  /// A trapped system register. Returns false if no rule names it.
  mutating func accessRegister(
    _ id: VCPUID, _ trap: inout Trap, _ notice: inout Notice, _ effects: inout Effects
  ) -> Bool {
    requires(effects.isUnlocked)
    requires(effects.hasRoom(17))
    ensures(effects.count <= old(effects.count) + 17)
    ensures(effects.lockedVM == 0 || effects.lockedVM == id.vm.raw)
    ensures { (result: Bool) in
      !result ==> effects.count == old(effects.count) && effects.isUnlocked
        && notice.wakes == old(notice.wakes)
    }
    ensures(notice.wakes != old(notice.wakes) ==> effects.lockedVM == id.vm.raw)
    let access = RegisterAccess(syndrome: trap.syndrome)
    let slot = id.index
    let context = id.context
    if access.isIdentification && access.isRead {
      vcpus[slot].count(.systemRegister)
      contexts[context].frame.setRegister(
        access.target, configuration.guestIdentification[access.identificationIndex])
      contexts[context].frame.advance()
      return true
    }
    if access.name == RegisterAccess.softwareInterrupt1 && !access.isRead {
      vcpus[slot].count(.softwareInterrupt)
      let value = contexts[context].frame.register(access.target)
      contexts[context].frame.advance()
      lock(id.vm, &effects)
      sendSoftwareInterrupt(id, value, &notice)
      deliver(id, empty: trap.emptyLists, live: true, &effects)
      return true
    }
    if access.isSelfHostedDebug {
      // Linux clears the OS lock and its breakpoints on every CPU; there are none: read as zero.
      vcpus[slot].count(.systemRegister)
      if access.isRead { contexts[context].frame.setRegister(access.target, 0) }
      contexts[context].frame.advance()
      return true
    }
    if access.name == RegisterAccess.interruptEnable {
      // ICC_SRE_EL1: system registers, no bypass, and no way back.
      vcpus[slot].count(.systemRegister)
      if access.isRead { contexts[context].frame.setRegister(access.target, 0b111) }
      contexts[context].frame.advance()
      return true
    }
    return false
  }

  /// An identification register read by the host. Returns false for any other register.
  mutating func readHostIdentification(cpu: Int, _ trap: inout Trap) -> Bool {
    requires(isProcessor(cpu))
    let access = RegisterAccess(syndrome: trap.syndrome)
    guard access.isIdentification, access.isRead else { return false }
    contexts[cpu].frame.setRegister(
      access.target, configuration.hostIdentification[access.identificationIndex])
    contexts[cpu].frame.advance()
    return true
  }

  /// ICC_SGI1R_EL1: the target list, or all but the caller (GICv3 specification, 12.2.20). All
  /// vCPUs of a VM have affinity 0.0.0.n.
  private mutating func sendSoftwareInterrupt(
    _ id: VCPUID, _ value: UInt64, _ notice: inout Notice
  ) {
    requires(ghost: held[Int(id.vm.raw)])
    let bit: UInt64 = 1 << (value >> 24 & 15)
    let toOthers = value >> 40 & 1 != 0
    let affinity = value & 0x00ff_00ff_00ff_0000
    let range = value >> 44 & 15
    var targets: UInt64 = toOthers ? 0xff & ~(1 << UInt64(id.number)) : value & 0xff
    if !toOthers && (affinity != 0 || range != 0) { targets = 0 }
    while targets != 0 {
      variant(targets.nonzeroBitCount)
      let number = UInt64(truncatingIfNeeded: targets.trailingZeroBitCount)
      targets &= targets &- 1
      if let target = VCPUID(id.vm, number), vcpus[target.index].life != .absent {
        vcpus[target.index].own.pending |= bit
        if target != id { notify(target, &notice) }
      }
    }
  }
}

/// What guests and the host see of the CPU's features: fields that name what they may not use are
/// cleared.
public enum Identification {
  private static func index(_ crm: UInt64, _ op2: UInt64) -> Int {
    requires(crm < 8 && op2 < 8)
    return Int(crm << 3 | op2)
  }
  public static let processor0 = index(4, 0)
  public static let processor1 = index(4, 1)
  public static let scalableVectors = index(4, 4)
  public static let scalableMatrices = index(4, 5)
  public static let debug0 = index(5, 0)
  public static let instructions0 = index(6, 0)
  public static let instructions1 = index(6, 1)
  public static let instructions2 = index(6, 2)
  public static let memory0 = index(7, 0)
  public static let memory1 = index(7, 1)
  public static let memory2 = index(7, 2)

  /// Replaces the field of four bits that starts at `bit`.
  private static func setting(_ value: UInt64, _ bit: UInt64, to field: UInt64) -> UInt64 {
    value & ~(0xf << bit) | field << bit
  }

  /// The value that the host reads: it has what the engine does not switch or keep for itself.
  public static func hostValue(_ index: Int, hardware: UInt64) -> UInt64 {
    switch index {
    case processor0:  // no SVE, MPAM, AMU, RME
      return hardware & ~(0xf << 32 | 0xf << 40 | 0xf << 44 | 0xf << 52)
    case processor1: return hardware & 0xff  // BTI and SSBS; no MTE, SME
    case scalableVectors, scalableMatrices: return 0
    case debug0:  // no trace, profiling, branch records
      return hardware & ~(0xf << 4 | 0xf << 32 | 0xf << 40 | 0xf << 44 | 0xf << 52)
    case instructions1: return hardware & ~(0xf << 60)  // no LS64
    case instructions2: return hardware & ~(0xf << 16)  // no MOPS: HCRX_EL2 is zero
    case instructions0, memory0, memory1, memory2: return hardware
    case ..<processor0: return hardware  // those of AArch32
    default: return 0
    }
  }

  /// The value that a guest reads of the identification register with this index (CRm << 3 | op2),
  /// from the hardware's. Registers that no rule names read as zero (Arm ARM D19.2).
  public static func guestValue(_ index: Int, hardware: UInt64) -> UInt64 {
    switch index {
    case processor0:
      // EL3, EL2 and AArch32 absent; RAS, SVE, MPAM, AMU, RME hidden; GIC registers present.
      var value = hardware & 0xff00_0000_00ff_0000
      value = setting(value, 0, to: 1)
      value = setting(value, 4, to: 1)
      value = setting(value, 24, to: 1)
      return value | hardware & (0xf << 48)
    case processor1: return hardware & 0xff  // BTI and SSBS; no MTE, RAS, SME
    case debug0: return 0x1006  // Armv8 debug whose registers read as zero; no PMU, SPE or trace
    case instructions0: return hardware & ~(0xf << 24)  // no TME
    case instructions1: return hardware & ~(0xf << 60)  // no LS64
    case instructions2: return hardware & 0xfff0  // RPRES, GPA3, APA3; no WFxT: a WFIT is a WFI
    case memory0: return hardware & 0xf000_ffff_ffff  // no fine-grained traps, ECV
    case memory1: return hardware & 0xf0_00f0_f00f  // no VHE, limited ordering, HCX
    case memory2:  // no RAS, nested virtualisation, forced write-back, enhanced traps
      return hardware & ~(0xf << 12 | 0xf << 24 | 0xf << 40 | 0xf << 56)
    default: return 0
    }
  }
}
