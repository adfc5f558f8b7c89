import Dispatch
import Foundation
import Synchronization

/// Asks the prover about mutants that tests do not notice: a mutant with which some goal of the core is
/// not proved any more cannot get into the image. What a goal may take is counted in the provers' own
/// units, so a verdict is the same on a busy machine.
struct Proof: Sendable {
  enum Extent: Sendable {
    /// The function that is changed: seconds.
    case function
    /// Others may rest on what its body says, so the whole proof is asked next: of that, only what has
    /// changed is proved, if `prove` was run before.
    case all

    /// What a result that was asked so is marked with.
    func named(_ hash: String) -> String { self == .all ? "all-" + hash : hash }
  }

  private let prove: String
  private let extent: Extent
  /// What takes longer than that has survived.
  private static let mostSeconds = 600

  /// Builds the prover.
  init(_ extent: Extent) throws {
    self.extent = extent
    let build = ["swift", "build", "--quiet", "--configuration", "release"]
    try Tool.succeed(build + ["--product", "prove"], "the build of the prover")
    let folder = try Tool.succeed(build + ["--show-bin-path"], "asking for the prover")
    prove = folder.trimmingCharacters(in: .whitespacesAndNewlines) + "/prove"
  }

  /// What verdicts depend on besides the core.
  static func hash() throws -> String {
    try Workspace.hash(
      ["Sources/Contracts", "Sources/IsolationSpec", "Sources/Prover"].flatMap(Workspace.swiftFiles)
        + ["proof.json"])
  }

  enum Answer: Equatable {
    /// What is not proved, or refused.
    case refused(String)
    case proved
    case late
    /// Nothing that is asked for is there.
    case nothing
  }

  func answer(to mutant: Mutant, in file: CoreFile) throws -> Answer {
    let folder = "\(Workspace.build)/trees/\(mutant.name)"
    try? FileManager.default.removeItem(atPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = file.replacing(mutant.start, mutant.end, by: mutant.changed)
    try Rendering.render([file.name: text], to: folder)
    let own = try ask(Proof.names(of: mutant), in: folder)
    return extent == .all && (own == .proved || own == .nothing) ? try ask([], in: folder) : own
  }

  /// Without a mutant all of that is to be proved.
  func check(_ mutants: [Mutant]) throws {
    switch try ask(mutants.flatMap(Proof.names), in: nil) {
    case .refused(let goal): throw Failure("without a mutant it is not proved: \(goal)")
    case .proved, .late, .nothing: break
    }
  }

  /// As the prover calls functions, and parts of properties.
  private static func names(of mutant: Mutant) -> [String] {
    ["(", "."].flatMap { ["--only", "IsolationCore.\(mutant.function)\($0)"] }
  }

  private func ask(_ only: [String], in folder: String?) throws -> Answer {
    let top = FileManager.default.currentDirectoryPath
    let process = Process()
    process.executableURL = URL(fileURLWithPath: prove)
    process.arguments =
      [
        "--effort", "0", "--no-counterexamples", "--jobs", "1", "--cache", "\(top)/.build/proof",
      ] + only
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let id = process.processIdentifier
    let expired = Flag()
    let timer = DispatchSource.makeTimerSource()
    timer.schedule(deadline: .now() + .seconds(Proof.mostSeconds))
    timer.setEventHandler {
      expired.set()
      kill(id, SIGTERM)
    }
    timer.resume()
    defer { timer.cancel() }
    var output = ""
    var refused: String?
    while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
      output += String(decoding: data, as: UTF8.self)
      // As soon as there is a goal that is not proved nothing more is asked.
      if refused == nil, let line = Proof.open(in: output) {
        refused = line
        kill(id, SIGTERM)
      }
    }
    process.waitUntilExit()
    if let refused { return .refused(refused) }
    if expired.isSet { return .late }
    switch process.terminationStatus {
    case 0: return .proved
    case 1:
      let lines = output.split(separator: "\n")
      let line = lines.first { $0.contains(": not proved (") } ?? lines.last ?? ""
      return .refused(String(line.prefix(300)))
    case 2 where output.contains("no function or file has"): return .nothing
    default: throw Failure("prove failed: \(output.suffix(1000))")
    }
  }

  /// A line about progress that tells of a goal which is not proved.
  private static func open(in output: String) -> String? {
    for line in output.split(separator: "\n") where line.hasPrefix("[prove]") {
      let words = line.split(separator: " ")
      if let place = words.firstIndex(of: "not"), place > 0, let count = Int(words[place - 1]),
        count > 0
      {
        return "\(count) goals are not proved: up to \(words.last ?? "")"
      }
    }
    return nil
  }

  /// Asks about all of them, some at a time.
  func ask(_ mutants: [Mutant], _ files: [CoreFile], _ store: ResultStore, jobs: Int) throws
    -> ResultStore
  {
    try check(mutants)
    let mark = extent.named(try Proof.hash())
    let shared = Mutex<(next: Int, store: ResultStore, failure: (any Error)?)>((0, store, nil))
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while let index = shared.withLock({ state -> Int? in
        guard state.failure == nil, state.next < mutants.count else { return nil }
        state.next += 1
        return state.next - 1
      }) {
        let mutant = mutants[index]
        let file = files.first { $0.name == mutant.file }!
        let start = Date()
        let answer = Swift.Result { try self.answer(to: mutant, in: file) }
        shared.withLock { state in
          do {
            guard var result = state.store.result(of: mutant) else { return }
            result.proof = mark
            result.seconds += Date().timeIntervalSince(start)
            switch try answer.get() {
            case .refused(let goal):
              result.verdict = .unproved
              result.message = goal
            case .late: result.message = "the prover had no more time"
            case .proved: result.message = "proved"
            case .nothing: result.message = "nothing is proved of it"
            }
            try state.store.add(result)
            tell("[mutate] \(result.verdict.rawValue): \(mutant.name) (\(result.message ?? ""))")
          } catch {
            state.failure = error
          }
        }
      }
    }
    return try shared.withLock {
      if let failure = $0.failure { throw failure }
      return $0.store
    }
  }
}
