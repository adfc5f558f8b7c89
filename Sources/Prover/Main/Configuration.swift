import Foundation
import Prover

/// What is proved: the file `proof.json`.
struct Configuration: Codable, Equatable {
  struct Module: Codable, Equatable {
    var name: String
    /// Of Swift files, with all folders inside.
    var folders: [String]
    /// Whether its bodies are proved; of others the contracts are believed.
    var proved: Bool
  }
  /// In the order of their dependencies.
  var modules: [Module]
  /// For the Swift compiler: the target and the flags of the build.
  var flags: [String]
  /// Functions that are not proved yet, and why. The list only gets shorter.
  var open: [OpenFunction]

  static func load(_ path: String) throws -> Configuration {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError(
        "there is no \(path); run prove where it is, or name modules (try: prove --help)")
    }
    do {
      try refuseUnknownKeys(data, path)
      return try JSONDecoder().decode(Configuration.self, from: data)
    } catch let error as DecodingError {
      throw CommandError("\(path): \(explain(error))")
    }
  }

  /// A misspelt key would be ignored otherwise.
  private static func refuseUnknownKeys(_ data: Data, _ path: String) throws {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return
    }
    try refuse(object, but: ["modules", "flags", "open"], path)
    for module in object["modules"] as? [[String: Any]] ?? [] {
      try refuse(module, but: ["name", "folders", "proved"], path)
    }
    for entry in object["open"] as? [[String: Any]] ?? [] {
      try refuse(entry, but: ["function", "reason"], path)
    }
  }

  private static func refuse(_ object: [String: Any], but known: [String], _ path: String) throws {
    if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
      throw CommandError(
        "\(path): unknown key '\(unknown)'; known here are \(known.joined(separator: ", "))")
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        .joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "'\(key.stringValue)' is missing\(path(context).isEmpty ? "" : " in \(path(context))")"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(path(context)): \(context.debugDescription)"
    case .dataCorrupted(let context):
      return "not JSON: \(context.underlyingError.map { "\($0)" } ?? context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  /// The modules with their files.
  func sources() throws -> [ModuleSources] {
    guard !modules.isEmpty else { throw CommandError("no module to prove (try: prove --help)") }
    var seen: Set<String> = []
    return try modules.map { module in
      guard seen.insert(module.name).inserted else {
        throw CommandError("module '\(module.name)' is named twice")
      }
      let files = try module.folders.flatMap(Configuration.files)
      guard !files.isEmpty else {
        throw CommandError(
          "module '\(module.name)': no Swift file in \(module.folders.joined(separator: ", "))")
      }
      return ModuleSources(name: module.name, files: files, isProved: module.proved)
    }
  }

  /// Swift files of a folder, sorted, so that a run sees what another one saw.
  private static func files(in folder: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw CommandError("there is no folder \(folder)")
    }
    if !isFolder.boolValue { return [folder] }
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
  }
}
