extension BodyReader {
  /// - Parameter isLast: after them nothing of the innermost `switch` follows.
  func statements(_ elements: [Node], isLast: Bool = false) throws -> [Statement] {
    var result: [Statement] = []
    for (index, element) in elements.enumerated() {
      if element.kind == "var_decl" {
        guard element.text("readImpl") == "stored", !element.isImplicit,
          (element.text("writeImpl") ?? "stored") == "stored"
        else {
          throw NotProvable(
            "a local variable that is computed, lazy, wrapped or observed cannot be proved",
            element)
        }
        continue
      }
      if element.kind == "pattern_binding_decl" {
        let mutable = BodyReader.mutable(elements[(index + 1)...])
        for entry in element.nodes("pattern_entries") {
          result += try binding(entry, mutable, element)
        }
        continue
      }
      result += try statement(
        withoutImplicitReturn(element), isLast: isLast && index == elements.count - 1)
    }
    return result
  }

  func block(_ node: Node, isLast: Bool = false) throws -> [Statement] {
    try scoped { try statements(node.nodes("elements"), isLast: isLast) }
  }

  private func make(_ kind: StatementKind, _ node: Node) -> Statement {
    Statement(kind, at: location(node))
  }

  /// Which of the variables whose declarations follow a binding are `var`.
  private static func mutable(_ elements: ArraySlice<Node>) -> Set<String> {
    var result: Set<String> = []
    for element in elements {
      guard element.kind == "var_decl" else { break }
      if !element.flag("let"), let name = element.baseName { result.insert(name) }
    }
    return result
  }

  // MARK: Variables

  private func binding(_ entry: Node, _ mutable: Set<String>, _ node: Node) throws -> [Statement] {
    guard let pattern = entry["pattern"] else {
      throw NotProvable("a binding needs a pattern", node)
    }
    // The value knows nothing of the variable yet.
    let value = try entry["processed_init"].map(expression)
    var inner = pattern
    while ["pattern_typed", "pattern_paren", "pattern_binding"].contains(inner.kind),
      let next = inner["sub_pattern"]
    {
      inner = next
    }
    switch inner.kind {
    case "pattern_named":
      guard let name = inner.baseName else { break }
      let type = try type(inner)
      return [
        make(
          .variable(
            name: declare(name, type), type: type, isMutable: mutable.contains(name), value), node)
      ]
    case "pattern_any":
      guard let value else { break }
      return [make(.evaluate(value), node)]
    case "pattern_tuple":
      guard let value else { break }
      return [try destructure(inner, value, mutable, node)]
    default: break
    }
    throw NotProvable("this binding cannot be proved; bind names or a tuple of names", node)
  }

  private func destructure(
    _ pattern: Node, _ value: Expression, _ mutable: Set<String>, _ node: Node
  ) throws -> Statement {
    var names: [String?] = []
    var types: [Type] = []
    var isMutable = false
    for part in pattern.nodes("elements") {
      var part = part
      while ["pattern_typed", "pattern_paren"].contains(part.kind), let next = part["sub_pattern"] {
        part = next
      }
      let type = try type(part)
      types.append(type)
      switch part.kind {
      case "pattern_any": names.append(nil)
      case "pattern_named":
        let name = part.baseName ?? "_"
        isMutable = isMutable || mutable.contains(name)
        names.append(declare(name, type))
      default: throw NotProvable("a tuple is taken apart one level at a time", part)
      }
    }
    return make(.destructure(names: names, types: types, isMutable: isMutable, value), node)
  }

  // MARK: Statements

  private func statement(_ node: Node, isLast: Bool) throws -> [Statement] {
    do {
      return try located(node, isLast)
    } catch let refusal as NotProvable where refusal.offset < 0 {
      // Not everything has a place of its own.
      throw NotProvable(refusal.message, node)
    }
  }

