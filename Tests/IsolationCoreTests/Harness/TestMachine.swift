import Contracts
import EngineABI
import Foundation
import IsolationCore

/// A small machine whose memory is a few buffers: it does what the glue and the hardware do.
///
/// Physical memory: engine at 1 GiB, host behind it, and 8 blocks of carve-out at 2 GiB.
final class TestMachine {
  static let engine = AddressRange(base: 0x4000_0000, bytes: 16 << 20)
  static let host = AddressRange(base: 0x4100_0000, bytes: 0x3f00_0000)
  static let carveOut = AddressRange(base: 0x8000_0000, bytes: 8 * PageSize.block)
  static let its = AddressRange(base: 0x0808_0000, bytes: 0x2_0000)
  static let redistributor: UInt64 = 0x080a_0000
  static let firmwareConfiguration = AddressRange(base: 0x0902_0000, bytes: 0x1000)
  static let blocks = Int(carveOut.bytes / PageSize.block)
  static let pages = Int(carveOut.bytes / PageSize.page)

  /// The host's tables in engine memory: level 1, the pool, levels 2 and 3 of the carve-out.
  static let tables: UInt64 = 0x4080_0000
  static let poolPages: UInt64 = 64
  static let level2: UInt64 = tables + (2 + poolPages) * PageSize.page
  static let level3: UInt64 = level2 + 2 * PageSize.page
  static let tablePages = (level3 - tables) / PageSize.page + UInt64(blocks)

  var machine: Machine
  let regions: Regions
  let map: HostMap
  /// What lies in the carve-out, as the hardware sees it.
  let memory: UnsafeMutablePointer<UInt64>
  /// Pages of the carve-out that may hold something else than zeros.
  var written = [Bool](repeating: false, count: TestMachine.pages)

  var caches: TranslationCaches
  var processors: [TestProcessor]
  var effects = Effects()
  /// What the last trap came to.
  var performed: [Effect] = []
  /// Broken rules, with what led to them. Tests expect none.
  var violations: [String] = []
  var random = Random(seed: 1)
  /// Rules that hold between and during effects.
  var transition = Transition()
  /// Rules about translations are checked; off where a test is about something else and slow.
  var watches = true
  /// How often each shortcut was taken and compared with the long way.
  var shortcuts: [String: Int] = [:]
  /// Counts pages that each VM owns, kept from what changes.
  var owned = [UInt64](repeating: 0, count: Limits.vms + 1)

  init(cpus: Int = 4, listRegisters: Int = 4) {
    memory = TestMachine.map(Int(TestMachine.carveOut.bytes))
      .bindMemory(to: UInt64.self, capacity: Int(TestMachine.carveOut.bytes) / 8)
    regions = Regions(pages: TestMachine.pages, blocks: TestMachine.blocks)
    map = TestMachine.hostMap(cpus: cpus)
    let configuration = TestMachine.configuration(
      cpus: cpus, listRegisters: listRegisters, map: map)
    machine = Machine(
      configuration: configuration,
      memory: TableMemory(
        engine: Table(unsafeAt: regions.tables, count: Int(TestMachine.tablePages) * 512),
        engineBase: TestMachine.tables,
        carveOut: Table(unsafeAt: memory, count: Int(TestMachine.carveOut.bytes) / 8),
        carveOutBase: TestMachine.carveOut.base),
      ownership: Ownership(
        pages: Table(unsafeAt: regions.pages, count: TestMachine.pages),
        blocks: Table(unsafeAt: regions.blocks, count: TestMachine.blocks),
        first: TestMachine.carveOut.base / PageSize.page, host: map.tables),
      spaces: Table(unsafeAt: regions.spaces, count: Limits.vms),
      vms: Table(unsafeAt: regions.vms, count: Limits.vms),
      vcpus: Table(unsafeAt: regions.vcpus, count: Limits.vms * Limits.vcpusPerVM),
      cpus: Table(unsafeAt: regions.cpus, count: Limits.cpus),
      contexts: Table(unsafeAt: regions.contexts, count: Machine.contextCount))
    caches = TranslationCaches(cpus: cpus)
    processors = Array(repeating: TestProcessor(), count: cpus)
    precondition(map.build(&machine.memory), "pool too small")
    transition.remember(hostSlots: hostSlots())
    for cpu in 0..<cpus { start(cpu) }
  }

