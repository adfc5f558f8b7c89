// Functions of the program as functions of the logic.

extension Evaluator {
  /// Whether contracts can use the function, and what its result is known to be.
  static func isLogical(_ function: Function, _ index: ProgramIndex) -> Bool {
    switch definability(of: function, index) {
    case .defined: true
    case .refused, .inProgress: false
    }
  }

  static func definability(
    of function: Function, _ index: ProgramIndex
  ) -> ProgramIndex.Definability {
    if let known = index.definability[function.name] { return known }
    index.definability[function.name] = .inProgress
    let result: ProgramIndex.Definability
    do {
      try mayBeLogical(function, index)
      if function.contract.isOpaque && !function.isGhost {
        result = .defined(.unknown)
      } else {
        let evaluator = Evaluator(
          UnitContext(index, isExecuted: false, isTrial: true), emits: false)
        try evaluator.bindParameters(of: function)
        let value = try BodyEvaluator(evaluator, function).value()
        if value.text.count > 20_000 { throw Refusal("its body is too long for a term") }
        result = .defined(value.interval)
      }
    } catch let refusal as Refusal {
      result = .refused(refusal.message)
    } catch {
      result = .refused("\(error)")
    }
    index.definability[function.name] = result
    return result
  }

  private static func mayBeLogical(_ function: Function, _ index: ProgramIndex) throws {
    let contract = function.contract
    if contract.trusted != nil { throw Refusal("its body is trusted, not known") }
    if function.body == nil { throw Refusal("its body is not known") }
    if index.recursive.contains(function.name) { throw Refusal("it is recursive") }
    if function.throwsType != nil { throw Refusal("it throws") }
    if index.writesAnything(function) { throw Refusal(BodyEvaluator.advice) }
    switch function.result {
    case .void, .never: throw Refusal("it has no result")
    default: break
    }
    if !index.isCopyable(function.result) { throw Refusal("its result is ~Copyable") }
  }

  /// Parameters as values, none of which is written.
  func bindParameters(of function: Function) throws {
    for (name, parameter) in zip(Names.parameters(of: function), function.parameters) {
      _ = try context.sort(of: parameter.type)
      scope[parameter.name] =
        index.isCopyable(parameter.type)
        ? .value(try read(name, parameter.type)) : .state(name, parameter.type)
    }
  }

  // MARK: Declarations

  /// Declares the function of the logic, and returns its name.
  func declareLogic(_ function: Function) throws -> String {
    let name = context.index.names.global(function.name)
    if case .refused(let reason) = Evaluator.definability(of: function, index) {
      let called = Names.withoutModule(function.name, function.module)
      throw Refusal("\(called) cannot be used here: \(reason)")
    }
    try context.declare("logic \(function.name)") {
      context.hides(function) ? try opaque(name, function) : try definition(name, function)
    }
    return name
  }

  private func parameterList(_ function: Function) throws -> String {
    if function.parameters.isEmpty { return "" }
    return try " "
      + zip(Names.parameters(of: function), function.parameters).map {
        "(\($0): \(try context.sort(of: $1.type)))"
      }.joined(separator: " ")
  }

  private func definition(_ name: String, _ function: Function) throws -> String {
    let evaluator = Evaluator(context, emits: false)
    try evaluator.bindParameters(of: function)
    let value = try BodyEvaluator(evaluator, function).value()
    let parameters = try parameterList(function)
    switch function.result {
    case .integer: return "function \(name)\(parameters) : int =\n  \(value.text)"
    case .bool
    where value.text.contains("forall ") || value.text.contains("exists ")
      || function.isGhost && value.text.count > Evaluator.longGhostPredicate:
      return try symbol(name, function, value.text)
    case .bool: return "predicate \(name)\(parameters) =\n  \(value.text)"
    default:
      let sort = try context.sort(of: function.result)
      return "function \(name)\(parameters) : \(sort) =\n  \(value.text)"
    }
  }

  /// Characters of a predicate about ghost values that is written out where it stands.
  private static let longGhostPredicate = 250

