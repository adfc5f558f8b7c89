import CRegisters

/// Reads what a test must know from a flattened device tree (devicetree specification 0.4 §5):
/// memory, CPUs and the address ranges of devices. Address and size cells are two each, as in
/// every tree that the machine and the vmm write.
public struct DeviceTree {
  public struct Range {
    public var base: UInt64
    public var bytes: UInt64
    public func contains(_ address: UInt64) -> Bool {
      address >= base && address - base < bytes
    }
  }

  public private(set) var memory = Range(base: 0, bytes: 0)
  public private(set) var cpus: UInt64 = 0
  /// Ranges that `reg` properties name, memory and CPUs apart.
  public private(set) var devices: UInt64 = 0
  private let table: UInt64

  /// Reads the tree at `address`; device ranges are noted at `table` (a page). Nil if there is
  /// no tree.
  public init?(at address: UInt64, table: UInt64) {
    self.table = table
    guard address & 7 == 0, DeviceTree.word(address) == 0xd00d_feed else { return nil }
    let structure = address + UInt64(DeviceTree.word(address + 8))
    let strings = address + UInt64(DeviceTree.word(address + 12))
    walk(structure, strings: strings)
  }

  public func device(_ index: UInt64) -> Range {
    Range(base: load64(table + index * 16), bytes: load64(table + index * 16 + 8))
  }

  /// Whether some device of the tree answers at `address`.
  public func names(_ address: UInt64) -> Bool {
    for index in 0..<devices where device(index).contains(address) { return true }
    return false
  }

  private enum Token {
    static let beginNode: UInt32 = 1
    static let property: UInt32 = 3
    static let end: UInt32 = 9
  }

  private mutating func walk(_ structure: UInt64, strings: UInt64) {
    var cursor = structure
    var node: UInt64 = 0
    while true {
      let token = DeviceTree.word(cursor)
      cursor += 4
      if token == Token.end { return }
      if token == Token.beginNode {
        node = cursor
        while load8(cursor) != 0 { cursor += 1 }
        cursor = (cursor + 4) & ~3
        if DeviceTree.text(at: node, starts: "cpu@") { cpus += 1 }
      } else if token == Token.property {
        let length = UInt64(DeviceTree.word(cursor))
        let name = strings + UInt64(DeviceTree.word(cursor + 4))
        if DeviceTree.text(at: name, starts: "reg") && load8(name + 3) == 0 {
          note(node: node, value: cursor + 8, length: length)
        }
        cursor = (cursor + 8 + length + 3) & ~3
      }
    }
  }

  private mutating func note(node: UInt64, value: UInt64, length: UInt64) {
    var offset: UInt64 = 0
    while offset + 16 <= length {
      let base = DeviceTree.doubleWord(value + offset)
      let bytes = DeviceTree.doubleWord(value + offset + 8)
      offset += 16
      if DeviceTree.text(at: node, starts: "memory") {
        memory = Range(base: base, bytes: bytes)
      } else if devices < 256 {
        store64(table + devices * 16, base)
        store64(table + devices * 16 + 8, bytes)
        devices += 1
      }
    }
  }

  private static func word(_ address: UInt64) -> UInt32 { load32(address).byteSwapped }
  private static func doubleWord(_ address: UInt64) -> UInt64 {
    UInt64(word(address)) << 32 | UInt64(word(address + 4))
  }

  private static func text(at address: UInt64, starts prefix: StaticString) -> Bool {
    for index in 0..<prefix.utf8CodeUnitCount {
      if load8(address + UInt64(index)) != prefix.utf8Start[index] { return false }
    }
    return true
  }
}
