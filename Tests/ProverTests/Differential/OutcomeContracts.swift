import Prover

/// States in a function's contract what it did when it ran.
struct OutcomeContracts {
  let sample: SampleFunction
  let outcome: NativeOutcome
  private let location: Location

  init(_ sample: SampleFunction, _ outcome: NativeOutcome, at location: Location) {
    self.sample = sample
    self.outcome = outcome
    self.location = location
  }

  /// The function for the inputs that it had, with the result that it gave, or another one.
  func claim(_ function: Function, isTrue: Bool) -> Function {
    var claimed = function
    if !isTrue { claimed.name += " otherwise" }
    let inputs = sample.parameters.flatMap { leaves($0.name, $0.type) }
    claimed.contract.requires = zip(inputs, outcome.inputs).map(equal)
    if let result = outcome.result {
      let same = all(zip(leaves("outcome", sample.result), result).map(equal))
      claimed.contract.ensures = [
        Postcondition(
          result: "outcome",
          condition: isTrue ? same : make(.unary(.logicalNot, same), .bool))
      ]
    }
    claimed.body = function.body?.map(withInvariants)
    return claimed
  }

  // MARK: Values

  private func make(_ kind: ExpressionKind, _ type: Type) -> Expression {
    Expression(kind, type: type, at: location)
  }

  private func equal(_ leaf: Expression, _ value: Int128) -> Expression {
    if leaf.type == .bool {
      return value == 1 ? leaf : make(.unary(.logicalNot, leaf), .bool)
    }
    return make(.binary(.equal, leaf, make(.integer(value), leaf.type)), .bool)
  }

  private func all(_ conditions: [Expression]) -> Expression {
    conditions.dropFirst().reduce(conditions.first ?? make(.bool(true), .bool)) {
      make(.binary(.logicalAnd, $0, $1), .bool)
    }
  }

  private func leaves(_ name: String, _ type: SampleType) -> [Expression] {
    type.leaves.map { leaf in
      leaf.path.reduce(make(.variable(name), type.proved)) { step($1, $0) }
    }
  }

  private func step(_ step: PathStep, _ base: Expression) -> Expression {
    let index = { (number: Int) in make(.integer(Int128(number)), .integer(.int)) }
    switch step {
    case .field(let name):
      return make(.field(base, name), SampleType.type(ofField: name))
    case .element(let number):
      guard case .inlineArray(_, let element) = base.type else { return base }
      return make(.element(base, index: index(number)), element)
    case .cells(let inner):
      let cells = make(.field(base, "cells"), .inlineArray(count: 3, SampleType.pair.proved))
      return self.step(inner, cells)
    case .isNone: return make(.isNone(base), .bool)
    case .orZero:
      return make(
        .coalesce(base, make(.integer(0), SampleType.byte.proved)), SampleType.byte.proved)
    case .rawValue: return make(.rawValue(base), SampleType.byte.proved)
    case .shapeCode:
      let call = Call(function: "Generated.shapeCode(_:)", arguments: [.value(base)])
      return make(.call(call), .integer(IntegerType(width: 32, isSigned: true)))
    }
  }

  // MARK: Loops

  /// What the variables were at each start of a pass: one of these.
  private func invariant(_ name: String) -> Expression? {
    guard let index = sample.loops.firstIndex(where: { $0.name == name }) else { return nil }
    let variables = sample.loops[index].variables.flatMap { leaves($0.name, $0.type) }
    let passes = outcome.passes.filter { $0.loop == index }.map { pass in
      all(zip(variables, pass.values).map(equal))
    }
    return passes.dropFirst().reduce(passes.first ?? make(.bool(false), .bool)) {
      make(.binary(.logicalOr, $0, $1), .bool)
    }
  }

  private func withInvariants(_ statement: Statement) -> Statement {
    var statement = statement
    switch statement.kind {
    case .forLoop(
      let label, let variable?, let type, let bounds, let condition, var contract, let body):
      contract.invariants = invariant(variable).map { [$0] } ?? []
      statement.kind = .forLoop(
        label, variable: variable, type: type, bounds, where: condition, contract,
        body.map(withInvariants))
    case .whileLoop(let label, let conditions, var contract, let body):
      if case .boolean(let condition)? = conditions.first,
        case .binary(.greater, let counter, _) = condition.kind,
        case .variable(let name) = counter.kind
      {
        contract.invariants = invariant(name).map { [$0] } ?? []
      }
      statement.kind = .whileLoop(label, conditions, contract, body.map(withInvariants))
    case .conditional(let conditions, let then, let otherwise):
      statement.kind = .conditional(
        conditions, then: then.map(withInvariants), else: otherwise.map(withInvariants))
    case .choose(let subject, let cases):
      statement.kind = .choose(
        subject,
        cases.map {
          StatementCase(
            patterns: $0.patterns, guardCondition: $0.guardCondition,
            body: $0.body.map(withInvariants))
        })
    case .block(let body): statement.kind = .block(body.map(withInvariants))
    default: break
    }
    return statement
  }
}

extension SampleType {
  /// As the prover has it.
  var proved: Type {
    switch self {
    case .integer: .integer(IntegerType(width: width, isSigned: isSigned))
    case .bool: .bool
    case .optional: .optional(SampleType.byte.proved)
    case .row: .inlineArray(count: 4, .integer(IntegerType(width: 16, isSigned: true)))
    default: .named("Generated.\(name)")
    }
  }

  static func type(ofField name: String) -> Type {
    for type in [SampleType.pair, .nest, .line] {
      for part in type.parts {
        if case .field(name) = part.step { return part.type.proved }
      }
    }
    preconditionFailure("no field \(name)")
  }
}
