/// Reads the JSON that the compiler dumps a file's syntax tree as.
struct TreeParser {
  struct Failure: Error, CustomStringConvertible {
    var offset: Int
    var description: String { "the compiler's syntax tree is not JSON at byte \(offset)" }
  }

  /// What the prover does not look at, and what repeats at length what stands elsewhere.
  private static let ignored: Set<String> = [
    "captures", "context", "decl_context", "function_ref",
    "generic_reqs", "init_context", "isolation_crossing", "next_call", "nonisolated", "nothrow",
    "original_init", "parsed_sequence", "reqs",
  ]

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  /// Names and other short texts that come again and again.
  private var known: [Int: String] = [:]
  /// Mangled types (`$s…`, `$e…`) and declarations (`s:…`) that occur.
  private var mangled: Set<String> = []

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  static func parse(_ bytes: [UInt8]) throws -> (tree: Node, mangled: Set<String>) {
    try bytes.withUnsafeBufferPointer { buffer in
      var parser = TreeParser(buffer)
      guard case .node(let node) = try parser.value() else { throw Failure(offset: 0) }
      return (node, parser.mangled)
    }
  }

  private mutating func value() throws -> Node.Value {
    switch try next() {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try list()
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .nothing)
    default: return try number()
    }
  }

  private mutating func skipBlanks() {
    while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
  }

  private mutating func next() throws -> UInt8 {
    skipBlanks()
    guard index < bytes.count else { throw Failure(offset: index) }
    return bytes[index]
  }

  private mutating func expect(_ byte: Unicode.Scalar) throws {
    guard try next() == UInt8(ascii: byte) else { throw Failure(offset: index) }
    index += 1
  }

  private mutating func word(_ word: StaticString, _ value: Node.Value) throws -> Node.Value {
    for place in 0..<word.utf8CodeUnitCount {
      guard index < bytes.count, bytes[index] == word.utf8Start[place] else {
        throw Failure(offset: index)
      }
      index += 1
    }
    return value
  }

  private mutating func number() throws -> Node.Value {
    let start = index
    while index < bytes.count, bytes[index] > 0x20, bytes[index] != UInt8(ascii: ","),
      bytes[index] != UInt8(ascii: "}"), bytes[index] != UInt8(ascii: "]")
    {
      index += 1
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let number = Int(text) else { throw Failure(offset: start) }
    return .number(number)
  }

  private mutating func list() throws -> Node.Value {
    try expect("[")
    var values: [Node.Value] = []
    if try next() == UInt8(ascii: "]") {
      index += 1
      return .list([])
    }
    while true {
      values.append(try value())
      if try next() == UInt8(ascii: "]") { break }
      try expect(",")
    }
    index += 1
    return .list(values)
  }

  private mutating func object() throws -> Node.Value {
    try expect("{")
    var kind = ""
    var start = -1
    var end = -1
    var parts: [(name: String, value: Node.Value)] = []
    if try next() == UInt8(ascii: "}") {
      index += 1
      return .node(Node(kind: "", start: -1, end: -1, parts: []))
    }
    while true {
      _ = try next()
      let name = try text()
      try expect(":")
      if TreeParser.ignored.contains(name) {
        try skip()
      } else {
        let value = try value()
        switch (name, value) {
        case ("_kind", .text(let text)): kind = text
        case ("range", .node(let range)):
          start = range.number("start") ?? -1
          end = range.number("end") ?? -1
        default: parts.append((name, value))
        }
      }
      if try next() == UInt8(ascii: "}") { break }
      try expect(",")
    }
    index += 1
    return .node(Node(kind: kind, start: start, end: end, parts: parts))
  }

  /// Passes over a value without keeping it.
  private mutating func skip() throws {
    var depth = 0
    repeat {
      switch try next() {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        index += 1
      case UInt8(ascii: "\""): try skipText()
      case UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
      default: _ = try plainWord()
      }
    } while depth > 0
  }

  private mutating func plainWord() throws -> Int {
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20:
        return index - start
      default: index += 1
      }
    }
    throw Failure(offset: index)
  }

  private mutating func skipText() throws {
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { throw Failure(offset: index) }
    index += 1
  }

  private mutating func text() throws -> String {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
      throw Failure(offset: index)
    }
    let start = index + 1
    var end = start
    var hash = 5381
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
      if bytes[end] == UInt8(ascii: "\\") { return try escapedText() }
      hash = (hash &* 33) ^ Int(bytes[end])
      end += 1
    }
    guard end < bytes.count else { throw Failure(offset: end) }
    index = end + 1
    let slice = bytes[start..<end]
    if let text = known[hash], text.utf8.elementsEqual(slice) { return text }
    let text = String(decoding: slice, as: UTF8.self)
    known[hash] = text
    if text.hasPrefix("$s") || text.hasPrefix("$e") || text.hasPrefix("s:") { mangled.insert(text) }
    return text
  }

  private mutating func escapedText() throws -> String {
    var result: [UInt8] = []
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      if bytes[index] != UInt8(ascii: "\\") {
        result.append(bytes[index])
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { throw Failure(offset: index) }
      switch bytes[index + 1] {
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "u"):
        guard index + 5 < bytes.count,
          let code = UInt32(
            String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        else { throw Failure(offset: index) }
        result += Array(String(scalar).utf8)
        index += 4
      case let other: result.append(other)
      }
      index += 2
    }
    index += 1
    return String(decoding: result, as: UTF8.self)
  }
}
