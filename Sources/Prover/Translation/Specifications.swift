/// A function's contract as the clauses of a `val` or `let` in WhyML.
struct Specification {
  var parameters: [String] = []
  var result: String
  var clauses: [String] = []
  var scope: [String: Evaluator.Binding] = [:]
}

extension Evaluator {
  /// Parameters and what they stand for. What the function does not write is passed by value.
  func signature(of function: Function) throws -> Specification {
    var specification = Specification(result: try context.valueSort(of: function.result))
    for (name, parameter) in zip(Names.parameters(of: function), function.parameters) {
      let sort = try context.sort(of: parameter.type)
      if !index.isCopyable(parameter.type) {
        specification.parameters.append("(\(name): \(sort))")
        specification.scope[parameter.name] = .state(name, parameter.type)
      } else if index.isWritten(parameter, of: function) {
        let (reference, field) = try context.reference(to: parameter.type)
        specification.parameters.append("(\(name): \(reference))")
        specification.scope[parameter.name] = .reference(
          name: name, field: field, parameter.type)
      } else {
        specification.parameters.append("(\(name): \(sort))")
        specification.scope[parameter.name] = .value(try read(name, parameter.type))
      }
    }
    if specification.parameters.isEmpty { specification.parameters = ["(_: unit)"] }
    return specification
  }

  /// What callers establish and get; type invariants of arguments are goals that each call has beside
  /// it. `isProved`: the function's own unit, where postconditions are goals and the frame is one.
  func contract(
    of function: Function, isProved: Bool, keeping kept: KeptInvariants? = nil
  ) throws -> Specification {
    var specification = try signature(of: function)
    let inner = Evaluator(context, emits: false)
    inner.scope = specification.scope
    inner.entryNames = Set(function.parameters.map(\.name))
    inner.kept = kept
    let name = Names.withoutModule(function.name, function.module)
    for condition in function.contract.requires {
      let formula = try inner.evaluate(condition)
      specification.clauses.append(
        "requires { \(position(condition.location)) [@expl:requires of \(name)] (\(formula.text)) }"
      )
    }
    for parameter in function.parameters where kept != nil {
      for invariant in try inner.invariants(of: parameter, function) {
        specification.clauses.append("requires { \(invariant.formula) }")
      }
    }
    let written = try writeClause(function)
    if !written.isEmpty {
      specification.clauses.append("writes { \(written.joined(separator: ", ")) }")
    }
    inner.oldValue = { "(old \($0))" }
    for postcondition in function.contract.ensures {
      inner.scope = specification.scope
      if let result = postcondition.result {
        inner.scope[result] = .value(try read("result", function.result))
      }
      let condition = postcondition.condition
      for conjunct in isProved
        ? try inner.parts(of: condition) : try condition.conjuncts.map(inner.evaluate)
      {
        specification.clauses.append(
          "ensures { \(position(condition.location)) [@expl:ensures] "
            + "(true /\\ \(conjunct.text)) }")
      }
    }
    inner.scope = specification.scope
    var invariants = try inner.invariantsOfResult(function, inParts: isProved)
    for parameter in function.parameters where index.isWritten(parameter, of: function) {
      invariants += try inner.invariants(of: parameter, function, inParts: isProved)
    }
    for invariant in invariants where !invariant.isKept {
      specification.clauses.append(
        "ensures { \(position(function.location)) [@expl:type invariant] \(invariant.formula) }")
    }
    if !isProved && Evaluator.isLogical(function, index) {
      specification.clauses.append(
        "ensures { "
          + (try definingEquation(
            function, specification.scope, try read("result", function.result))) + " }")
    }
    for parameter in function.parameters where index.isWritten(parameter, of: function) {
      let paths = index.writes.of(function.name, parameter.name)
      for frame in try frames(specification.scope[parameter.name]!, paths, { "(old \($0))" }) {
        specification.clauses.append(
          "ensures { \(position(function.location)) [@expl:frame] (\(frame)) }")
      }
    }
    return specification
  }

  /// The result is what the logic has for the arguments.
  func definingEquation(
    _ function: Function, _ scope: [String: Binding], _ result: Term
  ) throws -> String {
    let value = try apply(function, to: function.parameters.map { scope[$0.name]! })
    switch function.result {
    case .integer: return "\(result.text) = \(value.text)"
    case .bool: return "\(result.text) <-> \(value.text)"
    default: return "\(result.text) = \(try stored(value, function.result))"
    }
  }

  /// Declares a function as its callers see it.
  func declareCallee(_ function: Function) throws -> String {
    let name = "call_\(index.names.global(function.name))"
    try context.declare("callee \(function.name)") {
      if function.contract.ensures.contains(where: { $0.condition.mentions(function.name) }) {
        throw Refusal("the contract of \(function.name) calls the function itself")
      }
      let specification = try contract(of: function, isProved: false)
      return
        ([
          "val ghost \(name) \(specification.parameters.joined(separator: " ")) : \(specification.result)"
        ]
        + specification.clauses.map { "  " + $0 }).joined(separator: "\n")
    }
    return name
  }
}

extension Expression {
  /// What `&&` joins.
  var conjuncts: [Expression] {
    if case .binary(.logicalAnd, let left, let right) = kind {
      return left.conjuncts + right.conjuncts
    }
    return [self]
  }

  func mentions(_ function: String) -> Bool {
    var result = false
    TreeWalker {
      if case .call(let call) = $0.kind, call.function == function { result = true }
    }.walk(self)
    return result
  }
}
