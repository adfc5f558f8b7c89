import EngineABI

/// A VM as an owner of memory. Guarded by the VM's lock; `pages` by the memory lock too.
public struct AddressSpace: BitwiseCopyable, Equatable, Sendable {
  public var state: VMState = .free
  /// The first of the two pages of its level-1 tables.
  public var root = PhysicalPage(number: 0)
  /// Pages that it owns, tables included.
  public var pages: UInt64 = 0
  public init() {}

  public var typeInvariant: Bool { root.number < PhysicalPage.limit - 1 }
}

/// What the engine keeps of a VM beside its memory. Guarded by the VM's lock.
public struct VirtualMachine: BitwiseCopyable, Sendable {
  /// Shared peripheral interrupts, bit n for INTID 32 + n.
  public var shared = InterruptBank()
  public var priorities: InlineArray<64, UInt8> = InlineArray(repeating: 0)
  /// GICD_CTLR.EnableGrp1.
  public var interruptsEnabled = false
  /// What the guest's virtual counter lags behind the physical one (CNTVOFF_EL2).
  public var counterOffset: UInt64 = 0
  /// The vCPU that last ran on each CPU, `noVCPU` if none.
  public var lastOn: InlineArray<8, UInt8> = InlineArray(repeating: VirtualMachine.noVCPU)

  public static let noVCPU: UInt8 = 0xff
  public init() {}
}

/// Where a vCPU is in its life.
public enum VCPULife: UInt8, BitwiseCopyable, Sendable {
  /// Not created.
  case absent
  /// PSCI OFF.
  case off
  /// Turned on, and not run since (PSCI ON_PENDING).
  case starting
  case ready
  case running
  /// In WFI with nothing pending.
  case halted
}

/// A device access that the vmm has to complete.
public struct DeviceAccess: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case none, read, write
  }
  public var kind: Kind = .none
  /// Width and register.
  public var abort = DataAbort(0)
  /// FAR_EL2, for the abort that the vmm may ask for.
  public var faultAddress: UInt64 = 0
  public init() {}
}

/// What the engine keeps of a vCPU beside its registers. Guarded by its VM's lock.
public struct VCPU: BitwiseCopyable, Sendable {
  public var life: VCPULife = .absent
  /// The CPU on which it runs.
  public var cpu: UInt8 = 0
  /// The guest's FP/SIMD registers are on the CPU.
  public var usesFloatingPoint = false
  public var access = DeviceAccess()
  /// SGIs and PPIs, bit n for INTID n.
  public var own = InterruptBank(edge: 0xffff)
  public var priorities: InlineArray<32, UInt8> = InlineArray(repeating: 0)
  /// Shared interrupts that are routed here.
  public var routed: UInt64 = 0
  /// Interrupts that are in list registers.
  public var ownListed: UInt64 = 0
  public var sharedListed: UInt64 = 0
  /// Bit n if list register n holds an interrupt, as far as the engine has looked.
  public var lists: UInt64 = 0
  /// Which interrupt each of those holds, with marks (``Listed``).
  public var listed: InlineArray<4, UInt16> = InlineArray(repeating: 0)
  /// Why its list registers are not for shortcuts (``Unsettled``); 0 if they are.
  public var unsettled: UInt8 = 0
  /// GICR_WAKER.ProcessorSleep.
  public var asleep = true
  public var counters: InlineArray<16, UInt64> = InlineArray(repeating: 0)

  public init() {}

  public var typeInvariant: Bool { lists < 1 << UInt64(Limits.listRegisters) }

  @inline(__always)
  public mutating func count(_ counter: Counter) {
    counters[Int(counter.rawValue)] &+= 1
  }
}

/// What the engine keeps of a CPU of the machine. Only that CPU changes it.
public struct CPU: BitwiseCopyable, Sendable {
  /// 0: the host. Otherwise 1 + the index of the vCPU that runs.
  public var running: UInt16 = 0
  public var online = false
  /// Refused requests of the host on this CPU.
  public var refused: UInt64 = 0
  public init() {}

  public var typeInvariant: Bool { running <= UInt16(Limits.vms * Limits.vcpusPerVM) }
}
