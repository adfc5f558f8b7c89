extension BodyWriter {
  private func enter(_ label: LoopLabel?, _ kind: Loop.Kind) -> Loop {
    let number = evaluator.temporary("Loop")
    let loop = Loop(label: label, name: number, kind: kind)
    loops.append(loop)
    return loop
  }

  /// Invariants and variant as clauses. They see what stands before the loop, not its body.
  private func clauses(
    _ contract: LoopContract, _ loop: Loop, _ body: [Statement], variantRequired: Bool,
    at location: Location
  ) throws -> [String] {
    var result = try evaluator.loopFrames(body, since: "Before\(loop.name)").map {
      "invariant { \(evaluator.position(location)) [@expl:frame] (\($0)) }"
    }
    for invariant in contract.invariants {
      let formula = try evaluator.inBody { try $0.evaluate(invariant) }
      result.append(
        "invariant { \(evaluator.position(invariant.location)) (\(formula.text)) }")
    }
    // What a type's invariant says of variables holds at each pass.
    for (_, binding) in evaluator.scope.sorted(by: { $0.key < $1.key }) {
      let type: Type
      switch binding {
      case .value: continue
      case .reference(_, _, let kept), .state(_, let kept): type = kept
      }
      let formulas = try evaluator.inBody {
        try $0.invariants(of: type, try $0.value(of: binding))
      }
      for formula in formulas {
        result.append("invariant { \(evaluator.position(location)) \(formula) }")
      }
    }
    if let variant = contract.variant {
      let measure = try evaluator.inBody { try $0.evaluate(variant) }
      result.append("variant { \(evaluator.position(variant.location)) (\(measure.text)) }")
    } else if variantRequired {
      throw Refusal(
        "the loop needs variant(…): an Int that decreases at each pass and is not negative",
        at: location)
    }
    return result
  }

  /// The contract's own expressions have values where the body starts.
  private func checkDefined(_ contract: LoopContract) throws {
    for each in contract.invariants { _ = try defined(each) }
    if let variant = contract.variant { _ = try defined(variant) }
  }

  func writeWhile(
    _ label: LoopLabel?, _ conditions: [Condition], _ contract: LoopContract,
    _ body: [Statement], at location: Location
  ) throws {
    let loop = enter(label, .plain)
    defer { loops.removeLast() }
    let clauses = try clauses(
      contract, loop, body + [Statement(.conditional(conditions, then: [], else: []), at: location)],
      variantRequired: true, at: location)
    let inner = try block {
      try branch(
        conditions[...],
        then: {
          smoke("loop", at: location)
          try checkDefined(contract)
          try write(body)
        },
        otherwise: { emit("(break \(loop.name));") })
    }
    emit(
      "(label Before\(loop.name) in label \(loop.name) in \(evaluator.position(location)) while true do\n"
        + clauses.joined(separator: "\n") + "\n\(inner)\ndone);")
  }

  func writeRepeat(
    _ label: LoopLabel?, _ contract: LoopContract, _ body: [Statement], _ condition: Expression,
    at location: Location
  ) throws {
    let loop = enter(label, .repeated)
    defer { loops.removeLast() }
    let clauses = try clauses(
      contract, loop, body + [Statement(.evaluate(condition), at: location)], variantRequired: true, at: location)
    let inner = try block {
      smoke("loop", at: location)
      try checkDefined(contract)
      emit(try block { try write(body) } + ";")
      let again = try evaluator.evaluate(condition)
      emit("(if pure { \(again.text) } then () else (break \(loop.name)));")
    }
    emit(
      "(label Before\(loop.name) in label \(loop.name) in \(evaluator.position(location)) while true do\n"
        + clauses.joined(separator: "\n") + "\n\(inner)\ndone);")
  }

  func writeFor(
    _ label: LoopLabel?, _ variable: String?, _ type: Type, _ bounds: Bounds,
    _ condition: Expression?, _ contract: LoopContract, _ body: [Statement],
    at location: Location
  ) throws {
    guard let lower = bounds.lower, let upper = bounds.upper else {
      throw Refusal("a loop needs both bounds", at: location)
    }
    // Bounds are evaluated once, before the loop.
    let terms = try evaluator.evaluateAll([lower, upper])
    let low = evaluator.define(evaluator.temporary("low"), terms[0])
    let high = evaluator.define(evaluator.temporary("high"), terms[1])
    evaluator.check(
      Arithmetic.compare("<=", low, high), "range", at: lower.location)
    let outer = evaluator.scope
    defer { evaluator.scope = outer }
    let name = variable.map(local) ?? evaluator.temporary("pass")
    func bindVariable(last: Int128?) {
      guard let variable else { return }
      evaluator.scope[variable] = .value(
        Term(name, interval: Interval(low: low.interval.low, high: last)))
    }
    let last = bounds.isClosed ? high.interval.high : high.interval.high.map { $0 - 1 }
    // After the last pass, the invariant speaks about the number behind it.
    bindVariable(last: last.map { $0 + 1 })
    let loop = enter(label, .plain)
    defer { loops.removeLast() }
    let clauses = try clauses(
      contract, loop, body + (condition.map { [Statement(.evaluate($0), at: location)] } ?? []),
      variantRequired: false, at: location)
    bindVariable(last: last)
    let inner = try block {
      smoke("loop", at: location)
      try checkDefined(contract)
      if let condition {
        try branch(
          [.boolean(condition)], then: { try write(body) }, otherwise: {})
      } else {
        try write(body)
      }
    }
    let end = bounds.isClosed ? high.text : "(\(high.text) - 1)"
    emit(
      "(label Before\(loop.name) in label \(loop.name) in \(evaluator.position(location)) "
        + "for \(name) = (\(low.text) : int) to \(end) do\n"
        + clauses.joined(separator: "\n") + "\n\(inner)\ndone);")
  }
}

extension Evaluator {
  /// Evaluates without emission, with the same variables and the same `old`.
  func inBody<Result>(_ body: (Evaluator) throws -> Result) throws -> Result {
    let inner = Evaluator(context, emits: false)
    inner.scope = scope
    inner.oldValue = oldValue
    return try body(inner)
  }
}
