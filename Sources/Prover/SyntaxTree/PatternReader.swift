extension BodyReader {
  /// The patterns of a case, and its condition. Variables of them are known afterwards.
  func labels(_ node: Node) throws -> (patterns: [Pattern], condition: Expression?) {
    let items = node.nodes("case_label_items")
    if items.contains(where: { $0.flag("default") }) { return ([], nil) }
    var patterns: [Pattern] = []
    for item in items {
      guard let pattern = item["pattern"] else { throw NotProvable("a case needs a pattern", node) }
      if items.count > 1, item.has("where_expr") {
        throw NotProvable(
          "a case with several patterns has no where here; write a case for each", node)
      }
      patterns.append(try self.pattern(pattern, again: !patterns.isEmpty))
    }
    return (patterns, try items.first?["where_expr"].map(expression))
  }

  /// - Parameters:
  ///   - isMutable: inside `var`.
  ///   - again: a further pattern of a case, which binds the variables of the first one.
  func pattern(_ node: Node, isMutable: Bool = false, again: Bool = false) throws -> Pattern {
    switch node.kind {
    case "pattern_any": return .wildcard
    case "pattern_paren", "pattern_typed":
      guard let inner = node["sub_pattern"] else { break }
      return try pattern(inner, isMutable: isMutable, again: again)
    case "pattern_binding":
      guard let inner = node["sub_pattern"] else { break }
      return try pattern(inner, isMutable: node.text("kind") == "var", again: again)
    case "pattern_named":
      guard let name = node.baseName else { break }
      let type = try type(node)
      if again {
        guard let known = lookUp(name), known.type == type else { break }
        return .bind(known.name, type, isMutable: isMutable)
      }
      return .bind(declare(name, type), type, isMutable: isMutable)
    case "pattern_tuple":
      return .tuple(
        try node.nodes("elements").map { try pattern($0, isMutable: isMutable, again: again) })
    case "pattern_optional_some":
      guard let inner = node["sub_pattern"] else { break }
      return .some(try pattern(inner, isMutable: isMutable, again: again))
    case "pattern_enum_element": return try enumCase(node, isMutable, again)
    case "pattern_bool": return .bool(node.flag("value"))
    case "pattern_expr": return try value(node)
    default: break
    }
    throw NotProvable(
      "this pattern cannot be proved; write it with cases, ranges, values and let", node)
  }

  private func enumCase(_ node: Node, _ isMutable: Bool, _ again: Bool) throws -> Pattern {
    guard let name = node["element"]?["base_name"]?.text("name") else {
      throw NotProvable("the compiler does not say which case this is", node)
    }
    let type = try type(node)
    let inner = node["sub_pattern"]
    switch (type, name) {
    case (.optional, "none"): return .none
    case (.optional, "some"):
      return .some(
        try inner.map { try pattern($0, isMutable: isMutable, again: again) } ?? .wildcard)
    case (.named(let owner), _):
      guard let nominal = types.named[owner],
        let declared = nominal.cases.first(where: { $0.baseName == name })
      else { break }
      let count = declared["params"]?.nodes("params").count ?? 0
      return .enumCase(owner, name: name, try payload(inner, count, isMutable, again, node))
    default: break
    }
    throw NotProvable("the prover does not know the case \(name)", node)
  }

  /// A pattern for each part of the payload, or none at all.
  private func payload(
    _ inner: Node?, _ count: Int, _ isMutable: Bool, _ again: Bool, _ node: Node
  ) throws -> [Pattern] {
    guard var inner else { return [] }
    var isMutable = isMutable
    while true {
      if inner.kind == "pattern_any" { return [] }
      let parts = inner.nodes("elements")
      if inner.kind == "pattern_paren", let next = inner["sub_pattern"] {
        inner = next
      } else if inner.kind == "pattern_tuple", parts.count == 1, count == 1 {
        // A payload of one part with a label.
        inner = parts[0]
      } else if inner.kind == "pattern_binding", let next = inner["sub_pattern"], count > 1 {
        isMutable = inner.text("kind") == "var"
        inner = next
      } else {
        break
      }
    }
    if count == 1 { return [try pattern(inner, isMutable: isMutable, again: again)] }
    let parts = inner.nodes("elements")
    guard inner.kind == "pattern_tuple", parts.count == count else {
      throw NotProvable("write a pattern for each part of the case's payload", node)
    }
    return try parts.map { try pattern($0, isMutable: isMutable, again: again) }
  }

  /// A value or a range to compare with.
  private func value(_ node: Node) throws -> Pattern {
    guard let match = node["match_expr"], let usr = BodyReader.referred(match) else {
      throw NotProvable("the compiler does not say how this pattern is compared", node)
    }
    let operands = BodyReader.arguments(match).compactMap { $0["expr"] }
    guard operands.count == 2, operands[1].kind == "declref_expr",
      operands[1]["decl"]?.text("base_name") == "$match"
    else { throw NotProvable("the compiler does not say what this pattern is compared with", node) }
    switch types.declaration(usr) {
    case "Swift.~= infix":
      if BodyReader.bare(operands[0]).kind == "nil_literal_expr" { return .none }
      let value = try expression(operands[0])
      if case .bool(let bool) = value.kind { return .bool(bool) }
      guard BodyReader.isInteger(value.type) || value.type == .bool else {
        throw NotProvable("values of this type are compared with if and ==, not in a pattern", node)
      }
      return .value(value)
    case "Swift.RangeExpression.~= infix", "Swift.Range.~= infix", "Swift.ClosedRange.~= infix":
      return .range(try bounds(operands[0]))
    default:
      throw NotProvable("the prover does not know this ~=; compare with if", node)
    }
  }
}
