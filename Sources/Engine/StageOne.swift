import CRegisters
import EngineABI

/// The engine's own translation: one to one, 39 bits, nothing both writable and executable, no host
/// memory at all. It is built once, with the MMU off.
struct StageOne {
  /// Attribute indices of MAIR_EL2 as `enable_mmu` sets it.
  private static let device: UInt64 = 0 << 2
  private static let normal: UInt64 = 1 << 2
  private static let accessFlag: UInt64 = 1 << 10
  private static let innerShareable: UInt64 = 0b11 << 8
  private static let readOnly: UInt64 = 0b10 << 6
  private static let executeNever: UInt64 = 1 << 54
  /// GP: indirect branches land on BTI instructions only (FEAT_BTI).
  private static let guarded: UInt64 = 1 << 50
  private static let valid: UInt64 = 0b01
  private static let tableOrPage: UInt64 = 0b11
  /// AP bit 1 is RES1 where there is one privilege level.
  private static let common = accessFlag | 1 << 6

  static let data = common | normal | innerShareable | executeNever
  static let constants = common | readOnly | normal | innerShareable | executeNever
  static let code = common | readOnly | normal | innerShareable | guarded
  static let registers = common | device | executeNever

  /// Where the next table is taken from: engine memory behind the image.
  var free: UInt64
  let root: UInt64

  init(tables: UInt64) {
    root = tables
    free = tables
    _ = takeTable()
  }

  mutating func takeTable() -> UInt64 {
    let table = free
    free &+= PageSize.page
    for index in 0..<PageSize.pagesPerBlock { store64(table &+ index &* 8, 0) }
    return table
  }

  /// Maps `bytes` from `address` on, in blocks of 2 MiB where it can.
  mutating func map(_ address: UInt64, _ bytes: UInt64, _ attributes: UInt64) {
    var next = address
    let end = address &+ bytes
    while next < end {
      let level2 = table(below: root &+ (next >> 30 & 511) &* 8)
      let slot = level2 &+ (next >> 21 & 511) &* 8
      if next % PageSize.block == 0 && end &- next >= PageSize.block && load64(slot) == 0 {
        store64(slot, next | attributes | StageOne.valid)
        next &+= PageSize.block
      } else {
        let level3 = table(below: slot)
        store64(
          level3 &+ (next >> 12 & 511) &* 8, next | attributes | StageOne.tableOrPage)
        next &+= PageSize.page
      }
    }
  }

  private mutating func table(below slot: UInt64) -> UInt64 {
    if load64(slot) == 0 { store64(slot, takeTable() | StageOne.tableOrPage) }
    return load64(slot) & 0x0000_ffff_ffff_f000
  }
}

/// The boot record behind the image.
struct Record {
  let base = address_of__boot_record()
  subscript(index: Int) -> UInt64 { load64(base &+ UInt64(truncatingIfNeeded: index) &* 8) }
}

/// Bytes kept for the image, its stacks and the tables of stage 1.
let imageBytes: UInt64 = 4 << 20
/// Offset in it of the tables of stage 1.
private let stageOneOffset: UInt64 = 2 << 20
private let stackBytes: UInt64 = 0x5000
/// Addresses that stage 1 can map: 39 bits.
let stageOneLimit: UInt64 = 1 << 39

/// Builds stage 1 with the MMU off. Returns its root.
@c(engine_map)
public func engineMap(_ image: UInt64) -> UInt64 {
  let record = Record()
  // Without a boot record there is not even a console to say so on.
  if record[BootRecord.magic] != BootRecord.magicValue { stop() }
  var map = StageOne(tables: image &+ stageOneOffset)
  map.map(image, address_of__text_end() &- image, StageOne.code)
  let constants = address_of__text_end()
  map.map(constants, address_of__rodata_end() &- constants, StageOne.constants)
  let data = address_of__rodata_end()
  map.map(data, address_of__stacks() &- data, StageOne.data)
  var stack = address_of__stacks()
  while stack < address_of__image_end() {
    map.map(stack &+ PageSize.page, stackBytes &- PageSize.page, StageOne.data)
    stack &+= stackBytes
  }
  let tables = image &+ imageBytes
  map.map(
    tables, record[BootRecord.engineBase] &+ record[BootRecord.engineBytes] &- tables,
    StageOne.data)
  for range in 0..<Int(truncatingIfNeeded: record[BootRecord.carveOutCount]) {
    map.map(
      record[BootRecord.carveOuts &+ 2 &* range], record[BootRecord.carveOuts &+ 2 &* range &+ 1],
      StageOne.data)
  }
  map.map(record[BootRecord.distributor], 0x1_0000, StageOne.registers)
  map.map(
    record[BootRecord.redistributor],
    record[BootRecord.cpuCount] &* GuestGIC.redistributorStride, StageOne.registers)
  map.map(record[BootRecord.uart], PageSize.page, StageOne.registers)
  // Written past the caches: nothing stale may hide it later.
  var line = map.root
  while line < map.free {
    dc_ivac(line)
    line &+= 16  // the smallest line
  }
  dsb_sy()
  return map.root
}

@c(engine_root)
public func engineRoot() -> UInt64 { address_of__image_start() &+ stageOneOffset }
