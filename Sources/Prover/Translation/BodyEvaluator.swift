/// The value of a body that only computes, as one term.
///
/// Assignments of local variables become other values for the same name; what follows an `if` is
/// written into both branches, which is why long bodies are refused.
final class BodyEvaluator {
  private let evaluator: Evaluator
  private let function: Function
  private var budget = 64

  init(_ evaluator: Evaluator, _ function: Function) {
    self.evaluator = evaluator
    self.function = function
  }

  static let advice =
    "it has a loop or effects: it cannot stand in a contract; write it with forall"

  func value() throws -> Term {
    guard let body = function.body else { throw Refusal("its body is not known") }
    if function.isInitialiser { evaluator.scope["self"] = .value(try initialSelf()) }
    return try run(body[...])
  }

  /// The fields as an initialiser finds them.
  private func initialSelf() throws -> Term {
    try evaluator.initialSelf(of: function)
  }

  private func run(_ statements: ArraySlice<Statement>) throws -> Term {
    budget -= 1
    if budget < 0 { throw Refusal("its body has too many branches for a term") }
    guard let first = statements.first else { return try atEnd() }
    let rest = statements.dropFirst()
    switch first.kind {
    case .variable(let name, let type, _, let value):
      return try binding([(name, type, try value.map(evaluator.evaluate))]) { try self.run(rest) }
    case .destructure(let names, let types, _, let value):
      let term = try evaluator.evaluate(value)
      var parts: [(String, Type, Term?)] = []
      for (position, name) in names.enumerated() {
        guard let name else { continue }
        parts.append(
          (name, types[position], try evaluator.tupleElement(term, value.type, position)))
      }
      return try binding(parts) { try self.run(rest) }
    case .assign(let place, let value):
      let term = try evaluator.evaluate(value)
      guard let (root, rootType) = Evaluator.root(of: place),
        case .value(let before)? = evaluator.scope[root]
      else { throw Refusal(BodyEvaluator.advice, at: first.location) }
      let after = try evaluator.updated(before, place, term)
      return try binding([(root, rootType, after)]) { try self.run(rest) }
    case .evaluate(let expression):
      _ = try evaluator.evaluate(expression)
      return try run(rest)
    case .conditional(let conditions, let yes, let no):
      return try fork(conditions, { try self.run(yes + rest) }, { try self.run(no + rest) })
    case .guarded(let conditions, let no):
      return try fork(conditions, { try self.run(rest) }, { try self.run(no[...]) })
    case .choose(let subject, let cases):
      return try choose(try evaluator.evaluate(subject), subject.type, cases[...], rest)
    case .block(let body): return try run(body + rest)
    case .returnValue(let value):
      guard let value else { return try atEnd() }
      if case .void = value.type { return try atEnd() }
      return try evaluator.evaluate(value)
    case .ghost(let body) where changes(body): return try run(body + rest)
    case .precondition, .holds, .ghost: return try run(rest)
    case .unreachable: return try evaluator.anyValue(function.result)
    case .whileLoop, .repeatLoop, .forLoop, .breakLoop, .continueLoop, .throwError, .doCatch:
      throw Refusal(BodyEvaluator.advice, at: first.location)
    }
  }

  /// Whether statements assign what is known before them.
  private func changes(_ body: [Statement]) -> Bool {
    evaluator.index.writes.written(by: body, evaluator.index.functions).contains {
      evaluator.scope[$0.root] != nil
    }
  }

  private func atEnd() throws -> Term {
    guard function.isInitialiser, case .value(let term)? = evaluator.scope["self"] else {
      throw Refusal("it has no result")
    }
    return try evaluator.initialised(term, function)
  }

  /// Variables with new values; a long value gets a name in the term.
  private func binding(
    _ values: [(name: String, type: Type, value: Term?)], _ body: () throws -> Term
  ) throws -> Term {
    var names: [(String, String)] = []
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    for (name, type, value) in values {
      guard let value else {
        evaluator.scope[name] = .value(try evaluator.anyValue(type))
        continue
      }
      if value.constant != nil || value.text.count < 32 || value.parts != nil {
        evaluator.scope[name] = .value(value)
        continue
      }
      let local = evaluator.temporary(Names.mangled(name))
      var term = Term(local, interval: value.interval)
      var text = value.text
      if let stored = value.stored {
        term = Term(stored: local, as: stored.sort)
        term.interval = value.interval
        text = stored.text
      }
      term.lowZeros = value.lowZeros
      evaluator.scope[name] = .value(term)
      names.append((local, text))
    }
    let result = try body()
    if names.isEmpty { return result }
    let prefix = names.map { "let \($0.0) = \($0.1) in " }.joined()
    var named = Term("(\(prefix)\(result.text))", interval: result.interval)
    named.lowZeros = result.lowZeros
    if let stored = result.stored {
      named.stored = Term.Stored(sort: stored.sort, text: "(\(prefix)\(stored.text))")
    }
    return named
  }

