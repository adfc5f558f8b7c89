extension Evaluator {
  /// The value at the function's entry.
  func old(_ expression: Expression) throws -> Term {
    guard let oldValue else {
      throw Refusal("old(…) stands in postconditions, invariants and holds(…) alone")
    }
    TreeWalker { inner in
      if case .forall(let name, _, _) = inner.kind { self.entryNames.insert(name) }
      if case .exists(let name, _, _) = inner.kind { self.entryNames.insert(name) }
      if case .makeMap(let name, _) = inner.kind { self.entryNames.insert(name) }
      if case .tally(let name, _, _) = inner.kind { self.entryNames.insert(name) }
    }.walk(expression)
    var stranger: String?
    TreeWalker { inner in
      if case .variable(let name) = inner.kind, !self.entryNames.contains(name) {
        stranger = name
      }
    }.walk(expression)
    if let stranger {
      throw Refusal("old(…) is of parameters: '\(stranger)' has no value at entry")
    }
    if emits {
      // It has a value at entry.
      let before = (inState, namesValues)
      inState = oldValue
      namesValues = false
      defer { (inState, namesValues) = before }
      _ = try evaluate(expression)
    }
    let plain = try inContract(scope) { try $0.evaluate(expression) }
    if plain.constant != nil { return plain }
    var result = Term(oldValue(plain.text), interval: plain.interval)
    if let stored = plain.stored {
      result = Term(stored: oldValue(stored.text), as: stored.sort)
      result.interval = plain.interval
    }
    return result
  }

  /// `forall` and `exists`, over an `Int`.
  func quantified(
    _ word: String, _ connective: String, _ name: String, _ bounds: Bounds, _ body: Expression
  ) throws -> Term {
    let each = try overRange(name, bounds, body)
    return Term(
      "(\(word) \(each.variable): int. (\(each.range)) \(connective) \(each.property.text))")
  }

  /// What quantifiers are made of.
  struct Ranging {
    var variable: String
    var low: Term
    var high: Term
    /// That the variable is within the bounds.
    var range: String
    var property: Term
  }

  func overRange(_ name: String, _ bounds: Bounds, _ body: Expression) throws -> Ranging {
    guard let lower = bounds.lower, let upper = bounds.upper else {
      throw Refusal("a quantifier needs both bounds")
    }
    let outerChoice = usesTerms
    usesTerms = true
    defer { usesTerms = outerChoice }
    if needsCalls(body) {
      throw Refusal(
        "the property calls a function that the logic does not define: it has a loop or effects")
    }
    let low = bound(try evaluate(lower))
    let high = bound(try evaluate(upper))
    // What `bound` would emit depends on the variable: inside, terms stay terms.
    let outerNaming = namesValues
    namesValues = false
    defer { namesValues = outerNaming }
    check(Arithmetic.compare("<=", low, high), "range", at: lower.location)
    let local = temporary(Names.mangled(name))
    let last = bounds.isClosed ? high.interval.high : high.interval.high.map { $0 - 1 }
    let variable = Term(local, interval: Interval(low: low.interval.low, high: last))
    let range = "\(low.text) <= \(local) \(bounds.isClosed ? "<=" : "<") \(high.text)"
    let outer = scope[name]
    scope[name] = .value(variable)
    entryNames.insert(name)
    defer { scope[name] = outer }
    let property = try assuming("forall \(local): int. \(range) -> ") { try evaluate(body) }
    return Ranging(variable: local, low: low, high: high, range: range, property: property)
  }

  /// Requirements of a callee, for its arguments.
  func checkRequirements(
    of call: Call, _ function: Function, _ arguments: [String: Binding], at location: Location
  ) throws {
    let name = Names.withoutModule(function.name, function.module)
    for condition in function.contract.requires {
      let formula = try inContract(arguments) { try $0.evaluate(condition) }
      check(formula, "requires of \(name)", at: location)
    }
    try checkInvariants(of: call, function, arguments, at: location)
  }

  /// Evaluates without emission what a contract says, for other values of its parameters.
  func inContract<Result>(
    _ arguments: [String: Binding], _ body: (Evaluator) throws -> Result
  ) throws -> Result {
    let inner = Evaluator(context, emits: false)
    inner.scope = arguments
    return try body(inner)
  }

  // MARK: Constants

  /// `static let`, or global.
  func constant(_ name: String) throws -> Term {
    guard let declaration = index.constants[name] else {
      throw Refusal(
        "the value of \(name) is not known: make it a static let in a module under proof")
    }
    if let known = index.constantTerms[name], known.constant != nil { return known }
    let checking = Evaluator(context, emits: true)
    checking.usesTerms = true
    checking.namesValues = false
    _ = try checking.evaluate(declaration.value)
    if !checking.lines.isEmpty {
      throw Refusal(
        "computing the constant \(name) may trap: write its value", at: declaration.location)
    }
    let term = try inContract([:]) { try $0.evaluate(declaration.value) }
    if term.constant != nil {
      if case .integer(let type) = declaration.type,
        !term.interval.isWithin(Interval(of: type))
      {
        throw Refusal("the constant \(name) does not fit its type", at: declaration.location)
      }
      index.constantTerms[name] = term
      return term
    }
    let sort = try context.sort(of: declaration.type)
    let global = index.names.global(name)
    try context.declare("constant \(name)") {
      "constant \(global) : \(sort) = \(try stored(term, declaration.type))"
    }
    var result = try read(global, declaration.type)
    result.parts = term.parts?.allSatisfy({ $0.text.count < 40 }) == true ? term.parts : nil
    return result
  }
}
