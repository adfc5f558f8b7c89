import Foundation

/// One of the files of `Programs`, and what it says shall come of it.
struct ProgramFile: Sendable, CustomStringConvertible {
  /// Within `Programs`.
  var name: String
  var expectations: [ProgramExpectation]
  /// The functions that it declares: names without labels, and lines up to the next function.
  var functions: [(name: Substring, lines: Range<Int>)]

  var description: String { name }
  var path: String { ProgramFile.folder + "/" + name }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs"
  static let contracts =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/Sources/Contracts"

  static let all: [ProgramFile] = swiftFiles(in: folder).map { ProgramFile(named: $0) }

  /// Paths within the folder, sorted.
  static func swiftFiles(in folder: String) -> [String] {
    let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(".swift") }.sorted()
  }

  init(named name: String) {
    self.name = name
    expectations = []
    functions = []
    let text = String(
      decoding: FileManager.default.contents(atPath: ProgramFile.folder + "/" + name) ?? Data(),
      as: UTF8.self)
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      expectations += ProgramExpectation.read(line, number: index + 1)
      let code = line.components(separatedBy: "//")[0]
      guard let declared = code.firstMatch(of: /\b(?:func ([^\s(<]+)|(init)[?(]).*\{/) else {
        continue
      }
      if let last = functions.indices.last {
        functions[last].lines = functions[last].lines.lowerBound..<index + 1
      }
      functions.append((declared.1 ?? declared.2 ?? "", index + 1..<Int.max))
    }
  }
}

/// What a comment at the end of a line says: `// fails: overflow; fails: division by zero`,
/// `// refused: class`, `// vacuous`.
enum ProgramExpectation: Sendable, Hashable {
  /// A goal at this line, of body or contract, is not proved. Its explanation is this one, or this
  /// one `of` something.
  case fails(line: Int, String)
  /// The function cannot be proved, with a message that contains this.
  case refused(line: Int, String)
  /// This line is found never to be reached.
  case vacuous(line: Int)

  static func read(_ line: String, number: Int) -> [ProgramExpectation] {
    guard let comment = line.range(of: "  // ") else { return [] }
    return line[comment.upperBound...].components(separatedBy: "; ").compactMap { word in
      if word == "vacuous" { return .vacuous(line: number) }
      for (start, make) in [("fails:", fails), ("refused:", refused)] where word.hasPrefix(start) {
        return make(number, word.dropFirst(start.count).trimmingCharacters(in: .whitespaces))
      }
      return nil
    }
  }
}
