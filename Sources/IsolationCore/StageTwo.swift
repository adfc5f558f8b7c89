import Contracts
import EngineABI

/// A stage-2 descriptor of the VMSAv8-64 format with 4 KiB granule (Arm ARM D8.3).
///
/// The page-table format of the architecture is known here and nowhere else.
public struct Descriptor: BitwiseCopyable, Equatable, Sendable {
  public var raw: UInt64
  public init(raw: UInt64) { self.raw = raw }

  public static let invalid = Descriptor(raw: 0)

  /// What it says to a walk.
  var entry: TableEntry {
    isValid ? TableEntry(kind: isTable ? .next : .block, page: Int(page.number)) : .invalid
  }

  /// Bits 1:0 of a table, or of a page at level 3.
  private static let tableOrPage: UInt64 = 0b11
  private static let block: UInt64 = 0b01
  private static let accessFlag: UInt64 = 1 << 10
  private static let innerShareable: UInt64 = 0b11 << 8
  private static let readWrite: UInt64 = 0b11 << 6
  /// MemAttr: Normal, inner and outer write-back.
  private static let normal: UInt64 = 0b1111 << 2
  /// MemAttr: Device-nGnRE.
  private static let device: UInt64 = 0b0001 << 2
  private static let addressMask: UInt64 = 0x0000_ffff_ffff_f000

  public static func table(_ page: PhysicalPage) -> Descriptor {
    ensures { (result: Descriptor) in
      result.isTable && (page.number < PhysicalPage.limit ==> result.page == page)
    }
    ensures { (result: Descriptor) in
      page.number < PhysicalPage.limit
        ==> result.entry == TableEntry(kind: .next, page: Int(page.number))
    }
    ensures { (result: Descriptor) in page.number < PhysicalPage.limit ==> result.isPlain }
    return Descriptor(raw: page.address | tableOrPage)
  }
  public static func page(_ page: PhysicalPage, _ kind: MemoryKind) -> Descriptor {
    ensures { (result: Descriptor) in
      result.isValid && (page.number < PhysicalPage.limit ==> result.page == page)
    }
    ensures { (result: Descriptor) in
      page.number < PhysicalPage.limit
        ==> result.entry == TableEntry(kind: .next, page: Int(page.number))
    }
    ensures { (result: Descriptor) in page.number < PhysicalPage.limit ==> result.isPlain }
    return Descriptor(raw: page.address | attributes(kind) | tableOrPage)
  }
  /// A block of 2 MiB at level 2, of 1 GiB at level 1.
  public static func block(_ page: PhysicalPage, _ kind: MemoryKind) -> Descriptor {
    ensures { (result: Descriptor) in
      result.isValid && !result.isTable
        && (page.number < PhysicalPage.limit ==> result.page == page)
    }
    ensures { (result: Descriptor) in
      page.number < PhysicalPage.limit
        ==> result.entry == TableEntry(kind: .block, page: Int(page.number))
    }
    ensures { (result: Descriptor) in page.number < PhysicalPage.limit ==> result.isPlain }
    return Descriptor(raw: page.address | attributes(kind) | block)
  }
  private static func attributes(_ kind: MemoryKind) -> UInt64 {
    switch kind {
    case .normal: accessFlag | innerShareable | readWrite | normal
    case .device: accessFlag | readWrite | device
    }
  }

  /// It is invalid, or has no bits but those of its address and: of a table, bits 1:0; of memory, the
  /// access flag, shareability, access by reads and writes, and the memory type.
  var isPlain: Bool {
    raw == 0 || raw == page.address + 0x003 || raw == page.address + 0x7ff
      || raw == page.address + 0x7fd || raw == page.address + 0x4c7 || raw == page.address + 0x4c5
  }

  public var isValid: Bool { raw & 1 != 0 }
  /// Above level 3.
  public var isTable: Bool { raw & Descriptor.tableOrPage == Descriptor.tableOrPage }
  public var address: UInt64 { raw & Descriptor.addressMask }
  /// The table or the memory that it names.
  public var page: PhysicalPage {
    ensures { (page: PhysicalPage) in page.number < PhysicalPage.limit }
    return PhysicalPage(number: address / PageSize.page)
  }
}

/// An entry of a stage-2 table.
public struct Slot: BitwiseCopyable, Equatable, Sendable {
  public var table: PhysicalPage
  /// 0..<512
  public var entry: UInt64
  public init(_ table: PhysicalPage, _ entry: UInt64) {
    requires(table.number < PhysicalPage.limit)
    self.table = table
    self.entry = entry & 511
  }
  public var typeInvariant: Bool { table.number < PhysicalPage.limit && entry < 512 }

  public var address: UInt64 { table.address &+ entry &* 8 }
}

public enum MemoryKind: UInt8, BitwiseCopyable, Sendable {
  case normal
  case device
}

