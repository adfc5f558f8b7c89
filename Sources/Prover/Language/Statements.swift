public struct Statement: Sendable {
  public var kind: StatementKind
  public var location: Location
  public init(_ kind: StatementKind, at location: Location) {
    self.kind = kind
    self.location = location
  }
}

public indirect enum StatementKind: Sendable {
  /// `let` or `var`. Without a value it is assigned before it is read; the compiler saw to that.
  case variable(name: String, type: Type, isMutable: Bool, Expression?)
  /// A tuple taken apart; `nil` for `_`.
  case destructure(names: [String?], types: [Type], isMutable: Bool, Expression)
  /// The place is a variable with fields, elements and tuple elements of it. `a += b` comes as
  /// `a = a + b`.
  case assign(place: Expression, Expression)
  /// A call for what it does, or `_ = e`.
  case evaluate(Expression)

  case conditional([Condition], then: [Statement], else: [Statement])
  /// `guard`: what the conditions bind is in scope after it.
  case guarded([Condition], else: [Statement])
  case choose(Expression, [StatementCase])
  case whileLoop(LoopLabel?, [Condition], LoopContract, [Statement])
  /// `repeat { } while condition`
  case repeatLoop(LoopLabel?, LoopContract, [Statement], while: Expression)
  case forLoop(
    LoopLabel?, variable: String?, type: Type, Bounds, where: Expression?, LoopContract,
    [Statement])
  case block([Statement])

  case breakLoop(LoopLabel?)
  case continueLoop(LoopLabel?)
  case returnValue(Expression?)
  case throwError(Expression)
  /// `do { } catch`, with typed throws: the error's name and type.
  case doCatch([Statement], error: String, type: Type, [Statement])

  /// `precondition`: a goal, and known from here on.
  case precondition(Expression)
  /// `fatalError`, `preconditionFailure`: must not be reached.
  case unreachable
  /// `holds` of Contracts: a goal, and known from here on.
  case holds(Expression)
  /// `ghost { }` of Contracts: assigns ghost variables and calls lemmas; not executed.
  case ghost([Statement])
}

public typealias LoopLabel = String

/// What stands first in a loop's body.
public struct LoopContract: Sendable {
  public var invariants: [Expression]
  /// Decreases at each pass and is not negative at its start. An `Int`.
  public var variant: Expression?
  public init(invariants: [Expression] = [], variant: Expression? = nil) {
    self.invariants = invariants
    self.variant = variant
  }
}

/// One of the conditions of `if`, `guard` or `while`.
public enum Condition: Sendable {
  case boolean(Expression)
  /// `let name = optional` or `case pattern = value`
  case matches(Pattern, Expression)
}

public indirect enum Pattern: Sendable {
  case wildcard
  /// Binds a variable.
  case bind(String, Type, isMutable: Bool)
  /// `case` of an enum of the program; the sub-patterns cover the payload, or are none.
  case enumCase(String, name: String, [Pattern])
  case some(Pattern)
  case none
  case tuple([Pattern])
  /// `~=` with a value to compare with.
  case value(Expression)
  case range(Bounds)
  case bool(Bool)
}

public struct StatementCase: Sendable {
  /// Any of them; empty for `default`.
  public var patterns: [Pattern]
  public var guardCondition: Expression?
  public var body: [Statement]
  public init(patterns: [Pattern], guardCondition: Expression?, body: [Statement]) {
    self.patterns = patterns
    self.guardCondition = guardCondition
    self.body = body
  }
}
