import Foundation

/// `machine test`: one line for each scenario, and a sum at the end.
enum TestCommand {
  static func run(_ given: Arguments) throws -> Bool {
    var arguments = given
    let filter = try arguments.value("--filter") ?? ""
    let isList = arguments.flag("--list")
    try arguments.finish()
    let scenarios = Scenarios.all.filter { filter.isEmpty || $0.name.contains(filter) }
    if scenarios.isEmpty {
      throw Failure("no scenario contains '\(filter)'; see: machine test --list")
    }
    if isList {
      for scenario in scenarios { say(scenario.name) }
      return true
    }
    var failed = 0
    for scenario in scenarios {
      let result = try scenario.run()
      let isGood = result.failures.isEmpty
      failed += isGood ? 0 : 1
      let time = String(format: "%6.1f s", result.seconds)
      let checks = isGood ? "\(result.passed.count) checks" : result.failures[0]
      say(
        "\(isGood ? "ok    " : "FAILED") \(scenario.name.padded(to: 20)) \(time)  \(checks)  \(result.log.relativePath)"
      )
      for reason in result.failures.dropFirst().prefix(8) { say("         \(reason)") }
    }
    say("\(scenarios.count - failed) passed, \(failed) failed")
    return failed == 0
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
