import Contracts
import EngineABI

/// One thing that the glue does for the core. It is carried out verbatim.
public enum Effect: BitwiseCopyable, Sendable {
  /// Write one stage-2 descriptor, and make it visible to table walks.
  case store(slot: UInt64, Descriptor)
  /// Fill a level-3 table with consecutive pages from `first` on, or with invalid entries.
  case fill(table: PhysicalPage, first: Descriptor)
  /// Forget translations of one guest page under a VMID, on all CPUs, stages 1 and 2; complete.
  case invalidatePage(vmid: UInt8, GuestPage)
  /// The same for every page of a VMID.
  case invalidateAll(vmid: UInt8)
  /// Forget this CPU's translations and instructions of the VMID loaded now (stage 1 included).
  case invalidateLocal
  /// Clean and invalidate pages to the point of coherency; instructions too.
  case clean(PhysicalPage, pages: UInt64)
  /// Fill pages with zeros, to the point of coherency.
  case scrub(PhysicalPage, pages: UInt64)

  /// Save the host's EL1 state of this CPU and load a vCPU's.
  case enter(VCPUID, root: PhysicalPage)
  /// Save the vCPU's state and load the host's; x0...x3 of the host are the exit.
  case leave(VCPUID)
  /// Bring the list registers' state into the vCPU's context without leaving it.
  case saveInterrupts(VCPUID)
  /// Save the vCPU's FP/SIMD registers and load the host's.
  case saveFloatingPoint(VCPUID)
  /// Let the vCPU use FP/SIMD: save the host's registers, load the guest's.
  case loadFloatingPoint(VCPUID)
  /// Write one list register and the control of the virtual CPU interface.
  case list(index: UInt8, UInt64)
  /// Underflow interrupts of the list registers on or off (ICH_HCR_EL2.NPIE).
  case underflow(Bool)
  /// Let this CPU's virtual timer interrupt come, or hold it back.
  case timerInterrupt(enabled: Bool)
  /// End the runs of these CPUs with the host's reschedule SGI.
  case kick(cpus: UInt8)

  /// An exception to EL1 as the architecture defines it, with this syndrome (Arm ARM D1.3).
  case takeException(syndrome: UInt64, faultAddress: UInt64)
  /// Read a device register of the machine into a register of the caller.
  case deviceRead(address: UInt64, bytes: UInt8, register: UInt8)
  /// Write a device register of the machine.
  case deviceWrite(address: UInt64, bytes: UInt8, value: UInt64)
  /// Ask the firmware (SMC) with these arguments; its x0 goes to the caller's x0, and x1...x3 too
  /// if `results` says so.
  case firmware(function: UInt64, UInt64, UInt64, UInt64, results: Bool)
  /// Put the instructions retired at EL2 on this CPU into a register of the caller.
  case countInstructions(register: UInt8)
  /// Start the host on this CPU with the reset state and the context's frame.
  case startHost
}

/// What one call of the core asks of the glue: a short ordered list, the locks to release after it.
public struct Effects: BitwiseCopyable {
  public static let capacity = 24
  public private(set) var count = 0
  private var items: InlineArray<24, Effect> = InlineArray(repeating: .invalidateLocal)
  /// The list is to be carried out, and then the core asked again with the same trap.
  public var askAgain = false
  /// The memory lock is held until the list is done.
  public var memoryLocked = false
  /// 0: none. Otherwise the VM whose lock is held until the list is done.
  public var lockedVM: UInt8 = 0

  public init() {}

  @inline(__always)
  public mutating func begin() {
    requires(!memoryLocked && lockedVM == 0)
    count = 0
    askAgain = false
  }

  public mutating func append(_ effect: Effect) {
    requires(count < Effects.capacity)
    items[count] = effect
    count &+= 1
  }

  public subscript(index: Int) -> Effect { items[index] }
}
