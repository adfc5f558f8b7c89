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
    ensures { (result: MemoryKind?) in
      isApart && carveOut.contains(address) ==> result != nil
    }
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
    ensures { (result: Bool) in result && isApart ==> !isGiven(range) }
    if redistributors.overlaps(range) { return true }
    for index in 0..<absent.count where absent[index].overlaps(range) { return true }
    return false
  }

  private func isMemory(_ range: AddressRange) -> Bool {
    engine.overlaps(range) || host.overlaps(range) || carveOut.overlaps(range)
  }

  /// Fills the host's tables at boot. Returns false if the pool is too small.
  public func build(_ memory: inout TableMemory) -> Bool {
    requires(isLaidOut && isApart)
    requires(memory.holds(root, pages: 2) && memory.holds(pool, pages: poolPages))
    requires(memory.holds(tables.level2, pages: level2Pages))
    requires(memory.holds(tables.level3, pages: UInt64(blocks)))
    ensures(
      ghost: { (isBuilt: Bool) in
        isBuilt
          ==> areLinked(Tables.contents(memory.words(), memory.engineBase), 1024)
          && Tables.isBuilt(
            Tables.contents(memory.words(), memory.engineBase), tables, first, blocks)
      })
    clear(&memory)
    var next = pool.number
    let end = pool.number + poolPages
    for top in 0..<UInt64(1024) {
      invariant(next >= pool.number && next <= end)
      invariant(ghost: areLinked(Tables.contents(memory.words(), memory.engineBase), Int(top)))
      invariant(ghost: areEmpty(Tables.contents(memory.words(), memory.engineBase), blocks))
      var before = GhostMap<GhostMap<TableEntry>>()
      ghost { before = Tables.contents(memory.words(), memory.engineBase) }
      guard buildTop(top, &memory, &next, end) else { return false }
      ghost {
        HostMap.keepLinked(
          self, Tables.contents(memory.words(), memory.engineBase), before, Int(top))
        HostMap.keepEmpty(
          self, Tables.contents(memory.words(), memory.engineBase), before, Int(top))
      }
    }
    ghost { Tables.isBuilt(self, Tables.contents(memory.words(), memory.engineBase)) }
    return true
  }

  /// Empties the tables that are kept for the carve-out's blocks.
  private func clear(_ memory: inout TableMemory) {
    requires(isLaidOut && isApart)
    requires(memory.holds(tables.level3, pages: UInt64(blocks)))
    ensures(ghost: areEmpty(Tables.contents(memory.words(), memory.engineBase), blocks))
    for block in 0..<blocks {
      invariant(ghost: areEmpty(Tables.contents(memory.words(), memory.engineBase), block))
      var before = GhostMap<GhostMap<TableEntry>>()
      ghost { before = Tables.contents(memory.words(), memory.engineBase) }
      let table = PhysicalPage(number: tables.level3.number + UInt64(block))
      clearTable(table, &memory)
      ghost {
        HostMap.empty(
          self, Tables.contents(memory.words(), memory.engineBase), before, block, Int(table.number)
        )
      }
    }
  }

  private func clearTable(_ table: PhysicalPage, _ memory: inout TableMemory) {
    requires(memory.holds(table, pages: 1))
    ensures(
      ghost: Tables.isEmpty(Tables.contents(memory.words(), memory.engineBase)[Int(table.number)]))
    ensures(
      ghost: Tables.areSame(
        Tables.contents(memory.words(), memory.engineBase),
        old(Tables.contents(memory.words(), memory.engineBase)),
        but: Int(table.number), 0, 0))
    for entry in 0..<PageSize.pagesPerBlock {
      invariant(
        ghost: forall(0..<Int(entry)) {
          Tables.contents(memory.words(), memory.engineBase)[Int(table.number)][$0]
            == TableEntry.invalid
        })
      invariant(
        ghost: Tables.areSame(
          Tables.contents(memory.words(), memory.engineBase),
          old(Tables.contents(memory.words(), memory.engineBase)),
          but: Int(table.number), 0, 0))
      memory.write(.invalid, at: Slot(table, entry))
    }
  }

  /// What the host has in one gigabyte.
  private func buildTop(
    _ top: UInt64, _ memory: inout TableMemory, _ next: inout UInt64, _ end: UInt64
  ) -> Bool {
    requires(isLaidOut && isApart && top < 1024)
    requires(memory.holds(root, pages: 2) && memory.holds(pool, pages: poolPages))
    requires(memory.holds(tables.level2, pages: level2Pages))
    requires(end == pool.number + poolPages && next >= pool.number && next <= end)
    ensures(next >= old(next) && next <= end)
    ensures(
      ghost: { (isBuilt: Bool) in
        isBuilt ==> isLinked(Tables.contents(memory.words(), memory.engineBase), Int(top))
      })
    ensures(
      ghost: areSame(
        Tables.contents(memory.words(), memory.engineBase),
        old(Tables.contents(memory.words(), memory.engineBase)), but: Int(top)))
    let slot = Slot(PhysicalPage(number: root.number + top / 512), top)
    let range = AddressRange(base: top &* HostMap.gigabyte, bytes: HostMap.gigabyte)
    let first = PhysicalPage(number: top &* (HostMap.gigabyte / PageSize.page))
    let isOfCarveOut = carveOut.overlaps(range)
    ghost {
      holds(range.base == UInt64(Int(top)) * HostMap.gigabyte)
      holds(Int(first.number) == Int(top) * 512 * 512)
      holds(touches(Int(top)) == isOfCarveOut)
    }
    var before = GhostMap<GhostMap<TableEntry>>()
    var linked = GhostMap<GhostMap<TableEntry>>()
    ghost { before = Tables.contents(memory.words(), memory.engineBase) }
    if !isMixed(range) && !isMemory(range) {
      memory.write(.block(first, .device), at: slot)
      ghost {
        HostMap.keepOthers(
          self, Tables.contents(memory.words(), memory.engineBase),
          Tables.contents(memory.words(), memory.engineBase), before, Int(top),
          slot,
          Tables.contents(memory.words(), memory.engineBase)[slot.page][slot.index], -1, Int(next),
          Int(end))
      }
      return true
    }
    let table: PhysicalPage
    if isOfCarveOut {
      table = PhysicalPage(
        number: tables.level2.number + (top - carveOut.base / HostMap.gigabyte))
    } else {
      guard next < end else { return false }
      table = PhysicalPage(number: next)
      next += 1
    }
    memory.write(.table(table), at: slot)
    ghost { linked = Tables.contents(memory.words(), memory.engineBase) }
    let start = next
    let isBuilt = buildLevel2(table, first, &memory, &next, end)
    ghost {
      HostMap.keepOthers(
        self, Tables.contents(memory.words(), memory.engineBase), linked, before, Int(top), slot,
        TableEntry(kind: .next, page: Int(table.number)), Int(table.number), Int(start), Int(end))
      holds(Tables.contents(memory.words(), memory.engineBase)[slot.page] == linked[slot.page])
      holds(!isOfCarveOut || Int(table.number) == level2(Int(top)))
      HostMap.link(
        self, Tables.contents(memory.words(), memory.engineBase), linked, Int(top), slot,
        Int(table.number), Int(first.number), isBuilt)
    }
    return isBuilt
  }

  private func buildLevel2(
    _ table: PhysicalPage, _ first: PhysicalPage, _ memory: inout TableMemory,
    _ next: inout UInt64, _ end: UInt64
  ) -> Bool {
    requires(isApart && memory.holds(table, pages: 1) && next <= end)
    requires(memory.holds(PhysicalPage(number: next), pages: end - next))
    requires(table.number < next || table.number >= end)
    requires(first.number % 512 == 0 && first.number < GuestPage.limit / PageSize.page)
    ensures(next >= old(next) && next <= end)
    ensures(
      ghost: { (isBuilt: Bool) in
        isBuilt
          ==> mapsBlocks(
            Tables.contents(memory.words(), memory.engineBase)[Int(table.number)],
            Int(first.number), 512)
      })
    ensures(
      ghost: Tables.areSame(
        Tables.contents(memory.words(), memory.engineBase),
        old(Tables.contents(memory.words(), memory.engineBase)),
        but: Int(table.number), Int(old(next)), Int(end))
    )
    for middle in 0..<PageSize.pagesPerBlock {
      invariant(next >= old(next) && next <= end)
      invariant(
        ghost: mapsBlocks(
          Tables.contents(memory.words(), memory.engineBase)[Int(table.number)], Int(first.number),
          Int(middle)))
      invariant(
        ghost: Tables.areSame(
          Tables.contents(memory.words(), memory.engineBase),
          old(Tables.contents(memory.words(), memory.engineBase)),
          but: Int(table.number), Int(old(next)),
          Int(end)))
      var before = GhostMap<TableEntry>()
      ghost { before = Tables.contents(memory.words(), memory.engineBase)[Int(table.number)] }
      let page = PhysicalPage(number: first.number &+ middle &* PageSize.pagesPerBlock)
      var descriptor = Descriptor.invalid
      if isMixed(AddressRange(base: page.address, bytes: PageSize.block)) {
        guard next < end else { return false }
        let level3 = PhysicalPage(number: next)
        next += 1
        buildLevel3(level3, page, &memory)
        descriptor = .table(level3)
      } else if let kind = kind(of: page.address) {
        descriptor = .block(page, kind)
      }
      ghost {
        holds(Tables.contents(memory.words(), memory.engineBase)[Int(table.number)] == before)
        if page.number >= self.first && page.number < self.first + UInt64(blocks) * 512 {
          HostMap.gives(self, page.number)
        }
        holds(mapsBlock(descriptor.entry, Int(page.number)))
      }
      memory.write(descriptor, at: Slot(table, middle))
      ghost {
        HostMap.extend(
          self, before, Tables.contents(memory.words(), memory.engineBase)[Int(table.number)],
          Int(first.number),
          Int(middle))
      }
    }
    return true
  }

  private func buildLevel3(
    _ table: PhysicalPage, _ first: PhysicalPage, _ memory: inout TableMemory
  ) {
    requires(memory.holds(table, pages: 1))
    ensures(
      ghost: Tables.areSame(
        Tables.contents(memory.words(), memory.engineBase),
        old(Tables.contents(memory.words(), memory.engineBase)),
        but: Int(table.number), 0, 0))
    for low in 0..<PageSize.pagesPerBlock {
      invariant(
        ghost: Tables.areSame(
          Tables.contents(memory.words(), memory.engineBase),
          old(Tables.contents(memory.words(), memory.engineBase)),
          but: Int(table.number), 0, 0))
      let leaf = PhysicalPage(number: first.number &+ low)
      var descriptor = Descriptor.invalid
      if let kind = kind(of: leaf.address) { descriptor = .page(leaf, kind) }
      memory.write(descriptor, at: Slot(table, low))
    }
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
