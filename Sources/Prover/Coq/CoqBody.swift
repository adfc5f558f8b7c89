/// What the body of a theorem makes of its `inout` parameters: functions of what they were.
///
/// A theorem changes state by calls alone, one after the other, whatever else it does to be proved.
/// Each such call is a function that is abstract in Coq, but for calls of theorems that are written
/// as well: of these it is what their own bodies do.
struct CoqBody {
  let vocabulary: CoqVocabulary
  let theorems: Set<String>
  /// Values of variables, as far as the body has come.
  var scope: [String: CoqTerms.Value]
  /// Variables that may be changed, and of which the change matters.
  private var state: Set<String>
  private var taken: Set<String>
  /// What those are called that another theorem has passed on.
  private var titles: [String: String] = [:]
  /// Calls that this body is part of.
  private var callers: [String]

  init(
    _ vocabulary: CoqVocabulary, _ theorems: Set<String>, _ function: Function,
    _ scope: [String: CoqTerms.Value], taken: Set<String>, callers: [String] = []
  ) {
    self.vocabulary = vocabulary
    self.theorems = theorems
    self.scope = scope
    self.taken = taken
    self.callers = callers + [function.name]
    state = Set(function.parameters.filter(\.isInOut).map(\.name))
  }

  /// `let`s of Coq, in their order.
  private(set) var changes: [String] = []

  mutating func run(_ function: Function) throws {
    guard !state.isEmpty else { return }
    guard let body = function.body else {
      throw Diagnostic("the body of \(function.name) is not known", at: function.location)
    }
    try run(body)
  }

  private mutating func run(_ statements: [Statement]) throws {
    guard let last = statements.lastIndex(where: { changesState([$0]) }) else { return }
    // After the last change nothing that is done matters any more.
    for statement in statements[...last] { try run(statement) }
  }

  private mutating func run(_ statement: Statement) throws {
    switch statement.kind {
    case .evaluate(let value): try change(value)
    case .returnValue(let value?) where changesState([statement]): try change(value)
    case .variable(let name, _, let isMutable, let value?):
      try bind(name, isMutable, value, statement.location)
    case .block(let body) where !leaves(body): try run(body)
    case .holds, .precondition, .unreachable: try refuseChange(statement)
    default:
      try refuseChange(statement)
      if leaves([statement]) {
        throw Diagnostic(
          "a theorem for Coq does not return before its last change of state: put what is changed"
            + " into a function of its own", at: statement.location)
      }
    }
  }

  private mutating func bind(
    _ name: String, _ isMutable: Bool, _ value: Expression, _ location: Location
  ) throws {
    if isMutable {
      try refuseChange(Statement(.evaluate(value), at: location))
      scope[name] = .unknown(
        Diagnostic("'\(name)' may change: a theorem for Coq passes on constants", at: location))
    } else if case .call(let call) = value.kind, changesState(value) {
      scope[name] = try self.change(call, value.location, usesResult: true)
    } else {
      try refuseChange(Statement(.evaluate(value), at: location))
      scope[name] = .expression(value, scope)
    }
  }

  private mutating func change(_ value: Expression) throws {
    guard changesState(value) else { return }
    guard case .call(let call) = value.kind else {
      throw Diagnostic(
        "a theorem for Coq changes state by calls that stand alone", at: value.location)
    }
    _ = try change(call, value.location, usesResult: false)
  }

  private var terms: CoqTerms {
    CoqTerms(vocabulary: vocabulary, scope: scope, entry: nil, taken: taken)
  }

  // MARK: Calls

