import Foundation

/// Syntax trees of one module's files, kept between runs: a folder for each of the last states of the
/// module. What the compiler makes of a file depends on the file, and of the others on what they
/// declare (``TreeInterface``): so a change inside a function leaves all other trees as they were.
struct KeptTrees {
  /// Written last: a folder that has none is of no use.
  private struct Manifest: Codable {
    /// All that trees depend on besides the module's own texts.
    var circumstances: String
    var contents: [String]
    var interfaces: [String]
  }

  /// Trees that are being made.
  struct New: Sendable {
    fileprivate let folder: URL
    func tree(_ index: Int) -> URL { KeptTrees.tree(index, in: folder) }
    /// What a file declares.
    func interface(_ index: Int) throws -> String {
      try TreeInterface.key(of: [UInt8](Data(contentsOf: tree(index))))
    }
    func link(_ indices: [Int], from former: URL) throws {
      for index in indices {
        try FileManager.default.linkItem(at: KeptTrees.tree(index, in: former), to: tree(index))
      }
    }
  }

  /// States of a module that are kept: trees of the unchanged source stay while mistakes are tried.
  private static let most = 4

  private let name: String
  private let circumstances: String
  private let contents: [String]
  private let parent: URL
  private let folder: URL

  init(of name: String, circumstances: String, contents: [String], in parent: URL) {
    self.name = name
    self.circumstances = circumstances
    self.contents = contents
    self.parent = parent
    var key = ContentKey()
    for text in [circumstances] + contents { key.add(text) }
    folder = parent.appendingPathComponent("\(name)-\(key.text)")
  }

  var trees: [URL] { contents.indices.map { KeptTrees.tree($0, in: folder) } }

  private static func tree(_ index: Int, in folder: URL) -> URL {
    folder.appendingPathComponent("\(index).json")
  }
  private static func record(in folder: URL) -> URL { folder.appendingPathComponent("manifest") }

  private static func manifest(in folder: URL) -> Manifest? {
    FileManager.default.contents(atPath: record(in: folder).path).flatMap {
      try? JSONDecoder().decode(Manifest.self, from: $0)
    }
  }

  /// What the files declare, if their trees are there.
  func interfaces() -> [String]? {
    guard let manifest = KeptTrees.manifest(in: folder), manifest.circumstances == circumstances,
      manifest.contents == contents
    else { return nil }
    use(folder)
    return manifest.interfaces
  }

  /// The kept state that has the fewest files with other contents.
  func nearest() throws -> (folder: URL, interfaces: [String], changed: [Int])? {
    let states = try states().compactMap { folder -> (URL, [String], [Int])? in
      guard let manifest = KeptTrees.manifest(in: folder),
        manifest.circumstances == circumstances, manifest.contents.count == contents.count
      else { return nil }
      let changed = contents.indices.filter { contents[$0] != manifest.contents[$0] }
      return (folder, manifest.interfaces, changed)
    }
    guard let best = states.min(by: { $0.2.count < $1.2.count }) else { return nil }
    use(best.0)
    return best
  }

  /// Under another name first, so that nobody ever reads half of it.
  func begin() throws -> New {
    let new = parent.appendingPathComponent("new-\(folder.lastPathComponent)-\(getpid())")
    try? FileManager.default.removeItem(at: new)
    try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
    return New(folder: new)
  }

  func abandon(_ new: New) { try? FileManager.default.removeItem(at: new.folder) }

  func finish(_ new: New, _ interfaces: [String]) throws {
    let manifest = Manifest(
      circumstances: circumstances, contents: contents, interfaces: interfaces)
    try JSONEncoder().encode(manifest).write(to: KeptTrees.record(in: new.folder))
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.moveItem(at: new.folder, to: folder)
    for old in try states().sorted(by: { date($0) > date($1) }).dropFirst(KeptTrees.most) {
      try? FileManager.default.removeItem(at: old)
    }
  }

  private func states() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: parent.path)
      .filter { $0.hasPrefix(name + "-") }.sorted().map(parent.appendingPathComponent)
  }

  private func use(_ folder: URL) {
    try? FileManager.default.setAttributes(
      [.modificationDate: Date()], ofItemAtPath: KeptTrees.record(in: folder).path)
  }

  private func date(_ folder: URL) -> Date {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: KeptTrees.record(in: folder).path)
    return attributes?[.modificationDate] as? Date ?? .distantPast
  }
}
