import Foundation
import Testing

@testable import Prover

/// They run the real Why3, Z3 and cvc5.
@Suite struct VerdictsTests {
  @Test func `a unit that holds is proved by both provers, each goal at its place`() throws {
    let verdict = try verify(Samples.share)
    #expect(verdict.error == nil)
    #expect(verdict.goals.map(\.explanation) == ["overflow", "holds", "ensures"])
    #expect(verdict.goals.map(\.place.line) == [7, 8, 4])
    #expect(verdict.goals.map(\.place.file) == Array(repeating: "Pages.swift", count: 3))
    #expect(verdict.goals.map(\.place.column) == [5, 9, 5])
    #expect(verdict.goals.allSatisfy { $0.verdict == .provedTwice })
    #expect(verdict.goals.allSatisfy { $0.provers == [.z3, .cvc5] })
    #expect(verdict.goals.allSatisfy { $0.attempts.allSatisfy { $0.resources > 0 } })
  }

  @Test func `more goals of one name than ten come in their order`() throws {
    let count = 23
    let body = (1...count).map { "assert { [#\"Many.swift\" \($0) 1 2] x > 0 - \($0) };" }
    let verdict = try verify(
      "module Unit\n  use int.Int\n  let f (x: int) : unit requires { x > 0 } =\n"
        + body.joined(separator: "\n") + "()\nend\n")
    #expect(verdict.goals.map(\.place.line) == Array(1...count))
    #expect(verdict.goals.allSatisfy { $0.verdict == .provedTwice })
  }

  @Test func `a goal that one prover alone shows is proved once`() throws {
    // cvc5 is kept from it by a limit of one unit.
    var options = Verifier.Options()
    options.strategy.steps = [options.strategy.steps[0]]
    options.strategy.steps[0].cvc5.limit = 1
    let goal = try #require(try verify(Samples.ensures("x + y >= x"), options).goals.first)
    #expect(goal.verdict == .provedOnce)
    #expect(goal.provers == [.z3])
    #expect(goal.attempts.map(\.answer) == [.proved, .limit])
  }

  @Test func `a goal that does not hold has a counterexample`() throws {
    let goal = try #require(try verify(Samples.ensures("x + y > x")).goals.first)
    #expect(goal.verdict == .refuted)
    let counterexample = try #require(goal.counterexample)
    #expect(counterexample.isCertain)
    #expect(counterexample.values.map(\.name) == ["x", "y"])
    #expect(counterexample.values.last?.value == "0")
  }

  @Test func `a counterexample tells fields, cases and elements`() throws {
    let goal = try #require(try verify(Samples.page).goals.first)
    #expect(!goal.verdict.isGood)
    let values = Dictionary(
      goal.counterexample?.values.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { $1 })
    #expect(values["p.count"] == "100")
    #expect(values["p.state"] == ".shared")
    #expect(values["table[index]"] == "7")
    #expect(values["place"] == "not nil")
    #expect(values["place!"] == values["index"])
    #expect(values["sum"] == "65536 (0x10000)")
    #expect(values["in"] == "true")
    // What the goal does not speak of, and what the translation made up.
    #expect(values["p.other"] == nil)
    #expect(values.keys.allSatisfy { !$0.contains("any") })
  }

