import EngineABI

/// The registers that every trap saves. The glue's vectors rely on this layout.
public struct Frame: BitwiseCopyable, Sendable {
  public var x: InlineArray<31, UInt64> = InlineArray(repeating: 0)
  /// ELR_EL2.
  public var pc: UInt64 = 0
  /// SPSR_EL2.
  public var pstate: UInt64 = 0
  /// The parts of a context are multiples of 16 bytes: FP/SIMD registers are stored by pairs.
  private var padding: UInt64 = 0

  public init() {}

  /// EL1 with its own stack pointer, all interrupts masked.
  public static let resetState: UInt64 = 0x3c5

  /// Register 31 of an instruction's operand is the zero register. (Mutating, because the compiler
  /// copies all registers for an index into what it may only read.)
  @inline(__always)
  public mutating func register(_ number: UInt64) -> UInt64 {
    number < 31 ? x[Int(truncatingIfNeeded: number)] : 0
  }
  @inline(__always)
  public mutating func setRegister(_ number: UInt64, _ value: UInt64) {
    if number < 31 { x[Int(truncatingIfNeeded: number)] = value }
  }
  /// Steps over the trapped A64 instruction.
  @inline(__always)
  public mutating func advance() { pc &+= 4 }

  /// Steps over a trapped instruction that may be of AArch32 as well, at EL0.
  @inline(__always)
  mutating func advance(over syndrome: UInt64) {
    if pstate & Frame.isAArch32 == 0 {
      advance()
    } else {
      advanceThumb(over: syndrome)
    }
  }

  /// Such an instruction can have 16 bits (ESR_EL2.IL clear) and stand in an IT block: PSTATE.IT goes
  /// on (Arm ARM, AArch32.ITAdvance), whose bits 7:2 are bits 15:10 of the SPSR, bits 1:0 its bits
  /// 26:25.
  @inline(never)
  private mutating func advanceThumb(over syndrome: UInt64) {
    pc &+= 2 &+ (syndrome >> 24 & 2)
    let block = pstate >> 8 & 0xfc | pstate >> 25 & 0b11
    let next = block & 0b111 == 0 ? 0 : block & 0xe0 | block << 1 & 0x1f
    pstate = pstate & ~(0x3f << 10 | 0b11 << 25) | (next & 0xfc) << 8 | (next & 0b11) << 25
  }

  /// SPSR.M[4].
  private static let isAArch32: UInt64 = 1 << 4
}

/// EL1 and EL0 system registers that belong to whoever runs (Arm ARM D19.2).
public struct SystemRegisters: BitwiseCopyable, Sendable {
  /// SCTLR_EL1 out of reset: MMU and caches off, RES1 bits set.
  public static let resetControl: UInt64 = 0x30d0_0800

  public var sctlr = SystemRegisters.resetControl
  public var cpacr: UInt64 = 0
  public var ttbr0: UInt64 = 0
  public var ttbr1: UInt64 = 0
  public var tcr: UInt64 = 0
  public var mair: UInt64 = 0
  public var amair: UInt64 = 0
  public var vbar: UInt64 = 0
  public var contextidr: UInt64 = 0
  public var tpidrEL0: UInt64 = 0
  public var tpidrroEL0: UInt64 = 0
  public var tpidrEL1: UInt64 = 0
  public var spEL0: UInt64 = 0
  public var spEL1: UInt64 = 0
  public var elr: UInt64 = 0
  public var spsr: UInt64 = 0
  public var esr: UInt64 = 0
  public var far: UInt64 = 0
  public var afsr0: UInt64 = 0
  public var afsr1: UInt64 = 0
  public var par: UInt64 = 0
  public var cntkctl: UInt64 = 0
  public var csselr: UInt64 = 0
  public var mdscr: UInt64 = 0
  /// VDISR_EL2, which a guest reaches as DISR_EL1 (FEAT_RAS), and nothing.
  public var disr: UInt64 = 0
  private var padding: UInt64 = 0
  /// The five 128-bit pointer-authentication keys, low half first: IA, IB, DA, DB, GA.
  public var keys: InlineArray<10, UInt64> = InlineArray(repeating: 0)

  public init() {}
}

/// The virtual timer of a vCPU while it does not run.
public struct VirtualTimer: BitwiseCopyable, Sendable {
  /// CNTV_CTL_EL0.
  public var control: UInt64 = 0
  /// CNTV_CVAL_EL0.
  public var compare: UInt64 = 0
  public init() {}

  /// ENABLE set and IMASK clear.
  public var isArmed: Bool { control & 0b11 == 0b01 }
  /// Whether its interrupt's line is high when the guest's counter shows this.
  @inline(__always)
  func isDue(at now: UInt64) -> Bool { isArmed && compare <= now }
}

/// The virtual CPU interface of a vCPU while it does not run (GICv3, ICH_* registers).
public struct InterruptRegisters: BitwiseCopyable, Sendable {
  public var lists: InlineArray<4, UInt64> = InlineArray(repeating: 0)
  /// ICH_AP0R0_EL2 and ICH_AP1R0_EL2.
  public var activePriorities0: UInt64 = 0
  public var activePriorities1: UInt64 = 0
  /// ICH_VMCR_EL2.
  public var control: UInt64 = 0
  /// ICH_HCR_EL2 for the next entry.
  public var hypervisorControl: UInt64 = InterruptRegisters.enable

  public static let enable: UInt64 = 1 << 0
  /// UIE: interrupt when at most one list register is in use. (NPIE would hold for ever when all
  /// of them are active, which is up to the guest.)
  public static let underflow: UInt64 = 1 << 1
  public init() {}
}

/// FP/SIMD registers V0...V31, FPCR and FPSR.
public struct FloatingPoint: BitwiseCopyable, Sendable {
  public var v: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  public var fpcr: UInt64 = 0
  public var fpsr: UInt64 = 0
  public init() {}
}

/// Everything of a vCPU, or of the host on one CPU, that lies in registers while it runs.
public struct Context: BitwiseCopyable, Sendable {
  public var frame = Frame()
  public var system = SystemRegisters()
  public var timer = VirtualTimer()
  public var interrupts = InterruptRegisters()
  public var floatingPoint = FloatingPoint()
  public init() {}
}
