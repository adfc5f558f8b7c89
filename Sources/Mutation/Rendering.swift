import Foundation

/// Source trees with one change in them, on which any checker can be run.
enum Rendering {
  /// Makes a folder that looks like the repository's top, but for some files of the core. What
  /// is no source is linked, build folders are not there.
  static func render(_ changed: [String: String], to folder: String) throws {
    let manager = FileManager.default
    let top = manager.currentDirectoryPath
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard try manager.contentsOfDirectory(atPath: folder).isEmpty else {
      throw Failure("\(folder) is not empty")
    }
    func link(_ part: String) throws {
      try manager.createSymbolicLink(
        atPath: "\(folder)/\(part)", withDestinationPath: "\(top)/\(part)")
    }
    for entry in try manager.contentsOfDirectory(atPath: top)
    where !entry.hasPrefix(".") && entry != "Sources" {
      try link(entry)
    }
    // Copies, since not every checker follows links.
    try manager.copyItem(atPath: "Sources", toPath: "\(folder)/Sources")
    for (name, text) in changed {
      try Workspace.write(text, to: "\(folder)/\(Workspace.core)/\(name)")
    }
  }
}

/// Whether a change leaves no trace in what runs.
struct ObjectCode {
  private let folder: String

  /// As Scripts/build-engine compiles the core, without debug information.
  private static let flags = [
    "-enable-experimental-feature", "Embedded", "-target", "aarch64-none-none-elf", "-wmo",
    "-parse-as-library", "-swift-version", "6", "-no-allocations", "-Osize",
    "-Xllvm", "-enable-machine-outliner=never", "-cross-module-optimization",
    "-Xfrontend", "-disable-stack-protector", "-Xfrontend", "-function-sections",
    "-Xcc", "-march=armv8.1-a", "-Xcc", "-mgeneral-regs-only", "-Xcc", "-mstrict-align",
    "-Xcc", "-ffreestanding", "-Xcc", "-mno-outline-atomics", "-suppress-warnings",
  ]
  private let original: Data

  init() throws {
    folder = "\(Workspace.build)/objects"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["Contracts", "EngineABI"] {
      try Tool.succeed(
        ["swiftc"] + ObjectCode.flags + [
          "-I", folder, "-module-name", name, "-emit-module",
          "-emit-module-path", "\(folder)/\(name).swiftmodule",
        ] + Workspace.swiftFiles("Sources/\(name)"), "compiling \(name)")
    }
    original = try ObjectCode.compile(Workspace.swiftFiles(Workspace.core), folder, "original")
  }

  private static func compile(_ files: [String], _ folder: String, _ name: String) throws -> Data {
    let object = "\(folder)/\(name).o"
    try Tool.succeed(
      ["swiftc"] + flags + ["-I", folder, "-module-name", "IsolationCore", "-c", "-o", object]
        + files, "compiling the core")
    guard let data = FileManager.default.contents(atPath: object) else {
      throw Failure("cannot read \(object)")
    }
    return data
  }

  /// Compiles the core with the mutant in it, and compares.
  func isSame(_ mutant: Mutant, _ file: CoreFile) throws -> Bool {
    let changed = "\(folder)/changed/\(file.name)"
    try Workspace.write(file.replacing(mutant.start, mutant.end, by: mutant.changed), to: changed)
    let files = Workspace.swiftFiles(Workspace.core).map {
      ($0 as NSString).lastPathComponent == file.name ? changed : $0
    }
    return try ObjectCode.compile(files, folder, "mutant") == original
  }
}
