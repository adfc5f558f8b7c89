import Foundation

/// Asks the compiler for modules and for typed syntax trees, and keeps both between runs.
struct Compiler {
  private let tool: Tool
  private let options: CompilerOptions
  /// Those that decide how names and types are resolved.
  let flags: [String]
  private let version: String
  private let folder: URL
  /// What the modules so far declare: part of what the next one depends on.
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
    guard !module.files.isEmpty else {
      throw Diagnostic(
        "module \(module.name) has no Swift files",
        at: Location(file: module.name, line: 1, column: 1, offset: 0))
    }
    before.add(module.name)
    var sources: [SourceText] = []
    for file in module.files {
      before.add(file)
      guard let text = FileManager.default.contents(atPath: file) else {
        throw Diagnostic(
          "module \(module.name): there is no file \(file)",
          at: Location(file: file, line: 1, column: 1, offset: 0))
      }
      sources.append(SourceText(path: file, bytes: [UInt8](text)))
    }
    let kept = KeptTrees(
      of: module.name, circumstances: before.text,
      contents: sources.map { ContentKey.of($0.bytes) },
      in: folder)
    let interfaces =
      try kept.interfaces() ?? dump(module, kept, isImported: isImported)
    // Later modules see what this one declares, not its bodies.
    for interface in interfaces { before.add(interface) }
    if isImported, !isEmitted(module, before.text) {
      try emit(module)
      try recordEmitted(module, before.text)
    }
    return try zip(sources, kept.trees).map { ($0, [UInt8](try Data(contentsOf: $1))) }
  }

  /// Dumps what has changed; the rest too if another file could notice. Gives what the files declare.
  private func dump(_ module: ModuleSources, _ kept: KeptTrees, isImported: Bool) throws -> [String]
  {
    let all = Array(module.files.indices)
    let former = try kept.nearest()
    let changed = former?.changed ?? all
    let new = try kept.begin()
    defer { kept.abandon(new) }
    var interfaces = former?.interfaces ?? []
    if let former {
      try dump(module, changed, into: new)
      if try changed.allSatisfy({ try new.interface($0) == former.interfaces[$0] }) {
        try new.link(all.filter { !changed.contains($0) }, from: former.folder)
        try kept.finish(new, interfaces)
        return interfaces
      }
    }
    let rest = former == nil ? all : all.filter { !changed.contains($0) }
    // The module takes longer than the trees, and each one processor.
    try together(
      { try dump(module, rest, into: new) },
      {
        if isImported {
          forgetEmitted(module)
          try emit(module)
        }
      })
    interfaces = try all.map(new.interface)
    try kept.finish(new, interfaces)
    if isImported {
      var key = before
      for interface in interfaces { key.add(interface) }
      try recordEmitted(module, key.text)
    }
    return interfaces
  }

  /// Both at once; the first one's error counts before the second's.
  private func together(
    _ first: @Sendable () throws -> Void, _ second: @Sendable () throws -> Void
  ) throws {
    let results = Results()
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      results.set(index, Result { try index == 0 ? first() : second() })
    }
    for result in results.all { try result.get() }
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var all: [Result<Void, any Error>] = [.success(()), .success(())]
    func set(_ index: Int, _ result: Result<Void, any Error>) {
      lock.withLock { all[index] = result }
    }
  }

  private func dump(_ module: ModuleSources, _ indices: [Int], into new: KeptTrees.New) throws {
    if indices.isEmpty { return }
    var arguments = ["-dump-ast", "-dump-ast-format", "json"]
    for (index, file) in module.files.enumerated() {
      if indices.contains(index) { arguments.append("-primary-file") }
      arguments.append(file)
    }
    for index in indices { arguments += ["-o", new.tree(index).path] }
    try compile(module, arguments)
  }

  // MARK: Modules for those that import them

  private func record(_ module: ModuleSources) -> URL {
    folder.appendingPathComponent("\(module.name).key")
  }
  private func binary(_ module: ModuleSources) -> URL {
    folder.appendingPathComponent("\(module.name).swiftmodule")
  }
  private func isEmitted(_ module: ModuleSources, _ key: String) -> Bool {
    FileManager.default.fileExists(atPath: binary(module).path)
      && FileManager.default.contents(atPath: record(module).path) == Data(key.utf8)
  }
  private func forgetEmitted(_ module: ModuleSources) {
    try? FileManager.default.removeItem(at: record(module))
  }
  private func recordEmitted(_ module: ModuleSources, _ key: String) throws {
    try Data(key.utf8).write(to: record(module))
  }
  private func emit(_ module: ModuleSources) throws {
    try compile(
      module,
      [
        "-emit-module", "-experimental-skip-non-inlinable-function-bodies", "-o",
        binary(module).path,
      ] + module.files)
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