  private func located(_ node: Node, _ isLast: Bool) throws -> [Statement] {
    switch node.kind {
    case "return_stmt", "fail_stmt", "break_stmt", "continue_stmt", "throw_stmt":
      if isGhost { throw NotProvable("ghost is never left before its end", node) }
    default: break
    }
    switch node.kind {
    case "if_stmt": return [try conditional(node, isLast)]
    case "guard_stmt": return [try guarded(node)]
    case "switch_stmt": return [try choice(node, isLast)]
    case "while_stmt", "repeat_while_stmt", "for_each_stmt": return [try loop(node)]
    case "return_stmt": return try returning(node)
    case "fail_stmt":
      let none = Expression(.none, type: result ?? .void, at: location(node))
      return [make(.returnValue(none), node)]
    case "break_stmt", "continue_stmt": return try jump(node, isLast)
    case "throw_stmt":
      guard let value = node["sub_expr"] else { break }
      return [make(.throwError(try expression(value)), node)]
    case "do_stmt", "brace_stmt":
      if node.kind == "do_stmt", file.source.label(at: node.start) != nil {
        throw NotProvable("a label on do cannot be proved; write a function", node)
      }
      return [make(.block(try block(node["body"] ?? node)), node)]
    case "do_catch_stmt": return [try catching(node)]
    case "assign_expr": return try assignment(node)
    case "rebind_self_in_constructor_expr": return try delegation(node)
    case "call_expr", "binary_expr": return try effect(node)
    case "defer_stmt":
      throw NotProvable("defer cannot be proved; write its statements where they run", node)
    case "fallthrough_stmt":
      throw NotProvable("fallthrough cannot be proved; write the patterns in one case", node)
    case "func_decl", "struct_decl", "enum_decl", "class_decl", "typealias":
      throw NotProvable("a declaration inside a function cannot be proved; move it out of it", node)
    default:
      if node.kind.hasSuffix("_expr") { return [make(.evaluate(try expression(node)), node)] }
    }
    throw NotProvable("a statement of kind \(node.kind) cannot be proved", node)
  }

  func condition(_ node: Node) throws -> Condition {
    guard node.kind == "pattern" else {
      if node.kind.hasPrefix("#") { throw NotProvable("\(node.kind) cannot be proved", node) }
      return .boolean(try expression(node))
    }
    guard let pattern = node["pattern"], let value = node["initializer"] else {
      throw NotProvable("this condition cannot be proved", node)
    }
    let subject = try expression(value)
    return .matches(try self.pattern(pattern), subject)
  }

  private func conditional(_ node: Node, _ isLast: Bool) throws -> Statement {
    guard let then = node["then_stmt"] else { throw NotProvable("an if needs a body", node) }
    let (conditions, body) = try scoped {
      (try node.nodes("conditions").map(condition), try block(then, isLast: isLast))
    }
    var otherwise: [Statement] = []
    if let other = node["else_stmt"] {
      otherwise =
        other.kind == "if_stmt"
        ? [try conditional(other, isLast)] : try block(other, isLast: isLast)
    }
    return make(.conditional(conditions, then: body, else: otherwise), node)
  }

  private func guarded(_ node: Node) throws -> Statement {
    guard let body = node["body"] else { throw NotProvable("a guard needs a body", node) }
    // What the conditions bind is not known in the body, but after it.
    let otherwise = try block(body)
    let conditions = try node.nodes("conditions").map(condition)
    return make(.guarded(conditions, else: otherwise), node)
  }

  private func choice(_ node: Node, _ isLast: Bool) throws -> Statement {
    guard let subject = node["subject_expr"] else {
      throw NotProvable("a switch needs a subject", node)
    }
    let value = try expression(subject)
    jumps.append(.choice)
    defer { jumps.removeLast() }
    let cases = try node.nodes("cases").map { choice in
      try scoped {
        let (patterns, condition) = try labels(choice)
        guard let body = choice["body"] else { throw NotProvable("a case needs a body", choice) }
        return StatementCase(
          patterns: patterns, guardCondition: condition, body: try block(body, isLast: true))
      }
    }
    return make(.choose(value, cases), node)
  }

