/// One function of the page, folded.
struct HTMLFunction {
  private let function: FunctionVerdict
  private let contract: String

  init(_ function: FunctionVerdict, contract: String) {
    self.function = function
    self.contract = contract
  }

  var text: String {
    let name = HTML.escaped(function.name)
    // Everything that somebody may look for.
    var words = [function.name, function.place.file, function.state.rawValue]
    words += Set(function.goals.map(\.explanation)).sorted()
    return "<details class=\"\(classes)\" id=\"\(name)\" "
      + "data-text=\"\(HTML.escaped(words.joined(separator: " ").lowercased()))\">"
      + "<summary><span class=dot></span><code>\(name)</code><span class=soft>"
      + "\(HTML.escaped(summary))</span></summary><div>\n" + content + "</div></details>\n"
  }

  /// What the buttons above select by.
  private var classes: String {
    switch function.state {
    case .proved:
      function.goals.contains { $0.verdict == .provedOnce } ? "proved once" : "proved"
    case .trusted: "trusted"
    case .open, .vacuous, .refused, .error: "failed"
    }
  }

  private var summary: String {
    let goals = function.provedGoals
    let proved = goals.count { $0.verdict.isGood }
    return switch function.state {
    case .proved: "\(goals.count) goals"
    case .trusted: "believed"
    case .open: "\(proved) of \(goals.count) goals"
    case .vacuous: "can never be reached"
    case .refused: "refused"
    case .error: "no verdict"
    }
  }

  private var content: String {
    var result =
      "<p class=soft>\(HTML.escaped(function.place.file)), line \(function.place.line)</p>\n"
    if let reason = function.reason { result += "<p>Believed: \(HTML.escaped(reason))</p>\n" }
    for message in function.messages {
      result += "<p class=no>\(HTML.escaped(message))</p>\n"
    }
    if !contract.isEmpty { result += "<pre>\(HTML.escaped(contract))</pre>\n" }
    if !function.provedGoals.isEmpty {
      result += HTML.table(
        ["Goal", "#Line", "Z3", "cvc5"], function.provedGoals.map(row))
    }
    let smoke = function.goals.filter { $0.kind == .smoke }
    let reachable = smoke.count { $0.verdict == .reachable }
    if !smoke.isEmpty {
      result +=
        "<p class=\(reachable == smoke.count ? "soft" : "no")>\(reachable) of \(smoke.count) places "
        + "can be reached, as far as the provers see.</p>\n"
    }
    return result
  }

  private func row(_ goal: Goal) -> String {
    let kind = goal.kind == .contract ? " <span class=soft>in the contract</span>" : ""
    var result =
      "<td class=wide>\(HTML.escaped(goal.explanation))\(kind)"
    if let example = goal.counterexample {
      let values = example.values.map { "\($0.name) = \($0.value)" }.joined(separator: "\n")
      result +=
        "<p class=soft>\(example.isCertain ? "Counterexample" : "Possibly"):</p>"
        + "<pre>\(HTML.escaped(values))</pre>"
    }
    let line =
      goal.place.file == function.place.file
      ? "\(goal.place.line)" : HTML.escaped("\(goal.place.file):\(goal.place.line)")
    result += "</td><td class=number>\(line)</td>"
    for prover in ProverName.allCases {
      result += "<td>\(goal.attempts.first { $0.prover == prover }.map(answer) ?? "")</td>"
    }
    return result
  }

  private func answer(_ attempt: Attempt) -> String {
    let (kind, word) =
      switch attempt.answer {
      case .proved: ("yes", "proved")
      case .refuted: ("no", "does not hold")
      case .unknown: ("maybe", "unknown")
      case .limit: ("maybe", "unknown at its limit")
      case .late, .error: ("no", attempt.message ?? "error")
      }
    return "<span class=\(kind)>\(HTML.escaped(word))</span> "
      + "<span class=soft>\(TerminalReport.seconds(attempt.seconds))</span>"
  }
}
