/// What SMT-LIB is made of.
indirect enum SymbolicExpression: Hashable {
  case atom(String)
  case list([SymbolicExpression])

  var atom: String? { if case .atom(let text) = self { text } else { nil } }
  var list: [SymbolicExpression]? { if case .list(let parts) = self { parts } else { nil } }

  /// All expressions of a text, each with the comment line before it. What cannot be read ends it.
  static func all(in text: String) -> [(expression: SymbolicExpression, comment: String)] {
    var reader = Reader(bytes: Array(text.utf8))
    var result: [(SymbolicExpression, String)] = []
    while let expression = reader.expression() {
      result.append((expression, reader.comment))
      reader.comment = ""
    }
    return result
  }

  var description: String {
    switch self {
    case .atom(let text): text
    case .list(let parts): "(" + parts.map(\.description).joined(separator: " ") + ")"
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0
    var comment = ""

    mutating func expression() -> SymbolicExpression? {
      skip()
      guard index < bytes.count else { return nil }
      switch bytes[index] {
      case UInt8(ascii: "("):
        index += 1
        var parts: [SymbolicExpression] = []
        while true {
          skip()
          guard index < bytes.count else { return nil }
          if bytes[index] == UInt8(ascii: ")") {
            index += 1
            return .list(parts)
          }
          guard let part = expression() else { return nil }
          parts.append(part)
        }
      case UInt8(ascii: ")"): return nil
      case UInt8(ascii: "\""), UInt8(ascii: "|"):
        let start = index
        let quote = bytes[index]
        repeat { index += 1 } while index < bytes.count && bytes[index] != quote
        index = min(index + 1, bytes.count)
        return .atom(String(decoding: bytes[start..<index], as: UTF8.self))
      default:
        let start = index
        while index < bytes.count, !Reader.isEnd(bytes[index]) { index += 1 }
        return .atom(String(decoding: bytes[start..<index], as: UTF8.self))
      }
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
      byte <= 32 || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
        || byte == UInt8(ascii: ";")
    }

    private mutating func skip() {
      while index < bytes.count {
        if bytes[index] <= 32 {
          index += 1
        } else if bytes[index] == UInt8(ascii: ";") {
          let start = index
          while index < bytes.count, bytes[index] != 10 { index += 1 }
          comment = String(
            decoding: bytes[start..<index].drop { $0 == 59 || $0 == 32 }, as: UTF8.self)
        } else {
          return
        }
      }
    }
  }
}
