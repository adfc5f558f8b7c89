import Contracts
import EngineABI

// Lock order: memory, then one VM. A path takes its locks before it reads what they guard; the
// glue releases them when the effects are done.
//
//   memory lock   Ownership, the host's stage-2 tables, every VM's page count
//   lock of VM n  AddressSpace n, VirtualMachine n, its VCPUs, the contexts of those that do not run
//   both          to change the stage-2 tables of VM n, or end them; its own lock lets one read them
//   none          CPU n and the contexts in use on CPU n: that CPU alone

/// What the boot found out and nothing changes later.
public struct Configuration: BitwiseCopyable, Sendable {
  public var cpuCount = 0
  /// MPIDR affinities of the CPUs.
  public var affinities: InlineArray<8, UInt64> = InlineArray(repeating: 0)
  /// First of the two level-1 tables of the host.
  public var hostRoot = PhysicalPage(number: 0)
  /// Physical address of the first redistributor.
  public var redistributor: UInt64 = 0
  /// Entry point of CPUs that the host turns on.
  public var secondaryEntry: UInt64 = 0
  /// ID registers as guests and the host see them: op0 3, op1 0, CRn 0, index (CRm << 3 | op2).
  public var guestIdentification: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  public var hostIdentification: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  /// What the firmware answers to SMCCC_ARCH_FEATURES of workarounds 1, 2 and 3.
  public var workarounds: InlineArray<3, UInt64> = InlineArray(repeating: ~0)
  /// Physical list registers in use.
  public var listRegisters = 0
  public var features: UInt64 = 0
  public var counterFrequency: UInt64 = 0
  public var ticksToHost: UInt64 = 0
  public var textBytes: UInt64 = 0
  public var engineBytes: UInt64 = 0
  public init() {}

  public var typeInvariant: Bool {
    hostRoot.number < PhysicalPage.limit - 1 && cpuCount >= 0 && cpuCount <= Limits.cpus
      && listRegisters >= 0
      && listRegisters <= Limits.listRegisters
  }
}

/// The whole state of the core. Its own fields do not change after boot; what the tables hold does.
public struct Machine: ~Copyable {
  public var configuration: Configuration
  public var memory: TableMemory
  public var ownership: Ownership
  public var spaces: Table<AddressSpace>
  public var vms: Table<VirtualMachine>
  public var vcpus: Table<VCPU>
  public var cpus: Table<CPU>
  /// The host's contexts, one a CPU, then those of the vCPUs (``VCPUID/context``).
  public var contexts: Table<Context>
  /// 0: memory. n: VM n.
  public let locks: InlineArray<65, TicketLock>
  /// Which of them this CPU holds.
  public private(set) var held = GhostMap<Bool>()

  /// All VMs are free, and nothing but the host's tables leads anywhere: so what ``handle`` requires of
  /// tables holds.
  public init(
    configuration: Configuration, memory: consuming TableMemory, ownership: consuming Ownership,
    spaces: consuming Table<AddressSpace>, vms: consuming Table<VirtualMachine>,
    vcpus: consuming Table<VCPU>, cpus: consuming Table<CPU>, contexts: consuming Table<Context>
  ) {
    requires(
      spaces.count == Limits.vms && vms.count == Limits.vms
        && vcpus.count == Limits.vms * Limits.vcpusPerVM
        && cpus.count == Limits.cpus && contexts.count == Machine.contextCount)
    requires(forall(0..<spaces.count) { spaces[$0].state == .free })
    requires(ghost: ownership.tables.agree(with: ownership))
    requires(ghost: ownership.tables.ofVMs().leadNowhere())
    precondition(
      spaces.count == Limits.vms && vms.count == Limits.vms
        && vcpus.count == Limits.vms * Limits.vcpusPerVM
        && cpus.count == Limits.cpus && contexts.count == Machine.contextCount)
    ghost {
      VMSight.beginRooted(ownership.tables.ofVMs(), Tables.spaces(spaces))
      VMSight.beginInMemory(ownership.tables.ofVMs(), memory)
      holds(ownership.tables.agree(with: ownership, spaces))
      holds(ownership.tables.ofVMs().isIn(memory))
    }
    self.configuration = configuration
    self.memory = memory
    self.ownership = ownership
    self.spaces = spaces
    self.vms = vms
    self.vcpus = vcpus
    self.cpus = cpus
    self.contexts = contexts
    self.locks = InlineArray { _ in TicketLock() }
  }

