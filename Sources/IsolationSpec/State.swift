import Contracts
import EngineABI

// The abstract machine: all that anybody can observe of the engine, and nothing of how it is done.
// There are no page tables here, no descriptors, caches, locks or effects. Docs/spec.md says how to
// read it.

/// What a page of the carve-out is to its owner.
public enum Use: UInt8, BitwiseCopyable, Sendable {
  /// The host's own, or a VM's private memory.
  case memory
  /// A VM's memory that the host can access too.
  case shared
  /// One of the two tables where the walks of a VM start.
  case root
  /// A table of level 2, which serves 1 GiB of guest addresses.
  case table2
  /// A table of level 3, which serves 2 MiB.
  case table3
  /// The host's, in a gap of the carve-out: never changes hands.
  case fixed
}

/// A page of the carve-out.
public struct Page: BitwiseCopyable, Equatable, Sendable {
  /// 0: the host. Otherwise a VM's number.
  public var owner: UInt8 = 0
  public var use = Use.memory
  /// Of a VM's memory: the guest page at which the VM finds it. Of a table: the first guest page
  /// that it serves.
  public var place: UInt64 = 0
  /// What is in it; 0 is a page of zeros. The contents of tables are nobody's to see.
  public var contents: UInt64 = 0
  public init() {}

  /// Whether a VM's instructions can reach it.
  public var isMemory: Bool { use == .memory || use == .shared }
  /// Whether the host's can.
  public var isHosts: Bool { owner == 0 || use == .shared }
}

/// The registers of whoever runs, as far as they differ for the engine.
public struct Registers: BitwiseCopyable, Sendable {
  public var x: InlineArray<31, UInt64> = InlineArray(repeating: 0)
  public var pc: UInt64 = 0
  /// Every EL1 and EL0 system register as one value; 0 is as after reset.
  public var system: UInt64 = 0
  /// FP/SIMD as one value; 0 is as after reset.
  public var floatingPoint: UInt64 = 0
  /// CNTV_CTL_EL0 and CNTV_CVAL_EL0.
  public var timerControl: UInt64 = 0
  public var timerCompare: UInt64 = 0
  public init() {}

  /// What an instruction reads of a general register; number 31 is zero.
  public func read(_ register: UInt64) -> UInt64 {
    register < 31 ? x[Int(truncatingIfNeeded: register)] : 0
  }
  func writing(_ register: UInt64, _ value: UInt64) -> Registers {
    var result = self
    if register < 31 { result.x[Int(truncatingIfNeeded: register)] = value }
    return result
  }
  /// The instruction is done.
  func next() -> Registers {
    var result = self
    result.pc = pc &+ 4
    return result
  }
  /// The first general registers before a call.
  func loading(_ x0: UInt64, _ x1: UInt64, _ x2: UInt64, _ x3: UInt64) -> Registers {
    var result = self
    result.x[0] = x0
    result.x[1] = x1
    result.x[2] = x2
    result.x[3] = x3
    return result
  }
  /// Other values of x6...x30 and of the system registers.
  func renewed(_ value: UInt64) -> Registers {
    opaque()
    ensures { (result: Registers) in
      forall(0..<31) {
        result.x[$0] == ($0 < 6 ? x[$0] : value &+ UInt64(truncatingIfNeeded: $0))
      }
    }
    ensures { (result: Registers) in
      result.system == value && result.pc == pc && result.floatingPoint == floatingPoint
        && result.timerControl == timerControl && result.timerCompare == timerCompare
    }
    var result = self
    for register in 6..<31 {
      invariant(
        ghost: forall(0..<31) {
          result.x[$0]
            == ($0 < 6 || $0 >= register ? x[$0] : value &+ UInt64(truncatingIfNeeded: $0))
        })
      result.x[register] = value &+ UInt64(truncatingIfNeeded: register)
    }
    result.system = value
    return result
  }
}

/// Where a vCPU is in its life.
public enum Life: UInt8, BitwiseCopyable, Sendable {
  case absent
  case off
  /// Turned on and not run since.
  case starting
  case ready
  case running
  /// In WFI with nothing to take.
  case halted
}

/// A load or store of a guest that stage 2 does not allow, as the hardware describes it.
public struct Access: BitwiseCopyable, Equatable, Sendable {
  public var isWrite = false
  /// 1, 2, 4 or 8.
  public var bytes: UInt64 = 8
  public var register: UInt64 = 0
  /// A load that extends the sign, and one into all 64 bits of its register.
  public var isSigned = false
  public var isWide = true
  /// The hardware says what it was (ISV), and it was no walk of the guest's tables or cache
  /// maintenance.
  public var isPlain = true
  /// The virtual page that the guest named, which nobody else is to learn.
  public var virtualPage: UInt64 = 0
  /// Nothing is mapped there, rather than something that does not allow it.
  public var isMiss = true
  public init() {}
}

