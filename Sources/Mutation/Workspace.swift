import Foundation
import SwiftOperators
import SwiftParser
import SwiftSyntax

/// What went wrong, for people.
struct Failure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Prints a line that shows at once, in a file too.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// The folders that are read and written, relative to the repository's top.
enum Workspace {
  static let core = "Sources/IsolationCore"
  static let tests = ["Tests/IsolationCoreTests", "Tests/ConformanceTests"]
  static let survivors = "Tests/Mutation/survivors.txt"
  static let build = ".build/mutation"

  static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure("cannot read \(path)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// A file that is as it should be keeps its date, so that nothing is built for it.
  static func write(_ text: String, to path: String) throws {
    if FileManager.default.contents(atPath: path) == Data(text.utf8) { return }
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Swift files under a folder, in the order of their names.
  static func swiftFiles(_ folder: String) -> [String] {
    let found = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return found.filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
  }

  /// A short name for the contents of files.
  static func hash(_ files: [String]) throws -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for file in files {
      for byte in Data((file + "\0" + (try read(file)) + "\0").utf8) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
      }
    }
    return String(hash, radix: 16)
  }

  /// What results depend on: the core and what it stands on.
  static func coreHash() throws -> String {
    try hash(["Sources/Contracts", "Sources/EngineABI", core].flatMap(swiftFiles))
  }
  static func testsHash() throws -> String {
    try hash((tests + ["Sources/IsolationSpec"]).flatMap(swiftFiles))
  }

  /// Every file of the core with its mutants.
  static func load() throws -> [CoreFile] {
    var table = OperatorTable.standardOperators
    for file in swiftFiles("Sources/Contracts") {
      table.addSourceFile(Parser.parse(source: try read(file))) { _ in }
    }
    func tree(_ text: String) -> SourceFileSyntax {
      table.foldAll(Parser.parse(source: text)) { _ in }.cast(SourceFileSyntax.self)
    }
    let sources = try swiftFiles(core).map { (name: $0, text: try read($0)) }
    let trees = sources.map { tree($0.text) }
    let engine = try swiftFiles("Sources/Engine").map { tree(try read($0)) }
    let names = sources.map { ($0.name as NSString).lastPathComponent }
    let executed = try Executed(core: Array(zip(names, trees)), users: engine)
    let families = ConstantFamilies(trees)
    return zip(sources, trees).map { source, tree in
      Finder.find(
        file: (source.name as NSString).lastPathComponent, source: source.text, tree: tree,
        executed: executed, families: families)
    }
  }
}

/// A program that is run to its end.
enum Tool {
  /// Runs a program and returns its status and what it printed to both outputs.
  static func run(_ arguments: [String], in folder: String? = nil) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  /// The same for one that has to succeed.
  @discardableResult
  static func succeed(_ arguments: [String], _ what: String, in folder: String? = nil) throws
    -> String
  {
    let (status, output) = try run(arguments, in: folder)
    guard status == 0 else {
      let errors = output.split(separator: "\n").filter { $0.contains("error:") }.prefix(10)
      let told = errors.isEmpty ? output.suffix(2000) : Substring(errors.joined(separator: "\n"))
      throw Failure("\(what) failed (\(arguments[0])):\n\(told)")
    }
    return output
  }
}