  /// A predicate with quantifiers, or a long one about ghost values, is a symbol of its own, so that
  /// what is equal to its arguments has it too without a look inside.
  private func symbol(_ name: String, _ function: Function, _ body: String) throws -> String {
    let names = Names.parameters(of: function)
    let sorts = try function.parameters.map { "(\(try context.sort(of: $0.type)))" }
    let variables = zip(names, sorts).map { "\($0): \($1)" }.joined(separator: ", ")
    if names.isEmpty { return "predicate \(name) =\n  \(body)" }
    let application = "\(name) \(names.joined(separator: " "))"
    return """
      predicate \(name) \(sorts.joined(separator: " "))
      axiom \(name)_meaning : forall \(variables) [\(application)].
        \(application) <-> \(body)
      """
  }

  /// No definition: what its own proof establishes, wherever its requirements hold.
  private func opaque(_ name: String, _ function: Function) throws -> String {
    let evaluator = Evaluator(context, emits: false)
    try evaluator.bindParameters(of: function)
    let sort = try context.sort(of: function.result)
    let sorts = try function.parameters.map { " \(try context.sort(of: $0.type))" }.joined()
    let names = Names.parameters(of: function)
    let application =
      function.parameters.isEmpty
      ? name : "(\(name) \(names.joined(separator: " ")))"
    var text = "function \(name)\(sorts) : \(sort)"
    // The proof of the body knows the invariants of the parameters' types.
    let types = try function.parameters.flatMap { try evaluator.invariants(of: $0, function) }
    let requirements =
      try types.map { $0.formula + " -> " }.joined()
      + function.contract.requires.map { try evaluator.evaluate($0).text + " -> " }.joined()
    for (position, postcondition) in function.contract.ensures.enumerated() {
      let result = try evaluator.read(application, function.result)
      if let name = postcondition.result { evaluator.scope[name] = .value(result) }
      let formula = try evaluator.evaluate(postcondition.condition)
      if function.parameters.isEmpty {
        text += "\naxiom \(name)_ensures\(position) : \(requirements)\(formula.text)"
      } else {
        let quantified = try zip(names, function.parameters).map {
          "\($0): \(try context.sort(of: $1.type))"
        }.joined(separator: ", ")
        text +=
          "\naxiom \(name)_ensures\(position) : forall \(quantified) [\(application)].\n"
          + "  \(requirements)\(formula.text)"
      }
    }
    return text
  }

  // MARK: Applications

  /// The function's value for arguments, as a term.
  func apply(_ function: Function, to arguments: [Binding]) throws -> Term {
    if let inlined = try inlined(function, arguments) { return inlined }
    let name = try declareLogic(function)
    let texts = try zip(arguments, function.parameters).map {
      try stored(try value(of: $0), $1.type)
    }
    let text = texts.isEmpty ? name : "(\(name) \(texts.joined(separator: " ")))"
    if context.hides(function) { return try read(text, function.result) }
    var result = Term(text)
    if case .integer = function.result,
      case .defined(let interval) = Evaluator.definability(of: function, index)
    {
      result.interval = interval
    } else if case .integer = function.result {
    } else {
      result = try read(text, function.result)
    }
    return result
  }

  /// Short definitions are written out, with what is known of the arguments.
  private func inlined(_ function: Function, _ arguments: [Binding]) throws -> Term? {
    guard !context.hides(function), Evaluator.isLogical(function, index) else { return nil }
    let probe =
      context.isTrial
      ? context : UnitContext(index, isExecuted: context.isExecuted, isTrial: true)
    func value(in context: UnitContext) throws -> Term {
      let evaluator = Evaluator(context, emits: false)
      for (parameter, argument) in zip(function.parameters, arguments) {
        evaluator.scope[parameter.name] = argument
      }
      return try BodyEvaluator(evaluator, function).value()
    }
    // On trial first, so that nothing is declared that is not used. Within a trial that is no matter,
    // and a trial of each trial's parts would take twice the time for each call in a call.
    let trial = try value(in: probe)
    if let constant = trial.constant { return Term(constant: constant) }
    let isShort =
      trial.text.count < 100 || (trial.parts != nil && trial.text.count < 400) || trial.isTrue
      || trial.isFalse
    guard isShort, !trial.text.contains("let ") else { return nil }
    return context.isTrial ? trial : try value(in: context)
  }
}
