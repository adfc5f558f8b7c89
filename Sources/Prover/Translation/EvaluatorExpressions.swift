extension Evaluator {
  /// The expression's value.
  func evaluate(_ expression: Expression) throws -> Term {
    do {
      return try evaluateHere(expression)
    } catch var refusal as Refusal {
      refusal.location = refusal.location ?? expression.location
      throw refusal
    }
  }

  private func evaluateHere(_ expression: Expression) throws -> Term {
    let type = expression.type
    let location = expression.location
    switch expression.kind {
    case .bool(let value): return value ? .true : .false
    case .integer(let value): return Term(constant: value)
    case .string: throw Refusal("text has no meaning in a proof")
    case .void: return Term("()")
    case .variable(let name):
      guard let binding = scope[name] else {
        throw Refusal("'\(name)' is not known here: contracts see parameters, and the result")
      }
      return try value(of: binding)
    case .constant(let name): return try constant(name)
    case .field(let base, let name):
      try checkGuard(of: expression)
      return try field(try evaluate(base), base.type, name)
    case .tupleElement(let base, let position):
      return try tupleElement(try evaluate(base), base.type, position)
    case .element(let table, let position):
      let (base, position) = try inOrder(table, position)
      let (map, count, element) = try elements(of: base.0, base.1)
      check(isInside(position.0, count), "index out of range", at: location)
      try checkGuard(of: table, element: position.0)
      return try read("(get \(map) \(position.0.text))", element)
    case .count(let base):
      guard let count = try elements(of: try evaluate(base), base.type).count else {
        throw Refusal("\(base.type) has no count")
      }
      return count
    case .makeStruct(let name, let values):
      if index.structs[name] == nil { throw Refusal("\(name) is not known") }
      return try structure(type, try evaluateAll(values))
    case .makeTuple(let values): return try structure(type, try evaluateAll(values))
    case .makeCase(let name, let caseName, let payload):
      return try makeCase(name, caseName, payload)
    case .makeArray(let value):
      let term = try evaluate(value)
      return Term("(fun (_: int) -> \(try stored(term, value.type)))")
    case .makeArrayOf(let values):
      guard case .inlineArray(_, let element) = type else { throw Refusal("not an inline array") }
      try context.declareAny(element)
      var text = "(fun (_: int) -> \(try context.anyName(element)))"
      for (position, term) in try evaluateAll(values).enumerated() {
        text = "(set \(text) \(position) \(try stored(term, element)))"
      }
      return Term(text)
    case .anyMap: return try anyMap(type, at: location)
    case .makeMap(let variable, let value): return try makeMap(variable, value)
    case .none: return Term("None_\(try context.sort(of: type))")
    case .some(let value):
      guard case .optional = type else { throw Refusal("not an optional") }
      let sort = try context.sort(of: type)
      return Term("(Some_\(sort) \(try stored(try evaluate(value), value.type)))")
    case .unwrap(let value):
      let term = bound(try evaluate(value))
      check(try isSome(term, value.type), "nil", at: location)
      return try unwrapped(term, value.type)
    case .coalesce(let optional, let other):
      var term = bound(try evaluate(optional))
      if emits && changesState(other) { term = define(temporary(), term) }
      let some = try isSome(term, optional.type)
      let otherTerm = try evaluate(other, under: Arithmetic.not(some))
      // `a ?? b` where b is itself optional has the type of b.
      let first = optional.type == type ? term : try unwrapped(term, optional.type)
      return Arithmetic.conditional(some, first, otherTerm)
    case .isNone(let value):
      return Arithmetic.not(try isSome(try evaluate(value), value.type))
    case .rawValue(let value): return try rawValue(try evaluate(value), value.type)
    case .fromRawValue(let name, let raw): return try fromRawValue(name, try evaluate(raw), type)
    case .unary(let operation, let value):
      return try unary(operation, try evaluate(value), type, location)
    case .binary(let operation, let left, let right):
      return try binary(operation, left, right, type, location)
    case .convert(let conversion, let value):
      return try convert(conversion, try evaluate(value), type, location)
    case .integerMember(let member, let value):
      return try integerMember(member, try evaluate(value), value.type, type, location)
    case .reportingOverflow(let operation, let left, let right):
      return try reportingOverflow(operation, left, right, type)
    case .minimum(let left, let right):
      let terms = try evaluateAll([left, right]).map { bound($0) }
      return Arithmetic.conditional(
        Arithmetic.compare("<=", terms[0], terms[1]), terms[0], terms[1])
    case .maximum(let left, let right):
      let terms = try evaluateAll([left, right]).map { bound($0) }
      return Arithmetic.conditional(
        Arithmetic.compare("<=", terms[0], terms[1]), terms[1], terms[0])
    case .isWithin(let value, let bounds):
      return try isWithin(bound(try evaluate(value)), bounds)
    case .conditional(let condition, let yes, let no):
      let test = bound(try evaluate(condition))
      return try either(test, { try self.evaluate(yes) }, { try self.evaluate(no) }, yes, no, type)
    case .choose(let subject, let cases): return try choose(subject, cases, type, location)
    case .call(let call): return try evaluate(call, type, location)
    case .old(let value): return try old(value)
    case .forall(let name, let bounds, let body):
      return try quantified("forall", "->", name, bounds, body)
    case .exists(let name, let bounds, let body):
      return try quantified("exists", "/\\", name, bounds, body)
    case .tally(let name, let bounds, let body): return try tally(name, bounds, body, location)
    }
  }

  // MARK: Order

  /// Values from left to right. One that is not a name yet is kept, if a later one changes state.
  func evaluateAll(_ expressions: [Expression]) throws -> [Term] {
    try expressions.enumerated().map { position, expression in
      let term = try evaluate(expression)
      let rest = expressions[(position + 1)...]
      guard emits, rest.contains(where: changesState) else { return term }
      return define(temporary(), term)
    }
  }

  private func inOrder(
    _ base: Expression, _ position: Expression
  ) throws -> ((Term, Type), (Term, Type)) {
    if changesState(position) {
      throw Refusal("the index changes state: put it into a variable first", at: position.location)
    }
    let term = try evaluate(base)
    return ((term, base.type), (bound(try evaluate(position), "index"), position.type))
  }

  func changesState(_ expression: Expression) -> Bool {
    var result = false
    TreeWalker { inner in
      if case .call(let call) = inner.kind, let function = self.index.functions[call.function],
        self.index.writesAnything(function)
      {
        result = true
      }
    }.walk(expression)
    return result
  }

  /// Whether the expression cannot be a term: it calls what the logic does not define.
  func needsCalls(_ expression: Expression) -> Bool {
    guard emits else { return false }
    var result = false
    TreeWalker { inner in
      if case .call(let call) = inner.kind, self.isEmittedCall(call) { result = true }
    }.walk(expression)
    return result
  }

  /// A value that Swift only looks at where a condition holds.
  func evaluate(_ expression: Expression, under condition: Term) throws -> Term {
    if needsCalls(expression) {
      let type = expression.type
      return try branch(
        condition, { try self.evaluate(expression) }, { try self.anyValue(type) }, type)
    }
    if condition.isTrue { return try evaluate(expression) }
    return try assuming("\(condition.text) -> ") { try evaluate(expression) }
  }

  /// One of two values, of which Swift evaluates only the one that is chosen.
  func either(
    _ condition: Term, _ yes: () throws -> Term, _ no: () throws -> Term,
    _ yesExpression: Expression, _ noExpression: Expression, _ type: Type
  ) throws -> Term {
    if needsCalls(yesExpression) || needsCalls(noExpression) {
      return try branch(condition, yes, no, type)
    }
    let first = try assuming("\(condition.text) -> ", yes)
    let second = try assuming("not \(condition.text) -> ", no)
    return try conditional(condition, first, second, type)
  }

  /// `if` of terms; the components of structs are kept apart only outside.
  func conditional(_ condition: Term, _ yes: Term, _ no: Term, _ type: Type) throws -> Term {
    if case .bool = type {
      if condition.isTrue { return yes }
      if condition.isFalse { return no }
      return Term("(if \(condition.text) then \(yes.text) else \(no.text))")
    }
    return Arithmetic.conditional(condition, yes, no)
  }

  /// The same as control flow, for values that need calls.
  func branch(
    _ condition: Term, _ yes: () throws -> Term, _ no: () throws -> Term, _ type: Type
  ) throws -> Term {
    let kept = assumptions
    assumptions = []
    defer { assumptions = kept }
    let (first, firstLines) = try captured(yes)
    let (second, secondLines) = try captured(no)
    let name = temporary()
    _ = try context.sort(of: type)
    lines.append(
      """
      let \(name) = (if pure { \(condition.text) } then (
      \(firstLines.joined(separator: "\n"))
      pure { \(try stored(first, type)) }) else (
      \(secondLines.joined(separator: "\n"))
      pure { \(try stored(second, type)) })) in
      """)
    return try read(name, type)
  }
}
