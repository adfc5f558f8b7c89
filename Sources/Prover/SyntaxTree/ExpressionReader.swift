extension BodyReader {
  func expression(_ outer: Node) throws -> Expression {
    let node = BodyReader.bare(outer)
    switch node.kind {
    case "declref_expr": return try reference(node)
    case "member_ref_expr": return try member(node)
    case "subscript_expr": return try element(node)
    case "tuple_element_expr":
      guard let base = node["base"], let index = node.number("field #") else { break }
      return make(.tupleElement(try expression(base), index), try type(node), node)
    case "integer_literal_expr": return try integer(node)
    case "boolean_literal_expr": return make(.bool(node.flag("value")), .bool, node)
    case "string_literal_expr":
      return make(.string(node.text("value") ?? ""), try type(node), node)
    case "nil_literal_expr": return make(.none, try type(node), node)
    case "array_expr":
      let type = try type(node)
      guard case .inlineArray = type else { break }
      return make(.makeArrayOf(try node.nodes("elements").map(expression)), type, node)
    case "tuple_expr":
      let elements = try node.nodes("elements").map(expression)
      return make(elements.isEmpty ? .void : .makeTuple(elements), try type(node), node)
    case "inject_into_optional":
      guard let value = node["sub_expr"] else { break }
      return make(.some(try expression(value)), try type(node), node)
    case "force_value_expr":
      guard let value = node["sub_expr"] else { break }
      return make(.unwrap(try expression(value)), try type(node), node)
    case "ternary_expr":
      guard let condition = node["cond_expr"], let then = node["then_expr"],
        let otherwise = node["else_expr"]
      else { break }
      return make(
        .conditional(
          try expression(condition), then: try expression(then), else: try expression(otherwise)),
        try type(node), node)
    case "single_value_stmt_expr":
      guard let statement = node["stmt"] else { break }
      return try choice(statement, try type(node))
    case "destructure_tuple_expr": return try relabelled(node)
    case "call_expr", "binary_expr", "prefix_unary_expr", "postfix_unary_expr",
      "dot_syntax_call_expr":
      return try call(node)
    case "optional_evaluation_expr", "bind_optional_expr":
      throw NotProvable("optional chaining (?.) cannot be proved; write if let", outer)
    case "closure_expr":
      throw NotProvable(
        "closures stand in forall, exists, count, ensures, ghost and GhostMap only; write a function",
        outer)
    case "float_literal_expr":
      throw NotProvable("floating point cannot be proved; use integers", outer)
    default: break
    }
    throw NotProvable(
      "an expression of kind \(node.kind) cannot be proved; write it with operators, calls, if and switch",
      outer)
  }

  private func integer(_ node: Node) throws -> Expression {
    let type = try type(node)
    guard case .integer(let integer) = type, let text = node.text("value"),
      let magnitude = BodyReader.literal(text)
    else { throw NotProvable("this literal is no integer that the prover knows", node) }
    let value = node.flag("negative") && magnitude > 0 ? -magnitude : magnitude
    guard value >= integer.minimum, value <= integer.maximum else {
      throw NotProvable("the literal \(value) does not fit its type", node)
    }
    return make(.integer(value), type, node)
  }

  /// A literal as it is written, but without underscores: decimal, `0x`, `0o` or `0b`.
  static func literal(_ text: String) -> Int128? {
    let digits = text.filter { $0 != "_" }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      return Int128(digits.dropFirst(2), radix: radix)
    }
    return Int128(digits)
  }

  private func reference(_ node: Node) throws -> Expression {
    guard let declaration = node["decl"], let name = declaration.text("base_name") else {
      throw NotProvable("the compiler does not say what this name means", node)
    }
    let usr = declaration.text("decl_usr") ?? ""
    if let constant = declarations.constants[usr] { return try self.constant(constant, node) }
    if let getter = declarations.accessors[usr]?.getter {
      try check(getter, node)
      return make(.call(Call(function: getter.name, arguments: [])), try type(node), node)
    }
    if usr.isEmpty, let variable = lookUp(name) {
      guard variable.type == (try type(node)) else {
        throw NotProvable("this \(name) is not the variable that the prover takes it for", node)
      }
      if !isUnexecuted && !isContract { executed.insert(variable.name) }
      return make(.variable(variable.name), variable.type, node)
    }
    if let reason = declarations.refused[usr] { throw NotProvable("\(name): \(reason)", node) }
    throw NotProvable(
      "\(name) cannot be used as a value here; functions are called, types are named only in calls",
      node)
  }

  private func constant(_ constant: Constant, _ node: Node) throws -> Expression {
    if let refusal = constant.refusal {
      throw NotProvable("\(constant.name) has no value that can be read: \(refusal)", node)
    }
    return make(.constant(constant.name), try type(node), node)
  }

  /// `base.name`
  private func member(_ node: Node) throws -> Expression {
    guard let base = node["base"], let usr = node["decl"]?.text("decl_usr") else {
      throw NotProvable("the compiler does not say what this member means", node)
    }
    let type = try type(node)
    if let field = declarations.fields[usr] {
      return make(.field(try expression(base), field.name), type, node)
    }
    if let constant = declarations.constants[usr] { return try self.constant(constant, node) }
    if let owner = declarations.rawValues[usr] {
      guard owner.rawType != nil else {
        throw NotProvable(
          "the raw values of an enum are integers, with the compiler's own init(rawValue:)", node)
      }
      return make(.rawValue(try expression(base)), type, node)
    }
    if let accessor = declarations.accessors[usr] {
      guard let getter = accessor.getter else {
        throw NotProvable("this property has no getter that can be read", node)
      }
      try check(getter, node)
      let arguments = getter.takesSelf ? [try argument(base, isInOut: getter.selfIsInOut)] : []
      return make(.call(Call(function: getter.name, arguments: arguments)), type, node)
    }
    if let expression = try standardMember(node, base, type) { return expression }
    let name = node["decl"]?.text("base_name") ?? "?"
    let reason = declarations.refused[usr].map { ": " + $0 } ?? "; write it as a function"
    throw NotProvable("the prover does not know \(types.declaration(usr) ?? name)\(reason)", node)
  }

  /// `base[indices]`
  private func element(_ node: Node) throws -> Expression {
    guard let base = node["base"], let usr = node["decl"]?.text("decl_usr") else {
      throw NotProvable("the compiler does not say what this subscript means", node)
    }
    let arguments = BodyReader.arguments(node)
    let type = try type(node)
    if BodyReader.isElement(types.declaration(usr)), arguments.count == 1,
      let index = arguments[0]["expr"]
    {
      let base = try expression(base)
      try checkRead(of: base, node)
      return make(.element(base, index: try expression(index)), type, node)
    }
    guard let getter = declarations.accessors[usr]?.getter else {
      throw NotProvable(
        "the prover does not know \(types.declaration(usr) ?? "this subscript"); use Table or InlineArray",
        node)
    }
    try check(getter, node)
    var values: [Argument] = []
    if getter.takesSelf { values.append(try argument(base, isInOut: getter.selfIsInOut)) }
    values += try self.arguments(arguments, of: getter)
    return make(.call(Call(function: getter.name, arguments: values)), type, node)
  }

  /// Whether a function can be called.
  func check(_ callable: Callable, _ node: Node) throws {
    if let refusal = callable.refusal {
      throw NotProvable("\(callable.name) cannot be called: \(refusal)", node)
    }
    try checkCall(of: callable, node)
  }

  /// Subscripts of tables, maps and inline arrays.
  static func isElement(_ declaration: String?) -> Bool {
    declaration == "Contracts.Table.subscript" || declaration == "Swift.InlineArray.subscript"
      || declaration == "Contracts.GhostMap.subscript"
  }

  /// A tuple whose labels alone change.
  private func relabelled(_ node: Node) throws -> Expression {
    let parts = node.nodes("destructured").map { $0.text("identity") }
    let results = node["result_expr"]?.nodes("elements") ?? []
    guard let value = node["sub_expr"], !parts.isEmpty,
      results.map({ $0.kind == "opaque_value_expr" ? $0.text("identity") : nil }) == parts
    else {
      throw NotProvable(
        "this conversion of a tuple cannot be proved; take it apart with let (a, b) = …", node)
    }
    return try expression(value)
  }

  // MARK: if and switch as expressions

  private func choice(_ node: Node, _ type: Type) throws -> Expression {
    switch node.kind {
    case "switch_stmt":
      guard let subject = node["subject_expr"] else { break }
      let value = try expression(subject)
      let cases = try node.nodes("cases").map { choice in
        try scoped {
          let (patterns, condition) = try labels(choice)
          guard let body = choice["body"] else { throw NotProvable("a case needs a value", choice) }
          return ExpressionCase(
            patterns: patterns, guardCondition: condition, value: try single(body))
        }
      }
      return make(.choose(value, cases), type, node)
    case "if_stmt":
      guard let then = node["then_stmt"], let otherwise = node["else_stmt"] else { break }
      return try conditional(node.nodes("conditions")[...], then, otherwise, type, node)
    default: break
    }
    throw NotProvable("this statement cannot be a value; write it with if or switch", node)
  }

  /// The one expression that a branch consists of.
  private func single(_ body: Node) throws -> Expression {
    let elements = body.nodes("elements")
    guard elements.count == 1, elements[0].kind == "then_stmt" else {
      throw NotProvable(
        "a branch of an if or switch that is a value consists of one expression; assign to a variable instead",
        elements.first ?? body)
    }
    return try expression(elements[0])
  }

  private func conditional(
    _ conditions: ArraySlice<Node>, _ then: Node, _ otherwise: Node, _ type: Type, _ node: Node
  ) throws -> Expression {
    guard let first = conditions.first else { return try single(then) }
    let rest = conditions.dropFirst()
    let other = {
      otherwise.kind == "if_stmt" ? try self.choice(otherwise, type) : try self.single(otherwise)
    }
    guard first.kind == "pattern" else {
      let condition = try expression(first)
      return make(
        .conditional(
          condition, then: try conditional(rest, then, otherwise, type, node),
          else: try scoped(other)), type, node)
    }
    guard let pattern = first["pattern"], let value = first["initializer"] else {
      throw NotProvable("this condition cannot be proved", first)
    }
    let subject = try expression(value)
    let match = try scoped {
      let pattern = try self.pattern(pattern)
      return ExpressionCase(
        patterns: [pattern], guardCondition: nil,
        value: try conditional(rest, then, otherwise, type, node))
    }
    let none = ExpressionCase(patterns: [], guardCondition: nil, value: try scoped(other))
    return make(.choose(subject, [match, none]), type, node)
  }
}

extension Callable {
  var selfIsInOut: Bool { node["implicit_self_decl"]?.flag("inout") ?? false }
}