  private func fork(
    _ conditions: [Condition], _ yes: () throws -> Term, _ no: () throws -> Term
  ) throws -> Term {
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    var test = Term.true
    for condition in conditions {
      switch condition {
      case .boolean(let expression):
        test = Arithmetic.and(test, try evaluator.evaluate(expression))
      case .matches(let pattern, let expression):
        let value = try evaluator.evaluate(expression)
        let result = try evaluator.match(
          pattern, value, expression.type, at: expression.location)
        test = Arithmetic.and(test, result.test)
        for binding in result.bindings { evaluator.scope[binding.name] = .value(binding.value) }
      }
    }
    if test.isTrue { return try yes() }
    let first = test.isFalse ? nil : try yes()
    evaluator.scope = outer
    let second = try no()
    guard let first else { return second }
    return try evaluator.conditional(test, first, second, function.result)
  }

  private func choose(
    _ value: Term, _ type: Type, _ cases: ArraySlice<StatementCase>,
    _ rest: ArraySlice<Statement>
  ) throws -> Term {
    guard let first = cases.first else { return try evaluator.anyValue(function.result) }
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    var (test, bindings) = try evaluator.match(
      anyOf: first.patterns, value, type, at: function.location)
    for binding in bindings { evaluator.scope[binding.name] = .value(binding.value) }
    if let condition = first.guardCondition {
      test = Arithmetic.and(test, try evaluator.evaluate(condition))
    } else if cases.count == 1 {
      test = .true
    }
    if test.isTrue { return try run(first.body + rest) }
    let yes = test.isFalse ? nil : try run(first.body + rest)
    evaluator.scope = outer
    let no = try choose(value, type, cases.dropFirst(), rest)
    guard let yes else { return no }
    return try evaluator.conditional(test, yes, no, function.result)
  }
}

extension Evaluator {
  /// `self` as an initialiser finds it: fields with initial values have them.
  func initialSelf(of function: Function) throws -> Term {
    var type = function.result
    if case .optional(let inner) = type { type = inner }
    guard case .named(let name) = type else { throw Refusal("initialisers make structs and enums") }
    guard let declaration = index.structs[name] else { return try anyValue(type) }
    if case .optional = function.result, !index.isCopyable(type) {
      throw Refusal("an initialiser of a ~Copyable type that may fail is not proved")
    }
    let parts = try declaration.fields.map { field in
      guard let value = field.initialValue else { return try anyValue(field.type) }
      // It may trap like any expression.
      let evaluator = Evaluator(context, emits: emits)
      evaluator.explanation = explanation
      evaluator.assertWord = assertWord
      evaluator.usesTerms = true
      let term = try evaluator.evaluate(value)
      lines += evaluator.lines
      return term
    }
    return try structure(type, parts)
  }

  /// What an initialiser returns when it is done.
  func initialised(_ term: Term, _ function: Function) throws -> Term {
    guard case .optional(let inner) = function.result else { return term }
    let sort = try context.sort(of: function.result)
    return Term("(Some_\(sort) \(try stored(term, inner)))")
  }

  /// The variable at the root of a place.
  static func root(of place: Expression) -> (name: String, type: Type)? {
    switch place.kind {
    case .variable(let name): (name, place.type)
    case .field(let base, _), .tupleElement(let base, _), .element(let base, _): root(of: base)
    default: nil
    }
  }

  /// The root's value with another value at the place.
  func updated(_ root: Term, _ place: Expression, _ value: Term) throws -> Term {
    switch place.kind {
    case .variable: return value
    case .field(let base, let name):
      let before = try current(root, base)
      guard case .named(let structName) = base.type, let declaration = index.structs[structName]
      else { throw Refusal("not a struct", at: place.location) }
      let parts = try declaration.fields.map { field in
        field.name == name ? value : try self.field(before, base.type, field.name)
      }
      return try updated(root, base, try structure(base.type, parts))
    case .tupleElement(let base, let position):
      let before = try current(root, base)
      guard case .tuple(let elements) = base.type else {
        throw Refusal("not a tuple", at: place.location)
      }
      let parts = try elements.indices.map {
        $0 == position ? value : try tupleElement(before, base.type, $0)
      }
      return try updated(root, base, try structure(base.type, parts))
    case .element(let base, let position):
      let before = try current(root, base)
      let (map, _, element) = try elements(of: before, base.type)
      let index = try evaluate(position)
      return try updated(
        root, base, Term("(set \(map) \(index.text) \(try stored(value, element)))"))
    default: throw Refusal("this is not a place that can be assigned", at: place.location)
    }
  }

  /// What a place holds, when its root holds this.
  private func current(_ root: Term, _ place: Expression) throws -> Term {
    switch place.kind {
    case .variable: return root
    case .field(let base, let name): return try field(try current(root, base), base.type, name)
    case .tupleElement(let base, let position):
      return try tupleElement(try current(root, base), base.type, position)
    case .element(let base, let position):
      let (map, _, element) = try elements(of: try current(root, base), base.type)
      return try read("(get \(map) \(try evaluate(position).text))", element)
    default: throw Refusal("this is not a place that can be assigned", at: place.location)
    }
  }
}
