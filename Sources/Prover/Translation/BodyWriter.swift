/// A body as WhyML: statements one after another, in the order in which Swift runs them.
final class BodyWriter {
  let evaluator: Evaluator
  let function: Function
  var context: UnitContext { evaluator.context }
  var index: ProgramIndex { evaluator.index }
  /// Only whether places can be reached is asked.
  let isSmoke: Bool
  /// Loops around the current place, inner ones last.
  var loops: [Loop] = []
  var usedNames: [String: String] = [:]

  struct Loop {
    var label: String?
    var name: String
    var kind: Kind
    enum Kind {
      case plain, repeated
      /// `for`: the next pass begins with the next number.
      case counting
    }
    /// What `continue` raises where the pass has an end of its own.
    var next: String { "Next\(name)" }
  }

  init(_ evaluator: Evaluator, _ function: Function, isSmoke: Bool) {
    self.evaluator = evaluator
    self.function = function
    self.isSmoke = isSmoke
  }

  func emit(_ line: String) { evaluator.lines.append(line) }

  /// Whether `false` can be proved here.
  func smoke(_ what: String, at location: Location) {
    guard isSmoke else { return }
    emit("check { \(evaluator.position(location)) [@expl:smoke \(what)] false };")
  }

  /// A block in brackets; what it binds ends with it.
  func block(_ body: () throws -> Void) rethrows -> String {
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    let (_, lines) = try evaluator.captured(body)
    return "(\n" + lines.joined(separator: "\n") + "\n())"
  }

  /// The WhyML name of a local variable.
  func local(_ name: String) -> String {
    if let known = usedNames[name] { return known }
    var candidate = Names.local(name)
    while usedNames.values.contains(candidate) { candidate += "_" }
    usedNames[name] = candidate
    return candidate
  }

  // MARK: Variables

  func declare(_ name: String, _ type: Type, isMutable: Bool, _ value: Term?) throws {
    let local = local(name)
    guard index.isCopyable(type) || name == "self" else {
      throw Refusal("~Copyable values are not kept in variables in code under proof")
    }
    if case .void = type {
      evaluator.scope[name] = .value(Term("()"))
      return
    }
    if let value, !isMutable {
      evaluator.scope[name] = .value(evaluator.define(local, value))
      return
    }
    let (_, field) = try context.reference(to: type)
    let initial: String
    if let value {
      initial = "pure { \(try evaluator.stored(value, type)) }"
    } else {
      // Swift sees to it that it is assigned before it is read.
      initial = "(\(try context.declareUnknown(type)) ())"
    }
    emit("let \(local) = { \(field) = \(initial) } in")
    evaluator.scope[name] = .reference(name: local, field: field, type)
  }

  func bind(_ bindings: [Evaluator.PatternBinding]) throws {
    for binding in bindings {
      try declare(binding.name, binding.type, isMutable: binding.isMutable, binding.value)
    }
  }

  // MARK: Conditions

  /// `if` with conditions one after another, of which later ones see what earlier ones bind.
  ///
  /// Conditions that are terms become one test. Where a call stands among them, what follows it is
  /// nested, and `otherwise` is written once more.
  func branch(
    _ conditions: ArraySlice<Condition>, then: () throws -> Void, otherwise: () throws -> Void
  ) throws {
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    var test = Term.true
    var bindings: [Evaluator.PatternBinding] = []
    var rest = conditions
    let assumptionCount = evaluator.assumptions.count
    while let condition = rest.first {
      let expression = BodyWriter.subject(of: condition)
      if rest.count < conditions.count && evaluator.needsCalls(expression) { break }
      rest = rest.dropFirst()
      if !test.isTrue { evaluator.assumptions.append("\(test.text) -> ") }
      defer { evaluator.assumptions.removeLast(evaluator.assumptions.count - assumptionCount) }
      switch condition {
      case .boolean(let expression):
        test = Arithmetic.and(test, evaluator.bound(try evaluator.evaluate(expression)))
      case .matches(let pattern, let expression):
        var value = try evaluator.evaluate(expression)
        if value.text.contains(" ") && value.parts == nil {
          value = evaluator.define(evaluator.temporary(), value)
        }
        let result = try evaluator.match(
          pattern, value, expression.type, at: expression.location)
        test = Arithmetic.and(test, result.test)
        bindings += result.bindings
        for binding in result.bindings { evaluator.scope[binding.name] = .value(binding.value) }
      }
    }
    let yes = try block {
      try bind(bindings)
      if rest.isEmpty { try then() } else { try branch(rest, then: then, otherwise: otherwise) }
    }
    evaluator.scope = outer
    let no = try block(otherwise)
    emit("(if pure { \(test.text) } then \(yes) else \(no));")
  }

  static func subject(of condition: Condition) -> Expression {
    switch condition {
    case .boolean(let expression), .matches(_, let expression): expression
    }
  }

  /// `switch`: cases in their order.
  func choose(
    _ value: Term, _ type: Type, _ cases: ArraySlice<StatementCase>, at location: Location
  ) throws {
    guard let first = cases.first else { return }
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    var (test, bindings) = try evaluator.match(anyOf: first.patterns, value, type, at: location)
    if let condition = first.guardCondition {
      for binding in bindings { evaluator.scope[binding.name] = .value(binding.value) }
      if evaluator.needsCalls(condition) {
        throw Refusal("the case's condition is a call: test it inside the case", at: location)
      }
      let more = try evaluator.assuming("\(test.text) -> ") { try evaluator.evaluate(condition) }
      test = Arithmetic.and(test, more)
    } else if cases.count == 1 {
      // The compiler saw to it that the cases cover everything.
      try bind(bindings)
      try write(first.body)
      return
    }
    let yes = try block {
      try bind(bindings)
      try write(first.body)
    }
    evaluator.scope = outer
    let no = try block { try choose(value, type, cases.dropFirst(), at: location) }
    emit("(if pure { \(test.text) } then \(yes) else \(no));")
  }
}