/// What the vmm has to complete before a vCPU can run again.
public enum Request: UInt8, BitwiseCopyable, Sendable {
  case none
  case read
  case write
}

/// A vCPU.
public struct VirtualCPU: BitwiseCopyable, Sendable {
  public var life = Life.absent
  public var registers = Registers()
  public var request = Request.none
  /// The access of the request.
  public var access = Access()
  /// The virtual address of its last access that was not served (FAR_EL1, if it takes an abort).
  public var faultAddress: UInt64 = 0
  /// It has used FP/SIMD in this run.
  public var usesFloatingPoint = false
  /// Its virtual timer's interrupt is high, as far as the engine has looked.
  public var timerLine = false
  /// The exception that it took in its last step, or at the beginning of its run.
  public var fault = Fault.none
  /// What ``Call/counter`` sums up.
  public var counters: InlineArray<16, UInt64> = InlineArray(repeating: 0)
  public init() {}

  func living(_ life: Life) -> VirtualCPU {
    var result = self
    result.life = life
    return result
  }

  /// As after reset, to start at `pc` with `argument` in x0.
  func turnedOn(_ pc: UInt64, _ argument: UInt64) -> VirtualCPU {
    var result = self
    result.registers = Registers()
    result.registers.pc = pc
    result.registers.x[0] = argument
    result.request = .none
    result.fault = .none
    result.timerLine = false
    result.life = .starting
    return result
  }

  /// What nobody but its VM sees of it.
  var own: Own {
    Own(
      registers: registers, faultAddress: faultAddress, usesFloatingPoint: usesFloatingPoint,
      timerLine: timerLine, fault: fault)
  }
}

/// The part of a vCPU that nobody but its VM sees.
struct Own: BitwiseCopyable, Sendable {
  var registers: Registers
  var faultAddress: UInt64
  var usesFloatingPoint: Bool
  var timerLine: Bool
  var fault: Fault
}

/// A VM.
public struct Guest: BitwiseCopyable, Equatable, Sendable {
  public var state = VMState.free
  /// The physical counter when it was created: its virtual counter starts then.
  public var start: UInt64 = 0
  /// Lines of shared interrupts that are high, bit n for INTID 32 + n.
  public var lines: UInt64 = 0
  public init() {}
  init(_ state: VMState, _ start: UInt64) {
    self.state = state
    self.start = start
  }
}

/// An exception that EL1 took.
public enum Fault: UInt8, BitwiseCopyable, Sendable {
  case none
  case undefined
  /// Synchronous external aborts of data and of a fetch.
  case external
  case externalFetch
  /// An alignment fault: what the host gets where it must not reach.
  case alignment
}

/// A CPU of the machine.
public struct Processor: BitwiseCopyable, Sendable {
  /// The host has it.
  public static let host = -1
  /// The vCPU that runs on it, or ``host``.
  public var runs = Processor.host
  public var isOnline = false
  /// The host's registers on it; while a guest runs, those to go on with.
  public var registers = Registers()
  /// Requests of the host that were refused here.
  public var refused: UInt64 = 0
  /// The exception that the host took in its last step here.
  public var fault = Fault.none
  public init() {}
}

/// What boot found out.
public struct Constants: BitwiseCopyable, Sendable {
  public var cpus = 0
  /// Their MPIDR affinities.
  public var affinities: InlineArray<8, UInt64> = InlineArray(repeating: 0)
  /// Page number of the carve-out's first page.
  public var firstPage: UInt64 = 0
  /// First address and bytes of the engine's own memory.
  public var engineBase: UInt64 = 0
  public var engineBytes: UInt64 = 0
  /// What the identification registers read as, by CRm << 3 | op2.
  public var guestIdentification: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  public var hostIdentification: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  /// What the firmware said of SMCCC_ARCH_WORKAROUND_1, 2 and 3.
  public var workarounds: InlineArray<3, UInt64> = InlineArray(repeating: ~0)
  public var features: UInt64 = 0
  public var counterFrequency: UInt64 = 0
  public var ticksToHost: UInt64 = 0
  public var textBytes: UInt64 = 0
  public init() {}

  var isSound: Bool {
    cpus >= 0 && cpus <= Limits.cpus && firstPage % PageSize.pagesPerBlock == 0
      && firstPage <= 1 << 35
  }
}

// When registers, vCPUs and CPUs are the same. (Arrays have no `==`.)

func isSame(_ a: Registers, _ b: Registers) -> Bool {
  forall(0..<31) { a.x[$0] == b.x[$0] } && a.pc == b.pc && a.system == b.system
    && a.floatingPoint == b.floatingPoint && a.timerControl == b.timerControl
    && a.timerCompare == b.timerCompare
}

func isSame(_ a: Constants, _ b: Constants) -> Bool {
  forall(0..<64) { a.hostIdentification[$0] == b.hostIdentification[$0] }
    && forall(0..<64) { a.guestIdentification[$0] == b.guestIdentification[$0] }
    && forall(0..<8) { a.affinities[$0] == b.affinities[$0] }
    && forall(0..<3) { a.workarounds[$0] == b.workarounds[$0] }
    && isSameMachine(a, b)
}

