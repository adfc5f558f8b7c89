extension BodyWriter {
  func write(_ statements: [Statement]) throws { try write(statements[...]) }

  private func write(_ statements: ArraySlice<Statement>) throws {
    for (position, statement) in zip(statements.indices, statements) {
      do {
        if case .guarded(let conditions, let no) = statement.kind {
          // What the conditions bind is known in the rest of the block.
          let rest = statements[(position + 1)...]
          try branch(conditions[...], then: { try write(rest) }, otherwise: { try write(no) })
          return
        }
        try write(statement)
      } catch var refusal as Refusal {
        refusal.location = refusal.location ?? statement.location
        throw refusal
      }
    }
  }

  private func write(_ statement: Statement) throws {
    switch statement.kind {
    case .variable(let name, let type, let isMutable, let value):
      let term = try value.map(evaluator.evaluate)
      try declare(name, type, isMutable: isMutable, term)
    case .destructure(let names, let types, let isMutable, let value):
      let term = evaluator.bound(try evaluator.evaluate(value))
      for (position, name) in names.enumerated() {
        guard let name else { continue }
        let part = try evaluator.tupleElement(term, value.type, position)
        try declare(name, types[position], isMutable: isMutable, part)
      }
    case .assign(let place, let value): try assign(place, value)
    case .evaluate(let expression): _ = try evaluator.evaluate(expression)
    case .conditional(let conditions, let yes, let no):
      try branch(conditions[...], then: { try write(yes) }, otherwise: { try write(no) })
    case .guarded: break
    case .choose(let subject, let cases):
      var value = try evaluator.evaluate(subject)
      if value.text.contains(" ") && value.parts == nil {
        value = evaluator.define(evaluator.temporary("subject"), value)
      }
      emit(try block { try choose(value, subject.type, cases[...], at: statement.location) } + ";")
    case .whileLoop(let label, let conditions, let contract, let body):
      try writeWhile(label, conditions, contract, body, at: statement.location)
    case .repeatLoop(let label, let contract, let body, let condition):
      try writeRepeat(label, contract, body, condition, at: statement.location)
    case .forLoop(
      let label, let variable, let type, let bounds, let condition, let contract, let body):
      try writeFor(
        label, variable, type, bounds, condition, contract, body, at: statement.location)
    case .block(let body), .ghost(let body): emit(try block { try write(body) } + ";")
    case .breakLoop(let label): emit("(break \(try target(label).name));")
    case .continueLoop(let label):
      let loop = try target(label)
      switch loop.kind {
      case .plain: emit("(continue \(loop.name));")
      case .counting, .repeated: emit("(raise \(loop.next));")
      }
    case .returnValue(let value): try writeReturn(value, at: statement.location)
    case .throwError, .doCatch:
      throw Refusal("errors that are thrown are not translated yet: return an enum")
    case .precondition(let condition):
      let term = try evaluator.evaluate(condition)
      evaluator.check(term, "precondition", at: statement.location)
    case .holds(let condition):
      let whole = try defined(condition)
      let parts = try evaluator.parts(of: condition)
      for part in parts where parts.count > 1 {
        evaluator.check(part, "holds", at: statement.location)
      }
      evaluator.check(whole, "holds", at: statement.location)
    case .unreachable:
      evaluator.check("false", "unreachable", at: statement.location)
      emit("absurd;")
    }
  }

  /// A formula of a contract inside a body: that it has a value is a goal first.
  func defined(_ condition: Expression) throws -> Term {
    let before = (evaluator.oldValue, evaluator.usesTerms, evaluator.explanation)
    evaluator.oldValue = evaluator.oldValueInContracts
    evaluator.usesTerms = true
    evaluator.explanation = "contract defined"
    defer { (evaluator.oldValue, evaluator.usesTerms, evaluator.explanation) = before }
    return try evaluator.evaluate(condition)
  }

  private func assign(_ place: Expression, _ value: Expression) throws {
    let changes = evaluator.changesState(value)
    if changes { try evaluator.refuseGuardedBefore(place) }
    let target = try evaluator.place(of: place, keeping: changes)
    let term = try evaluator.evaluate(value)
    if case .void = place.type { return }
    try evaluator.write(term, to: target)
  }

  private func writeReturn(_ value: Expression?, at location: Location) throws {
    var result = "()"
    if let value, case .void = value.type {
      _ = try evaluator.evaluate(value)
      if function.isInitialiser { result = try initialised() }
    } else if let value {
      result = try evaluator.stored(try evaluator.evaluate(value), value.type)
    } else if function.isInitialiser {
      result = try initialised()
    }
    smoke("exit", at: location)
    emit("(return (pure { \(result) }));")
  }

  /// What an initialiser has made.
  func initialised() throws -> String {
    guard let binding = evaluator.scope["self"] else { throw Refusal("there is no self") }
    let whole = try evaluator.value(of: binding)
    return try evaluator.initialised(whole, function).text
  }

  private func target(_ label: LoopLabel?) throws -> Loop {
    guard let loop = label == nil ? loops.last : loops.last(where: { $0.label == label }) else {
      throw Refusal("there is no loop to leave here")
    }
    return loop
  }
}
