import Foundation

/// The reviewed list of mutants that no test rejects, with the reason for each. It only shrinks.
///
///     KEY
///       reason
struct SurvivorList {
  private(set) var reasons: [String: String] = [:]

  init(text: String) throws {
    var key: String?
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      if !line.hasPrefix(" ") {
        key = String(line)
      } else if let key {
        reasons[key, default: ""] += line.trimmingCharacters(in: .whitespaces) + " "
      } else {
        throw Failure("\(Workspace.survivors): a reason stands before every mutant: \(line)")
      }
    }
  }

  /// `nil` as long as there is none: until all survivors are reviewed, only their share counts.
  static func read() throws -> SurvivorList? {
    guard FileManager.default.fileExists(atPath: Workspace.survivors) else { return nil }
    return try SurvivorList(text: Workspace.read(Workspace.survivors))
  }

  /// What is wrong with the results by this list.
  /// - Parameter isWhole: every mutant was tried.
  func complaints(_ mutants: [Mutant], _ results: [String: Result], isWhole: Bool) -> [String] {
    var complaints: [String] = []
    for mutant in mutants {
      switch results[mutant.name]?.verdict {
      case .survived where reasons[mutant.key] == nil:
        complaints.append("survived, and is not in \(Workspace.survivors): \(mutant.key)")
      case .rejected where reasons[mutant.key] != nil:
        complaints.append("rejected, take it out of \(Workspace.survivors): \(mutant.key)")
      default: break
      }
    }
    if isWhole {
      let keys = Set(mutants.map { $0.key })
      for key in reasons.keys.sorted() where !keys.contains(key) {
        complaints.append("no mutant any more, take it out of \(Workspace.survivors): \(key)")
      }
    }
    return complaints
  }
}
