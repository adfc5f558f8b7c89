/// How much each prover may spend on a goal, in its own unit of resources rather than in time: a
/// verdict is the same on a slow or busy machine.
public struct Strategy: Sendable, Codable, Equatable {
  public struct Run: Sendable, Codable, Equatable {
    public var limit: Int
    public var options: [String]
  }
  /// Tried in this order; the next step only for goals that neither prover has proved so far. Once
  /// one has, the other goes on up to ``secondOpinion``.
  public struct Step: Sendable, Codable, Equatable {
    public var z3: Run
    public var cvc5: Run
    public subscript(prover: ProverName) -> Run { prover == .z3 ? z3 : cvc5 }
  }
  public var steps: [Step]
  /// The last step at which a goal that one prover has proved is still given to the other.
  public var secondOpinion: Int
  /// Whether values are looked for that break what is not proved, which takes long for large states.
  public var seeksCounterexamples = true
  /// For `false`, which is hardly ever provable: every such goal uses it up.
  public var smoke: Step

  // A unit of Z3 is about 0.15 microseconds, one of cvc5 1.5 microseconds. Of goals that can be
  // proved, 99 of 100 take less than a third of the small step.
  private static let small = Step(
    z3: Run(limit: 1_000_000, options: []), cvc5: Run(limit: 100_000, options: []))
  private static let medium = Step(
    z3: Run(limit: 20_000_000, options: ["smt.mbqi=false"]),
    cvc5: Run(limit: 2_000_000, options: ["--full-saturate-quant"]))
  private static let large = Step(
    z3: Run(limit: 120_000_000, options: []),
    cvc5: Run(limit: 12_000_000, options: ["--full-saturate-quant"]))

  /// 0: quick, while a function is being written; 2: all that helps.
  public static func effort(_ effort: Int) -> Strategy {
    Strategy(
      steps: Array([small, medium, large].prefix(effort + 1)), secondOpinion: 1,
      smoke: Step(
        z3: Run(limit: 200_000, options: []), cvc5: Run(limit: 30_000, options: [])))
  }

  /// Strategies of which this one goes on where they stopped, the strongest first: their steps are
  /// its first ones. Who looks for counterexamples believes the same proofs.
  var weaker: [Strategy] {
    (1...steps.count).reversed().flatMap { count in
      [true, false].map { seeks in
        var other = self
        other.steps = Array(steps.prefix(count))
        other.seeksCounterexamples = seeks
        return other
      }
    }.filter { $0 != self }
  }

  public func steps(for kind: ProofUnit.Kind) -> [Step] { kind == .smoke ? [smoke] : steps }

  /// The provers that shall go on with the next step; none if the verdict stands. All attempts at a
  /// step are made when it is asked for.
  func next(_ attempts: [Attempt], of kind: ProofUnit.Kind) -> [ProverName] {
    let step = attempts.map(\.step).max() ?? -1
    guard step + 1 < steps(for: kind).count else { return [] }
    if attempts.contains(where: { $0.answer == .refuted }) { return [] }
    let isProved = attempts.contains { $0.answer == .proved }
    if isProved && step + 1 > secondOpinion { return [] }
    return ProverName.allCases.filter { prover in
      guard let last = attempts.first(where: { $0.prover == prover }) else { return true }
      switch last.answer {
      case .proved, .refuted, .late, .error: return false
      case .limit: return true
      // It stopped by itself: only other options can make a difference.
      case .unknown:
        return steps(for: kind)[step + 1][prover].options
          != steps(for: kind)[last.step][prover].options
      }
    }
  }
}