  @Test func `a resource limit leaves a goal unknown, every time alike`() throws {
    var options = Verifier.Options()
    options.strategy = .effort(0)
    options.strategy.steps[0].z3.limit = 50000
    options.strategy.steps[0].cvc5.limit = 5000
    let first = try verify(Samples.fermat, options).goals
    let second = try verify(Samples.fermat, options).goals
    let goal = try #require(first.first)
    #expect(goal.verdict == .unknown)
    #expect(goal.attempts.contains { $0.answer == .limit })
    #expect(
      first.flatMap(\.attempts).map(\.resources) == second.flatMap(\.attempts).map(\.resources))
    #expect(first.flatMap(\.attempts).map(\.answer) == second.flatMap(\.attempts).map(\.answer))
  }

  @Test func `the next step is taken when the first one does not do`() throws {
    var options = Verifier.Options()
    options.strategy = .effort(1)
    options.strategy.steps[0].z3.limit = 1
    options.strategy.steps[0].cvc5.limit = 1
    let goal = try #require(try verify(Samples.ensures("x + y >= x"), options).goals.first)
    #expect(goal.verdict == .provedTwice)
    #expect(goal.attempts.map(\.step) == [1, 1])
  }

  @Test func `false that can be proved is found`() throws {
    let vacuous = try verify(Samples.smoke("x > 0 /\\ x < 0"), kind: .smoke)
    #expect(vacuous.goals.map(\.verdict) == [.vacuous])
    let reachable = try verify(Samples.smoke("x > 0"), kind: .smoke)
    #expect(reachable.goals.map(\.verdict) == [.reachable])
  }

  @Test func `what Why3 refuses is the error of that unit alone`() throws {
    let verdicts = try Verifier().verify([
      unit(Samples.share), unit("module Unit\n  goal g : nonsense\nend\n"),
      unit(Samples.ensures("x + y >= x")),
    ])
    #expect(verdicts.map { $0.error == nil } == [true, false, true])
    #expect(verdicts[1].error?.contains("nonsense") == true)
    #expect(verdicts[2].goals.first?.verdict == .provedTwice)
  }

  @Test func `a prover that breaks is an error, not a verdict, and is not kept`() throws {
    try withFolder { folder in
      let broken = try script("kill -9 $$", named: "cvc5", in: folder)
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      let verdict = try #require(
        try Verifier(options, tools: Toolchain(cvc5: broken)).verify([unit(Samples.share)]).first)
      #expect(verdict.error == "cvc5 killed by signal 9")
      #expect(verdict.goals.allSatisfy { $0.verdict == .error })
      #expect(try files(in: folder + "/cache").isEmpty)
    }
  }

  @Test func `what one prover shows is proved once, however long the other takes`() throws {
    try withFolder { folder in
      let slow = try script("sleep 100", named: "cvc5", in: folder)
      var options = Verifier.Options()
      options.strategy = .effort(0)
      options.guardSeconds = -8
      options.cacheFolder = folder + "/cache"
      let text = Samples.share
      let verdict = try #require(
        try Verifier(options, tools: Toolchain(cvc5: slow)).verify([unit(text)]).first)
      #expect(verdict.error == nil)
      #expect(verdict.goals.map(\.verdict) == [.provedOnce, .provedOnce, .provedOnce])
      #expect(verdict.goals.allSatisfy { $0.attempts.map(\.answer) == [.proved, .late] })
      #expect(try Verifier(options).verify([unit(text)]).first?.isFromCache == true)
    }
  }

  @Test func `what nobody shows is an error if the clock ended a prover, and is not kept`() throws {
    try withFolder { folder in
      let slow = try script("sleep 100", named: "cvc5", in: folder)
      var options = Verifier.Options()
      options.strategy = .effort(0)
      options.guardSeconds = -8
      options.cacheFolder = folder + "/cache"
      let verdict = try #require(
        try Verifier(options, tools: Toolchain(cvc5: slow))
          .verify([unit(Samples.ensures("x + y > x"))]).first)
      #expect(verdict.error == "cvc5 still running after 2 seconds")
      #expect(verdict.goals.allSatisfy { !$0.verdict.isGood })
      #expect(try files(in: folder + "/cache").isEmpty)
    }
  }

  @Test func `Z3 breaking on one goal does not take the others along`() throws {
    try withFolder { folder in
      // Breaks where the text has more than one goal, and on the goal of the overflow.
      let moody = try script(
        "for last; do :; done; if grep -q -E '^.echo|\\(<= 0 \\(\\+' \"$last\" 2>/dev/null; "
          + "then kill -9 $$; fi; exec z3 \"$@\"", named: "z3", in: folder)
      let verdict = try #require(
        try Verifier(tools: Toolchain(z3: moody)).verify([unit(Samples.share)]).first)
      #expect(verdict.goals.map(\.verdict) == [.error, .provedTwice, .provedTwice])
      #expect(verdict.error == "z3 killed by signal 9")
    }
  }

  @Test func `provers that contradict each other are an error`() throws {
    try withFolder { folder in
      let liar = try script("echo sat", named: "cvc5", in: folder)
      let verdict = try #require(
        try Verifier(tools: Toolchain(cvc5: liar)).verify([unit(Samples.share)]).first)
      #expect(verdict.error == "one prover shows what the other refutes")
    }
  }

  private func verify(
    _ text: String, _ options: Verifier.Options = Verifier.Options(),
    kind: ProofUnit.Kind = .body
  ) throws -> UnitVerdict {
    try #require(try Verifier(options).verify([unit(text, kind: kind)]).first)
  }
}