/// What stage 2 says of an address: the entry where the walk ended.
public struct Translation: BitwiseCopyable, Equatable, Sendable {
  /// 1, 2 or 3.
  public var level: UInt8
  public var descriptor: Descriptor
  /// The entry.
  public var slot: Slot

  /// A block above level 3 or a page at level 3.
  public var isMapped: Bool { descriptor.isValid && (level == 3 || !descriptor.isTable) }

  /// Bytes that the entry covers. For tests.
  public var span: UInt64 {
    switch level {
    case 1: 1 << 30
    case 2: PageSize.block
    default: PageSize.page
    }
  }

  /// The physical page behind a mapped guest page.
  public func page(of guest: GuestPage) -> PhysicalPage {
    opaque()
    ensures { (page: PhysicalPage) in page.number < PhysicalPage.limit }
    ensures { (page: PhysicalPage) in
      level == 1
        ==> page.number
        == descriptor.page.number - descriptor.page.number % (512 * 512)
        + guest.number % (512 * 512)
    }
    ensures { (page: PhysicalPage) in
      level == 2
        ==> page.number
        == descriptor.page.number - descriptor.page.number % 512 + guest.number % 512
    }
    ensures { (page: PhysicalPage) in level == 3 ==> page == descriptor.page }
    let first = descriptor.page.number
    return switch level {
    case 1: PhysicalPage(number: first &- first % (512 * 512) &+ guest.number % (512 * 512))
    case 2: PhysicalPage(number: first &- first % 512 &+ guest.number % 512)
    default: descriptor.page
    }
  }
}

/// Every place where stage-2 tables lie: the host's in engine memory, the guests' in the carve-out.
/// The core only reads them; entries change when the glue carries out `store` effects.
public struct TableMemory: ~Copyable {
  var engine: Table<UInt64>
  let engineBase: UInt64
  var carveOut: Table<UInt64>
  let carveOutBase: UInt64

  public init(
    engine: consuming Table<UInt64>, engineBase: UInt64, carveOut: consuming Table<UInt64>,
    carveOutBase: UInt64
  ) {
    self.engine = engine
    self.engineBase = engineBase
    self.carveOut = carveOut
    self.carveOutBase = carveOutBase
  }

  /// The descriptor at a physical address; an invalid one where no table can lie.
  @inline(__always)
  public func descriptor(at address: UInt64) -> Descriptor {
    if address >= carveOutBase {
      let index = (address &- carveOutBase) / 8
      guard index < UInt64(carveOut.count) else { return .invalid }
      return Descriptor(raw: carveOut[Int(index)])
    }
    guard address >= engineBase else { return .invalid }
    let index = (address &- engineBase) / 8
    guard index < UInt64(engine.count) else { return .invalid }
    return Descriptor(raw: engine[Int(index)])
  }

  /// Whether a table can lie at a physical address.
  public func holds(_ address: UInt64) -> Bool {
    address >= carveOutBase
      ? (address &- carveOutBase) / 8 < UInt64(carveOut.count)
      : address >= engineBase && (address &- engineBase) / 8 < UInt64(engine.count)
  }

  /// Writes a descriptor: at boot, and where tests carry out effects.
  public mutating func store(_ descriptor: Descriptor, at address: UInt64) {
    requires(holds(address))
    if address >= carveOutBase {
      carveOut[Int(truncatingIfNeeded: (address &- carveOutBase) / 8)] = descriptor.raw
    } else {
      engine[Int(truncatingIfNeeded: (address &- engineBase) / 8)] = descriptor.raw
    }
  }

  /// The architectural walk: 40 bits of guest address, first level 1 with two concatenated tables.
  @inline(never)
  public func walk(root: PhysicalPage, _ guest: GuestPage) -> Translation {
    requires(root.number < PhysicalPage.limit - 1)
    let address = guest.address
    let first = PhysicalPage(number: root.number + (address >> 39 & 1))
    let top = entry(1, Slot(first, address >> 30))
    if !top.descriptor.isTable { return top }
    let middle = entry(2, Slot(top.descriptor.page, address >> 21))
    if !middle.descriptor.isTable { return middle }
    return entry(3, Slot(middle.descriptor.page, address >> 12))
  }

  /// Whether that walk ends at a page. (To those who ask, a word: what it says of one root it says of
  /// an equal one, without a look at the walk.)
  @inline(__always)
  func maps(_ guest: GuestPage, root: PhysicalPage) -> Bool {
    opaque()
    requires(root.number < PhysicalPage.limit - 1)
    return walk(root: root, guest).isMapped
  }

  /// Whether that walk gets further than the first table. Where devices are, it mostly does not.
  /// (Mutating, because the compiler copies what it may only read.)
  @inline(__always)
  mutating func mayMap(root: PhysicalPage, _ guest: GuestPage) -> Bool {
    descriptor(at: root.address &+ (guest.address >> 30) &* 8).isValid
  }

  private func entry(_ level: UInt8, _ slot: Slot) -> Translation {
    Translation(level: level, descriptor: descriptor(at: slot.address), slot: slot)
  }
}