private func isSameMachine(_ a: Constants, _ b: Constants) -> Bool {
  a.cpus == b.cpus && a.firstPage == b.firstPage && a.engineBase == b.engineBase
    && a.engineBytes == b.engineBytes && a.features == b.features
    && a.counterFrequency == b.counterFrequency && a.ticksToHost == b.ticksToHost
    && a.textBytes == b.textBytes
}

func isSame(_ a: VirtualCPU, _ b: VirtualCPU) -> Bool {
  isSame(a.registers, b.registers) && forall(0..<16) { a.counters[$0] == b.counters[$0] }
    && a.life == b.life && a.request == b.request && a.access == b.access
    && a.faultAddress == b.faultAddress && a.usesFloatingPoint == b.usesFloatingPoint
    && a.timerLine == b.timerLine && a.fault == b.fault
}

func isSame(_ a: Own, _ b: Own) -> Bool {
  isSame(a.registers, b.registers) && a.faultAddress == b.faultAddress
    && a.usesFloatingPoint == b.usesFloatingPoint && a.timerLine == b.timerLine
    && a.fault == b.fault
}

func isSame(_ a: Processor, _ b: Processor) -> Bool {
  isSame(a.registers, b.registers) && a.runs == b.runs && a.isOnline == b.isOnline
    && a.refused == b.refused && a.fault == b.fault
}

/// The whole state. vCPU k of VM n is `vcpus[(n - 1) * 8 + k]`, VM n is `vms[n - 1]`.
public struct System: ~Copyable {
  public var constants: Constants
  public var pages: Table<Page>
  public var vms: Table<Guest>
  public var vcpus: Table<VirtualCPU>
  public var cpus: Table<Processor>
  /// The physical counter (CNTPCT_EL0).
  public var now: UInt64 = 0

  public init(
    constants: Constants, pages: consuming Table<Page>, vms: consuming Table<Guest>,
    vcpus: consuming Table<VirtualCPU>, cpus: consuming Table<Processor>
  ) {
    requires(System.isSized(constants, pages.count, vms.count, vcpus.count, cpus.count))
    requires(System.isHeld(cpus))
    self.constants = constants
    self.pages = pages
    self.vms = vms
    self.vcpus = vcpus
    self.cpus = cpus
  }

  public var typeInvariant: Bool {
    System.isSized(constants, pages.count, vms.count, vcpus.count, cpus.count)
      && System.isHeld(cpus)
  }

  /// The tables have their sizes.
  static func isSized(
    _ constants: Constants, _ pages: Int, _ vms: Int, _ vcpus: Int, _ cpus: Int
  ) -> Bool {
    guard vms == Limits.vms, vcpus == System.vcpuCount, cpus == Limits.cpus else { return false }
    return constants.isSound && pages % Int(PageSize.pagesPerBlock) == 0 && pages <= 1 << 34
  }

  /// Each CPU is the host's, or a vCPU's that there is.
  static func isHeld(_ cpus: borrowing Table<Processor>) -> Bool {
    forall(0..<cpus.count) { isVCPU(cpus[$0].runs) }
  }

  static func isVCPU(_ runs: Int) -> Bool { runs >= Processor.host && runs < System.vcpuCount }

  /// vCPUs of all VMs.
  static let vcpuCount = Limits.vms * Limits.vcpusPerVM

  /// Place of a vCPU in the table; `vm` is 1...64, `number` below 8.
  public static func vcpu(_ vm: UInt64, _ number: UInt64) -> Int {
    requires(vm >= 1 && vm <= UInt64(Limits.vms) && number < UInt64(Limits.vcpusPerVM))
    return (Int(truncatingIfNeeded: vm) - 1) * Limits.vcpusPerVM + Int(truncatingIfNeeded: number)
  }
  /// The VM of a vCPU, 1...64.
  public static func vm(of vcpu: Int) -> UInt64 {
    requires(vcpu >= 0 && vcpu < Limits.vms * Limits.vcpusPerVM)
    return UInt64(truncatingIfNeeded: vcpu / Limits.vcpusPerVM + 1)
  }
  /// The number of a vCPU in its VM.
  public static func number(of vcpu: Int) -> UInt64 {
    requires(vcpu >= 0 && vcpu < Limits.vms * Limits.vcpusPerVM)
    return UInt64(truncatingIfNeeded: vcpu % Limits.vcpusPerVM)
  }
  func guest(_ vm: UInt64) -> Guest {
    requires(System.isVM(vm))
    return vms[Int(truncatingIfNeeded: vm) - 1]
  }
  /// Whether a VM can have this number.
  static func isVM(_ vm: UInt64) -> Bool { vm >= 1 && vm <= UInt64(Limits.vms) }
}
