/// What a file's syntax tree says to the files beside it: its declarations, without the bodies of
/// functions and without places.
struct TreeInterface {
  /// Bodies, and what changes with a body before it. (Pointers are numbered as they come.)
  private static let left = ["body", "captures", "decl_context", "range"].map { Array($0.utf8) }

  /// Equal for trees of which only that differs.
  static func key(of tree: [UInt8]) throws -> String {
    var declared: [UInt8] = []
    try tree.withUnsafeBufferPointer { bytes in
      var index = 0
      var start = 0
      while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "\"") else {
          index += 1
          continue
        }
        let name = index
        try skipText(bytes, &index)
        let isName = index < bytes.count && bytes[index] == UInt8(ascii: ":")
        guard isName, left.contains(where: { bytes[(name + 1)..<(index - 1)].elementsEqual($0) })
        else { continue }
        declared += bytes[start..<name]
        index += 1
        try skipValue(bytes, &index)
        start = index
      }
      declared += bytes[start...]
    }
    return ContentKey.of(declared)
  }

  private static func skipText(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws {
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { throw TreeParser.Failure(offset: index) }
    index += 1
  }

  /// Up to the comma or bracket behind a value.
  private static func skipValue(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws {
    var depth = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        try skipText(bytes, &index)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
      case UInt8(ascii: ","): if depth == 0 { return }
      default: break
      }
      index += 1
    }
    throw TreeParser.Failure(offset: index)
  }
}
