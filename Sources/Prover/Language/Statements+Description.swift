extension Statement: CustomStringConvertible {
  public var description: String { lines("").joined(separator: "\n") }

  /// The statement as Swift would have it, a line each.
  func lines(_ indent: String) -> [String] {
    switch kind {
    case .variable(let name, let type, let isMutable, let value):
      return [
        indent + (isMutable ? "var " : "let ") + "\(name): \(type)"
          + (value.map { " = \($0)" } ?? "")
      ]
    case .destructure(let names, _, let isMutable, let value):
      let parts = names.map { $0 ?? "_" }.joined(separator: ", ")
      return [indent + (isMutable ? "var " : "let ") + "(\(parts)) = \(value)"]
    case .assign(let place, let value): return [indent + "\(place) = \(value)"]
    case .evaluate(let value):
      if case .call = value.kind { return [indent + "\(value)"] }
      return [indent + "_ = \(value)"]
    case .breakLoop(let label): return [indent + "break" + (label.map { " " + $0 } ?? "")]
    case .continueLoop(let label): return [indent + "continue" + (label.map { " " + $0 } ?? "")]
    case .returnValue(let value): return [indent + "return" + (value.map { " \($0)" } ?? "")]
    case .throwError(let error): return [indent + "throw \(error)"]
    case .precondition(let condition): return [indent + "precondition(\(condition))"]
    case .unreachable: return [indent + "unreachable"]
    case .holds(let condition): return [indent + "holds(\(condition))"]
    default: return compound(indent)
    }
  }

  private func compound(_ indent: String) -> [String] {
    switch kind {
    case .conditional(let conditions, let then, let otherwise):
      let end = otherwise.isEmpty ? [] : [indent + "} else {"] + lines(of: otherwise, indent)
      return [indent + "if \(list(conditions)) {"] + lines(of: then, indent) + end + [indent + "}"]
    case .guarded(let conditions, let otherwise):
      return [indent + "guard \(list(conditions)) else {"] + lines(of: otherwise, indent)
        + [indent + "}"]
    case .choose(let subject, let cases):
      let inner = cases.flatMap {
        [indent + labels($0.patterns, $0.guardCondition)] + lines(of: $0.body, indent)
      }
      return [indent + "switch \(subject) {"] + inner + [indent + "}"]
    case .whileLoop(let label, let conditions, let contract, let body):
      return loop(indent, label, "while \(list(conditions)) {", contract, body, "}")
    case .repeatLoop(let label, let contract, let body, let condition):
      return loop(indent, label, "repeat {", contract, body, "} while \(condition)")
    case .forLoop(let label, let variable, _, let bounds, let condition, let contract, let body):
      let head =
        "for \(variable ?? "_") in \(bounds)" + (condition.map { " where \($0)" } ?? "") + " {"
      return loop(indent, label, head, contract, body, "}")
    case .block(let body): return [indent + "do {"] + lines(of: body, indent) + [indent + "}"]
    case .ghost(let body): return [indent + "ghost {"] + lines(of: body, indent) + [indent + "}"]
    case .doCatch(let body, let error, _, let handler):
      return [indent + "do {"] + lines(of: body, indent) + [indent + "} catch let \(error) {"]
        + lines(of: handler, indent) + [indent + "}"]
    default: return [indent + "?"]
    }
  }

  private func loop(
    _ indent: String, _ label: LoopLabel?, _ head: String, _ contract: LoopContract,
    _ body: [Statement], _ end: String
  ) -> [String] {
    [indent + (label.map { $0 + ": " } ?? "") + head]
      + contract.invariants.map { indent + "  invariant(\($0))" }
      + (contract.variant.map { [indent + "  variant(\($0))"] } ?? [])
      + lines(of: body, indent) + [indent + end]
  }

  private func lines(of statements: [Statement], _ indent: String) -> [String] {
    statements.flatMap { $0.lines(indent + "  ") }
  }
}

private func list(_ conditions: [Condition]) -> String {
  conditions.map { "\($0)" }.joined(separator: ", ")
}

extension Condition: CustomStringConvertible {
  public var description: String {
    switch self {
    case .boolean(let condition): "\(condition)"
    case .matches(let pattern, let value): "case \(pattern) = \(value)"
    }
  }
}

extension Pattern: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wildcard: "_"
    case .bind(let name, _, let isMutable): (isMutable ? "var " : "let ") + name
    case .enumCase(_, let name, let parts): ".\(name)" + (parts.isEmpty ? "" : "(\(list(parts)))")
    case .some(let part): "some(\(part))"
    case .none: "nil"
    case .tuple(let parts): "(\(list(parts)))"
    case .value(let value): "\(value)"
    case .range(let bounds): "\(bounds)"
    case .bool(let value): "\(value)"
    }
  }

  private func list(_ patterns: [Pattern]) -> String {
    patterns.map { "\($0)" }.joined(separator: ", ")
  }
}
