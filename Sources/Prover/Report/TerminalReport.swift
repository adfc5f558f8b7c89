import Foundation

/// What the terminal shows in the end.
public struct TerminalReport {
  let report: ProofReport
  let isVerbose: Bool

  public init(_ report: ProofReport, isVerbose: Bool = false) {
    self.report = report
    self.isVerbose = isVerbose
  }

  public var text: String {
    var lines = table
    if isVerbose { lines += functions }
    lines += once
    for function in report.failures { lines += [""] + TerminalReport.lines(of: function) }
    lines += open
    if !report.problems.isEmpty { lines += [""] + report.problems.map { "prove: \($0)" } }
    return (lines + ["", conclusion]).joined(separator: "\n") + "\n"
  }

  private var table: [String] {
    var rows = [["module", "functions", "goals", "proved twice", "once", "not proved", "slowest"]]
    for module in report.modules { rows.append(row(module, report.counts(of: module))) }
    if report.modules.count > 1 { rows.append(row("all", report.counts())) }
    return TerminalReport.aligned(rows, left: [0, 6])
  }

  private func row(_ name: String, _ counts: ProofReport.Counts) -> [String] {
    [
      name, "\(counts.functions)", "\(counts.goals)", "\(counts.twice)", "\(counts.once)",
      "\(counts.notProved)",
      counts.slowest.seconds == 0
        ? "" : "\(TerminalReport.seconds(counts.slowest.seconds)) \(counts.slowest.function)",
    ]
  }

  private var functions: [String] {
    let rows = report.functions.map { function in
      var counts = ProofReport.Counts()
      counts.add(function)
      return [
        function.name, "\(function.state)", "\(counts.goals)",
        TerminalReport.seconds(function.goals.reduce(0) { $0 + $1.seconds }),
        function.isFromCache ? "cache" : "",
      ]
    }
    return [""]
      + TerminalReport.aligned(
        [["function", "", "goals", "processor time", ""]] + rows, left: [0, 1, 4])
  }

  private var once: [String] {
    let goals = report.functions.flatMap(\.goals).filter { $0.verdict == .provedOnce }
    guard !goals.isEmpty else { return [] }
    return ["", "proved by one prover only:"]
      + goals.map {
        "  \(TerminalReport.place($0)): \($0.explanation) (\(TerminalReport.answers($0)))"
      }
  }

  private var open: [String] {
    guard !report.knownOpen.isEmpty else { return [] }
    let reasons = Dictionary(
      report.open.map { ($0.function, $0.reason) }, uniquingKeysWith: { first, _ in first })
    var lines = ["", "not yet proved, as listed:"]
    for function in report.knownOpen {
      let failures = function.failures.count
      let what =
        function.state == .refused ? "refused" : "\(failures) of \(function.goals.count) goals"
      lines.append("  \(function.name) (\(what)): \(reasons[function.name] ?? "")")
      if isVerbose { lines += TerminalReport.lines(of: function).map { "    " + $0 } }
    }
    return lines
  }

  private var conclusion: String {
    let counts = report.counts()
    let time = TerminalReport.seconds(report.seconds)
    let failed = report.failures.count
    if !report.isGood {
      let what =
        failed == 0
        ? "\(report.problems.count) to put right"
        : "\(failed) of \(counts.functions) functions not proved"
      return "prove: \(what), in \(time)"
    }
    let share = counts.goals == 0 ? 100 : Double(counts.twice) * 100 / Double(counts.goals)
    let open = report.knownOpen.count
    return "prove: \(counts.goals - counts.notProved) goals proved, "
      + "\(String(format: "%.1f", share))% of all twice, "
      + "\(report.trusted.count) functions believed, \(open) not yet proved, in \(time)"
  }

  /// Values of a counterexample; more are in the report.
  private static let most = 10

  /// What is wrong with a function, each thing at its place.
  static func lines(of function: FunctionVerdict) -> [String] {
    var lines = function.messages.map { message in
      function.state == .refused
        ? message : "\(function.place.file):\(function.place.line): \(function.name): \(message)"
    }
    for goal in function.failures {
      let what = goal.verdict == .vacuous ? "can never be reached" : "not proved"
      lines.append(
        "\(place(goal)): \(goal.explanation): \(what) (\(answers(goal))) in \(function.name)")
      guard let example = goal.counterexample, !example.values.isEmpty else { continue }
      lines.append(example.isCertain ? "  counterexample:" : "  possibly:")
      lines += example.values.prefix(most).map { "    \($0.name) = \($0.value)" }
      if example.values.count > most {
        lines.append("    … and \(example.values.count - most) more (see --report)")
      }
    }
    return lines
  }

  static func place(_ goal: Goal) -> String {
    "\(goal.place.file):\(goal.place.line):\(goal.place.column)"
  }

  static func answers(_ goal: Goal) -> String {
    goal.attempts.map { attempt in
      let answer =
        switch attempt.answer {
        case .proved: "proved"
        case .refuted: "does not hold"
        case .unknown: "unknown"
        case .limit: "unknown at its limit"
        case .late, .error: attempt.message ?? "error"
        }
      return "\(attempt.prover): \(answer)"
    }.joined(separator: ", ")
  }

  static func seconds(_ seconds: Double) -> String {
    seconds >= 100
      ? "\(Int(seconds)) s" : String(format: seconds >= 10 ? "%.1f s" : "%.2f s", seconds)
  }

  /// Columns under each other; numbers to the right.
  private static func aligned(_ rows: [[String]], left: Set<Int>) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return left.contains(column) ? row[column] + space : space + row[column]
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
