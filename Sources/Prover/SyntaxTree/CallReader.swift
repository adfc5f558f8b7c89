extension BodyReader {
  /// A call with the declaration that it means.
  struct Callee {
    var usr: String
    /// What a method is called on; `nil` for the type of a static one.
    var base: Node?
    var arguments: [Node]
  }

  /// What is called, on what, with what.
  func callee(_ node: Node) throws -> Callee {
    var arguments = BodyReader.arguments(node)
    var function: Node?
    if node.kind == "dot_syntax_call_expr" {
      // A case of an enum without payload: a call of nothing but its type.
      function = node
      arguments = []
    } else {
      function = node["fn"].map(BodyReader.bare)
    }
    guard let function else { throw NotProvable("the compiler does not say what is called", node) }
    switch function.kind {
    case "declref_expr", "other_constructor_ref_expr":
      guard let usr = function["decl"]?.text("decl_usr"), !usr.isEmpty else { break }
      return Callee(usr: usr, base: nil, arguments: arguments)
    case "dot_syntax_call_expr", "constructor_ref_call_expr":
      guard let usr = BodyReader.referred(function), !usr.isEmpty else { break }
      let base = BodyReader.arguments(function).first?["expr"]
      return Callee(
        usr: usr, base: base.flatMap { BodyReader.bare($0).kind == "type_expr" ? nil : $0 },
        arguments: arguments)
    default: break
    }
    throw NotProvable("a call through a value cannot be proved; call a function by its name", node)
  }

  func call(_ node: Node) throws -> Expression {
    let callee = try callee(node)
    if let known = declarations.cases[callee.usr] {
      let payload = try callee.arguments.map { try value($0, of: callee.usr) }
      return make(.makeCase(known.owner.name, name: known.name, payload), try type(node), node)
    }
    if let known = declarations.memberwise[callee.usr] {
      return try memberwise(known, callee, node)
    }
    if let owner = declarations.fromRawValues[callee.usr], callee.arguments.count == 1 {
      let raw = try value(callee.arguments[0], of: callee.usr)
      return make(.fromRawValue(owner.name, raw), try type(node), node)
    }
    if declarations.equalities.contains(callee.usr) {
      return try equality(callee, isEqual: true, node)
    }
    if let expression = try contractExpression(callee, node) { return expression }
    if let callable = declarations.callables[callee.usr] {
      return try call(callable, callee, node)
    }
    if let reason = declarations.refused[callee.usr] {
      throw NotProvable("\(types.declaration(callee.usr) ?? "this"): \(reason)", node)
    }
    if let expression = try standardCall(callee, node) { return expression }
    throw NotProvable(
      "the prover does not know \(types.declaration(callee.usr) ?? "what is called here"); write it with what it knows",
      node)
  }

  private func call(_ callable: Callable, _ callee: Callee, _ node: Node) throws -> Expression {
    try check(callable, node)
    var arguments: [Argument] = []
    if callable.takesSelf {
      guard let base = callee.base else {
        throw NotProvable("a method as a value cannot be proved; call it", node)
      }
      arguments.append(try argument(base, isInOut: callable.selfIsInOut))
    }
    arguments += try self.arguments(callee.arguments, of: callable)
    return make(
      .call(Call(function: callable.name, arguments: arguments)), try type(node), node)
  }

  func arguments(_ nodes: [Node], of callable: Callable) throws -> [Argument] {
    // A setter's own first parameter is the new value.
    let parameters =
      callable.kind == .setter ? Array(callable.parameters.dropFirst()) : callable.parameters
    guard nodes.count == parameters.count else {
      throw NotProvable(
        "\(callable.name) is called with \(nodes.count) arguments for \(parameters.count) parameters",
        nodes.first ?? callable.node)
    }
    return try zip(nodes, parameters).map { node, parameter in
      guard parameter.flag("inout"), let place = node["expr"] else {
        return .value(try value(node, of: callable.usr))
      }
      return try argument(place, isInOut: true)
    }
  }

  func argument(_ node: Node, isInOut: Bool) throws -> Argument {
    if isInOut {
      if isContract { throw NotProvable("a contract changes nothing; use what only reads", node) }
      return .inOut(try place(node))
    }
    return .value(try expression(node))
  }

  /// An argument, or the default that stands for it.
  func value(_ argument: Node, of usr: String) throws -> Expression {
    guard let node = argument["expr"] else {
      throw NotProvable("the compiler leaves this argument out", argument)
    }
    guard node.kind == "default_argument_expr" else { return try expression(node) }
    let owner = node["default_args_owner"]?.text("decl_usr") ?? usr
    guard let index = node.number("param") else {
      throw NotProvable("the compiler does not say which default is meant", node)
    }
    let declared: (parameters: [Node], file: SourceFile)?
    if let callable = declarations.callables[owner] {
      declared = (callable.parameters, callable.file)
    } else if let known = declarations.cases[owner] {
      declared = (known.node["params"]?.nodes("params") ?? [], known.owner.file)
    } else {
      declared = nil
    }
    guard let declared, index < declared.parameters.count,
      let value = declared.parameters[index]["expression"]
    else {
      throw NotProvable("the prover does not find this default value; write the argument", node)
    }
    return try elsewhere(value, declared.file, for: node)
  }

  /// An expression of another declaration, which knows none of this function's variables.
  func elsewhere(_ value: Node, _ file: SourceFile, for node: Node) throws -> Expression {
    let reader = BodyReader(types: types, declarations: declarations, file: file)
    do {
      return try reader.expression(value)
    } catch let refusal as NotProvable {
      let place = file.source.location(max(refusal.offset, 0))
      throw NotProvable("its value at \(place.file):\(place.line): \(refusal.message)", node)
    }
  }

  /// The initialiser that the compiler makes: a parameter for each field that has one, in order.
  private func memberwise(
    _ known: (owner: Nominal, node: Node), _ callee: Callee, _ node: Node
  ) throws -> Expression {
    let parameters = known.node["params"]?.nodes("params") ?? []
    guard parameters.count == callee.arguments.count else {
      throw NotProvable("the arguments are not those of the fields", node)
    }
    var given: [String: Node] = [:]
    for (parameter, argument) in zip(parameters, callee.arguments) {
      guard let name = parameter.baseName, let value = argument["expr"] else { continue }
      if value.kind != "default_argument_expr" { given[name] = value }
    }
    let values = try known.owner.fields.map { field in
      if let value = given[field.name] { return try expression(value) }
      return try initialValue(field, known.owner, node)
    }
    return make(.makeStruct(known.owner.name, values), .named(known.owner.name), node)
  }

  /// What a field is without an argument for it.
  private func initialValue(
    _ field: (name: String, variable: Node, initialValue: Node?), _ owner: Nominal, _ node: Node
  ) throws -> Expression {
    if let value = field.initialValue { return try elsewhere(value, owner.file, for: node) }
    if let mangled = field.variable.text("interface_type"), let type = try? types.type(mangled),
      case .optional = type, !field.variable.flag("let")
    {
      return make(.none, type, node)
    }
    throw NotProvable("the field \(field.name) of \(owner.name) gets no value", node)
  }

  // MARK: Words of contracts

  private func contractExpression(_ callee: Callee, _ node: Node) throws -> Expression? {
    guard let meaning = types.declaration(callee.usr), meaning.hasPrefix("Contracts.") else {
      return nil
    }
    let arguments = callee.arguments.compactMap { $0["expr"] }
    switch meaning {
    case "Contracts.old" where arguments.count == 1:
      guard isContract || isGhost else {
        throw NotProvable("old stands in contracts only; keep the value in a variable", node)
      }
      return make(.old(try expression(arguments[0])), try type(node), node)
    case "Contracts.==> infix" where arguments.count == 2:
      return make(
        .binary(.implies, try expression(arguments[0]), try expression(arguments[1])), .bool, node)
    case "Contracts.forall" where arguments.count == 2,
      "Contracts.exists" where arguments.count == 2,
      "Contracts.count" where arguments.count == 2:
      let bounds = try bounds(arguments[0])
      return try scoped {
        let (variables, property) = try closure(arguments[1], called: "index", count: 1)
        switch meaning {
        case "Contracts.forall": return make(.forall(variables[0], bounds, property), .bool, node)
        case "Contracts.exists": return make(.exists(variables[0], bounds, property), .bool, node)
        default:
          return make(.tally(variables[0], bounds, property), .integer(.int), node)
        }
      }
    case "Contracts.GhostMap.init": return try map(arguments, node)
    case "Contracts.GhostMap.== infix": return try equality(callee, isEqual: true, node)
    default:
      if let word = BodyReader.contractWord(meaning) {
        throw NotProvable("\(word) is a statement, not a value", node)
      }
      return nil
    }
  }
}
