import Foundation

/// A boot whose console says what passed.
struct Scenario {
  var name: String
  var configuration: Configuration
  /// Seconds until it counts as stuck.
  var timeout = 120.0
  /// The engine faults and stops everything: its report is what is tested.
  var expectsFault = false
  /// Seconds of silence after which everything counts as stopped.
  private let silence = 3.0

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
    if expectsFault {
      try readFault(machine, &result)
      result.seconds = machine.elapsed
      return result
    }
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

  /// The report of a fault names the function, registers and events, and nothing comes after it
  /// though another CPU was printing all the time.
  private func readFault(_ machine: Machine, _ result: inout Result) throws {
    var lines: [String] = []
    var isStopped = false
    reading: while true {
      switch try machine.next(until: isStopped ? machine.elapsed + silence : timeout) {
      case .line(let line):
        if isStopped { result.failures.append("printed after the stop: \(line)") }
        lines.append(line)
        if Marker.engineHasStopped(line) { isStopped = true }
      case .ended, .timeout: break reading
      }
    }
    func expect(_ name: String, _ text: String) {
      if lines.contains(where: { $0.contains(text) }) {
        result.passed.append(name)
      } else {
        result.failures.append("\(name): no line has '\(text)'")
      }
    }
    expect("host-was-running", "bulkhead-test: other-cpu: alive")
    expect("fault-is-reported", "the engine has faulted; all CPUs are stopped")
    expect("fault-has-a-place", "at \(configuration.faultyFunction ?? "") + 0")
    expect("fault-has-registers", "  x0  ")
    expect("fault-has-events", "last traps with effects")
    expect("fault-stops", "bulkhead: stopped")
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