  deinit {
    munmap(memory, Int(TestMachine.carveOut.bytes))
    regions.free()
  }

  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  }

  static func hostMap(cpus: Int) -> HostMap {
    var map = HostMap()
    map.engine = engine
    map.host = host
    map.carveOut = carveOut
    map.carveOuts[0] = carveOut
    map.redistributors = AddressRange(
      base: redistributor, bytes: UInt64(cpus) * GuestGIC.redistributorStride)
    map.cpus = UInt64(cpus)
    map.absent[0] = its
    map.absent[1] = firmwareConfiguration
    map.absent[BootRecord.maxAbsent] = AddressRange(
      base: AbsentPage.base, bytes: AbsentPage.bytes)
    map.root = PhysicalPage(number: tables / PageSize.page)
    map.pool = PhysicalPage(number: tables / PageSize.page + 2)
    map.poolPages = poolPages
    map.tables.level2 = PhysicalPage(number: level2 / PageSize.page)
    map.tables.level3 = PhysicalPage(number: level3 / PageSize.page)
    return map
  }

  private static func configuration(
    cpus: Int, listRegisters: Int, map: HostMap
  ) -> Configuration {
    var configuration = Configuration()
    configuration.cpuCount = cpus
    for cpu in 0..<cpus { configuration.affinities[cpu] = affinity(cpu) }
    configuration.hostRoot = map.root
    configuration.redistributor = redistributor
    configuration.secondaryEntry = engine.base + 0x1000
    for index in 0..<64 {
      configuration.guestIdentification[index] = 0x1d00 + UInt64(index)
      configuration.hostIdentification[index] = 0x2d00 + UInt64(index)
    }
    configuration.workarounds = [0, 1, ~0]
    configuration.listRegisters = listRegisters
    configuration.features = Feature.pointerAuthentication
    configuration.counterFrequency = 62_500_000
    configuration.ticksToHost = 4711
    configuration.textBytes = 60_000
    configuration.engineBytes = engine.bytes
    return configuration
  }

  static func affinity(_ cpu: Int) -> UInt64 { UInt64(cpu >> 1) << 8 | UInt64(cpu & 1) }
}

/// The buffers behind the tables of the core, to compare whole states by.
struct Regions {
  let tables = Regions.make(UInt64(0), Int(TestMachine.tablePages) * 512)
  let pages: UnsafeMutableRawPointer
  let blocks: UnsafeMutableRawPointer
  let spaces = Regions.make(AddressSpace(), Limits.vms)
  let vms = Regions.make(VirtualMachine(), Limits.vms)
  let vcpus = Regions.make(VCPU(), Limits.vms * Limits.vcpusPerVM)
  let cpus = Regions.make(CPU(), Limits.cpus)
  let contexts = Regions.make(Context(), Machine.contextCount)

  init(pages: Int, blocks: Int) {
    self.pages = Regions.make(PageState.host, pages)
    self.blocks = Regions.make(BlockState.host, blocks)
  }

  static func make<T: BitwiseCopyable>(_ value: T, _ count: Int) -> UnsafeMutableRawPointer {
    let bytes = MemoryLayout<T>.stride * count
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memset(raw, 0, bytes)  // padding too, so that states compare as bytes
    let first = raw.bindMemory(to: T.self, capacity: count)
    for index in 0..<count { (first + index).initialize(to: value) }
    return raw
  }

  func free() {
    for region in [tables, pages, blocks, spaces, vms, vcpus, cpus, contexts] {
      region.deallocate()
    }
  }
}

/// Numbers that look random and come again from the same seed (SplitMix64).
struct Random {
  private var state: UInt64
  // Not a multiple of the step below: sequences of neighbouring seeds must not overlap.
  init(seed: UInt64) { state = seed &* 0xd134_2543_de82_ef95 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
  mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}
