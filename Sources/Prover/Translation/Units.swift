/// Writes the units of one function.
struct UnitWriter {
  let index: ProgramIndex
  let function: Function

  init(_ index: ProgramIndex, _ function: Function) {
    self.index = index
    self.function = function
  }

  private var name: String { index.names.global(function.name) }

  func unit(_ kind: ProofUnit.Kind) throws -> ProofUnit {
    try index.checkGuard(function)
    let context = UnitContext(index, isExecuted: !function.isGhost)
    let text: String
    switch kind {
    case .body: text = try body(context, isSmoke: false)
    case .smoke: text = try body(context, isSmoke: true)
    case .contract: text = try contract(context)
    }
    let module = ([UnitWriter.prelude] + context.declarations + [text]).joined(separator: "\n\n")
    return ProofUnit(
      function: function.name, module: function.module, kind: kind,
      location: function.location, text: "module Unit\n\(module)\nend\n")
  }

  private static let prelude = """
    use int.Int
    use int.EuclideanDivision
    use map.Map
    """

  // MARK: The body

  private func body(_ context: UnitContext, isSmoke: Bool) throws -> String {
    guard let statements = function.body else { throw Refusal("its body is not known") }
    context.checksGuards = index.guards.accesses(function)
    let evaluator = Evaluator(context, emits: true)
    evaluator.oldValueInContracts = { "(\($0) at Entry)" }
    evaluator.entryNames = Set(function.parameters.map(\.name))
    if isSmoke { evaluator.assertWord = "assume" }
    if !Evaluator.isTypeInvariant(function) {
      evaluator.kept = KeptInvariants(statements, of: function, index)
    }
    let specification = try evaluator.contract(
      of: function, isProved: true, keeping: evaluator.kept)
    evaluator.scope = specification.scope
    let writer = BodyWriter(evaluator, function, isSmoke: isSmoke)
    for (name, parameter) in zip(Names.parameters(of: function), function.parameters) {
      writer.usedNames[parameter.name] = name
    }
    writer.smoke("entry", at: function.location)
    if function.isInitialiser { try declareSelf(writer) }
    try writer.write(statements)
    let end: String
    if function.isInitialiser {
      end = "pure { \(try writer.initialised()) }"
      writer.smoke("exit", at: function.end)
    } else if case .void = function.result {
      end = "()"
      writer.smoke("exit", at: function.end)
    } else {
      // Every way through the body returns, or else this is a goal.
      evaluator.check("false", "unreachable", at: function.end)
      end = "absurd"
    }
    return
      ([
        "let ghost body_\(name) \(specification.parameters.joined(separator: " ")) : \(specification.result)"
      ]
      + specification.clauses.map { "  " + $0 } + ["= label Entry in"] + evaluator.lines + [end])
      .joined(separator: "\n")
  }

  private func declareSelf(_ writer: BodyWriter) throws {
    let evaluator = writer.evaluator
    var type = function.result
    if case .optional(let inner) = type { type = inner }
    let value = try evaluator.initialSelf(of: function)
    try writer.declare("self", type, isMutable: true, value)
  }

  // MARK: The contract alone

  /// Requirements in their order, each with the former known; then, in any state that the function
  /// may leave and with any result, what it ensures.
  private func contract(_ context: UnitContext) throws -> String {
    let evaluator = Evaluator(context, emits: true)
    evaluator.explanation = "contract defined"
    evaluator.usesTerms = true
    evaluator.entryNames = Set(function.parameters.map(\.name))
    if !Evaluator.isTypeInvariant(function) {
      evaluator.kept = KeptInvariants(contractOf: function)
    }
    let signature = try evaluator.signature(of: function)
    evaluator.scope = signature.scope
    for parameter in function.parameters {
      for invariant in try evaluator.inBody({ try $0.invariants(of: parameter, function) }) {
        evaluator.lines.append("assume { \(invariant.formula) };")
      }
    }
    for condition in function.contract.requires {
      let formula = try evaluator.evaluate(condition)
      evaluator.lines.append("assume { \(formula.text) };")
    }
    evaluator.lines.append("label Entry in")
    let arguments = Names.parameters(of: function)
    var bare = function
    bare.contract = Contract()
    bare.result = .void
    if index.writesAnything(function) {
      let written = try evaluator.contract(of: bare, isProved: true)
      context.declare("leave") {
        (["val ghost leave_\(name) \(written.parameters.joined(separator: " ")) : unit"]
          + written.clauses.map { "  " + $0 }).joined(separator: "\n")
      }
      evaluator.lines.append("leave_\(name) \(arguments.joined(separator: " "));")
    }
    switch function.result {
    case .void, .never: break
    default:
      let unknown = try context.declareUnknown(function.result)
      evaluator.lines.append("let outcome_ = \(unknown) () in")
      let outcome = try evaluator.read("outcome_", function.result)
      for invariant in try evaluator.inBody({
        try $0.invariants(of: function.result, outcome)
      }) {
        evaluator.lines.append("assume { \(invariant.formula) };")
      }
    }
    evaluator.oldValue = { "(\($0) at Entry)" }
    for postcondition in function.contract.ensures {
      evaluator.scope = signature.scope
      if let result = postcondition.result {
        evaluator.scope[result] = .value(try evaluator.read("outcome_", function.result))
      }
      let formula = try evaluator.evaluate(postcondition.condition)
      evaluator.lines.append("assume { \(formula.text) };")
    }
    return
      (["let ghost contract_\(name) \(signature.parameters.joined(separator: " ")) : unit", "="]
      + evaluator.lines + ["()"]).joined(separator: "\n")
  }
}
