/// Asks a prover for the values behind its answer that a goal does not hold.
struct CounterexampleSearch {
  let prove: ProverRun
  let strategy: Strategy

  func search(_ goal: RawGoal, _ attempts: [Attempt], name: String) -> Counterexample? {
    // Who is certain first; then cvc5, which more often has a candidate when it gives up.
    let isCertain = { (prover: ProverName) in
      attempts.contains { $0.prover == prover && $0.answer == .refuted }
    }
    for prover in [ProverName.cvc5, .z3].sorted(by: { isCertain($0) && !isCertain($1) }) {
      let step = attempts.first { $0.prover == prover && $0.answer == .refuted }?.step ?? 0
      guard let text = goal.texts[prover] else { continue }
      let query = CounterexampleQuery(text)
      guard !query.isEmpty else { return nil }
      let values = query.values(
        in: answer(
          query.text(of: text), prover, strategy.steps[min(step, strategy.steps.count - 1)][prover],
          name: name))
      if !values.isEmpty {
        return Counterexample(isCertain: isCertain(prover), prover: prover, values: values)
      }
    }
    return nil
  }

  /// What the prover prints behind `sat` or `unknown`.
  private func answer(
    _ text: String, _ prover: ProverName, _ run: Strategy.Run, name: String
  ) -> String {
    let file = "\(name).\(prover).smt2"
    let arguments =
      switch prover {
      case .z3: [prove.tools.z3, "-smt2", "rlimit=\(run.limit)", "memory_max_size=6000"]
      case .cvc5:
        [prove.tools.cvc5, "--lang=smt2", "--produce-models", "--rlimit=\(run.limit)"]
      }
    guard (try? prove.workspace.write(text, to: file)) != nil,
      let result = try? Subprocess.run(
        arguments + run.options + [prove.workspace.path(file)], guardSeconds: 600),
      let end = result.output.firstIndex(of: "\n")
    else { return "" }
    prove.workspace.remove(file)
    return String(result.output[end...])
  }
}
