import Foundation

/// The engine with one function that faults when it is called: what a defect would do.
enum FaultyEngine {
  /// BRK #1, as the compiler puts it where a check fails.
  private static let breakpoint: UInt32 = 0xd420_0020

  /// - Parameter function: its name in the symbol table that the build puts into the image
  ///   (Scripts/symbol-table: counts, pairs of offsets, names).
  static func make(_ engine: Data, function: String) throws -> Data {
    guard let offset = find(function, in: engine) else {
      throw Failure("the engine has no function '\(function)' in its symbol table")
    }
    var faulty = Data(engine)
    withUnsafeBytes(of: breakpoint.littleEndian) {
      faulty.replaceSubrange(offset..<offset + 4, with: $0)
    }
    return faulty
  }

  /// The offset of a function from the image's start.
  static func find(_ function: String, in engine: Data) -> Int? {
    let bytes = [UInt8](engine)
    func word(_ offset: Int) -> Int {
      guard offset >= 0, offset + 4 <= bytes.count else { return -1 }
      return (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    // The table has no fixed place: it is where counts, first offset and names fit together.
    for table in stride(from: 0, to: bytes.count - 16, by: 8) {
      let count = word(table)
      let names = table + 8 + count * 8
      guard count > 16, count < 4096, word(table + 8) == 0,
        names + word(table + 4) <= bytes.count
      else { continue }
      for entry in 0..<count {
        let start = names + word(table + 12 + entry * 8)
        guard start >= names, start < bytes.count else { break }
        let name = bytes[start...].prefix { $0 != 0 }
        if String(decoding: name, as: UTF8.self) == function { return word(table + 8 + entry * 8) }
      }
    }
    return nil
  }
}
