extension Evaluator {
  /// Whether a call is a statement of its own in WhyML, rather than part of a term.
  func isEmittedCall(_ call: Call) -> Bool {
    guard emits, let function = index.functions[call.function] else { return emits }
    if !Evaluator.isLogical(function, index) { return true }
    return !usesTerms && !function.contract.ensures.isEmpty
  }

  func evaluate(_ call: Call, _ type: Type, _ location: Location) throws -> Term {
    guard let function = index.functions[call.function] else {
      throw Refusal("\(call.function) is not known: give its module to the prover, or its contract")
    }
    guard call.arguments.count == function.parameters.count else {
      throw Refusal("the call of \(call.function) has another number of arguments")
    }
    try refuseGuardedTables(call)
    if isEmittedCall(call) { return try emit(call, function, type, location) }
    if !Evaluator.isLogical(function, index) { _ = try declareLogic(function) }
    var arguments: [Binding] = []
    let plain = try evaluateAll(call.arguments.map(\.expression))
    for (term, argument) in zip(plain, call.arguments) {
      arguments.append(
        index.isCopyable(argument.expression.type)
          ? .value(bound(term)) : .state(term.text, argument.expression.type))
    }
    let scope = Dictionary(
      zip(function.parameters.map(\.name), arguments), uniquingKeysWith: { first, _ in first })
    try checkRequirements(of: call, function, scope, at: location)
    return try apply(function, to: arguments)
  }

  /// A call of a `val`: arguments by value or reference, parts of variables copied in and out.
  private func emit(
    _ call: Call, _ function: Function, _ type: Type, _ location: Location
  ) throws -> Term {
    if !assumptions.isEmpty {
      throw Refusal(
        "this call stands where its evaluation depends on a condition: put it into a variable",
        at: location)
    }
    if function.throwsType != nil {
      throw Refusal("functions that throw are not translated yet: return an enum", at: location)
    }
    try refuseOverlaps(call, function)
    let expressions = call.arguments.map(\.expression)
    var values: [Term?] = Array(repeating: nil, count: expressions.count)
    var places: [Int: AssignedPlace] = [:]
    // Swift evaluates arguments from left to right, and with them the indices of what is passed
    // inout; what is there is looked at last.
    for (position, argument) in call.arguments.enumerated() {
      let expression = argument.expression
      guard index.isCopyable(expression.type) else { continue }
      let isFollowed = expressions[(position + 1)...].contains(where: changesState)
      switch argument {
      case .inOut:
        if isFollowed {
          try refuseGuardedBefore(expression)
          places[position] = try place(of: expression, keeping: true)
        }
      case .value:
        let term = try evaluate(expression)
        values[position] = isFollowed ? define(temporary(), term) : term
      }
    }
    var texts: [String] = []
    var bindings: [String: Binding] = [:]
    var copies: [(place: AssignedPlace, name: String, field: String, type: Type)] = []
    for (position, parameter) in function.parameters.enumerated() {
      let expression = expressions[position]
      if let term = values[position] {
        texts.append("(pure { \(try stored(term, parameter.type)) })")
        bindings[parameter.name] = .value(term)
      } else if !index.isCopyable(parameter.type) {
        texts.append("\(try statePath(expression))")
        bindings[parameter.name] = .state(texts[position], parameter.type)
      } else if !index.isWritten(parameter, of: function) {
        let term = try read(try places[position] ?? place(of: expression), parameter.type)
        texts.append("(pure { \(try stored(term, parameter.type)) })")
        bindings[parameter.name] = .value(term)
      } else if case .variable(let name) = expression.kind,
        case .reference(let local, let field, let type)? = scope[name]
      {
        texts.append(local)
        bindings[parameter.name] = .reference(name: local, field: field, type)
      } else {
        let place = try places[position] ?? place(of: expression)
        let (_, field) = try context.reference(to: parameter.type)
        let name = temporary("part")
        let term = try read(place, parameter.type)
        lines.append(
          "let \(name) = { \(field) = pure { \(try stored(term, parameter.type)) } } in")
        texts.append(name)
        bindings[parameter.name] = .reference(name: name, field: field, parameter.type)
        copies.append((place, name, field, parameter.type))
      }
    }
    // What a call requires is not known behind it, where smoke asks what can be reached.
    if assertWord == "assert" {
      try checkInvariants(of: call, function, bindings, at: location)
    }
    let callee = try declareCallee(function)
    let name = temporary("result")
    if texts.isEmpty { texts = ["()"] }
    lines.append(
      "let \(name) = \(position(location)) \(callee) \(texts.joined(separator: " ")) in")
    for copy in copies {
      try write(try read("\(copy.name).\(copy.field)", copy.type), to: copy.place)
    }
    if case .never = function.result {
      lines.append("absurd;")
      return try anyValue(.void)
    }
    if case .void = function.result { return Term("()") }
    return try read(name, function.result)
  }

  /// Two inout arguments of one variable must be in fields that are apart whatever indices are.
  private func refuseOverlaps(_ call: Call, _ function: Function) throws {
    var paths: [(String, WriteSets.Path, Location)] = []
    for (argument, parameter) in zip(call.arguments, function.parameters) {
      guard case .inOut(let place) = argument else { continue }
      guard index.isWritten(parameter, of: function) || !index.isCopyable(parameter.type) else {
        continue
      }
      guard let (root, path) = WriteSets.path(of: place) else {
        throw Refusal("this is not a place that can be passed inout", at: place.location)
      }
      for (otherRoot, other, _) in paths where otherRoot == root {
        guard zip(path, other).contains(where: { $0 != $1 }) else {
          throw Refusal(
            "two inout arguments may be one place: use a local copy", at: place.location)
        }
      }
      paths.append((root, path, place.location))
    }
  }
}

extension Argument {
  var expression: Expression {
    switch self {
    case .value(let expression), .inOut(let expression): expression
    }
  }
}
