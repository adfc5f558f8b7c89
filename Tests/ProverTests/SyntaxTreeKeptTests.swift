import Foundation
import Testing

@testable import Prover

/// Trees that are kept between runs: what comes of a run with them is what comes of one without.
@Suite struct SyntaxTreeKeptTests {
  private let folder = Sample.temporaryFolder()
  private var paths: [String] { ["one", "two"].map { "\(folder)/\($0).swift" } }
  private let two = "func two() -> Bool { one() == 1 }\n"

  private func read(_ one: String, kept: String = "kept") throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (path, text) in zip(paths, [one, two]) where try read(file: path) != text {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    let (program, refused) = try SyntaxTree.program(
      of: [ModuleSources(name: "Kept", files: paths, isProved: true)],
      CompilerOptions(
        compiler: "swiftc", flags: ["-swift-version", "6"], folder: "\(folder)/\(kept)"))
    #expect(refused.map(\.description) == [])
    return "\(program)"
  }

  private func read(file: String) throws -> String? {
    FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Of the second file: how many states have the same tree.
  private func sharedTrees() throws -> [Int] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/kept").sorted().map {
      let tree = "\(folder)/kept/\($0)/1.json"
      return try FileManager.default.attributesOfItem(atPath: tree)[.referenceCount] as? Int ?? 0
    }
  }

  @Test func aChangeInAFunctionLeavesOtherTreesAsTheyWere() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try read("func one() -> Int32 { 1 }\n")
    let second = try read("func one() -> Int32 {\n  let a: Int32 = 2\n  return a\n}\n")
    #expect(try sharedTrees() == [2, 2])
    #expect(first != second && second.contains("2"))
  }

  @Test func aChangeOfADeclarationIsSeenByOtherFiles() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try read("func one() -> Int32 { 1 }\n")
    let second = try read("func one() -> UInt8 { 1 }\n")
    #expect(try sharedTrees() == [1, 1])
    #expect(first.contains("Int32") && !second.contains("Int32"))
    #expect(second == (try read("func one() -> UInt8 { 1 }\n", kept: "fresh")))
    // And back: the first state is still there.
    #expect(first == (try read("func one() -> Int32 { 1 }\n")))
  }

  @Test func whatBodiesSayIsNoPartOfTheInterface() throws {
    func key(_ text: String) throws -> String { try TreeInterface.key(of: Array(text.utf8)) }
    let tree =
      #"{"name":"f","range":{"start":1,"end":9},"body":{"a":["}",{"b":"\"}"}]},"type":"T"}"#
    #expect(
      try key(tree) == key(#"{"name":"f","range":{"start":2,"end":7},"body":null,"type":"T"}"#))
    #expect(try key(tree) != key(tree.replacingOccurrences(of: #""T""#, with: #""U""#)))
    #expect(try key(tree) != key(tree.replacingOccurrences(of: #""f""#, with: #""g""#)))
    #expect(throws: TreeParser.Failure.self) { try key(#"{"body":{"#) }
  }
}
