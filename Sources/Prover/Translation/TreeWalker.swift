/// Visits every expression of a function, outer ones first.
struct TreeWalker {
  var visit: (Expression) -> Void
  var visitStatement: (Statement) -> Void = { _ in }

  init(_ visit: @escaping (Expression) -> Void) { self.visit = visit }

  func walk(_ function: Function) {
    function.contract.requires.forEach(walk)
    function.contract.ensures.forEach { walk($0.condition) }
    function.contract.variant.map(walk)
    function.body.map(walk)
  }

  func walk(_ statements: [Statement]) { statements.forEach(walk) }

  func walk(_ statement: Statement) {
    visitStatement(statement)
    switch statement.kind {
    case .variable(_, _, _, let value): value.map(walk)
    case .destructure(_, _, _, let value): walk(value)
    case .assign(let place, let value):
      walk(place)
      walk(value)
    case .evaluate(let value), .throwError(let value), .precondition(let value),
      .holds(let value):
      walk(value)
    case .conditional(let conditions, let yes, let no):
      conditions.forEach(walk)
      walk(yes)
      walk(no)
    case .guarded(let conditions, let no):
      conditions.forEach(walk)
      walk(no)
    case .choose(let subject, let cases):
      walk(subject)
      for each in cases {
        each.patterns.forEach(walk)
        each.guardCondition.map(walk)
        walk(each.body)
      }
    case .whileLoop(_, let conditions, let contract, let body):
      conditions.forEach(walk)
      walk(contract)
      walk(body)
    case .repeatLoop(_, let contract, let body, let condition):
      walk(contract)
      walk(body)
      walk(condition)
    case .forLoop(_, _, _, let bounds, let condition, let contract, let body):
      walk(bounds)
      condition.map(walk)
      walk(contract)
      walk(body)
    case .block(let body), .ghost(let body): walk(body)
    case .returnValue(let value): value.map(walk)
    case .doCatch(let body, _, _, let handler):
      walk(body)
      walk(handler)
    case .breakLoop, .continueLoop, .unreachable: break
    }
  }

  func walk(_ contract: LoopContract) {
    contract.invariants.forEach(walk)
    contract.variant.map(walk)
  }

  func walk(_ bounds: Bounds) {
    bounds.lower.map(walk)
    bounds.upper.map(walk)
  }

  func walk(_ condition: Condition) {
    switch condition {
    case .boolean(let value): walk(value)
    case .matches(let pattern, let value):
      walk(value)
      walk(pattern)
    }
  }

  func walk(_ pattern: Pattern) {
    switch pattern {
    case .enumCase(_, _, let inner), .tuple(let inner): inner.forEach(walk)
    case .some(let inner): walk(inner)
    case .value(let value): walk(value)
    case .range(let bounds): walk(bounds)
    case .wildcard, .bind, .none, .bool: break
    }
  }

  func walk(_ expression: Expression) {
    visit(expression)
    switch expression.kind {
    case .bool, .integer, .string, .void, .variable, .constant, .none, .anyMap: break
    case .field(let inner, _), .tupleElement(let inner, _), .count(let inner),
      .makeArray(let inner), .some(let inner), .unwrap(let inner), .isNone(let inner),
      .rawValue(let inner), .fromRawValue(_, let inner), .unary(_, let inner),
      .convert(_, let inner), .integerMember(_, let inner), .old(let inner),
      .makeMap(_, let inner):
      walk(inner)
    case .element(let base, let index):
      walk(base)
      walk(index)
    case .makeStruct(_, let inner), .makeTuple(let inner), .makeCase(_, _, let inner),
      .makeArrayOf(let inner):
      inner.forEach(walk)
    case .coalesce(let left, let right), .binary(_, let left, let right),
      .reportingOverflow(_, let left, let right), .minimum(let left, let right),
      .maximum(let left, let right):
      walk(left)
      walk(right)
    case .isWithin(let value, let bounds):
      walk(value)
      walk(bounds)
    case .conditional(let condition, let yes, let no):
      walk(condition)
      walk(yes)
      walk(no)
    case .choose(let subject, let cases):
      walk(subject)
      for each in cases {
        each.patterns.forEach(walk)
        each.guardCondition.map(walk)
        walk(each.value)
      }
    case .call(let call):
      for argument in call.arguments {
        switch argument {
        case .value(let value), .inOut(let value): walk(value)
        }
      }
    case .forall(_, let bounds, let body), .exists(_, let bounds, let body),
      .tally(_, let bounds, let body):
      walk(bounds)
      walk(body)
    }
  }
}
