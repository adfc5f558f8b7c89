import Foundation

/// `machine run`: the demonstration. Steps 1 and 2 are read off the console, 3 and 4 told by the
/// host's script; a second machine with a hostile host ends step 4.
enum RunCommand {
  /// Seconds after which the machine counts as stuck. It takes 15 on two idle CPUs.
  static let timeout = 240.0

  static func run(_ given: Arguments) throws -> Bool {
    var arguments = given
    var configuration = Configuration(name: "run", host: .linux(script: "run"))
    try arguments.apply(to: &configuration)
    try arguments.finish()

    var story = Story(cpus: configuration.cpus)
    let machine = try Machine(configuration)
    defer { machine.end() }
    reading: while true {
      switch try machine.next(until: timeout) {
      case .line(let line):
        story.read(line, at: machine.elapsed)
        if Marker.engineHasStopped(line) { machine.end() }
      case .ended:
        story.end()
        break reading
      case .timeout:
        story.end(stuckAfter: timeout)
        break reading
      }
    }
    machine.end()
    var logs = [machine.log]
    if story.hasSucceeded {
      let attack = Scenarios.hostileKernel(name: "run-hostile-host")
      story.begin(hostileKernel: attack.name)
      let result = try attack.run()
      story.end(hostileKernel: result)
      logs.append(result.log)
    }
    story.printSummary(logs: logs)
    return story.hasSucceeded
  }
}
