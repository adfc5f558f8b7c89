import Foundation

/// A boot whose console says what passed.
struct Scenario {
  var name: String
  var configuration: Configuration
  /// Seconds until it counts as stuck.
  var timeout = 120.0

  struct Result {
    /// Names of tests.
    var passed: [String] = []
    var failures: [String] = []
    var seconds = 0.0
    var log: URL
  }

  func run() throws -> Result {
    let machine = try Machine(configuration)
    defer { machine.end() }
    var result = Result(log: machine.log)
    func fail(_ reason: String) { result.failures.append(reason) }
    var hasEnded = false
    while !hasEnded {
      switch try machine.next(until: timeout) {
      case .line(let line):
        read(line, &result)
        if Marker.engineHasStopped(line) { hasEnded = true }
      case .ended: hasEnded = true
      case .timeout:
        fail("still running after \(Int(timeout)) s")
        hasEnded = true
      }
    }
    if result.passed.isEmpty && result.failures.isEmpty { fail("ended without a result") }
    result.seconds = machine.elapsed
    return result
  }

  private func read(_ line: String, _ result: inout Result) {
    switch Marker(line) {
    case .test(let name, .ok): result.passed.append(name)
    case .test(let name, .failed(let reason)): result.failures.append("\(name): \(reason)")
    case .scriptEnded(let status) where status != 0:
      result.failures.append("the script ended with status \(status)")
    default:
      // The last words of the host's kernel and of the engine. A guest may panic, behind its prefix.
      let lastWords = ["Kernel panic", "Internal error: Oops", "the engine has faulted"]
      if !line.hasPrefix("[panic]") && lastWords.contains(where: line.contains) {
        result.failures.append(line)
      }
    }
  }
}
