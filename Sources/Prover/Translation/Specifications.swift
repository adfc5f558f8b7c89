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
    var specification = Specification(result: try context.sort(of: function.result))
    for parameter in function.parameters {
      let name = Names.local(parameter.name)
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

  /// What callers establish and get. `isProved`: the function's own unit, where postconditions are
  /// goals and the frame is one.
  func contract(of function: Function, isProved: Bool) throws -> Specification {
    var specification = try signature(of: function)
    let inner = Evaluator(context, emits: false)
    inner.scope = specification.scope
    let name = Names.withoutModule(function.name, function.module)
    for condition in function.contract.requires {
      let formula = try inner.evaluate(condition)
      specification.clauses.append(
        "requires { \(position(condition.location)) [@expl:requires of \(name)] (\(formula.text)) }")
    }
    let written = try writeClause(function)
    if !written.isEmpty {
      specification.clauses.append("writes { \(written.joined(separator: ", ")) }")
    }
    for postcondition in function.contract.ensures {
      inner.scope = specification.scope
      if let result = postcondition.result {
        inner.scope[result] = .value(try read("result", function.result))
      }
      let formula = try inner.evaluate(postcondition.condition)
      for conjunct in postcondition.condition.conjuncts.count > 1
        ? try postcondition.condition.conjuncts.map(inner.evaluate) : [formula]
      {
        specification.clauses.append(
          "ensures { \(position(postcondition.condition.location)) [@expl:ensures] "
            + "(true /\\ \(conjunct.text)) }")
      }
    }
    if !isProved && Evaluator.isLogical(function, index) {
      specification.clauses.append(
        "ensures { \(try definingEquation(function, specification.scope)) }")
    }
    for frame in try frames(of: function) {
      specification.clauses.append(
        "ensures { \(position(function.location)) [@expl:frame] (\(frame)) }")
    }
    return specification
  }

  /// The result is what the logic has for the arguments.
  private func definingEquation(
    _ function: Function, _ scope: [String: Binding]
  ) throws -> String {
    let value = try apply(function, to: function.parameters.map { scope[$0.name]! })
    let result = try read("result", function.result)
    switch function.result {
    case .integer: return "\(result.text) = \(value.text)"
    case .bool: return "result <-> \(value.text)"
    default: return "result = \(try stored(value, function.result))"
    }
  }

  // MARK: What is written

  private func writeClause(_ function: Function) throws -> [String] {
    var result: Set<String> = []
    for parameter in function.parameters where index.isWritten(parameter, of: function) {
      let name = Names.local(parameter.name)
      let paths = index.writes.of(function.name, parameter.name)
      if index.isCopyable(parameter.type) {
        result.insert("\(name).\(try context.reference(to: parameter.type).field)")
      } else {
        for path in paths { try addSlots(name, parameter.type, path[...], to: &result) }
      }
    }
    return result.sorted()
  }

  /// Everything that changes in WhyML below a path of state.
  private func addSlots(
    _ text: String, _ type: Type, _ path: ArraySlice<WriteSets.Step>,
    to result: inout Set<String>
  ) throws {
    if case .table = type {
      result.insert("\(text).\(try context.sort(of: type))_elements")
      return
    }
    guard case .named(let name) = type, let declaration = index.structs[name] else {
      throw Refusal("\(type) cannot be state")
    }
    _ = try context.sort(of: type)
    for field in declaration.fields {
      if let step = path.first, step != .field(field.name) { continue }
      let inner = "\(text).\(try fieldName(type, field.name))"
      if index.isCopyable(field.type) {
        result.insert(inner)
      } else {
        try addSlots(inner, field.type, path.dropFirst(), to: &result)
      }
    }
  }

  /// Equations that say which parts of `inout` values stay as they are.
  func frames(of function: Function) throws -> [String] {
    var result: [String] = []
    for parameter in function.parameters
    where index.isCopyable(parameter.type) && index.isWritten(parameter, of: function) {
      let (_, field) = try context.reference(to: parameter.type)
      let now = "\(Names.local(parameter.name)).\(field)"
      let paths = index.writes.of(function.name, parameter.name).map { $0[...] }
      if let value = try frame(now, "(old \(now))", parameter.type, paths, depth: 3) {
        result.append("\(now) = \(value)")
      }
    }
    return result
  }

  /// The old value with the new values of what is written; `nil` if that is all of it.
  private func frame(
    _ now: String, _ before: String, _ type: Type, _ paths: [ArraySlice<WriteSets.Step>],
    depth: Int
  ) throws -> String? {
    guard depth > 0, case .named(let name) = type, let declaration = index.structs[name],
      !paths.contains(where: \.isEmpty)
    else { return nil }
    var changes: [String] = []
    var isWhole = true
    for field in declaration.fields {
      let inner = paths.filter { $0.first == .field(field.name) }.map { $0.dropFirst() }
      if inner.isEmpty {
        isWhole = false
        continue
      }
      let fieldName = try fieldName(type, field.name)
      let nested = try frame(
        "\(now).\(fieldName)", "\(before).\(fieldName)", field.type, inner, depth: depth - 1)
      if nested != nil { isWhole = false }
      changes.append("\(fieldName) = \(nested ?? "\(now).\(fieldName)")")
    }
    if isWhole { return nil }
    if declaration.fields.count == 1 { return "{ \(changes[0]) }" }
    return changes.isEmpty ? before : "{ \(before) with \(changes.joined(separator: "; ")) }"
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
        (["val ghost \(name) \(specification.parameters.joined(separator: " ")) : \(specification.result)"]
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
