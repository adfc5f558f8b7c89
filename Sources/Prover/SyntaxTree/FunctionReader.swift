extension BodyReader {
  /// The function with its contract, without a body. Its parameters are then known by name.
  func signature(_ callable: Callable) throws -> Function {
    let node = callable.node
    if node.has("generic_signature") {
      throw NotProvable(
        "a generic function cannot be proved; write one for each type it is used with", node)
    }
    if node.flag("async") {
      throw NotProvable("an async function cannot be proved", node)
    }
    isUnexecuted = types.isGhost(callable)
    var parameters: [Parameter] = []
    let owner = try callable.owner.map { try ownerType($0, node) }
    if callable.takesSelf, let owner {
      let isInOut = node["implicit_self_decl"]?.flag("inout") ?? false
      parameters.append(Parameter(name: declare("self", owner), type: owner, isInOut: isInOut))
    }
    if callable.isInitialiser, let owner { _ = declare("self", owner) }
    for parameter in callable.parameters {
      if parameter.flag("variadic") || parameter.flag("autoclosure") {
        throw NotProvable(
          "a variadic or @autoclosure parameter cannot be proved; write an ordinary one", node)
      }
      let type = try type(parameter, "interface_type")
      parameters.append(
        Parameter(
          name: declare(parameter.baseName ?? "unnamed", type), type: type,
          isInOut: parameter.flag("inout")))
    }
    if callable.isInitialiser, let owner {
      result = node.flag("failable") ? .optional(owner) : owner
      initialised = owner
    } else {
      result = try type(node, "result")
    }
    var throwsType: Type?
    if let thrown = node.text("thrown_type"), !thrown.isEmpty {
      throwsType = try type(node, "thrown_type")
    }
    let body = node["body"]
    var function = Function(
      name: callable.name, module: file.module.name, parameters: parameters,
      result: result ?? .void, throwsType: throwsType, isInitialiser: callable.isInitialiser,
      contract: Contract(), body: nil, location: location(node),
      end: file.source.location(max(body?.end ?? node.end, 0)))
    function.isGhost = isUnexecuted
    function.isPublic = !["internal", "fileprivate", "private"].contains(node.text("access"))
    return function
  }

  /// Of a mangled type that something is a member of.
  private func ownerType(_ mangled: String, _ node: Node) throws -> Type {
    if let path = types.symbol(mangled)?.type.path, let nominal = declarations.nominals[path],
      nominal.refusal == nil
    {
      return .named(nominal.name)
    }
    do {
      return try types.type(mangled)
    } catch let error as TypeReader.Unreadable {
      throw NotProvable(BodyReader.outside(error.name), node)
    }
  }

  /// The words at the start of a body, and the statements after them.
  func contract(_ elements: [Node]) throws -> (contract: Contract, rest: [Node]) {
    var contract = Contract()
    for (index, element) in elements.enumerated() {
      let statement = withoutImplicitReturn(element)
      guard let word = contractWord(statement) else {
        return (contract, Array(elements[index...]))
      }
      let arguments = BodyReader.arguments(statement).compactMap { $0["expr"] }
      switch word {
      case "requires" where arguments.count == 1:
        contract.requires.append(try contractual(statement) { try expression(arguments[0]) })
      case "ensures" where arguments.count == 1:
        contract.ensures.append(try contractual(statement) { try postcondition(arguments[0]) })
      case "variant" where arguments.count == 1:
        contract.variant = try contractual { try expression(arguments[0]) }
      case "trusted" where arguments.count == 1:
        guard let reason = BodyReader.bare(arguments[0]).text("value") else {
          throw NotProvable("trusted gets its reason as a string literal", statement)
        }
        contract.trusted = reason
      case "opaque": contract.isOpaque = true
      case "overBitVectors": contract.isBitwise = true
      case "invariant":
        throw NotProvable("invariant stands first in the body of a loop", statement)
      default: return (contract, Array(elements[index...]))
      }
    }
    return (contract, [])
  }

  /// A body of one expression is that expression as the value of an implicit return: a statement, if
  /// it has no value.
  func withoutImplicitReturn(_ node: Node) -> Node {
    guard node.kind == "return_stmt", node.isImplicit, let value = node["result"],
      let type = try? type(value), type == .void || type == .never
    else { return node }
    return BodyReader.bare(value)
  }

  private func postcondition(_ node: Node) throws -> Postcondition {
    guard node.kind == "closure_expr" else {
      return Postcondition(result: nil, condition: try expression(node))
    }
    return try scoped {
      let (variables, condition) = try closure(node, called: "result", count: 1)
      guard let parameter = node["params"]?.nodes("params").first,
        try type(parameter, "interface_type") == result
      else {
        throw NotProvable(
          "the closure of ensures gets the function's result: give its parameter that type", node)
      }
      return Postcondition(result: variables[0], condition: condition)
    }
  }

  /// A closure of one expression: its parameters, and the expression. To be called in a scope of its
  /// own.
  /// - Parameter called: what `$0` is called.
  func closure(_ node: Node, called name: String, count: Int) throws -> ([String], Expression) {
    let parameters = node["params"]?.nodes("params") ?? []
    guard node.kind == "closure_expr", parameters.count == count,
      let elements = node["body"]?.nodes("elements"), elements.count == 1,
      elements[0].kind == "return_stmt", let value = elements[0]["result"]
    else {
      throw NotProvable("a closure here holds one expression and has \(count) parameter", node)
    }
    let names = try parameters.map { parameter in
      let type = try type(parameter, "interface_type")
      let written = parameter.baseName ?? "_"
      guard written.hasPrefix("$") else { return declare(written, type) }
      let unique = fresh(name)
      alias(written, Variable(name: unique, type: type))
      return unique
    }
    return (names, try expression(value))
  }
}
