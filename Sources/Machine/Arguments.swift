/// The words behind a subcommand: `--name value`, `--flag`.
struct Arguments {
  private var words: [String]
  init(_ words: [String]) { self.words = words }

  /// Takes `--name value` out. Nil if it is not there.
  mutating func value(_ name: String) throws -> String? {
    guard let place = words.firstIndex(of: name) else { return nil }
    guard place + 1 < words.count else { throw Failure("\(name) wants a value") }
    let value = words[place + 1]
    words.removeSubrange(place...place + 1)
    return value
  }

  mutating func number(_ name: String) throws -> Int? {
    guard let text = try value(name) else { return nil }
    guard let number = Int(text), number > 0 else {
      throw Failure("\(name) wants a number, not '\(text)'")
    }
    return number
  }

  mutating func flag(_ name: String) -> Bool {
    guard let place = words.firstIndex(of: name) else { return false }
    words.remove(at: place)
    return true
  }

  /// Whatever was not taken is a mistake.
  func finish() throws {
    guard words.isEmpty else {
      throw Failure("unknown argument '\(words[0])'; see: machine help")
    }
  }

  /// Options of the machine itself, shared by the subcommands.
  mutating func apply(to configuration: inout Configuration) throws {
    if let cpus = try number("--cpus") { configuration.cpus = cpus }
    if let megabytes = try number("--memory") { configuration.memory = UInt64(megabytes) << 20 }
    if let words = try value("--cmdline") { configuration.furtherWords = words }
    if flag("--no-engine") { configuration.hasEngine = false }
  }
}
