import Foundation

/// A boot whose console says what passed.
struct Scenario {
  var name: String
  var configuration: Configuration
  /// Seconds until it counts as stuck.
  var timeout = 120.0

  struct Result {
    var passed = 0
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
      case .line(let line): read(line, &result)
      case .ended: hasEnded = true
      case .timeout:
        fail("still running after \(Int(timeout)) s")
        hasEnded = true
      }
    }
    if result.passed == 0 && result.failures.isEmpty { fail("ended without a result") }
    result.seconds = machine.elapsed
    return result
  }

  private func read(_ line: String, _ result: inout Result) {
    switch Marker(line) {
    case .test(_, .ok): result.passed += 1
    case .test(let name, .failed(let reason)): result.failures.append("\(name): \(reason)")
    case .scriptEnded(let status) where status != 0:
      result.failures.append("the script ended with status \(status)")
    default:
      // Either kernel's last words, and the engine's: never part of a passing test, except where a
      // guest panics on request.
      if line.contains("bulkhead-engine: fault") || line.hasPrefix("Kernel panic")
        || line.contains("] Kernel panic") && !line.hasPrefix("[panic")
      {
        result.failures.append(line)
      }
    }
  }
}
