import Dispatch
import Foundation
import Synchronization

/// Runs the core's tests with one mutant on.
struct Runner: Sendable {
  /// The program that has the tests.
  let program: String
  /// Lines of the built files by file and line: those of the original.
  let originalLines: [String: [Int: Int]]

  /// The tests in the order in which they are tried: those that take a moment first. (The witness's
  /// are long, and about what the proof asks for rather than what the core does.)
  private static let phases: [(arguments: [String], seconds: Int)] = [
    (
      [
        "--skip", "ChaosTests", "--skip", "HarnessTests", "--skip", "WitnessTests", "--skip",
        "ConformanceTests",
      ], 60
    ),
    (["--filter", "ConformanceTests/agree"], 60),
    (["--filter", "ChaosTests"], 120),
  ]

  struct Outcome: Sendable {
    var verdict: Verdict
    var test: String?
    var message: String?
    var replays: Bool?
  }

  /// The verdict on a mutant by its number; 0 is the core as it is.
  func verdict(_ number: Int) throws -> Outcome {
    for phase in Runner.phases {
      var outcome = try run(number, phase.arguments, seconds: phase.seconds)
      if outcome.verdict == .survived { continue }
      if outcome.verdict == .rejected {
        let test = outcome.test ?? "\""
        // One that has a sentence for a name is not found by it.
        let filter = test.hasPrefix("\"") ? phase.arguments : ["--filter", test]
        let again = try run(number, filter, seconds: phase.seconds)
        outcome.replays = again.verdict == .rejected
      }
      return outcome
    }
    return Outcome(verdict: .survived)
  }

  /// The command that shows a rejection again.
  static func command(_ program: String, _ number: Int, _ test: String?) -> String {
    "MUTANT=\(number) \(program)" + (test.map { " --filter '\($0)'" } ?? "")
  }

  // MARK: One run

  private func run(_ number: Int, _ arguments: [String], seconds: Int) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The limit of CPU time ends a loop soon on a busy machine too; no core dumps.
    let limits = "ulimit -c 0; ulimit -t \(seconds); exec \"$0\" \"$@\""
    process.arguments = ["-c", limits, program, "--no-parallel"] + arguments
    var environment = ProcessInfo.processInfo.environment
    environment["MUTANT"] = String(number)
    environment["NO_COLOR"] = "1"
    environment["TERM"] = "dumb"
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let id = process.processIdentifier
    let guardTimer = DispatchSource.makeTimerSource()
    let expired = Flag()
    guardTimer.schedule(deadline: .now() + .seconds(4 * seconds))
    guardTimer.setEventHandler {
      expired.set()
      kill(id, SIGKILL)
    }
    guardTimer.resume()
    defer { guardTimer.cancel() }
    let transcript = read(pipe.fileHandleForReading, id)
    process.waitUntilExit()

    if let issue = transcript.issue {
      return Outcome(
        verdict: .rejected, test: issue.test, message: translated(issue.message), replays: nil)
    }
    let signal = process.terminationReason == .uncaughtSignal ? process.terminationStatus : 0
    if expired.isSet || signal == SIGXCPU || signal == SIGKILL {
      return Outcome(verdict: .timeout, test: transcript.running, message: nil, replays: nil)
    }
    if process.terminationStatus != 0 {
      return Outcome(
        verdict: .rejected, test: transcript.running,
        message: translated(transcript.fatal ?? "ended with status \(process.terminationStatus)"),
        replays: nil)
    }
    return Outcome(verdict: .survived, test: nil, message: nil, replays: nil)
  }

  // MARK: What it prints

  private struct Transcript {
    /// The test that has begun and not ended.
    var running: String?
    var issue: (test: String, message: String)?
    var fatal: String?
  }

  /// Reads until the end, or to the first failure, at which the process is killed.
  private func read(_ file: FileHandle, _ id: pid_t) -> Transcript {
    var transcript = Transcript()
    var rest = Data()
    while case let data = file.availableData, !data.isEmpty {
      rest.append(data)
      while let end = rest.firstIndex(of: 10) {
        let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
        rest = Data(rest[(end + 1)...])
        note(line, in: &transcript)
        if transcript.issue != nil {
          kill(id, SIGKILL)
          return transcript
        }
      }
    }
    return transcript
  }

  private func note(_ line: String, in transcript: inout Transcript) {
    if line.contains("Fatal error") { transcript.fatal = transcript.fatal ?? line }
    guard let range = line.range(of: " Test ") else { return }
    let rest = line[range.upperBound...]
    if rest.hasPrefix("case ") || rest.hasPrefix("run ") { return }
    // A name as in the source with its parameters, or a sentence in quotes.
    let isSentence = rest.hasPrefix("\"")
    guard let end = isSentence ? rest.dropFirst().firstIndex(of: "\"") : rest.firstIndex(of: "(")
    else { return }
    let name = String(rest[..<end]) + (isSentence ? "\"" : "")
    if rest.contains(" recorded an issue"), let at = rest.range(of: " at ") {
      transcript.issue = (name, String(rest[at.upperBound...].prefix(300)))
    } else if rest.hasSuffix(" started.") {
      transcript.running = name
    } else if rest.contains(" passed after ") {
      transcript.running = nil
    }
  }

  /// A message with the lines of built files replaced by those of the sources.
  private func translated(_ message: String) -> String {
    var message = message
    for (file, lines) in originalLines {
      guard let range = message.range(of: file + ":") else { continue }
      let digits = message[range.upperBound...].prefix { $0.isNumber }
      guard let line = Int(digits), let original = lines[line] else { continue }
      message.replaceSubrange(
        range.upperBound..<message.index(range.upperBound, offsetBy: digits.count),
        with: String(original))
    }
    return message
  }
}

/// A truth that several threads may see.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}
