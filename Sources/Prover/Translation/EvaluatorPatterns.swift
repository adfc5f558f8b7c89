extension Evaluator {
  // MARK: Optionals

  func isSome(_ term: Term, _ type: Type) throws -> Term {
    let sort = try context.sort(of: type)
    if term.text.hasPrefix("(Some_\(sort) ") { return .true }
    if term.text == "None_\(sort)" { return .false }
    return Term("(is_some_\(sort) \(term.text))")
  }

  func unwrapped(_ term: Term, _ type: Type) throws -> Term {
    guard case .optional(let inner) = type else { throw Refusal("not an optional") }
    return try read("(value_\(try context.sort(of: type)) \(term.text))", inner)
  }

  // MARK: Enums

  func makeCase(_ name: String, _ caseName: String, _ payload: [Expression]) throws -> Term {
    let sort = try context.sort(of: .named(name))
    let constructor = UnitContext.constructor(sort, caseName)
    if payload.isEmpty { return Term(constructor) }
    let terms = try zip(evaluateAll(payload), payload).map { try stored($0, $1.type) }
    return Term("(\(constructor) \(terms.joined(separator: " ")))")
  }

  private func enumeration(_ name: String) throws -> EnumDeclaration {
    guard let declaration = index.enums[name] else { throw Refusal("\(name) is not an enum") }
    return declaration
  }

  private func rawValues(_ name: String) throws -> [(EnumCase, Int128)] {
    try enumeration(name).cases.map {
      guard let raw = $0.rawValue, $0.payload.isEmpty else {
        throw Refusal("only enums whose raw values are integers have them in a proof")
      }
      return ($0, raw)
    }
  }

  func rawValue(_ term: Term, _ type: Type) throws -> Term {
    guard case .named(let name) = type else { throw Refusal("not an enum") }
    let sort = try context.sort(of: type)
    let values = try rawValues(name)
    for (each, raw) in values where term.text == UnitContext.constructor(sort, each.name) {
      return Term(constant: raw)
    }
    context.declare("raw \(sort)") {
      let cases = values.map { each, raw in
        "| \(UnitContext.constructor(sort, each.name)) -> \(Arithmetic.literal(raw))"
      }
      return "function raw_\(sort) (x: \(sort)) : int =\n  match x with "
        + cases.joined(separator: " ") + " end"
    }
    let raws = values.map(\.1)
    return Term(
      "(raw_\(sort) \(term.text))", interval: Interval(low: raws.min(), high: raws.max()))
  }

  func fromRawValue(_ name: String, _ raw: Term, _ type: Type) throws -> Term {
    let sort = try context.sort(of: .named(name))
    let optional = try context.sort(of: type)
    let values = try rawValues(name)
    context.declare("from raw \(sort)") {
      let cases = values.map { each, raw in
        "if x = \(Arithmetic.literal(raw)) then Some_\(optional) "
          + "\(UnitContext.constructor(sort, each.name)) else"
      }
      return "function from_raw_\(sort) (x: int) : \(optional) =\n  "
        + cases.joined(separator: "\n  ") + "\n  None_\(optional)"
    }
    return Term("(from_raw_\(sort) \(raw.text))")
  }

  // MARK: Patterns

  /// A variable that a pattern binds.
  struct PatternBinding {
    var name: String
    var type: Type
    var isMutable: Bool
    var value: Term
  }

  /// When a value matches, and what is bound then.
  func match(
    _ pattern: Pattern, _ value: Term, _ type: Type, at location: Location
  ) throws -> (test: Term, bindings: [PatternBinding]) {
    switch pattern {
    case .wildcard: return (.true, [])
    case .bind(let name, let type, let isMutable):
      return (.true, [PatternBinding(name: name, type: type, isMutable: isMutable, value: value)])
    case .bool(let wanted): return (wanted ? value : Arithmetic.not(value), [])
    case .none: return (Arithmetic.not(try isSome(value, type)), [])
    case .some(let inner):
      guard case .optional(let innerType) = type else { throw Refusal("not an optional") }
      let some = try isSome(value, type)
      let rest = try assuming("\(some.text) -> ") {
        try match(inner, try unwrapped(value, type), innerType, at: location)
      }
      return (Arithmetic.and(some, rest.test), rest.bindings)
    case .enumCase(let name, let caseName, let inner):
      return try matchCase(name, caseName, inner, value, at: location)
    case .tuple(let inner):
      guard case .tuple(let elements) = type, elements.count == inner.count else {
        throw Refusal("the pattern has another number of elements", at: location)
      }
      var test = Term.true
      var bindings: [PatternBinding] = []
      for (position, each) in inner.enumerated() {
        let part = try tupleElement(value, type, position)
        let result = try assuming("\(test.text) -> ") {
          try match(each, part, elements[position].type, at: location)
        }
        test = Arithmetic.and(test, result.test)
        bindings += result.bindings
      }
      return (test, bindings)
    case .value(let expression):
      let wanted = try evaluate(expression)
      switch type {
      case .integer: return (Arithmetic.compare("=", value, wanted), [])
      case .bool: return (Term("(\(value.text) <-> \(wanted.text))"), [])
      case .named(let name) where index.enums[name] != nil:
        return (Term("(\(value.text) = \(wanted.text))"), [])
      default: throw Refusal("compare such values with == instead of a pattern", at: location)
      }
    case .range(let bounds): return (try isWithin(value, bounds), [])
    }
  }

  private func matchCase(
    _ name: String, _ caseName: String, _ inner: [Pattern], _ value: Term, at location: Location
  ) throws -> (test: Term, bindings: [PatternBinding]) {
    let sort = try context.sort(of: .named(name))
    guard let each = try enumeration(name).cases.first(where: { $0.name == caseName }) else {
      throw Refusal("\(name) has no case \(caseName)", at: location)
    }
    let constructor = UnitContext.constructor(sort, caseName)
    if each.payload.isEmpty {
      if value.text == constructor { return (.true, []) }
      if try isOtherConstructor(value.text, of: name, sort, than: caseName) { return (.false, []) }
      return (Term("(\(value.text) = \(constructor))"), [])
    }
    var test = Term("(is_\(sort)_\(caseName) \(value.text))")
    var bindings: [PatternBinding] = []
    guard inner.isEmpty || inner.count == each.payload.count else {
      throw Refusal("the pattern has another number of values than the case", at: location)
    }
    for (position, pattern) in inner.enumerated() {
      let type = each.payload[position].type
      let part = try read("(\(sort)_\(caseName)_\(position) \(value.text))", type)
      let result = try assuming("\(test.text) -> ") {
        try match(pattern, part, type, at: location)
      }
      test = Arithmetic.and(test, result.test)
      bindings += result.bindings
    }
    return (test, bindings)
  }

  private func isOtherConstructor(
    _ text: String, of name: String, _ sort: String, than caseName: String
  ) throws -> Bool {
    try enumeration(name).cases.contains {
      $0.name != caseName && $0.payload.isEmpty
        && text == UnitContext.constructor(sort, $0.name)
    }
  }

  /// Any of the patterns, as Swift allows: several of them bind nothing, or a default.
  func match(
    anyOf patterns: [Pattern], _ value: Term, _ type: Type, at location: Location
  ) throws -> (test: Term, bindings: [PatternBinding]) {
    if patterns.isEmpty { return (.true, []) }
    if patterns.count == 1 { return try match(patterns[0], value, type, at: location) }
    var test = Term.false
    for pattern in patterns {
      let result = try match(pattern, value, type, at: location)
      if !result.bindings.isEmpty {
        throw Refusal(
          "one of several patterns binds a variable: give it a case of its own", at: location)
      }
      test = Arithmetic.or(test, result.test)
    }
    return (test, [])
  }

  /// `switch` as an expression.
  func choose(
    _ subject: Expression, _ cases: [ExpressionCase], _ type: Type, _ location: Location
  ) throws -> Term {
    let value = bound(try evaluate(subject), "subject")
    return try choose(value, subject.type, cases[...], type, location)
  }

  private func choose(
    _ value: Term, _ valueType: Type, _ cases: ArraySlice<ExpressionCase>, _ type: Type,
    _ location: Location
  ) throws -> Term {
    guard let first = cases.first else { return try anyValue(type) }
    let rest = cases.dropFirst()
    var (test, bindings) = try match(anyOf: first.patterns, value, valueType, at: location)
    let outer = scope
    defer { scope = outer }
    for binding in bindings { scope[binding.name] = .value(binding.value) }
    if let condition = first.guardCondition {
      test = Arithmetic.and(test, try evaluate(condition, under: test))
    } else if rest.isEmpty {
      // The compiler saw to it that the cases cover everything.
      return try evaluate(first.value)
    }
    let no = { () throws -> Term in
      self.scope = outer
      return try self.choose(value, valueType, rest, type, location)
    }
    if test.isTrue { return try evaluate(first.value) }
    let inner = scope
    let emitted = needsCalls(first.value) || rest.contains { needsCalls($0.value) }
    if emitted { return try branch(test, { try self.evaluate(first.value) }, no, type) }
    let yes = try assuming("\(test.text) -> ") { try evaluate(first.value) }
    scope = inner
    let other = try assuming("not \(test.text) -> ", no)
    return try conditional(test, yes, other, type)
  }
}
