/// Lines of the console that scripts print for us.
enum Marker: Equatable {
  enum Outcome: Equatable {
    case begin(String)
    case ok(String)
    case failed(String)
  }
  /// `bulkhead-test: NAME: ok|FAILED reason`
  case test(String, Outcome)
  /// `bulkhead-step: NUMBER: begin|ok|FAILED: text`
  case step(Int, Outcome)
  /// `bulkhead-table: ROW: value`
  case row(String, String)
  /// `bulkhead-host: script NAME ended with status N`
  case scriptEnded(status: Int)

  /// The engine's last line after a fault of its own: nothing more will come.
  static func engineHasStopped(_ line: String) -> Bool { line.hasPrefix("bulkhead: stopped") }

  init?(_ line: String) {
    // A prefix of the console (a time, a guest's name) may stand before the marker.
    guard let place = line.firstRange(of: "bulkhead-") else { return nil }
    let fields = line[place.upperBound...].split(separator: ":", maxSplits: 2).map {
      $0.drop { $0 == " " }
    }
    switch fields.first {
    case "test" where fields.count == 3:
      guard let outcome = Outcome(fields[2]) else { return nil }
      self = .test(String(fields[1]), outcome)
    case "step" where fields.count == 3:
      guard let number = Int(fields[1]), let outcome = Outcome(fields[2]) else { return nil }
      self = .step(number, outcome)
    case "table" where fields.count == 3:
      self = .row(String(fields[1]), String(fields[2]))
    case "host" where fields.count == 2 && fields[1].hasPrefix("script "):
      guard let status = fields[1].split(separator: " ").last.flatMap({ Int($0) }) else {
        return nil
      }
      self = .scriptEnded(status: status)
    default: return nil
    }
  }
}

extension Marker.Outcome {
  fileprivate init?(_ text: Substring) {
    func after(_ word: String) -> String {
      String(text.dropFirst(word.count).drop { $0 == ":" || $0 == " " })
    }
    if text.hasPrefix("begin") {
      self = .begin(after("begin"))
    } else if text.hasPrefix("ok") {
      self = .ok(after("ok"))
    } else if text.hasPrefix("FAILED") {
      self = .failed(after("FAILED"))
    } else {
      return nil
    }
  }
}
