import Foundation
import Testing

@testable import Prover

@Suite struct ReportTests {
  @Test func `a report is good when all is proved or believed`() {
    let report = ReportTests.report([
      .function("Core.a()", .proved), .function("Core.b()", .trusted),
    ])
    #expect(report.isGood)
    #expect(report.trusted.map(\.name) == ["Core.b()"])
  }

  @Test(arguments: [
    FunctionVerdict.State.open, .refused, .vacuous, .error,
  ])
  func `a function that is not proved spoils it`(state: FunctionVerdict.State) {
    let report = ReportTests.report([.function("Core.a()", .proved), .function("Core.b()", state)])
    #expect(!report.isGood)
    #expect(report.failures.map(\.name) == ["Core.b()"])
  }

  @Test func `what is listed as open is told apart and spoils nothing`() {
    let report = ReportTests.report(
      [
        .function("Core.a()", .proved), .function("Core.b()", .open),
        .function("Core.c()", .refused),
      ],
      open: ["Core.b()", "Core.c()"])
    #expect(report.isGood)
    #expect(report.knownOpen.map(\.name) == ["Core.b()", "Core.c()"])
    #expect(TerminalReport(report).text.contains("Core.b() (1 of 2 goals): because"))
  }

  @Test(arguments: [FunctionVerdict.State.vacuous, .error])
  func `the list excuses neither contradictions nor failed machinery`(
    state: FunctionVerdict.State
  ) {
    #expect(!ReportTests.report([.function("Core.b()", state)], open: ["Core.b()"]).isGood)
  }

  @Test(arguments: [FunctionVerdict.State.proved, .trusted])
  func `what is proved now has to leave the list`(state: FunctionVerdict.State) {
    let report = ReportTests.report([.function("Core.a()", state)], open: ["Core.a()"])
    #expect(!report.isGood)
    #expect(
      report.problems == [
        "'Core.a()' is \(state) now: remove it from the list of open functions"
      ])
  }

  @Test func `what does not exist has to leave the list, but not when only some are looked at`() {
    let functions = [FunctionVerdict.function("Core.a()", .proved)]
    #expect(!ReportTests.report(functions, open: ["Core.gone()"]).isGood)
    #expect(ReportTests.report(functions, open: ["Core.gone()"], isWhole: false).isGood)
  }

  @Test func `an entry that stands twice is told`() {
    let report = ReportTests.report(
      [.function("Core.a()", .open)], open: ["Core.a()", "Core.a()"])
    #expect(report.problems == ["'Core.a()' stands twice on the list of open functions"])
  }

  @Test func `what concerns no single function spoils it`() {
    let place = Location(file: "A.swift", line: 3, column: 5, offset: 0)
    let report = ProofReport(
      tools: [], seconds: 1, functions: [.function("Core.a()", .proved)],
      general: [Diagnostic("an operator of your own; write a function", at: place)], open: [],
      isWhole: true)
    #expect(!report.isGood)
    #expect(TerminalReport(report).text.contains("A.swift:3:5: an operator of your own"))
  }

  @Test func `the table counts goals by module, and smoke goals not at all`() {
    let report = ReportTests.report([
      .function("Core.a()", .proved), .function("Core.b()", .open), .function("ABI.c()", .proved),
    ])
    let counts = report.counts(of: "Core")
    #expect(counts.functions == 2)
    #expect(counts.goals == 3)
    #expect(counts.twice == 1)
    #expect(counts.once == 1)
    #expect(counts.notProved == 1)
    let lines = TerminalReport(report).text.split(separator: "\n")
    #expect(lines[0].hasPrefix("module  functions  goals  proved twice  once  not proved  slowest"))
    #expect(lines[1].split(separator: " ").prefix(6) == ["Core", "2", "3", "1", "1", "1"])
    #expect(lines[3].hasPrefix("all"))
  }

  @Test func `a failure stands at its place with the provers' answers and values`() {
    let text = TerminalReport(ReportTests.report([.function("Core.b()", .open)])).text
    #expect(
      text.contains(
        "Core.swift:12:5: overflow: not proved (z3: does not hold, cvc5: unknown at its limit) in Core.b()\n"
          + "  counterexample:\n    x = 255\n"), "\(text)")
    #expect(text.hasSuffix("prove: 1 of 1 functions not proved, in 1.00 s\n"))
  }

  @Test func `goals that one prover alone shows are listed`() {
    let text = TerminalReport(ReportTests.report([.function("Core.b()", .open)])).text
    #expect(
      text.contains(
        "proved by one prover only:\n  Core.swift:11:5: ensures (z3: proved, cvc5: unknown)\n"),
      "\(text)")
  }

  @Test func `JSON gives everything back`() throws {
    let report = ReportTests.report([.function("Core.b()", .open)], open: ["Core.b()"])
    let again = try JSONDecoder().decode(ProofReport.self, from: JSONEncoder().encode(report))
    #expect(again.functions.first?.goals == report.functions.first?.goals)
    #expect(again.open == report.open)
  }

  @Test func `files are written where they are asked for`() throws {
    try withFolder { folder in
      let report = ReportTests.report([.function("Core.b()", .open)])
      try ReportFiles.write(report, title: "Proof", to: folder + "/new/folder")
      #expect(
        try files(in: folder).map { $0.split(separator: "/").last! }.sorted()
          == ["proof.html", "proof.json"])
      #expect(throws: ProofError.self) {
        try ReportFiles.write(report, title: "Proof", to: "/dev/null/report")
      }
    }
  }

  static func report(
    _ functions: [FunctionVerdict], open: [String] = [], isWhole: Bool = true
  ) -> ProofReport {
    ProofReport(
      tools: ["Why3 1", "Z3 2", "cvc5 3"], seconds: 1, functions: functions, general: [],
      open: open.map { OpenFunction(function: $0, reason: "because") }, isWhole: isWhole)
  }
}

extension FunctionVerdict {
  /// With goals that fit its state.
  static func function(_ name: String, _ state: State) -> FunctionVerdict {
    var goals: [Goal] = []
    switch state {
    case .proved:
      goals = [
        .goal(.provedTwice, 11, [.proved, .proved]), .goal(.reachable, 10, [.unknown, .limit]),
      ]
    case .open:
      goals = [
        .goal(.provedOnce, 11, [.proved, .unknown]), .goal(.refuted, 12, [.refuted, .limit]),
      ]
    case .vacuous: goals = [.goal(.vacuous, 10, [.proved, .unknown])]
    case .trusted, .refused, .error: break
    }
    return FunctionVerdict(
      name: name, module: String(name.prefix { $0 != "." }),
      place: SourcePlace(file: "Core.swift", line: 10, column: 1, endColumn: 1), state: state,
      goals: goals, messages: state == .refused ? ["Core.swift:10:1: a class; use a struct"] : [],
      reason: state == .trusted ? "assembly" : nil, isFromCache: false)
  }
}

extension Goal {
  static func goal(_ verdict: Verdict, _ line: Int, _ answers: [Answer]) -> Goal {
    Goal(
      kind: verdict == .reachable || verdict == .vacuous ? .smoke : .body,
      explanation: verdict == .refuted ? "overflow" : "ensures",
      place: SourcePlace(file: "Core.swift", line: line, column: 5, endColumn: 9), verdict: verdict,
      attempts: zip(ProverName.allCases, answers).map {
        Attempt(prover: $0, answer: $1, step: 0, resources: 10, seconds: 0.5, message: nil)
      },
      counterexample: verdict == .refuted
        ? Counterexample(
          isCertain: true, prover: .z3, values: [.init(name: "x", value: "255")]) : nil)
  }
}
