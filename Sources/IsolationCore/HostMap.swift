import Contracts
import EngineABI

/// A range of physical addresses.
public struct AddressRange: BitwiseCopyable, Sendable {
  public var base: UInt64
  public var bytes: UInt64
  public init(base: UInt64, bytes: UInt64) {
    self.base = base
    self.bytes = bytes
  }
  public static let empty = AddressRange(base: 0, bytes: 0)

  public func contains(_ address: UInt64) -> Bool { address &- base < bytes }
  public func overlaps(_ other: AddressRange) -> Bool {
    base < other.base &+ other.bytes && other.base < base &+ bytes
  }
}

/// What the host's stage 2 is built from: one to one, but for what the host must not reach.
public struct HostMap: BitwiseCopyable, Sendable {
  public var engine = AddressRange.empty
  public var host = AddressRange.empty
  /// The carve-out's span, and the ranges in it that are memory for donation.
  public var carveOut = AddressRange.empty
  public var carveOuts: InlineArray<4, AddressRange> = InlineArray(repeating: .empty)
  /// The redistributors: of each pair of frames the first is absent. Behind those of `cpus` CPUs
  /// nothing is mapped.
  public var redistributors = AddressRange.empty
  public var cpus: UInt64 = 0
  /// Absent besides: the ITS, fw_cfg, the window of absent pages.
  public var absent: InlineArray<9, AddressRange> = InlineArray(repeating: .empty)
  /// Two pages for level 1, and pages for the tables below.
  public var root = PhysicalPage(number: 0)
  public var pool = PhysicalPage(number: 0)
  public var poolPages: UInt64 = 0
  /// Tables of the carve-out: one of level 2 for each gigabyte that it touches, and of level 3 for
  /// each block.
  public var tables = HostTables()
  public init() {}

  /// Pages to keep for those of level 2.
  public var level2Pages: UInt64 { carveOut.bytes / HostMap.gigabyte + 2 }

  public static let gigabyte: UInt64 = 1 << 30

  /// How the host sees a page: `nil` if not at all.
  public func kind(of address: UInt64) -> MemoryKind? {
    if engine.contains(address) { return nil }
    for index in 0..<absent.count where absent[index].contains(address) { return nil }
    if redistributors.contains(address) {
      let distance = address &- redistributors.base
      guard distance / GuestGIC.redistributorStride < cpus else { return nil }
      let offset = distance % GuestGIC.redistributorStride
      return offset < GuestGIC.redistributorStride / 2 ? nil : .device
    }
    if host.contains(address) || carveOut.contains(address) { return .normal }
    return .device
  }

  /// Whether any rule tells parts of the range apart.
  private func isMixed(_ range: AddressRange) -> Bool {
    if redistributors.overlaps(range) { return true }
    for index in 0..<absent.count where absent[index].overlaps(range) { return true }
    return false
  }

  private func isMemory(_ range: AddressRange) -> Bool {
    engine.overlaps(range) || host.overlaps(range) || carveOut.overlaps(range)
  }

  /// Fills the host's tables at boot. Returns false if the pool is too small.
  public func build(_ memory: inout TableMemory) -> Bool {
    requires(memory.holds(root, pages: 2) && memory.holds(pool, pages: poolPages))
    requires(memory.holds(tables.level2, pages: level2Pages))
    var next = pool.number
    let end = pool.number + poolPages
    for top in 0..<UInt64(1024) {
      invariant(next >= pool.number && next <= end)
      let slot = root.address &+ top &* 8
      let range = AddressRange(base: top &* HostMap.gigabyte, bytes: HostMap.gigabyte)
      let first = PhysicalPage(number: range.base / PageSize.page)
      if !isMixed(range) && !isMemory(range) {
        memory.store(.block(first, .device), at: slot)
      } else {
        let table: PhysicalPage
        if carveOut.overlaps(range) {
          let position = top - carveOut.base / HostMap.gigabyte
          table = PhysicalPage(number: tables.level2.number + position)
        } else {
          guard next < end else { return false }
          table = PhysicalPage(number: next)
          next += 1
        }
        memory.store(.table(table), at: slot)
        guard buildLevel2(table, first, &memory, &next, end) else { return false }
      }
    }
    return true
  }

  private func buildLevel2(
    _ table: PhysicalPage, _ first: PhysicalPage, _ memory: inout TableMemory,
    _ next: inout UInt64, _ end: UInt64
  ) -> Bool {
    requires(memory.holds(table, pages: 1) && next <= end)
    requires(memory.holds(PhysicalPage(number: next), pages: end - next))
    ensures(next >= old(next) && next <= end)
    for middle in 0..<PageSize.pagesPerBlock {
      invariant(next >= old(next) && next <= end)
      let slot = table.address &+ middle &* 8
      let page = PhysicalPage(number: first.number &+ middle &* PageSize.pagesPerBlock)
      if isMixed(AddressRange(base: page.address, bytes: PageSize.block)) {
        guard next < end else { return false }
        let level3 = PhysicalPage(number: next)
        next += 1
        for low in 0..<PageSize.pagesPerBlock {
          let leaf = PhysicalPage(number: page.number &+ low)
          var descriptor = Descriptor.invalid
          if let kind = kind(of: leaf.address) { descriptor = .page(leaf, kind) }
          memory.store(descriptor, at: level3.address &+ low &* 8)
        }
        memory.store(.table(level3), at: slot)
      } else {
        var descriptor = Descriptor.invalid
        if let kind = kind(of: page.address) { descriptor = .block(page, kind) }
        memory.store(descriptor, at: slot)
      }
    }
    return true
  }
}

extension TableMemory {
  /// Whether tables can lie in all of these pages of the engine's memory.
  public func holds(_ first: PhysicalPage, pages: UInt64) -> Bool {
    let limit = GuestPage.limit / PageSize.page
    guard first.number <= limit, pages <= limit - first.number else { return false }
    let start = first.number * PageSize.page
    let end = (first.number + pages) * PageSize.page
    return start >= engineBase && end <= carveOutBase
      && (end - engineBase) / 8 <= UInt64(engine.count)
  }
}
