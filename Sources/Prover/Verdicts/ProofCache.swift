import Foundation

/// Verdicts of former runs, each under the hash of everything that it depends on.
struct ProofCache: Sendable {
  let folder: String
  /// Only written, not read.
  let isCold: Bool

  struct Entry: Codable, Sendable {
    var key: String
    /// Places of goals are numbers of ``PlacelessText/places``, as lines; 0 is the unit itself.
    var goals: [Goal]
    /// How many of them, from the first on, are about all ways to their place at once; the others
    /// are about one way each. Entries of former versions do not say it.
    var ofAllWays: Int?
  }

  init(folder: String, isCold: Bool) throws {
    self.folder = folder
    self.isCold = isCold
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ProofError(
        "cache folder \(folder) cannot be made: \(error.localizedDescription) (try: --cache)")
    }
  }

  private func path(_ key: String) -> String { "\(folder)/\(key.prefix(2))/\(key.dropFirst(2))" }

  /// Nil for what is not there or damaged: it is proved again then.
  func entry(_ key: String) -> Entry? {
    guard !isCold, let data = FileManager.default.contents(atPath: path(key)),
      let end = data.firstIndex(of: UInt8(ascii: "\n"))
    else { return nil }
    let body = data[(end + 1)...]
    guard String(decoding: data[..<end], as: UTF8.self) == ProofCache.sum(of: body),
      let entry = try? JSONDecoder().decode(Entry.self, from: body), entry.key == key
    else { return nil }
    return entry
  }

  /// Under another name first, so that nobody ever reads half of it. A full disk costs time later,
  /// no verdict now.
  func store(_ entry: Entry) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let body = try? encoder.encode(entry) else { return }
    let path = path(entry.key)
    let temporary = "\(path).\(getpid())"
    try? FileManager.default.createDirectory(
      atPath: "\(folder)/\(entry.key.prefix(2))", withIntermediateDirectories: true)
    let data = Data((ProofCache.sum(of: body) + "\n").utf8) + body
    guard FileManager.default.createFile(atPath: temporary, contents: data),
      rename(temporary, path) == 0
    else {
      unlink(temporary)
      return
    }
  }

  /// Against bits that turn over on a disk, not against people: FNV-1a.
  private static func sum(of data: Data) -> String {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in data { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(sum, radix: 16)
  }
}
