import Foundation

/// The checked core with mutants in it, and the core's tests.
struct Compilation {
  private let folder: String
  /// Where the core with mutants is.
  var core: String { "\(folder)/IsolationCore" }
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
      // Only bodies of files with mutants can be wrong.
      let changed = Set(left.map { $0.file })
      let paths = files.flatMap {
        (changed.contains($0.name) ? ["-primary-file"] : []) + ["\(folder)/\($0.name)"]
      }
      let (status, output) = try Tool.run(
        [
          "swiftc", "-frontend", "-emit-sil", "-swift-version", "6", "-suppress-warnings",
          "-parse-as-library", "-module-name", "IsolationCore", "-I", modules,
          "-diagnostic-style", "llvm",
        ] + paths + changed.flatMap { _ in ["-o", "/dev/null"] })
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
    return try switchFolder()
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

  /// Builds the tests with the mutants, and returns the program that runs them. All but the core is
  /// linked as `swift test` has it: what calls the core does not change with it.
  func build(_ mutants: [Mutant]) throws -> String {
    let command = ["swift", "build", "--quiet", "--build-tests"]
    try Tool.succeed(command, "the build of the tests")
    let build = try Tool.succeed(command + ["--show-bin-path"], "asking for the tests")
      .trimmingCharacters(in: .whitespacesAndNewlines)
    try writeCore(mutants, to: core)
    let objects = "\(folder)/objects"
    try? FileManager.default.removeItem(atPath: objects)
    try FileManager.default.createDirectory(atPath: objects, withIntermediateDirectories: true)
    let top = FileManager.default.currentDirectoryPath
    // Each function is there once for each of its mutants: optimizing them takes longer than the
    // tests. Failed preconditions say what they are.
    try Tool.succeed(
      [
        "swiftc", "-c", "-Onone", "-enable-testing", "-swift-version", "6", "-suppress-warnings",
        "-parse-as-library", "-module-name", "IsolationCore", "-I", "\(build)/Modules",
        "-I", "\(top)/\(try Compilation.switchFolder())", "-enable-batch-mode",
        "-j", "\(ProcessInfo.processInfo.activeProcessorCount)",
      ] + files.map { "\(top)/\(core)/\($0.name)" }, "the build of mutants", in: objects)
    try Workspace.write(Compilation.readsEnvironment, to: "\(folder)/switch.c")
    try Tool.succeed(
      ["clang", "-c", "-o", "\(objects)/switch.c.o", "\(folder)/switch.c"], "the switch")
    try Workspace.write(Compilation.runner, to: "\(folder)/Runner.swift")
    let program = "\(folder)/tests"
    try Tool.succeed(
      [
        "swiftc", "-swift-version", "6", "-parse-as-library", "-module-name", "Runner", "-o",
        program, "\(folder)/Runner.swift", "\(objects)/switch.c.o",
      ] + files.map { "\(objects)/\($0.name.dropLast(".swift".count)).o" }
        + Compilation.unchanged.flatMap { try Compilation.objects(of: $0, build) }, "linking")
    return program
  }

  /// Modules that are linked as they are.
  private static let unchanged = [
    "Contracts", "EngineABI", "IsolationCoreTests", "IsolationSpec", "ConformanceHarness",
    "ConformanceTests",
  ]

  /// Of files that are gone, objects may be left.
  private static func objects(of module: String, _ build: String) throws -> [String] {
    try Workspace.read("\(build)/\(module).build/sources").split(separator: "\n").map {
      let path = $0.filter { $0 != "'" && $0 != "\"" }
      return "\(build)/\(module).build/\((path as NSString).lastPathComponent).o"
    }
  }

  private static let runner = """
    import Testing

    @main struct Runner {
      static func main() async { await Testing.__swiftPMEntryPoint() as Never }
    }

    """

  // MARK: The switch

  /// Which mutant is on is said by the environment.
  private static let readsEnvironment = """
    #include <stdlib.h>

    int mutantThatIsOn;
    __attribute__((constructor)) static void readEnvironment(void) {
      const char *text = getenv("MUTANT");
      mutantThatIsOn = text ? atoi(text) : 0;
    }

    """

  /// Where the module MutationSwitch is declared.
  private static func switchFolder() throws -> String {
    let folder = "\(Workspace.build)/modules"
    try Workspace.write(
      """
      extern int mutantThatIsOn;
      static inline _Bool mutant(int number) { return number == mutantThatIsOn; }

      """, to: "\(folder)/MutationSwitch/MutationSwitch.h")
    try Workspace.write(
      "module MutationSwitch { header \"MutationSwitch/MutationSwitch.h\" export * }\n",
      to: "\(folder)/module.modulemap")
    return folder
  }
}