  public var typeInvariant: Bool {
    spaces.count == Limits.vms && vms.count == Limits.vms
      && vcpus.count == Limits.vms * Limits.vcpusPerVM && cpus.count == Limits.cpus
      && contexts.count == Machine.contextCount
  }

  /// Whether a CPU of the machine has this number.
  public func isProcessor(_ cpu: Int) -> Bool { cpu >= 0 && cpu < configuration.cpuCount }

  /// Whether the vCPU runs on that CPU.
  func runs(_ id: VCPUID, on cpu: Int) -> Bool {
    requires(isProcessor(cpu))
    return Int(cpus[cpu].running) == id.index + 1
  }

  /// What the host's stage 2 says of a page.
  func hostTranslation(_ page: PhysicalPage) -> Translation {
    memory.walk(root: configuration.hostRoot, GuestPage(number: page.number))
  }

  public static let contextCount = Limits.cpus + Limits.vms * Limits.vcpusPerVM

  // What is touched only with its lock held.
  func mayAccessOwnership() -> Bool { held[0] }
  func mayAccessSpaces(_ index: Int) -> Bool {
    requires(index >= 0 && index < Limits.vms)
    return held[index + 1]
  }
  func mayAccessVMs(_ index: Int) -> Bool {
    requires(index >= 0 && index < Limits.vms)
    return held[index + 1]
  }

  @inline(__always)
  mutating func lockMemory(_ effects: inout Effects) {
    requires(effects.isUnlocked)
    ensures(effects.memoryLocked)
    ensures(ghost: held == Machine.setting(old(held), 0, true))
    takeMemory(&effects)
    ghost { held = Machine.setting(held, 0, true) }
  }

  @inline(__always)
  mutating func lock(_ vm: VMID, _ effects: inout Effects) {
    requires(effects.lockedVM == 0)
    ensures(effects.lockedVM == vm.raw)
    ensures(ghost: held == Machine.setting(old(held), Int(vm.raw), true))
    take(vm, &effects)
    ghost { held = Machine.setting(held, Int(vm.raw), true) }
  }

  // What is executed of these. They do not change the machine, so that callers need not load again
  // what they know of it.
  private func takeMemory(_ effects: inout Effects) {
    ensures(effects.memoryLocked)
    locks[0].acquire()
    effects.memoryLocked = true
  }

  private func take(_ vm: VMID, _ effects: inout Effects) {
    ensures(effects.lockedVM == vm.raw)
    locks[Int(vm.raw)].acquire()
    effects.lockedVM = vm.raw
  }

  /// Takes a VM's lock, by its index, for a shortcut.
  @inline(__always)
  mutating func acquire(_ vm: Int) {
    requires(vm >= 0 && vm < Limits.vms)
    ensures(ghost: held == Machine.setting(old(held), vm + 1, true))
    locks[vm &+ 1].acquire()
    ghost { held = Machine.setting(held, vm + 1, true) }
  }

  /// Releases it.
  @inline(__always)
  mutating func release(_ vm: Int) {
    requires(vm >= 0 && vm < Limits.vms)
    ensures(ghost: held == Machine.setting(old(held), vm + 1, false))
    locks[vm &+ 1].release()
    ghost { held = Machine.setting(held, vm + 1, false) }
  }

  static func setting(_ held: GhostMap<Bool>, _ lock: Int, _ isHeld: Bool) -> GhostMap<Bool> {
    var result = held
    result[lock] = isHeld
    return result
  }

  /// Releases what a shortcut locked, once the glue has done what it says.
  @inline(__always)
  public mutating func release(_ vm: VMID) { release(vm.index) }

  /// Releases what `handle` locked, once the glue has carried out the effects.
  @inline(__always)
  public mutating func release(_ effects: inout Effects) {
    requires(Int(effects.lockedVM) <= Limits.vms)
    ensures(effects.isUnlocked)
    ghost { held = GhostMap { _ in false } }
    if effects.lockedVM != 0 {
      locks[Int(effects.lockedVM)].release()
      effects.lockedVM = 0
    }
    if effects.memoryLocked {
      locks[0].release()
      effects.memoryLocked = false
    }
  }
}
