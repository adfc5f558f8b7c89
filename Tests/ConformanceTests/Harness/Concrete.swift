import Contracts
import EngineABI
import Foundation
import IsolationCore
import IsolationSpec

/// A mistake to be found: tests put it between the core and its memory.
public enum Mistake: String, CaseIterable, Sendable {
  case none
  /// A page that a guest or the host gets is not scrubbed.
  case forgottenScrub
  /// An entry of the host's tables is left when a page goes.
  case leftMapping
  /// A call answers another error.
  case wrongStatus
  /// The registers of a vCPU stay on the CPU when it leaves.
  case leftRegisters
  /// FP/SIMD registers of the guest are not saved.
  case lostFloatingPoint
  /// The value of a device read goes nowhere.
  case lostCompletion
  /// An exception is not taken.
  case lostException
}

/// The core with memory, CPUs and effects, without caches: what the hardware and the glue do.
///
/// Physical memory: engine at 1 GiB; at 2 GiB three blocks of carve-out, with a gap of one block
/// before the last.
public final class ConcreteMachine {
  static let engine = AddressRange(base: 0x4000_0000, bytes: 16 << 20)
  static let host = AddressRange(base: 0x4100_0000, bytes: 0x3f00_0000)
  static let blocks = 4
  /// The block that is no part of the carve-out's ranges.
  static let gap = 2
  static let carveOut = AddressRange(base: 0x8000_0000, bytes: UInt64(blocks) * PageSize.block)
  public static let pages = blocks * Int(PageSize.pagesPerBlock)
  static let tables: UInt64 = 0x4080_0000
  static let poolPages: UInt64 = 64
  static let level2Pages: UInt64 = 2
  static let tablePages = 2 + poolPages + level2Pages + UInt64(blocks)

  public var core: Machine
  /// Registers of each CPU that traps do not save.
  var banks: Table<Context>
  /// What EL1 of each CPU took in its last step.
  var faults = [Fault](repeating: .none, count: Limits.cpus)
  /// FAR_EL1 of that.
  var faultAddresses = [UInt64](repeating: 0, count: Limits.cpus)
  /// The vCPU on each CPU, `nil` for the host, and whether its FP/SIMD registers are there.
  var loaded = [Int?](repeating: nil, count: Limits.cpus)
  /// Where its walks start.
  var root = [PhysicalPage](repeating: PhysicalPage(number: 0), count: Limits.cpus)
  var hasGuestFloatingPoint = [Bool](repeating: false, count: Limits.cpus)
  var now: UInt64 = 0
  var effects = Effects()
  let mistake: Mistake
  /// Junk for fields of traps that are not defined.
  var junk: UInt64 = 0x9e37_79b9_7f4a_7c15
  private let memory: UnsafeMutableRawPointer
  private let regions: [UnsafeMutableRawPointer]

