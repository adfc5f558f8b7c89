import Foundation

/// Gives goals to the provers and reads their answers.
struct ProverRun {
  let tools: Toolchain
  let workspace: Workspace
  /// Seconds that the guard leaves even to what has no resources.
  var leastSeconds = 120.0

  /// What a program that hangs may take, on however slow a machine.
  private func guardSeconds(_ run: Strategy.Run, _ prover: ProverName) -> Double {
    // Some fifty times what the resources take on a machine of today.
    leastSeconds + Double(run.limit) * (prover == .z3 ? 0.000_01 : 0.000_1)
  }

  /// One goal, by itself.
  func prove(_ text: String, by prover: ProverName, step: Int, _ run: Strategy.Run, name: String)
    throws -> Attempt
  {
    switch prover {
    case .z3:
      return try proveByZ3([text], step: step, run, name: name)[0]
    case .cvc5:
      let file = "\(name).cvc5.smt2"
      try workspace.write(text, to: file)
      defer { workspace.remove(file) }
      let result = try Subprocess.run(
        [tools.cvc5, "--lang=smt2", "--stats-internal", "--rlimit=\(run.limit)"] + run.options
          + [workspace.path(file)],
        guardSeconds: guardSeconds(run, prover))
      var used = 0
      for line in result.complaints.split(separator: "\n")
      where line.hasPrefix("resource::resourceUnitsUsed") {
        used = Int(line.split(separator: " ").last ?? "") ?? 0
      }
      return ProverRun.attempt(
        prover, step, run, lines: result.output.split(separator: "\n"), used: used, result)
    }
  }

  /// Z3 takes longer to start than to prove most goals: many in one process, which forgets all
  /// between them. Resources come out the same as for a goal by itself.
  func proveByZ3(_ texts: [String], step: Int, _ run: Strategy.Run, name: String) throws
    -> [Attempt]
  {
    let file = "\(name).z3.smt2"
    let separator = "next goal"
    try workspace.write(
      texts.map { $0 + "\n(get-info :rlimit)\n" }
        .joined(separator: "(reset)\n(echo \"\(separator)\")\n"), to: file)
    defer { workspace.remove(file) }
    let result = try Subprocess.run(
      [tools.z3, "-smt2", "rlimit=\(run.limit)", "memory_max_size=6000"] + run.options + [
        workspace.path(file)
      ],
      guardSeconds: guardSeconds(run, .z3) * Double(texts.count))
    var parts = result.output.split(separator: "\n").split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == separator })
    if texts.count > 1 && (result.violence != nil || parts.count != texts.count) {
      // It broke on one of them: each by itself, so that the others do not suffer.
      return try texts.indices.map { index in
        try proveByZ3([texts[index]], step: step, run, name: "\(name).\(index)")[0]
      }
    }
    while parts.count < texts.count { parts.append([]) }
    let attempts = parts.prefix(texts.count).map { part in
      var used = 0
      for line in part where line.hasPrefix("(:rlimit ") {
        used = Int(line.dropFirst("(:rlimit ".count).dropLast()) ?? 0
      }
      return ProverRun.attempt(.z3, step, run, lines: Array(part), used: used, result)
    }
    // Each has its share of the time.
    let all = Double(attempts.reduce(0) { $0 + $1.resources + 1 })
    return attempts.map { attempt in
      var attempt = attempt
      attempt.seconds = result.seconds * Double(attempt.resources + 1) / all
      return attempt
    }
  }

  private static func attempt(
    _ prover: ProverName, _ step: Int, _ run: Strategy.Run, lines: [Substring], used: Int,
    _ result: Subprocess.Result
  ) -> Attempt {
    var attempt = Attempt(
      prover: prover, answer: .error, step: step, resources: used, seconds: result.seconds)
    let complaint = lines.first { $0.hasPrefix("(error") }
    if let violence = result.violence {
      if result.isLate { attempt.answer = .late }
      attempt.message = "\(prover) \(violence)"
    } else if let complaint, complaint.contains("out of memory") {
      attempt.answer = .limit
    } else if let complaint {
      attempt.message = "\(prover): \(complaint)"
    } else {
      switch lines.first {
      case "unsat": attempt.answer = .proved
      case "sat": attempt.answer = .refuted
      case "unknown": attempt.answer = used >= run.limit ? .limit : .unknown
      default:
        attempt.message =
          "\(prover) answered '\((lines.first.map(String.init) ?? result.complaints).prefix(200))'"
      }
    }
    return attempt
  }
}
