import Foundation

/// The lines of a function that say what it promises: what stands above it, its head and the words
/// of its contract.
public struct ContractTexts {
  private var files: [String: [Substring]] = [:]
  private let read: (String) -> String?

  public init() {
    self.init { path in
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
  }
  init(read: @escaping (String) -> String?) { self.read = read }

  private static let words = [
    "trusted(", "opaque(", "overBitVectors(", "requires(", "ensures(", "ensures {", "variant(",
  ]
  /// A head and a contract longer than this are nobody's.
  private static let most = 200

  mutating func text(at place: SourcePlace) -> String {
    let lines = self.lines(of: place.file)
    let first = place.line - 1
    guard lines.indices.contains(first) else { return "" }
    var result: [Substring] = []
    for line in lines[..<first].reversed() {
      let text = line.drop { $0 == " " }
      guard text.hasPrefix("//") || text.hasPrefix("@") else { break }
      result.insert(line, at: 0)
    }
    var depth = 0
    var isInHead = true
    var next = first
    while next < lines.count, result.count < ContractTexts.most {
      let line = lines[next]
      let text = line.drop { $0 == " " }
      if !isInHead && depth == 1 {
        let isWord = ContractTexts.words.contains { text.hasPrefix($0) }
        guard isWord || text.isEmpty || text.hasPrefix("//") else { break }
      }
      let before = depth
      depth += ContractTexts.depth(of: line)
      result.append(line)
      if isInHead && depth == 1 && line.last == "{" { isInHead = false }
      if depth <= 0 && (before > 0 || line.contains("}")) { break }
      next += 1
    }
    while let last = result.last, last.allSatisfy({ $0 == " " }) { result.removeLast() }
    return ContractTexts.withoutMargin(result)
  }

  private mutating func lines(of file: String) -> [Substring] {
    if let lines = files[file] { return lines }
    let lines = (read(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    files[file] = lines
    return lines
  }

  private static func depth(of line: Substring) -> Int {
    var depth = 0
    var last: Character = " "
    for character in line {
      if character == "/" && last == "/" { break }
      if "({[".contains(character) { depth += 1 }
      if ")}]".contains(character) { depth -= 1 }
      last = character
    }
    return depth
  }

  private static func withoutMargin(_ lines: [Substring]) -> String {
    let margin = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return lines.map { $0.dropFirst(min(margin, $0.count)) }.joined(separator: "\n")
  }
}
