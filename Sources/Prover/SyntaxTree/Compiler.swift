import Foundation

/// Asks the compiler for modules and for typed syntax trees, and keeps both between runs.
struct Compiler {
  private let tool: Tool
  private let options: CompilerOptions
  private let flags: [String]
  private let version: String
  private let folder: URL
  /// What the modules so far are made from: part of what the next one depends on.
  private var before = ContentKey()

  init(_ options: CompilerOptions) throws {
    tool = try Tool(options.compiler)
    self.options = options
    flags = Compiler.typeCheckingFlags(options.flags)
    let result = try tool.run(["--version"])
    version = String(decoding: result.output, as: UTF8.self)
    folder = URL(fileURLWithPath: options.folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    before.add(version)
    for flag in flags { before.add(flag) }
  }

  /// Of the flags of a build those that decide how names and types are resolved: the others are
  /// the driver's, or about code.
  static func typeCheckingFlags(_ flags: [String]) -> [String] {
    let withValue: Set<String> = [
      "-target", "-enable-experimental-feature", "-enable-upcoming-feature", "-swift-version",
      "-D", "-I", "-F", "-sdk", "-Xcc", "-package-name", "-resource-dir",
    ]
    var result = ["-parse-as-library"]
    var index = 0
    while index < flags.count {
      let flag = flags[index]
      if withValue.contains(flag), index + 1 < flags.count {
        result += [flag, flags[index + 1]]
        index += 1
      } else if flag.hasPrefix("-D") || flag.hasPrefix("-I") {
        result.append(flag)
      }
      index += 1
    }
    return result
  }

  /// Texts and syntax trees (as JSON) of a module's files, in their order. Modules are asked for in
  /// the order of their dependencies.
  mutating func trees(
    of module: ModuleSources, isImported: Bool
  ) throws -> [(source: SourceText, tree: [UInt8])] {
    var sources: [SourceText] = []
    guard !module.files.isEmpty else {
      throw Diagnostic(
        "module \(module.name) has no Swift files",
        at: Location(file: module.name, line: 1, column: 1, offset: 0))
    }
    before.add(module.name)
    for file in module.files {
      before.add(file)
      guard let text = FileManager.default.contents(atPath: file) else {
        throw Diagnostic(
          "module \(module.name): there is no file \(file)",
          at: Location(file: file, line: 1, column: 1, offset: 0))
      }
      before.add([UInt8](text))
      sources.append(SourceText(path: file, bytes: [UInt8](text)))
    }
    let key = before.text
    let trees = folder.appendingPathComponent("\(module.name)-\(key)")
    let outputs = module.files.indices.map { trees.appendingPathComponent("\($0).json") }
    let done = trees.appendingPathComponent("done")
    if isImported { try emit(module, key) }
    if !FileManager.default.fileExists(atPath: done.path) {
      try forget(module.name)
      try FileManager.default.createDirectory(at: trees, withIntermediateDirectories: true)
      var arguments = ["-dump-ast", "-dump-ast-format", "json"]
      for (file, output) in zip(module.files, outputs) {
        arguments += ["-primary-file", file, "-o", output.path]
      }
      try compile(module, arguments)
      try Data().write(to: done)
    }
    return try zip(sources, outputs).map { ($0, [UInt8](try Data(contentsOf: $1))) }
  }

  /// Writes the module for those that import it.
  private func emit(_ module: ModuleSources, _ key: String) throws {
    let binary = folder.appendingPathComponent("\(module.name).swiftmodule")
    let record = folder.appendingPathComponent("\(module.name).key")
    if FileManager.default.fileExists(atPath: binary.path),
      FileManager.default.contents(atPath: record.path) == Data(key.utf8)
    {
      return
    }
    try? FileManager.default.removeItem(at: record)
    try compile(
      module,
      [
        "-emit-module", "-experimental-skip-non-inlinable-function-bodies", "-o", binary.path,
      ] + module.files)
    try Data(key.utf8).write(to: record)
  }

  /// Removes trees of the module as it was.
  private func forget(_ name: String) throws {
    for entry in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where entry.hasPrefix(name + "-") {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(entry))
    }
  }

  private func compile(_ module: ModuleSources, _ arguments: [String]) throws {
    let result = try tool.run(
      ["-frontend"] + arguments + ["-module-name", module.name, "-I", folder.path] + flags)
    guard result.status == 0 else { throw refusal(module, result.errors) }
  }

  /// The first error of the compiler, at its place.
  private func refusal(_ module: ModuleSources, _ errors: String) -> Diagnostic {
    for line in errors.split(separator: "\n") {
      guard let found = line.range(of: ": error: ") else { continue }
      let place = line[..<found.lowerBound].split(separator: ":")
      guard place.count >= 3, let row = Int(place[place.count - 2]),
        let column = Int(place[place.count - 1])
      else { continue }
      return Diagnostic(
        "the compiler refuses it: \(line[found.upperBound...])",
        at: Location(
          file: place.dropLast(2).joined(separator: ":"), line: row, column: column, offset: 0))
    }
    return Diagnostic(
      "the compiler refuses module \(module.name): \(errors.prefix(2000))",
      at: Location(file: module.files.first ?? module.name, line: 1, column: 1, offset: 0))
  }

  /// Trees of mangled names by name. Types are given as they are, declarations as `s:…`.
  func demangle(_ names: Set<String>) throws -> [String: Symbol] {
    let demangler = try Tool(demanglerPath())
    let mangled = names.map { $0.hasPrefix("s:") ? "$s" + $0.dropFirst(2) : $0 }.sorted()
    let result = try demangler.run(
      ["-tree-only"], input: mangled.joined(separator: "\n") + "\n")
    guard result.status == 0 else {
      throw Diagnostic(
        "\(demangler.path) fails: \(result.errors)",
        at: Location(file: demangler.path, line: 1, column: 1, offset: 0))
    }
    return Symbol.trees(String(decoding: result.output, as: UTF8.self))
  }

  /// The demangler of the compiler's own toolchain, even if the compiler was called through a
  /// version manager.
  private func demanglerPath() throws -> String {
    let beside = URL(fileURLWithPath: tool.path).deletingLastPathComponent()
      .appendingPathComponent("swift-demangle").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let information = try tool.run(["-print-target-info"])
    if let json = try JSONSerialization.jsonObject(with: Data(information.output))
      as? [String: Any], let paths = json["paths"] as? [String: Any],
      let resources = paths["runtimeResourcePath"] as? String
    {
      let found = URL(fileURLWithPath: resources).appendingPathComponent(
        "../../bin/swift-demangle"
      ).standardizedFileURL.path
      if FileManager.default.isExecutableFile(atPath: found) { return found }
    }
    return "swift-demangle"
  }
}

/// A name for contents: equal contents have equal names, and others almost certainly not
/// (FNV-1a of 128 bits).
struct ContentKey {
  private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ bytes: [UInt8]) {
    var value = state
    for byte in bytes {
      value = (value ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    // The length keeps neighbours apart.
    state = (value ^ UInt128(bytes.count)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
  }

  var text: String { String(state, radix: 36) }
}
