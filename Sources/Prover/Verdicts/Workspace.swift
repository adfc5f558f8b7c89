import Foundation

/// A folder for WhyML, goals and what steers Why3. It vanishes in the end unless it shall be kept.
final class Workspace: Sendable {
  let folder: String
  private let isKept: Bool

  init(keptIn kept: String?) throws {
    isKept = kept != nil
    if let kept {
      try? FileManager.default.removeItem(atPath: kept)
      try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
      folder = kept.hasPrefix("/") ? kept : FileManager.default.currentDirectoryPath + "/" + kept
    } else {
      let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
      var template = Array("\(base)/prove-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else {
        throw ProofError(
          "no temporary folder in \(base): \(String(cString: strerror(errno))) (try another TMPDIR)"
        )
      }
      folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      LiveGroups.add(folder: folder)
    }
  }

  deinit { if !isKept { LiveGroups.remove(folder: folder) } }

  func path(_ name: String) -> String { folder + "/" + name }

  func write(_ text: String, to name: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    } catch {
      throw ProofError("\(path(name)) cannot be written: \(error.localizedDescription)")
    }
  }

  func read(_ name: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path(name)) else {
      throw ProofError("\(path(name)) cannot be read")
    }
    return String(decoding: data, as: UTF8.self)
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  /// Names of the files in a folder.
  func list(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name))
  }

  /// Of no further use, unless somebody wants to look at it.
  func remove(_ name: String) {
    if !isKept { unlink(path(name)) }
  }

  /// SHA-256 of files, by the system's own program.
  func hashes(of names: [String]) throws -> [String] {
    var hashes: [String] = []
    // No command line gets too long.
    for start in stride(from: 0, to: names.count, by: 1000) {
      let some = names[start..<min(start + 1000, names.count)]
      let result = try Subprocess.run(
        ["sha256sum", "--"] + some.map(path), guardSeconds: 600)
      let lines = result.output.split(separator: "\n")
      guard result.status == 0, lines.count == some.count else {
        throw ProofError("sha256sum failed in \(folder): \(result.complaints)")
      }
      hashes += lines.map { String($0.prefix(64)) }
    }
    return hashes
  }
}
