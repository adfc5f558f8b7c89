/// What brought the CPU to EL2, as its registers tell it. The glue reads only those that the kind
/// of trap defines; the rest keep old values.
public struct Trap: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case synchronous
    case interrupt
    /// FIQ: an interrupt of group 0, which is the host's whatever it is.
    case fastInterrupt
    /// SError.
    case systemError
    /// A CPU that the host turned on has arrived.
    case started
  }
  public var kind: Kind = .synchronous
  /// ESR_EL2.
  public var syndrome: UInt64 = 0
  /// FAR_EL2 and HPFAR_EL2, for aborts.
  public var faultAddress: UInt64 = 0
  public var faultPage: UInt64 = 0
  /// ICH_ELRSR_EL2 and ICH_EISR_EL2: list registers that hold no interrupt any more.
  public var emptyLists: UInt64 = 0
  /// The effects of the last answer (`askAgain`) are done.
  public var interruptsSaved = false
  /// ICC_HPPIR1_EL1, for interrupts.
  public var pendingInterrupt: UInt64 = 0
  /// CNTPCT_EL0
  public var counter: UInt64 = 0
  /// CNTV_CTL_EL0 and CNTV_CVAL_EL0, for WFI.
  public var timerControl: UInt64 = 0
  public var timerCompare: UInt64 = 0

  public init() {}

  /// ESR_ELx.EC.
  @inline(__always) public var exceptionClass: UInt64 { syndrome >> 26 & 0x3f }
  /// The guest address of an abort.
  @inline(__always)
  public var guestAddress: UInt64 { Trap.address(faultPage, faultAddress) }
}

extension Trap {
  /// The guest page of an abort, from HPFAR_EL2.FIPA.
  @inline(__always)
  static func page(_ faultPage: UInt64) -> UInt64 { (faultPage & 0xfff_ffff_fff0) >> 4 }
  /// Its guest address: the offset is that of FAR_EL2.
  @inline(__always)
  static func address(_ faultPage: UInt64, _ faultAddress: UInt64) -> UInt64 {
    (faultPage & 0xfff_ffff_fff0) << 8 | faultAddress & 0xfff
  }
}

/// Exception classes that the core knows (Arm ARM, ESR_EL2.EC).
public enum ExceptionClass {
  public static let waitFor: UInt64 = 0x01
  public static let floatingPoint: UInt64 = 0x07
  public static let hypervisorCall: UInt64 = 0x16
  /// HVC #0 of A64, as the whole of ESR_EL2.
  static let plainHypervisorCall: UInt64 = hypervisorCall << 26 | 1 << 25
  public static let monitorCall: UInt64 = 0x17
  public static let systemRegister: UInt64 = 0x18
  public static let instructionAbort: UInt64 = 0x20
  public static let dataAbort: UInt64 = 0x24
  public static let systemError: UInt64 = 0x2f
}

/// The syndrome of a data abort (Arm ARM, ISS encoding for a Data Abort).
public struct DataAbort: BitwiseCopyable, Sendable {
  public var syndrome: UInt64
  public init(_ syndrome: UInt64) { self.syndrome = syndrome }

  /// ISV: the access is described by the fields below.
  public var isDescribed: Bool { syndrome >> 24 & 1 != 0 }
  public var bytes: UInt8 { 1 << UInt8(truncatingIfNeeded: syndrome >> 22 & 3) }
  public var isSigned: Bool { syndrome >> 21 & 1 != 0 }
  public var register: UInt64 { syndrome >> 16 & 31 }
  public var isWide: Bool { syndrome >> 15 & 1 != 0 }
  /// S1PTW: the walk of stage 1 faulted.
  public var isTableWalk: Bool { syndrome >> 7 & 1 != 0 }
  /// CM: a cache-maintenance instruction.
  public var isMaintenance: Bool { syndrome >> 8 & 1 != 0 }
  public var isWrite: Bool { syndrome >> 6 & 1 != 0 }
  /// Described, and the instruction's own doing.
  var isPlain: Bool { syndrome & (1 << 24 | 1 << 8 | 1 << 7) == 1 << 24 }
  /// The same, and a load or store that missed in stage 2.
  var isPlainMiss: Bool {
    let fields: UInt64 = 0x3f << 26 | 1 << 24 | 1 << 8 | 1 << 7 | 0x3c
    return syndrome & fields == ExceptionClass.dataAbort << 26 | 1 << 24 | 0x04
  }
  /// A read of 64 bits into x0: how a call looks.
  var isCall: Bool {
    let fields: UInt64 = 0x3f << 26 | 1 << 24 | 3 << 22 | 31 << 16 | 1 << 7 | 1 << 6
    return syndrome & fields == ExceptionClass.dataAbort << 26 | 1 << 24 | 3 << 22
  }
  /// A read of 32 bits, fully described, that missed in stage 2, by an instruction of 32 bits.
  var isPlainWordRead: Bool {
    let fields: UInt64 =
      0x7f << 25 | 1 << 24 | 3 << 22 | 1 << 21 | 1 << 9 | 1 << 8 | 1 << 7 | 1 << 6 | 0x3c
    return syndrome & fields
      == ExceptionClass.dataAbort << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 0x04
  }
  public var isTranslationFault: Bool { syndrome & 0x3c == 0x04 }
}