  public init(cpus: Int, mistake: Mistake = .none) {
    self.mistake = mistake
    memory = mmap(
      nil, Int(ConcreteMachine.carveOut.bytes), PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    let tables = AbstractMachine.make(UInt64(0), Int(ConcreteMachine.tablePages) * 512)
    let pages = AbstractMachine.make(PageState.host, ConcreteMachine.pages)
    let blocks = AbstractMachine.make(BlockState.host, ConcreteMachine.blocks)
    let spaces = AbstractMachine.make(AddressSpace(), Limits.vms)
    let vms = AbstractMachine.make(VirtualMachine(), Limits.vms)
    let vcpus = AbstractMachine.make(VCPU(), Limits.vms * Limits.vcpusPerVM)
    let processors = AbstractMachine.make(CPU(), Limits.cpus)
    let contexts = AbstractMachine.make(Context(), Machine.contextCount)
    let live = AbstractMachine.make(Context(), Limits.cpus)
    regions = [tables, pages, blocks, spaces, vms, vcpus, processors, contexts, live]
    let map = ConcreteMachine.hostMap(cpus: cpus)
    banks = Table(unsafeAt: live, count: Limits.cpus)
    core = Machine(
      configuration: ConcreteMachine.configuration(cpus: cpus, map: map),
      memory: TableMemory(
        engine: Table(unsafeAt: tables, count: Int(ConcreteMachine.tablePages) * 512),
        engineBase: ConcreteMachine.tables,
        carveOut: Table(unsafeAt: memory, count: Int(ConcreteMachine.carveOut.bytes) / 8),
        carveOutBase: ConcreteMachine.carveOut.base),
      ownership: Ownership(
        pages: Table(unsafeAt: pages, count: ConcreteMachine.pages),
        blocks: Table(unsafeAt: blocks, count: ConcreteMachine.blocks),
        first: ConcreteMachine.carveOut.base / PageSize.page, host: map.tables),
      spaces: Table(unsafeAt: spaces, count: Limits.vms),
      vms: Table(unsafeAt: vms, count: Limits.vms),
      vcpus: Table(unsafeAt: vcpus, count: Limits.vms * Limits.vcpusPerVM),
      cpus: Table(unsafeAt: processors, count: Limits.cpus),
      contexts: Table(unsafeAt: contexts, count: Machine.contextCount))
    precondition(map.build(&core.memory), "pool too small")
    core.ownership.leaveOut(block: ConcreteMachine.gap)
    for cpu in 0..<cpus { core.contexts[cpu].frame.pstate = Frame.resetState }
  }

  deinit {
    munmap(memory, Int(ConcreteMachine.carveOut.bytes))
    for region in regions { region.deallocate() }
  }

  static var gapPages: Range<Int> {
    let count = Int(PageSize.pagesPerBlock)
    return gap * count..<(gap + 1) * count
  }

  private static func hostMap(cpus: Int) -> HostMap {
    var map = HostMap()
    map.engine = engine
    map.host = host
    map.carveOut = carveOut
    map.redistributors = AddressRange(
      base: 0x080a_0000, bytes: UInt64(cpus) * GuestGIC.redistributorStride)
    map.cpus = UInt64(cpus)
    map.absent[BootRecord.maxAbsent] = AddressRange(
      base: AbsentPage.base, bytes: AbsentPage.bytes)
    map.root = PhysicalPage(number: tables / PageSize.page)
    map.pool = PhysicalPage(number: tables / PageSize.page + 2)
    map.poolPages = poolPages
    map.tables.level2 = PhysicalPage(number: map.pool.number + poolPages)
    map.tables.level3 = PhysicalPage(number: map.tables.level2.number + level2Pages)
    return map
  }

  private static func configuration(cpus: Int, map: HostMap) -> Configuration {
    var configuration = Configuration()
    configuration.cpuCount = cpus
    for cpu in 0..<cpus { configuration.affinities[cpu] = UInt64(cpu) << 8 }
    configuration.hostRoot = map.root
    configuration.redistributor = map.redistributors.base
    configuration.secondaryEntry = engine.base + 0x1000
    for index in 0..<64 {
      configuration.guestIdentification[index] = 0x1d00 + UInt64(index)
      configuration.hostIdentification[index] = 0x2d00 + UInt64(index)
    }
    configuration.workarounds = [0, 1, ~0]
    configuration.listRegisters = 4
    configuration.features = Feature.pointerAuthentication
    configuration.counterFrequency = 62_500_000
    configuration.ticksToHost = 4711
    configuration.textBytes = 60_000
    configuration.engineBytes = engine.bytes
    return configuration
  }

  /// The abstract machine that starts as this one does.
  public func abstract() -> AbstractMachine {
    var constants = Constants()
    constants.cpus = core.configuration.cpuCount
    constants.affinities = core.configuration.affinities
    constants.firstPage = core.ownership.first
    constants.engineBase = ConcreteMachine.engine.base
    constants.engineBytes = ConcreteMachine.engine.bytes
    constants.guestIdentification = core.configuration.guestIdentification
    constants.hostIdentification = core.configuration.hostIdentification
    constants.workarounds = core.configuration.workarounds
    constants.features = core.configuration.features
    constants.counterFrequency = core.configuration.counterFrequency
    constants.ticksToHost = core.configuration.ticksToHost
    constants.textBytes = core.configuration.textBytes
    let machine = AbstractMachine(constants: constants, pages: ConcreteMachine.pages)
    for page in ConcreteMachine.gapPages { machine.system.pages[page].use = .fixed }
    return machine
  }
}
