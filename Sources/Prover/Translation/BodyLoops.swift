extension BodyWriter {
  private func enter(_ label: LoopLabel?, _ kind: Loop.Kind) -> Loop {
    let number = evaluator.temporary("Loop")
    let loop = Loop(label: label, name: number, kind: kind)
    loops.append(loop)
    return loop
  }

  /// Invariants and variant as clauses, and then what is known at each pass. They see what stands
  /// before the loop, not its body.
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
    var known: [String] = []
    for (name, binding) in evaluator.scope.sorted(by: { $0.key < $1.key }) {
      let type: Type
      switch binding {
      case .value: continue
      case .reference(_, _, let kept), .state(_, let kept): type = kept
      }
      let invariants = try evaluator.inBody {
        $0.kept = evaluator.kept
        return try $0.invariants(
          of: type, try $0.value(of: binding), at: KeptInvariants.Place(root: name, path: []))
      }
      for invariant in invariants {
        if invariant.isKept {
          known.append("assume { \(invariant.formula) };")
        } else {
          result.append("invariant { \(evaluator.position(location)) \(invariant.formula) }")
        }
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
    return result + known
  }

  /// The contract's own expressions have values where the body starts.
  private func checkDefined(_ contract: LoopContract) throws {
    for each in contract.invariants { _ = try defined(each) }
    if let variant = contract.variant { _ = try defined(variant) }
  }

  /// One pass, which `continue` ends.
  private func pass(_ text: String, of loop: Loop) -> String {
    guard text.contains("(raise \(loop.next))") else { return text }
    return "(exception \(loop.next) in try \(text) with \(loop.next) -> () end)"
  }

  func writeWhile(
    _ label: LoopLabel?, _ conditions: [Condition], _ contract: LoopContract,
    _ body: [Statement], at location: Location
  ) throws {
    let loop = enter(label, .plain)
    defer { loops.removeLast() }
    let test = Statement(.conditional(conditions, then: [], else: []), at: location)
    let clauses = try clauses(
      contract, loop, body + [test], variantRequired: true, at: location)
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
    let test = Statement(.evaluate(condition), at: location)
    let clauses = try clauses(
      contract, loop, body + [test], variantRequired: true, at: location)
    let inner = try block {
      smoke("loop", at: location)
      try checkDefined(contract)
      emit(pass(try block { try write(body) }, of: loop) + ";")
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
    // A loop of WhyML's own says nothing about bounds in the wrong order, and where: a variable that
    // counts is plainer.
    let counter = evaluator.temporary("Counter").lowercased()
    let now = "\(counter).v_int"
    context.declare("type ref_int") { "type ref_int = { ghost mutable v_int: int }" }
    emit("let \(counter) = { v_int = (\(low.text): int) } in")
    let last = bounds.isClosed ? high.interval.high : high.interval.high.map { $0 - 1 }
    // After the last pass, the invariant speaks about the number behind it.
    if let variable {
      evaluator.scope[variable] = .value(
        Term(now, interval: Interval(low: low.interval.low, high: last.map { $0 + 1 })))
    }
    let loop = enter(label, .counting)
    defer { loops.removeLast() }
    let test = condition.map { [Statement(.evaluate($0), at: location)] } ?? []
    var promises = contract
    promises.variant = nil
    let clauses = try clauses(
      promises, loop, body + test, variantRequired: false, at: location)
    let end = bounds.isClosed ? "(\(high.text) + 1)" : high.text
    let inner = try block {
      emit("(if pure { \(now) < \(end) } then () else (break \(loop.name)));")
      if let variable {
        evaluator.scope[variable] = .value(
          evaluator.define(
            local(variable), Term(now, interval: Interval(low: low.interval.low, high: last))))
      }
      smoke("loop", at: location)
      try checkDefined(contract)
      let text = try block {
        if let condition {
          try branch([.boolean(condition)], then: { try write(body) }, otherwise: {})
        } else {
          try write(body)
        }
      }
      emit(pass(text, of: loop) + ";")
      emit("\(now) <- (pure { \(now) + 1 });")
    }
    let position = evaluator.position(location)
    emit(
      "(label Before\(loop.name) in label \(loop.name) in \(position) while true do\n"
        + "invariant { \(position) [@expl:frame] (\(low.text) <= \(now) <= \(end)) }\n"
        + "variant { \(position) (\(end) - \(now)) }\n"
        + clauses.joined(separator: "\n") + "\n\(inner)\ndone);")
  }
}

extension Evaluator {
  /// Evaluates without emission, with the same variables and the same `old`.
  func inBody<Result>(_ body: (Evaluator) throws -> Result) throws -> Result {
    let inner = Evaluator(context, emits: false)
    inner.scope = scope
    inner.oldValue = oldValueInContracts ?? oldValue
    inner.entryNames = entryNames
    return try body(inner)
  }
}
