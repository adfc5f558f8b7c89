import Foundation

/// What became of a mutant.
enum Verdict: String, Codable, Sendable {
  case rejected, survived
  /// No test notices it, but some goal of the proof does not go through.
  case unproved
  /// Its tests did not end in time.
  case timeout
  /// It survived, and its object code is that of the original.
  case equivalent
}

struct Result: Codable, Sendable {
  var name: String
  /// What the mutant changes, should a rule have changed since.
  var key: String
  /// Of the core and of the tests that it was tried with.
  var core: String
  var tests: String
  var verdict: Verdict
  /// What rejected it, and what that said.
  var test: String?
  var message: String?
  /// What the prover's answer depends on, if it was asked.
  var proof: String?
  /// Whether that test, run again alone, failed again.
  var replays: Bool?
  var seconds: Double
}

/// The results so far: a file with one in each line, written as they come, so that a run that was
/// broken off goes on where it was.
struct ResultStore {
  let path: String
  let core: String
  let tests: String
  private var byName: [String: Result] = [:]

  /// - Parameters:
  ///   - proof: what the prover's answers depend on.
  ///   - keepsRejected: what other tests have rejected stays rejected.
  init(path: String, core: String, tests: String, proof: String, keepsRejected: Bool = false) {
    self.path = path
    self.core = core
    self.tests = tests
    let text = (try? Workspace.read(path)) ?? ""
    for line in text.split(separator: "\n") {
      // The last line may have been cut off.
      guard var result = try? JSONDecoder().decode(Result.self, from: Data(line.utf8)),
        result.core == core,
        result.tests == tests || keepsRejected && result.verdict == .rejected
      else { continue }
      // Another proof is to be asked again.
      if let asked = result.proof, !asked.hasSuffix(proof) {
        result.proof = nil
        if result.verdict == .unproved { result.verdict = .survived }
      }
      byName[result.name] = result
    }
  }

  func result(of mutant: Mutant) -> Result? {
    byName[mutant.name].flatMap { $0.key == mutant.key ? $0 : nil }
  }

  mutating func add(_ result: Result) throws {
    byName[result.name] = result
    var data = try JSONEncoder().encode(result)
    data.append(10)
    if !FileManager.default.fileExists(atPath: path) {
      try Workspace.write("", to: path)
    }
    guard let file = FileHandle(forWritingAtPath: path) else {
      throw Failure("cannot write \(path)")
    }
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: data)
  }
}
