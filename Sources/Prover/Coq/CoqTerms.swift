/// Expressions of contracts as terms and formulas of Coq. What has no form here is refused at its
/// place in the Swift text.
///
/// Operators that may trap are the mathematical ones: that they do not trap is proved of each
/// contract (`contract defined`).
struct CoqTerms {
  indirect enum Value {
    case term(CoqText)
    /// What this expression was where variables had these values: written out where it is used.
    case expression(Expression, [String: Value])
    /// It has a value of which no statement can speak, for this reason.
    case unknown(Diagnostic)
  }

  let vocabulary: CoqVocabulary
  var scope: [String: Value]
  /// What variables were where the function was entered; `nil` where `old` has no meaning.
  var entry: [String: Value]?
  /// Names of Coq that are in use.
  var taken: Set<String>

  // MARK: Formulas

  func formula(_ expression: Expression) throws -> CoqText {
    switch expression.kind {
    case .bool(let value): return CoqText(value ? "True" : "False")
    case .unary(.logicalNot, let inner): return CoqTerms.not(try formula(inner))
    case .binary(let operation, let left, let right):
      return try binary(operation, left, right, expression)
    case .conditional(let condition, let yes, let no):
      let test = try formula(condition)
      return CoqText.infix(
        CoqTerms.implies(test, try formula(yes)), "/\\",
        CoqTerms.implies(CoqTerms.not(test), try formula(no)), CoqText.conjunction)
    case .isNone(let inner):
      return CoqText.infix(try term(inner), "=", CoqText("None"), CoqText.comparison)
    case .isWithin(let value, let bounds):
      return CoqText(
        try range(try term(value), bounds, expression.location), level: CoqText.comparison)
    case .forall(let name, let bounds, let body):
      return try quantified("forall", "->", CoqText.implication, name, bounds, body)
    case .exists(let name, let bounds, let body):
      return try quantified("exists", "/\\", CoqText.conjunction, name, bounds, body)
    case .old(let inner): return try atEntry(expression).formula(inner)
    default:
      return CoqText.infix(try term(expression), "=", CoqText("true"), CoqText.comparison)
    }
  }

  private static func not(_ formula: CoqText) -> CoqText {
    CoqText("~ \(formula.within(CoqText.negation))", level: CoqText.negation)
  }

  private static func implies(_ left: CoqText, _ right: CoqText) -> CoqText {
    CoqText.infix(left, "->", right, CoqText.implication)
  }

  private func binary(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ whole: Expression
  ) throws -> CoqText {
    switch operation {
    case .logicalAnd:
      // However it is grouped in Swift, it is grouped to the right.
      let parts = try whole.conjuncts.map { try formula($0).within(CoqText.conjunction - 1) }
      return CoqText(parts.joined(separator: " /\\ "), level: CoqText.conjunction)
    case .logicalOr:
      return CoqText.infix(try formula(left), "\\/", try formula(right), CoqText.disjunction)
    case .implies: return CoqTerms.implies(try formula(left), try formula(right))
    case .equal, .notEqual:
      guard left.type == .bool else {
        return CoqText.infix(
          try term(left), operation == .equal ? "=" : "<>", try term(right), CoqText.comparison)
      }
      let both = CoqText.infix(
        try formula(left), "<->", try formula(right), CoqText.equivalence)
      return operation == .equal ? both : CoqTerms.not(both)
    case .less: return try compare(left, "<", right)
    case .lessOrEqual: return try compare(left, "<=", right)
    case .greater: return try compare(left, ">", right)
    case .greaterOrEqual: return try compare(left, ">=", right)
    default: throw refusal(whole)
    }
  }

  private func compare(_ left: Expression, _ sign: String, _ right: Expression) throws -> CoqText {
    CoqText.infix(try term(left), sign, try term(right), CoqText.comparison)
  }

  private func quantified(
    _ word: String, _ connective: String, _ level: Int, _ name: String, _ bounds: Bounds,
    _ body: Expression
  ) throws -> CoqText {
    let local = vocabulary.names.local(name, beside: taken)
    let range = try range(CoqText(local), bounds, body.location)
    var inner = self
    inner.taken.insert(local)
    inner.scope[name] = .term(CoqText(local))
    inner.entry?[name] = .term(CoqText(local))
    let property = try inner.formula(body).within(level)
    return CoqText(
      "\(word) \(local) : Z, \(range) \(connective) \(property)", level: CoqText.quantifier)
  }

