import Foundation

/// `machine run`: the demonstration. The steps 1 and 2 are read off the console, the others are
/// told by the host's script.
enum RunCommand {
  static let timeout = 180.0

  static func run(_ given: Arguments) throws -> Bool {
    var arguments = given
    var configuration = Configuration(name: "run", host: .linux(script: "run"))
    configuration.furtherWords = "loglevel=6"
    try arguments.apply(to: &configuration)
    try arguments.finish()

    let machine = try Machine(configuration)
    defer { machine.end() }
    var story = Story(cpus: configuration.cpus, hasEngine: configuration.hasEngine)
    reading: while true {
      switch try machine.next(until: timeout) {
      case .line(let line): story.read(line, at: machine.elapsed)
      case .ended:
        story.end()
        break reading
      case .timeout:
        story.end(stuckAfter: timeout)
        break reading
      }
    }
    story.printSummary(seconds: machine.elapsed, log: machine.log)
    return story.hasSucceeded
  }
}
