import Contracts
import EngineABI

/// One thing that the glue does for the core. It is carried out verbatim.
///
/// Payloads are whole 64-bit words, so that the compiler can write them at once.
public enum Effect: BitwiseCopyable, Equatable, Sendable {
  /// Write one stage-2 descriptor, and make it visible to table walks.
  case store(slot: UInt64, Descriptor)
  /// Fill a level-3 table with consecutive pages from `first` on, or with invalid entries.
  case fill(table: PhysicalPage, first: Descriptor)
  /// Forget translations of one guest page under a VMID, on all CPUs, stages 1 and 2; complete.
  case invalidatePage(vmid: UInt64, GuestPage)
  /// The same for every page of a VMID.
  case invalidateAll(vmid: UInt64)
  /// Forget this CPU's translations and instructions of the VMID loaded now (stage 1 included).
  case invalidateLocal
  /// Clean and invalidate pages to the point of coherency; instructions too.
  case clean(PhysicalPage, pages: UInt64)
  /// Fill pages with zeros, to the point of coherency.
  case scrub(PhysicalPage, pages: UInt64)

  /// Save the host's EL1 state of this CPU and load a vCPU's.
  case enter(Entry)
  /// Save the vCPU's state and load the host's; x0...x3 of the host are the exit.
  case leave(Departure)
  /// Bring the list registers' state into the vCPU's context without leaving it.
  case saveInterrupts(VCPUID)
  /// Let the vCPU use FP/SIMD: save the host's registers, load the guest's.
  case loadFloatingPoint(VCPUID)
  /// Write one list register.
  case list(index: UInt64, UInt64)
  /// Make the interrupt of one list register pending besides what it is.
  case pend(index: UInt64)
  /// Write the control of the virtual CPU interface (ICH_HCR_EL2).
  case controlInterrupts(UInt64)
  /// Let this CPU's virtual timer interrupt come.
  case admitTimer
  /// Hold it back.
  case holdTimer
  /// End the runs of these CPUs, bit n for CPU n, with the host's reschedule SGI.
  case kick(cpus: UInt64)

  /// An exception to EL1 as the architecture defines it, with this syndrome (Arm ARM D1.3).
  case takeException(syndrome: UInt64, faultAddress: UInt64)
  /// Read a device register of the machine into a register of the caller.
  case deviceRead(address: UInt64, bytes: UInt64, register: UInt64)
  /// Write a device register of the machine.
  case deviceWrite(address: UInt64, bytes: UInt64, value: UInt64)
  /// Ask the firmware (SMC) with these arguments; its x0 goes to the caller's x0.
  case firmware(function: UInt64, UInt64, UInt64, UInt64)
  /// The same for a function that answers in x0...x3.
  case firmwareResults(function: UInt64, UInt64)
  /// Put the instructions retired at EL2 on this CPU into a register of the caller.
  case countInstructions(register: UInt64)
  /// Start the host on this CPU with the reset state and the context's frame.
  case startHost
}

/// A vCPU that gets a CPU.
public struct Entry: BitwiseCopyable, Equatable, Sendable {
  public var id: VCPUID
  /// Of its stage 2.
  public var root: PhysicalPage
  /// CNTVOFF_EL2
  public var counterOffset: UInt64
  /// Whether the CPU's virtual timer interrupt is held back, or may come.
  public var holdsTimer: Bool
}

/// A vCPU that gives its CPU back to the host.
public struct Departure: BitwiseCopyable, Equatable, Sendable {
  public var id: VCPUID
  /// Its FP/SIMD registers are on the CPU, the host's are not.
  public var floatingPoint: Bool
}

/// What one call of the core asks of the glue: a short ordered list, the locks to release after it.
public struct Effects {
  public static let capacity = 32
  public fileprivate(set) var count = 0
  private var words: InlineArray<32, EffectWords> = InlineArray(repeating: EffectWords())
  /// The list is to be carried out, and then the core asked again with the same trap.
  public var askAgain = false
  /// The memory lock is held until the list is done.
  public var memoryLocked = false
  /// 0: none. Otherwise the VM whose lock is held until the list is done.
  public var lockedVM: UInt8 = 0
  /// What all stage-2 tables say before the list is carried out, and after it.
  fileprivate(set) var tablesBefore = Tables.unknown
  fileprivate(set) var tables = Tables.unknown

  public init() {}

  public var typeInvariant: Bool { count >= 0 && count <= Effects.capacity }

  public var isUnlocked: Bool { !memoryLocked && lockedVM == 0 }

