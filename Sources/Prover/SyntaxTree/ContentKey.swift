/// A name for contents: equal contents have equal names, and others almost certainly not
/// (FNV-1a of 128 bits).
struct ContentKey {
  private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

  static func of(_ bytes: [UInt8]) -> String {
    var key = ContentKey()
    key.add(bytes)
    return key.text
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ bytes: [UInt8]) {
    var value = state
    for byte in bytes {
      value = (value ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    // The length keeps neighbours apart.
    state = (value ^ UInt128(bytes.count)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
  }

  var text: String { String(state, radix: 36) }
}
