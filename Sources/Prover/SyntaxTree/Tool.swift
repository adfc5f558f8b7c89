import Foundation

/// Runs a program of the toolchain and gives what it writes.
struct Tool {
  struct Result {
    var status: Int32
    var output: [UInt8]
    var errors: String
  }

  /// Path of the program.
  let path: String

  /// Finds a program by its path, or by its name in PATH.
  init(_ name: String) throws {
    if name.contains("/") {
      path = name
      return
    }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = folders.map { $0 + "/" + name }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
      throw Diagnostic(
        "\(name) is not in PATH; install Swift 6.3 (swift.org/install) or give its path",
        at: Location(file: name, line: 1, column: 1, offset: 0))
    }
    path = found
  }

  /// Output goes through files, so that no pipe fills up however much it is.
  func run(_ arguments: [String], input: String? = nil) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "prove-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appendingPathComponent("output")
    let errors = folder.appendingPathComponent("errors")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    for url in [output, errors] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    if let input {
      let url = folder.appendingPathComponent("input")
      try Data(input.utf8).write(to: url)
      process.standardInput = try FileHandle(forReadingFrom: url)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: [UInt8](try Data(contentsOf: output)),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }
}