  private mutating func change(_ call: Call, _ location: Location, usesResult: Bool) throws
    -> CoqTerms.Value
  {
    guard let function = vocabulary.functions[call.function],
      function.parameters.count == call.arguments.count
    else { throw Diagnostic("\(call.function) is not known", at: location) }
    if function.throwsType != nil {
      throw Diagnostic("\(call.function) throws, which a Coq statement cannot say", at: location)
    }
    var arguments: [CoqText] = []
    var changed: [(parameter: Parameter, variable: String)] = []
    for (argument, parameter) in zip(call.arguments, function.parameters) {
      let expression = argument.expression
      guard parameter.isInOut else {
        if changesState(expression) {
          throw Diagnostic(
            "a theorem for Coq changes state by calls that stand alone", at: expression.location)
        }
        arguments.append(try terms.term(expression))
        continue
      }
      guard case .variable(let name) = expression.kind else {
        throw Diagnostic(
          "a theorem for Coq changes whole parameters, no parts of them: put that into a function",
          at: expression.location)
      }
      arguments.append(try terms.term(expression))
      changed.append((parameter, name))
    }
    if theorems.contains(function.name) {
      guard !usesResult else {
        throw Diagnostic("a theorem's result cannot be used here", at: location)
      }
      try follow(function, arguments, changed, location)
      return .unknown(Diagnostic("a theorem has no result", at: location))
    }
    var results: [(String, CoqText)] = []
    for (parameter, variable) in changed {
      let symbol = try vocabulary.change(function, parameter, at: location)
      results.append((variable, .apply(symbol, arguments)))
    }
    for (variable, text) in results { scope[variable] = .term(named(variable, text)) }
    guard usesResult else { return .unknown(Diagnostic("the result is not used", at: location)) }
    return .term(.apply(try vocabulary.result(function, at: location), arguments))
  }

  /// A name for a value that a variable gets: the variable's, with one more apostrophe.
  private mutating func named(_ variable: String, _ value: CoqText) -> CoqText {
    var name = vocabulary.names.local(titles[variable] ?? variable, beside: []) + "'"
    while !taken.insert(name).inserted { name += "'" }
    changes.append("let \(name) := \(value.text) in")
    return CoqText(name)
  }

  /// Another theorem's body, in the place of its call.
  private mutating func follow(
    _ function: Function, _ arguments: [CoqText],
    _ changed: [(parameter: Parameter, variable: String)], _ location: Location
  ) throws {
    guard !callers.contains(function.name) else {
      throw Diagnostic("a theorem for Coq does not call itself", at: location)
    }
    let values = zip(function.parameters, arguments).map { ($0.name, CoqTerms.Value.term($1)) }
    var inner = CoqBody(
      vocabulary, theorems, function, Dictionary(values) { first, _ in first }, taken: taken,
      callers: callers)
    for (parameter, variable) in changed {
      inner.titles[parameter.name] = titles[variable] ?? variable
    }
    try inner.run(function)
    changes += inner.changes
    taken = inner.taken
    for (parameter, variable) in changed { scope[variable] = inner.scope[parameter.name] }
  }

  // MARK: What statements do

  private func refuseChange(_ statement: Statement) throws {
    guard changesState([statement]) else { return }
    throw Diagnostic(
      "a theorem for Coq changes state by calls, one after the other, whatever was decided: put"
        + " this into a function of its own", at: statement.location)
  }

  private func changesState(_ expression: Expression) -> Bool {
    changesState([Statement(.evaluate(expression), at: expression.location)])
  }

  private func changesState(_ statements: [Statement]) -> Bool {
    var result = false
    func isState(_ place: Expression) -> Bool {
      Evaluator.root(of: place).map { state.contains($0.name) } ?? true
    }
    var walker = TreeWalker { expression in
      guard case .call(let call) = expression.kind else { return }
      for case .inOut(let place) in call.arguments where isState(place) { result = true }
    }
    walker.visitStatement = { statement in
      if case .assign(let place, _) = statement.kind, isState(place) { result = true }
    }
    walker.walk(statements)
    return result
  }

  /// Whether statements may end the function.
  private func leaves(_ statements: [Statement]) -> Bool {
    var result = false
    var walker = TreeWalker { _ in }
    walker.visitStatement = { statement in
      switch statement.kind {
      case .returnValue, .throwError: result = true
      default: break
      }
    }
    walker.walk(statements)
    return result
  }
}