  private func range(_ value: CoqText, _ bounds: Bounds, _ location: Location) throws -> String {
    func side(_ bound: Expression) throws -> String {
      try term(bound).within(CoqText.comparison - 1)
    }
    let value = value.within(CoqText.comparison - 1)
    let sign = bounds.isClosed ? "<=" : "<"
    switch (bounds.lower, bounds.upper) {
    case (let lower?, let upper?):
      return "\(try side(lower)) <= \(value) \(sign) \(try side(upper))"
    case (let lower?, nil): return "\(try side(lower)) <= \(value)"
    case (nil, let upper?): return "\(value) \(sign) \(try side(upper))"
    case (nil, nil): throw Diagnostic("a range without bounds says nothing", at: location)
    }
  }

  private func atEntry(_ expression: Expression) throws -> CoqTerms {
    guard let entry else {
      throw Diagnostic("old(…) has a meaning in postconditions alone", at: expression.location)
    }
    var result = self
    result.scope = entry
    return result
  }

  // MARK: Terms

  func term(_ expression: Expression) throws -> CoqText {
    let location = expression.location
    switch expression.kind {
    case .bool(let value): return CoqText(value ? "true" : "false")
    case .integer(let value): return CoqText.integer(value)
    case .variable(let name): return try variable(name, location)
    case .constant(let name): return CoqText(try vocabulary.constant(name, at: location))
    case .field(let base, let name):
      return .apply(try vocabulary.field(base.type, name, at: location), [try term(base)])
    case .element(let base, let index):
      return .apply(
        try vocabulary.element(base.type, at: location), [try term(base), try term(index)])
    case .count(let base):
      if case .inlineArray(let count, _) = base.type { return CoqText("\(count)") }
      return .apply(try vocabulary.count(base.type, at: location), [try term(base)])
    case .makeCase(let owner, let name, let payload):
      return .apply(
        try vocabulary.enumCase(owner, name, payload.map(\.type), at: location),
        try payload.map(term))
    case .rawValue(let inner):
      return .apply(
        try vocabulary.rawValue(inner.type, expression.type, at: location), [try term(inner)])
    case .makeTuple(let elements):
      let parts = try elements.map { try term($0).within(CoqText.quantifier - 1) }
      return CoqText("(\(parts.joined(separator: ", ")))")
    case .none: return CoqText("None")
    case .some(let inner): return .apply("Some", [try term(inner)])
    case .call(let call): return try self.call(call, location)
    case .old(let inner): return try atEntry(expression).term(inner)
    default: return try arithmetic(expression)
    }
  }

  func variable(_ name: String, _ location: Location) throws -> CoqText {
    switch scope[name] {
    case .term(let text)?: return text
    case .expression(let value, let scope)?:
      return try CoqTerms(vocabulary: vocabulary, scope: scope, entry: nil, taken: taken)
        .term(value)
    case .unknown(let reason)?: throw reason
    case nil: throw Diagnostic("'\(name)' has no value that Coq knows", at: location)
    }
  }

  private func arithmetic(_ expression: Expression) throws -> CoqText {
    switch expression.kind {
    case .unary(.negate, let inner):
      return CoqText(
        "- \(try term(inner).within(CoqText.unaryMinus - 1))", level: CoqText.unaryMinus)
    case .convert(.exact, let inner): return try term(inner)
    case .minimum(let left, let right): return .apply("Z.min", [try term(left), try term(right)])
    case .maximum(let left, let right): return .apply("Z.max", [try term(left), try term(right)])
    case .binary(let operation, let left, let right):
      guard let result = CoqText.arithmetic(operation, try term(left), try term(right)) else {
        throw refusal(expression)
      }
      return result
    default: throw refusal(expression)
    }
  }

  private func call(_ call: Call, _ location: Location) throws -> CoqText {
    let arguments = try call.arguments.map { argument in
      guard case .value(let value) = argument else {
        throw Diagnostic("this call changes what it gets, so it has no value here", at: location)
      }
      return try term(value)
    }
    return .apply(try vocabulary.call(call.function, at: location), arguments)
  }

  private func refusal(_ expression: Expression) -> Diagnostic {
    Diagnostic(
      "'\(expression)' cannot be said in a Coq statement: make it a function, and name that",
      at: expression.location)
  }
}