  /// Whether so many more fit.
  public func hasRoom(_ number: Int) -> Bool {
    requires(number >= 0 && number <= Effects.capacity)
    return count + number <= Effects.capacity
  }

  /// An effect that tables, TLBs and devices do not feel, and by which no VM gets a CPU.
  @inline(__always)
  public mutating func append(_ effect: Effect) {
    requires(count < Effects.capacity)
    requires(!effect.isOnTables && !effect.isGuarded)
    ensures(count == old(count) + 1)
    add(effect)
  }

  @inline(__always)
  fileprivate mutating func add(_ effect: Effect) {
    requires(count < Effects.capacity)
    ensures(count == old(count) + 1)
    words[count] = EffectWords(effect)
    count &+= 1
  }

  @inline(__always)
  public subscript(index: Int) -> Effect {
    mutating get {
      requires(index >= 0 && index < count)
      return words[index].effect
    }
  }
}

extension Effect {
  /// Whether it changes what tables say, or what TLBs may hold of them.
  public var isOnTables: Bool {
    switch self {
    case .store, .fill, .scrub, .invalidatePage, .invalidateAll: true
    default: false
    }
  }

  /// The VMIDs of which no TLB remembers anything right after it.
  var forgotten: GhostMap<Bool> {
    if case .invalidateAll(let vmid) = self {
      return GhostMap { (other: Int) in other == Int(vmid & 0xffff) }
    }
    return GhostMap { _ in false }
  }

  /// Whether it is put on the list by a method of its own alone, which asks for what makes it right.
  public var isGuarded: Bool {
    switch self {
    case .enter, .deviceRead, .deviceWrite: true
    default: false
    }
  }
}

extension Ownership {
  /// Puts an effect on the list; the tables are what it makes of them. There is no other way to the
  /// list for an effect on tables.
  @inline(__always)
  mutating func perform(_ effect: Effect, _ effects: inout Effects) {
    requires(effects.hasRoom(1))
    requires(ghost: effects.tables.isSame(as: tables))
    requires(ghost: tables.allows(effect, host, first, blocks.count))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables == old(tables).after(effect, host, first))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: forgotten == effect.forgotten)
    effects.add(effect)
    ghost {
      tables = tables.after(effect, host, first)
      effects.tables = tables
      forgotten = effect.forgotten
    }
  }
}

extension Machine {
  /// A list begins.
  @inline(__always)
  func begin(_ effects: inout Effects) {
    requires(effects.isUnlocked)
    ensures(effects.count == 0)
    ensures(ghost: effects.tables == ownership.tables && effects.tablesBefore == ownership.tables)
    effects.count = 0
    effects.askAgain = false
    ghost {
      effects.tables = ownership.tables
      effects.tablesBefore = ownership.tables
    }
  }

  /// Lets the glue load a vCPU, of a VM that has tables, with their root.
  @inline(__always)
  mutating func admit(_ entry: Entry, _ effects: inout Effects) {
    requires(effects.hasRoom(1))
    requires(ghost: entry.root.number < PhysicalPage.limit - 1)
    requires(ghost: ownership.tables.ofVMs().hasRoot(entry.root, Int(entry.id.vm.raw)))
    ensures(effects.count == old(effects.count) + 1)
    effects.add(.enter(entry))
    ghost { ownership.forgotten = GhostMap { _ in false } }
  }

  /// A load from a redistributor of the machine, into a register of the caller.
  @inline(__always)
  func loadRedistributor(
    _ address: UInt64, bytes: UInt64, register: UInt64, _ effects: inout Effects
  ) {
    requires(effects.hasRoom(1) && isRedistributor(address, bytes: bytes))
    ensures(effects.count == old(effects.count) + 1)
    effects.add(.deviceRead(address: address, bytes: bytes, register: register))
  }

  /// A store to one.
  @inline(__always)
  func storeRedistributor(
    _ address: UInt64, bytes: UInt64, _ value: UInt64, _ effects: inout Effects
  ) {
    requires(effects.hasRoom(1) && isRedistributor(address, bytes: bytes))
    ensures(effects.count == old(effects.count) + 1)
    effects.add(.deviceWrite(address: address, bytes: bytes, value: value))
  }

  /// Whether the bytes are in the frames of a CPU's redistributor.
  func isRedistributor(_ address: UInt64, bytes: UInt64) -> Bool {
    let offset = address &- configuration.redistributor
    let frames =
      UInt64(truncatingIfNeeded: configuration.cpuCount) &* GuestGIC.redistributorStride
    return offset < frames && bytes != 0 && bytes <= 8 && address % bytes == 0
  }
}
