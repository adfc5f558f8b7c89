extension BodyReader {
  func loop(_ node: Node) throws -> Statement {
    guard let body = node["body"] else { throw NotProvable("a loop needs a body", node) }
    let label = file.source.label(at: node.start)
    jumps.append(.loop(label))
    defer { jumps.removeLast() }
    let kind: StatementKind
    switch node.kind {
    case "while_stmt":
      kind = try scoped {
        let conditions = try node.nodes("conditions").map(condition)
        let (contract, statements) = try loopBody(body)
        return .whileLoop(label, conditions, contract, statements)
      }
    case "repeat_while_stmt":
      guard let condition = node["cond"] else { throw NotProvable("a repeat needs while", node) }
      let (contract, statements) = try loopBody(body)
      kind = .repeatLoop(label, contract, statements, while: try expression(condition))
    default: kind = try forLoop(node, label, body)
    }
    return Statement(kind, at: location(node))
  }

  private func forLoop(_ node: Node, _ label: String?, _ body: Node) throws -> StatementKind {
    guard let entry = node["iterator_var"]?.nodes("pattern_entries").first,
      let iterator = entry["processed_init"], let pattern = node["pattern"],
      let makeIterator = iterator["fn"],
      let sequence = BodyReader.arguments(makeIterator).first?["expr"]
    else { throw NotProvable("a for loop runs over a range; write while", node) }
    let bounds: Bounds
    do {
      bounds = try self.bounds(sequence)
    } catch is NotProvable where !isRange(sequence) {
      throw NotProvable("a for loop runs over a range a..<b or a...b; write while", node)
    }
    guard let type = bounds.upper?.type ?? bounds.lower?.type, bounds.lower != nil,
      bounds.upper != nil, BodyReader.isInteger(type)
    else { throw NotProvable("a for loop runs over a range of integers with both ends", node) }
    return try scoped {
      var inner = pattern
      while ["pattern_typed", "pattern_paren"].contains(inner.kind), let next = inner["sub_pattern"]
      {
        inner = next
      }
      let variable: String?
      switch inner.kind {
      case "pattern_named": variable = inner.baseName.map { declare($0, type) }
      case "pattern_any": variable = nil
      default: throw NotProvable("the variable of a for loop is a name or _", node)
      }
      let condition = try node["where"].map(expression)
      let (contract, statements) = try loopBody(body)
      return .forLoop(
        label, variable: variable, type: type, bounds, where: condition, contract, statements)
    }
  }

  private func isRange(_ node: Node) -> Bool {
    let meaning = meaning(BodyReader.bare(node)) ?? ""
    return meaning.hasPrefix("Swift.Comparable...") || meaning == "Swift.InlineArray.indices"
  }

  private func loopBody(_ body: Node) throws -> (LoopContract, [Statement]) {
    try scoped {
      var contract = LoopContract()
      var rest = body.nodes("elements")[...]
      while let first = rest.first, let word = contractWord(first),
        word == "invariant" || word == "variant",
        let argument = BodyReader.arguments(first).first?["expr"]
      {
        if word == "invariant" {
          contract.invariants.append(try contractual(first) { try expression(argument) })
        } else {
          contract.variant = try contractual { try expression(argument) }
        }
        rest = rest.dropFirst()
      }
      return (contract, try statements(Array(rest)))
    }
  }
}
