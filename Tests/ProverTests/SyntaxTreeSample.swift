import Foundation
import Prover

/// A piece of Swift, read as a module called `Sample` that imports Contracts.
struct Sample {
  let program: Program
  let refused: [Diagnostic]

  static let contracts = ModuleSources(
    name: "Contracts", files: files(of: "Contracts"), isProved: false)

  /// The files of a module of this package.
  static func files(of module: String) -> [String] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/\(module)").standardizedFileURL.path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".swift") }.sorted().map { folder + "/" + $0 }
  }

  static func temporaryFolder() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent(
      "prover-tests-" + UUID().uuidString
    ).path
  }

  init(_ text: String) throws {
    let folder = URL(fileURLWithPath: Sample.temporaryFolder())
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("Sample.swift")
    try Data(("import Contracts\n" + text).utf8).write(to: file)
    let sample = ModuleSources(name: "Sample", files: [file.path], isProved: true)
    (program, refused) = try SyntaxTree.program(
      of: [Sample.contracts, sample],
      CompilerOptions(
        compiler: "swiftc", flags: ["-swift-version", "6"],
        folder: folder.appendingPathComponent("modules").path))
  }

  func function(_ name: String) -> Function? {
    program.functions.first { $0.name == "Sample." + name }
  }

  /// The statements of a function, a line each, without what all of them have in common.
  func body(_ name: String) -> [String] {
    guard let body = function(name)?.body else { return ["\(name) has no body"] }
    return body.flatMap { "\($0)".split(separator: "\n") }
      .map { $0.replacingOccurrences(of: "Sample.", with: "") }
  }

  /// `line: message`; the first line of the text is 2.
  var refusals: [String] { refused.map { "\($0.location.line): \($0.message)" } }
}