  private func returning(_ node: Node) throws -> [Statement] {
    guard let value = node["result"] else {
      // What the compiler adds at the end of an initialiser.
      return node.isImplicit ? [] : [make(.returnValue(nil), node)]
    }
    if try type(value) == .void {
      let statements = try statement(BodyReader.bare(value), isLast: false)
      return statements + [make(.returnValue(nil), node)]
    }
    return [make(.returnValue(try expression(value)), node)]
  }

  private func jump(_ node: Node, _ isLast: Bool) throws -> [Statement] {
    let label = node.end > node.start ? file.source.identifier(at: node.end) : nil
    let isBreak = node.kind == "break_stmt"
    if let label {
      guard
        jumps.contains(where: { if case .loop(label) = $0 { true } else { false } })
      else { throw NotProvable("only loops have labels here", node) }
      return [make(isBreak ? .breakLoop(label) : .continueLoop(label), node)]
    }
    if !isBreak { return [make(.continueLoop(nil), node)] }
    guard case .choice? = jumps.last else { return [make(.breakLoop(nil), node)] }
    guard isLast else {
      throw NotProvable(
        "break leaves a switch at the end of a case only; write what follows in an else", node)
    }
    return []
  }

  private func catching(_ node: Node) throws -> Statement {
    let handlers = node.nodes("catch_stmts")
    guard handlers.count == 1, let body = node["body"], let handler = handlers.first?["body"],
      let variable = handlers[0].nodes("case_body_variables").first, variable.isImplicit,
      variable.baseName == "error", handlers[0].nodes("case_label_items").count == 1,
      handlers[0].nodes("case_label_items")[0]["pattern"]?.isImplicit == true
    else {
      throw NotProvable("a do has one catch without pattern; switch over error in it", node)
    }
    let tried = try block(body)
    return try scoped {
      let type = try type(variable, "interface_type")
      let name = declare("error", type)
      return make(.doCatch(tried, error: name, type: type, try block(handler)), node)
    }
  }

  // MARK: Calls as statements

  private func effect(_ node: Node) throws -> [Statement] {
    if let word = contractWord(node) { return try contractStatement(word, node) }
    guard let (context, member) = BodyReader.standardName(meaning(node)) else {
      return [make(.evaluate(try expression(node)), node)]
    }
    let arguments = try callee(node).arguments.compactMap { $0["expr"] }
    switch (context, member) {
    case ("", "precondition(_:_:file:line:)"), ("", "assert(_:_:file:line:)"):
      return [make(.precondition(try expression(arguments[0])), node)]
    case ("", "fatalError(_:file:line:)"), ("", "preconditionFailure(_:file:line:)"),
      ("", "assertionFailure(_:file:line:)"):
      return [make(.unreachable, node)]
    case ("", "swap") where arguments.count == 2: return try swap(arguments, node)
    default: break
    }
    if let statements = try compound(context, member, node) { return statements }
    return [make(.evaluate(try expression(node)), node)]
  }

  private func contractStatement(_ word: String, _ node: Node) throws -> [Statement] {
    let arguments = BodyReader.arguments(node).compactMap { $0["expr"] }
    switch word {
    case "holds" where arguments.count == 1:
      return [make(.holds(try contractual(node) { try expression(arguments[0]) }), node)]
    case "ghost" where arguments.count == 1:
      guard let body = arguments[0]["body"] else { break }
      return [make(.ghost(try ghostly { try block(body) }), node)]
    case "invariant", "variant":
      throw NotProvable("\(word) stands first in the body of a loop", node)
    case "requires", "ensures", "trusted", "opaque", "overBitVectors":
      throw NotProvable(
        "\(word) stands at the start of the function, before any other statement", node)
    default: break
    }
    throw NotProvable("\(word) cannot stand here", node)
  }
}
