// A condition is proved part by part, which leaves less to the provers than the whole of it.

extension Evaluator {
  /// What a condition says, a formula for each part: `&&` is taken apart, and so is a function whose
  /// body is such a conjunction. Nothing is emitted.
  func parts(of condition: Expression) throws -> [Term] {
    let inner = Evaluator(context, emits: false)
    inner.scope = scope
    inner.entryNames = entryNames
    inner.oldValue = oldValueInContracts ?? oldValue
    return try inner.takeApart(condition)
  }

  private func takeApart(_ condition: Expression) throws -> [Term] {
    if condition.conjuncts.count > 1 { return try condition.conjuncts.flatMap(takeApart) }
    guard case .call(let call) = condition.kind, let function = index.functions[call.function],
      let parts = conjunction(of: function)
    else { return [try evaluate(condition)] }
    let arguments = try zip(function.parameters, call.arguments).map { parameter, argument in
      let term = try evaluate(argument.expression)
      let binding: Binding =
        index.isCopyable(parameter.type) ? .value(term) : .state(term.text, parameter.type)
      return (parameter.name, binding)
    }
    return try inContract(Dictionary(arguments, uniquingKeysWith: { first, _ in first })) { inner in
      try parts.flatMap(inner.takeApart)
    }
  }

  /// What the body of such a function joins, or says of all numbers.
  private func conjunction(of function: Function) -> [Expression]? {
    guard !context.hides(function), Evaluator.isLogical(function, index),
      case .bool = function.result, let statement = function.body?.first,
      function.body?.count == 1, case .returnValue(let value?) = statement.kind
    else { return nil }
    if case .forall = value.kind { return [value] }
    return value.conjuncts.count > 1 ? value.conjuncts : nil
  }
}
