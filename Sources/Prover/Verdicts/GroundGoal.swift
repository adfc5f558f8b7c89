/// A goal without its axioms, but with those of their instances that its own terms call for. A
/// prover decides it at once where quantifiers would keep it busy; what it finds need not be a
/// counterexample of the goal itself, so that is looked at afterwards.
struct GroundGoal {
  private struct Axiom {
    var variable: String
    /// The function whose arguments the variable stands for.
    var function: String
    var body: SymbolicExpression
  }
  private var axioms: [Axiom] = []
  private var kept: [SymbolicExpression] = []
  private var found: Set<SymbolicExpression> = []
  private var instances: [SymbolicExpression] = []

  /// More instances than this help nobody.
  private static let most = 2000

  /// The goal with further conditions, up to `check-sat`. The axioms hold for these terms too.
  static func text(of goal: String, terms: [String] = []) -> String {
    var ground = GroundGoal()
    var asserts: [SymbolicExpression] = []
    for (expression, _) in SymbolicExpression.all(in: goal) {
      guard let parts = expression.list, let head = parts.first?.atom, head != "check-sat" else {
        continue
      }
      if head == "assert", parts.count == 2 {
        if parts[1].list?.first?.atom == "forall" {
          ground.addAxiom(parts[1])
        } else {
          asserts.append(parts[1])
          ground.kept.append(expression)
        }
      } else {
        ground.kept.append(expression)
      }
    }
    asserts += terms.flatMap { SymbolicExpression.all(in: $0).map(\.expression) }
    // What an instance speaks of calls for instances as well, but not without end.
    for _ in 0..<3 {
      let before = ground.instances.count
      for expression in asserts { ground.look(at: expression, bound: []) }
      asserts = Array(ground.instances[before...])
    }
    let conditions = ground.instances.map { SymbolicExpression.list([.atom("assert"), $0]) }
    return (ground.kept + conditions).map(\.description).joined(separator: "\n") + "\n(check-sat)\n"
  }

  /// `(forall ((x T)) (! body :pattern ((f x))))`, and without a pattern the bounds of integers.
  private mutating func addAxiom(_ axiom: SymbolicExpression) {
    guard let parts = axiom.list, parts.count == 3, let variables = parts[1].list,
      variables.count == 1, let binding = variables[0].list, let variable = binding[0].atom
    else { return }
    var body = parts[2]
    var function = binding[1].atom.map { $0 + "qtint" } ?? ""
    if let inner = body.list, inner.count == 4, inner[0].atom == "!" {
      guard let patterns = inner[3].list, patterns.count == 1, let pattern = patterns[0].list,
        pattern.count == 2, let name = pattern[0].atom, pattern[1].atom == variable
      else { return }
      body = inner[1]
      function = name
    }
    axioms.append(Axiom(variable: variable, function: function, body: body))
  }

  /// Terms below a quantifier or a `let` count only if they do not depend on what that binds.
  private mutating func look(at expression: SymbolicExpression, bound: Set<String>) {
    guard let parts = expression.list, instances.count < GroundGoal.most else { return }
    var bound = bound
    if let head = parts.first?.atom, ["forall", "exists", "let"].contains(head), parts.count == 3 {
      for binding in parts[1].list ?? [] {
        if let pair = binding.list, let name = pair.first?.atom {
          if head == "let" { look(at: pair[1], bound: bound) }
          bound.insert(name)
        }
      }
      return look(at: parts[2], bound: bound)
    }
    for part in parts { look(at: part, bound: bound) }
    guard parts.count == 2, let head = parts[0].atom,
      axioms.contains(where: { $0.function == head }),
      !parts[1].mentions(bound), found.insert(expression).inserted
    else { return }
    for axiom in axioms where axiom.function == head {
      instances.append(axiom.body.replacing(axiom.variable, by: parts[1]))
    }
  }
}

extension SymbolicExpression {
  fileprivate func mentions(_ names: Set<String>) -> Bool {
    switch self {
    case .atom(let text): names.contains(text)
    case .list(let parts): parts.contains { $0.mentions(names) }
    }
  }

  /// Axioms of one variable bind no other that would hide it.
  fileprivate func replacing(_ name: String, by value: SymbolicExpression) -> SymbolicExpression {
    switch self {
    case .atom(let text): text == name ? value : self
    case .list(let parts): .list(parts.map { $0.replacing(name, by: value) })
    }
  }
}
