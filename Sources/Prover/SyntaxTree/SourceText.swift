/// A source file's text, for places in it and for what the syntax tree leaves out.
final class SourceText {
  let path: String
  let bytes: [UInt8]
  /// Offset of the first byte of each line.
  private let lines: [Int]

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var lines = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(offset + 1)
    }
    self.lines = lines
  }

  /// The file's own name.
  var name: String { path.split(separator: "/").last.map { String($0) } ?? path }

  func location(_ offset: Int) -> Location {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lines[middle] <= offset { low = middle } else { high = middle }
    }
    return Location(
      file: path, line: low + 1, column: max(offset - lines[low], 0) + 1, offset: max(offset, 0))
  }

  /// The identifier at an offset: a label, which the syntax tree does not have.
  func identifier(at offset: Int) -> String? {
    var end = offset
    while end < bytes.count, SourceText.isPartOfName(bytes[end]) { end += 1 }
    return end > offset ? String(decoding: bytes[offset..<end], as: UTF8.self) : nil
  }

  /// The label of a statement that starts at an offset: `name:`.
  func label(at offset: Int) -> String? {
    guard let name = identifier(at: offset) else { return nil }
    var next = offset + name.utf8.count
    while next < bytes.count, bytes[next] == UInt8(ascii: " ") { next += 1 }
    return next < bytes.count && bytes[next] == UInt8(ascii: ":") ? name : nil
  }

  private static func isPartOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
