// Ghost values exist in proofs alone. What is executed may keep, copy and pass on what holds them,
// but it neither looks into a GhostMap nor calls a function that takes ghost values; and what is not
// executed changes ghost values alone. So nothing that is executed depends on them.

extension TypeReader {
  /// Whether values of a type exist in proofs alone: maps, and structs that hold nothing else.
  func isGhost(_ type: Type) -> Bool {
    switch type {
    case .ghostMap: return true
    case .named(let name):
      guard let nominal = named[name], nominal.isStruct else { return false }
      return !nominal.fields.isEmpty
        && nominal.fields.allSatisfy { isGhost($0.variable.text("interface_type")) }
    default: return false
    }
  }

  /// Whether a function takes ghost values, or says what holds of a type's values or where a field
  /// may be accessed. It is never executed then.
  func isGhost(_ callable: Callable) -> Bool {
    callable.name.hasSuffix(Function.typeInvariant) || Guards.isGuard(callable.name)
      || (callable.takesSelf && isGhost(callable.owner))
      || callable.parameters.contains { isGhost($0.text("interface_type")) }
  }

  private func isGhost(_ mangled: String?) -> Bool {
    guard let mangled, let type = try? type(mangled) else { return false }
    return isGhost(type)
  }
}

extension BodyReader {
  /// Whether a place is ghost, or part of what is.
  private func isGhostPlace(_ place: Expression) -> Bool {
    if types.isGhost(place.type) { return true }
    switch place.kind {
    case .field(let base, _), .tupleElement(let base, _), .element(let base, _):
      return isGhostPlace(base)
    default: return false
    }
  }

  /// Keeps in mind what is changed where nothing is executed.
  func noteChange(of place: Expression, _ node: Node) {
    guard isUnexecuted, !isGhostPlace(place) else { return }
    if let (name, _) = Evaluator.root(of: place) { assignedByGhost[name] = node }
  }

  /// Refuses to look into a map where that would be executed.
  func checkRead(of base: Expression, _ node: Node) throws {
    guard case .ghostMap = base.type, !isUnexecuted else { return }
    throw NotProvable(
      "a GhostMap is read and assigned in ghost, in functions of ghost values, and in conditions labelled ghost:",
      node)
  }

  func checkCall(of callable: Callable, _ node: Node) throws {
    guard !isUnexecuted, types.isGhost(callable) else { return }
    throw NotProvable(
      "\(callable.name) takes ghost values: call it in ghost, or in a condition labelled ghost:",
      node)
  }

  /// `GhostMap()` and `GhostMap { index in value }`, whose closure is never executed.
  func map(_ arguments: [Node], _ node: Node) throws -> Expression {
    let type = try type(node)
    guard let closure = arguments.first else { return make(.anyMap, type, node) }
    return try scoped {
      let (variables, value) = try unexecuted {
        try contractual { try self.closure(closure, called: "index", count: 1) }
      }
      return make(.makeMap(variables[0], value), type, node)
    }
  }
}
