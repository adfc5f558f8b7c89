/// One of the provers. They share no code, so a mistake in one does not hide in the other.
public enum ProverName: String, Codable, Sendable, CaseIterable {
  case z3, cvc5
}

/// What a prover said of a goal.
public enum Answer: String, Codable, Sendable {
  /// The goal's negation has no model.
  case proved
  /// The goal's negation has a model.
  case refuted
  /// It gave up by itself: more resources would not help.
  case unknown
  /// The resource limit ended it.
  case limit
  /// It was ended by the clock, which is there for a program that hangs: another run may say more.
  case late
  /// It broke, or complained about its input. Never kept in the cache.
  case error
}

/// The last and strongest attempt of one prover at one goal.
public struct Attempt: Codable, Sendable, Equatable {
  public var prover: ProverName
  public var answer: Answer
  /// Index into ``Strategy/steps``.
  public var step: Int
  /// In the prover's own unit, which does not depend on the machine or its load.
  public var resources: Int
  /// Of a processor, in the run that found it, which may have been another day.
  public var seconds: Double
  /// What went wrong, of an error or one that came late.
  public var message: String?
}

public enum Verdict: String, Codable, Sendable {
  /// By both provers.
  case provedTwice
  /// By one of them; the other one gave up.
  case provedOnce
  /// There is a counterexample.
  case refuted
  /// No prover found a proof, none a definite counterexample.
  case unknown
  /// Of a smoke goal: `false` is not provable there, as it should be.
  case reachable
  /// Of a smoke goal: `false` is provable, so the place is never reached and nothing behind it means anything.
  case vacuous
  /// A prover broke.
  case error

  public var isGood: Bool { self == .provedTwice || self == .provedOnce || self == .reachable }
}

/// Values under which a goal does not hold.
public struct Counterexample: Codable, Sendable, Equatable {
  public struct Value: Codable, Sendable, Equatable {
    public var name: String
    public var value: String
  }
  /// Whether the prover vouches for it. Otherwise it is what the prover had in mind when it gave up.
  public var isCertain: Bool
  public var prover: ProverName
  public var values: [Value]
}

/// Where in a Swift file a goal comes from.
public struct SourcePlace: Codable, Sendable, Hashable, Comparable {
  public var file: String
  public var line: Int
  public var column: Int
  public var endColumn: Int
  public init(file: String, line: Int, column: Int, endColumn: Int) {
    self.file = file
    self.line = line
    self.column = column
    self.endColumn = endColumn
  }
  public init(_ location: Location) {
    self.init(
      file: location.file, line: location.line, column: location.column,
      endColumn: location.column)
  }
  public static func < (left: SourcePlace, right: SourcePlace) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}

/// One thing to prove, and what came of it.
public struct Goal: Codable, Sendable, Equatable {
  public var kind: ProofUnit.Kind
  /// What it is about: "overflow", "ensures", …
  public var explanation: String
  public var place: SourcePlace
  public var verdict: Verdict
  /// One a prover.
  public var attempts: [Attempt]
  public var counterexample: Counterexample?

  public var provers: [ProverName] {
    attempts.filter { $0.answer == .proved }.map(\.prover)
  }
  public var seconds: Double { attempts.reduce(0) { $0 + $1.seconds } }
}

/// What became of a ``ProofUnit``.
public struct UnitVerdict: Sendable {
  public var unit: ProofUnit
  public var goals: [Goal]
  /// Why3 did not take it, or a prover broke.
  public var error: String?
  public var isFromCache: Bool
}

/// What became of a function.
public struct FunctionVerdict: Codable, Sendable {
  public enum State: String, Codable, Sendable {
    /// All goals of body and contract, and no smoke goal.
    case proved
    /// The body is believed, for a written reason; the contract's own goals are proved.
    case trusted
    /// Some goal is not proved.
    case open
    /// It can be proved to be unreachable somewhere, so its proofs mean nothing.
    case vacuous
    /// Outside the provable subset.
    case refused
    /// The machinery failed: no verdict.
    case error
  }
  public var name: String
  public var module: String
  public var place: SourcePlace
  public var state: State
  public var goals: [Goal]
  /// Why it is refused, or what failed.
  public var messages: [String]
  /// The reason of `trusted`.
  public var reason: String?
  /// No prover was started for it.
  public var isFromCache: Bool

  public var provedGoals: [Goal] { goals.filter { $0.kind != .smoke } }
  public var failures: [Goal] { goals.filter { !$0.verdict.isGood } }
}
