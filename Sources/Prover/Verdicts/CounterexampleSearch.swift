import Foundation

/// Asks for the values behind the answer that a goal does not hold, and looks for some where the
/// provers gave up.
struct CounterexampleSearch {
  let prove: ProverRun
  let strategy: Strategy

  func search(_ goal: RawGoal, _ attempts: [Attempt], name: String) -> Counterexample? {
    for attempt in attempts where attempt.answer == .refuted {
      let text = goal.texts[attempt.prover]!
      let query = CounterexampleQuery(text)
      let run = strategy.steps[min(attempt.step, strategy.steps.count - 1)][attempt.prover]
      let reply = ask(query.text(of: text), attempt.prover, run, name: name)
      let values = query.values(in: reply.values)
      if !values.isEmpty {
        return Counterexample(isCertain: true, prover: attempt.prover, values: values)
      }
    }
    return candidate(goal, name: name)
  }

  /// Values that do not contradict the goal's axioms, as far as both provers see.
  private func candidate(_ goal: RawGoal, name: String) -> Counterexample? {
    // Z3 is not bounded by its resources where there are no quantifiers.
    let text = goal.texts[.cvc5]!
    let query = CounterexampleQuery(text)
    guard !query.isEmpty else { return nil }
    let small = strategy.smoke
    let reply = ask(
      query.text(of: GroundGoal.text(of: text, terms: query.terms)), .cvc5,
      strategy.steps[0].cvc5, name: name)
    let values = query.values(in: reply.values)
    guard reply.answer == "sat", !values.isEmpty else { return nil }
    let conditions = query.conditions(in: reply.values)
    var isCertain = false
    for prover in ProverName.allCases {
      let whole = goal.texts[prover]!.replacingLast("(check-sat)", by: conditions + "(check-sat)")
      let answer = ask(whole, prover, small[prover], name: name).answer
      if answer == "unsat" { return nil }
      if answer == "sat" { isCertain = true }
    }
    return Counterexample(isCertain: isCertain, prover: .cvc5, values: values)
  }

  /// The answer, and what is printed behind it.
  private func ask(
    _ text: String, _ prover: ProverName, _ run: Strategy.Run, name: String
  ) -> (answer: String, values: String) {
    let file = "\(name).\(prover).smt2"
    let arguments =
      switch prover {
      case .z3: [prove.tools.z3, "-smt2", "rlimit=\(run.limit)", "memory_max_size=6000"]
      case .cvc5: [prove.tools.cvc5, "--lang=smt2", "--produce-models", "--rlimit=\(run.limit)"]
      }
    defer { prove.workspace.remove(file) }
    guard (try? prove.workspace.write(text, to: file)) != nil,
      let result = try? Subprocess.run(
        arguments + run.options + [prove.workspace.path(file)], guardSeconds: 30),
      let end = result.output.firstIndex(of: "\n")
    else { return ("", "") }
    return (String(result.output[..<end]), String(result.output[end...]))
  }
}

extension String {
  fileprivate func replacingLast(_ text: String, by other: String) -> String {
    guard let place = range(of: text, options: .backwards) else { return self }
    return replacingCharacters(in: place, with: other)
  }
}
