import Foundation

/// A package with the checked core and mutants in it, and the core's tests.
struct Compilation {
  /// Where the package is.
  let folder: String
  let files: [CoreFile]

  init(_ name: String, files: [CoreFile]) {
    folder = "\(Workspace.build)/\(name)"
    self.files = files
  }

  // MARK: Which mutants compile

  /// The mutants that the compiler accepts. The others do not count as generated.
  static func valid(_ mutants: [Mutant], _ files: [CoreFile]) throws -> [Mutant] {
    // Of its own: a sample may be tried while all are.
    let name = "check-\(ProcessInfo.processInfo.processIdentifier)"
    let folder = "\(Workspace.build)/\(name)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let modules = try modules()
    var left = mutants
    while true {
      let compilation = Compilation(name, files: files)
      try compilation.writeCore(left, to: folder)
      let paths = files.map { "\(folder)/\($0.name)" }
      let (status, output) = try Tool.run(
        [
          "swiftc", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-suppress-warnings",
          "-wmo", "-parse-as-library", "-module-name", "IsolationCore", "-I", modules,
          "-diagnostic-style", "llvm",
        ] + paths)
      if status == 0 { return left }
      let wrong = try compilation.mutants(in: output, folder)
      if wrong.isEmpty {
        throw Failure("the core with mutants does not compile:\n\(output.suffix(3000))")
      }
      left = left.enumerated().filter { !wrong.contains($0.offset + 1) }.map { $0.element }
    }
  }

  /// The numbers of the mutants on lines that have errors.
  private func mutants(in output: String, _ folder: String) throws -> Set<Int> {
    var numbers: Set<Int> = []
    var lines: [String: [Int: Int]] = [:]
    for line in output.split(separator: "\n") where line.contains(": error: ") {
      let parts = line.split(separator: ":")
      guard parts.count > 3, let number = Int(parts[1]) else { continue }
      let path = String(parts[0])
      if lines[path] == nil { lines[path] = Schemata.lines(of: try Workspace.read(path)).mutants }
      if let mutant = lines[path]?[number] { numbers.insert(mutant) }
    }
    return numbers
  }

  /// Compiled modules that the core imports, for checks.
  private static func modules() throws -> String {
    let folder = "\(Workspace.build)/modules"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["Contracts", "EngineABI"] {
      try Tool.succeed(
        [
          "swiftc", "-swift-version", "6", "-parse-as-library", "-D", "CHECKED", "-emit-module",
          "-module-name", name, "-emit-module-path", "\(folder)/\(name).swiftmodule",
        ] + Workspace.swiftFiles("Sources/\(name)"), "compiling \(name)")
    }
    try writeSwitch(to: "\(folder)/MutationSwitch")
    try Workspace.write(
      "module MutationSwitch { header \"MutationSwitch/MutationSwitch.h\" export * }\n",
      to: "\(folder)/module.modulemap")
    return folder
  }

  // MARK: What is written

  /// The core's files, checked, with the mutants numbered from 1.
  func writeCore(_ mutants: [Mutant], to folder: String) throws {
    let numbered = mutants.enumerated().map { (number: $0.offset + 1, mutant: $0.element) }
    let byFile = Dictionary(grouping: numbered) { $0.mutant.file }
    for file in files {
      let text = Schemata.write(file, byFile[file.name] ?? [])
      let checked = Rewriter.rewrite(text, file: file.name)
      if let refusal = checked.refused.first { throw Failure(refusal) }
      try Workspace.write(checked.text, to: "\(folder)/\(file.name)")
    }
    let names = Set(files.map { $0.name })
    for path in Workspace.swiftFiles(folder)
    where !names.contains((path as NSString).lastPathComponent) {
      try FileManager.default.removeItem(atPath: path)
    }
  }

  /// The switch: which mutant is on is said by the environment, and nowhere but in this folder.
  private static func writeSwitch(to folder: String) throws {
    try Workspace.write(
      """
      extern int mutantThatIsOn;
      static inline _Bool mutant(int number) { return number == mutantThatIsOn; }

      """, to: "\(folder)/MutationSwitch.h")
  }

  /// Builds the tests, and returns the program that runs them.
  func build(_ mutants: [Mutant]) throws -> String {
    let sources = "\(folder)/Sources"
    try Compilation.writeSwitch(to: "\(sources)/MutationSwitch/include")
    try Workspace.write(
      """
      #include "MutationSwitch.h"
      #include <stdlib.h>

      int mutantThatIsOn;
      __attribute__((constructor)) static void readEnvironment(void) {
        const char *text = getenv("MUTANT");
        mutantThatIsOn = text ? atoi(text) : 0;
      }

      """, to: "\(sources)/MutationSwitch/MutationSwitch.c")
    try writeCore(mutants, to: "\(sources)/IsolationCore")
    try copy("Sources/Contracts")
    try copy("Sources/EngineABI")
    try copy("Sources/IsolationSpec")
    for tests in Workspace.tests { try copy(tests) }
    try Workspace.write(Compilation.manifest, to: "\(folder)/Package.swift")
    try Tool.succeed(
      [
        "swift", "build", "--package-path", folder, "--build-tests", "-c", "release",
        "-Xswiftc", "-enable-testing",
        // Failed preconditions say what they are.
        "-Xswiftc", "-assert-config", "-Xswiftc", "Debug",
      ], "the build of mutants")
    return "\(folder)/.build/release/MutationPackageTests.xctest"
  }

  /// Copies a folder's Swift files, so that people may go on writing while this runs.
  private func copy(_ part: String) throws {
    let files = Workspace.swiftFiles(part)
    for path in files { try Workspace.write(try Workspace.read(path), to: "\(folder)/\(path)") }
    let wanted = Set(files.map { "\(folder)/\($0)" })
    for path in Workspace.swiftFiles("\(folder)/\(part)") where !wanted.contains(path) {
      try FileManager.default.removeItem(atPath: path)
    }
  }

  private static let manifest = """
    // swift-tools-version: 6.0
    import PackageDescription

    let package = Package(
      name: "Mutation",
      targets: [
        .target(name: "MutationSwitch"),
        .target(name: "Contracts", swiftSettings: [.define("CHECKED")]),
        .target(name: "EngineABI"),
        // Each function is there once for each of its mutants: optimizing them takes longer than
        // the tests.
        .target(
          name: "IsolationCore", dependencies: ["Contracts", "EngineABI", "MutationSwitch"],
          swiftSettings: [.unsafeFlags(["-Onone"])]),
        .testTarget(
          name: "IsolationCoreTests", dependencies: ["IsolationCore", "Contracts", "EngineABI"]),
        .target(
          name: "IsolationSpec", dependencies: ["IsolationCore", "Contracts", "EngineABI"]),
        .target(
          name: "ConformanceHarness",
          dependencies: ["IsolationSpec", "IsolationCore", "Contracts", "EngineABI"],
          path: "Tests/ConformanceTests/Harness"),
        .testTarget(
          name: "ConformanceTests",
          dependencies: ["ConformanceHarness", "IsolationSpec", "EngineABI"],
          exclude: ["Harness", "Main"]),
      ],
      swiftLanguageModes: [.v6]
    )

    """
}
