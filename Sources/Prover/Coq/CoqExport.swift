/// Theorems of a program, which are functions with contracts, as a file for Coq: what is proved
/// beyond single calls, such as of all sequences of them, has them as its hypotheses.
public struct CoqExport {
  private let program: Program
  private let modules: Set<String>
  private let refused: [Diagnostic]
  private let open: Set<String>

  /// - Parameters:
  ///   - modules: those under proof.
  ///   - refused: what could not be read.
  ///   - open: functions that are not proved.
  public init(
    _ program: Program, modules: Set<String>, refused: [Diagnostic], open: Set<String>
  ) {
    self.program = program
    self.modules = modules
    self.refused = refused
    self.open = open
  }

  /// What is asked for is not there, or is more than one function.
  public struct UnknownTheorem: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter names: of functions, with or without module, parameters and labels.
  public func text(of names: [String]) throws -> String {
    let functions = try names.map(find)
    let theorems = Set(functions.map(\.name))
    guard theorems.count == functions.count else {
      throw UnknownTheorem(description: "one theorem is named twice")
    }
    let vocabulary = CoqVocabulary(program)
    let statements = try functions.map { function in
      try refuseUnproved(function)
      return try CoqStatement(vocabulary, theorems, function).text
    }
    return CoqFile.text(vocabulary, statements)
  }

  private func find(_ name: String) throws -> Function {
    let found = program.functions.filter { function in
      let short = Names.withoutModule(function.name, function.module)
      return [function.name, short, String(short.prefix { $0 != "(" })].contains(name)
    }
    guard let function = found.first else {
      throw UnknownTheorem(description: "there is no function '\(name)'")
    }
    guard found.count == 1 else {
      let all = found.map(\.name).sorted().joined(separator: "', '")
      throw UnknownTheorem(description: "'\(name)' may be '\(all)': name one of them")
    }
    return function
  }

  private func refuseUnproved(_ function: Function) throws {
    if let reason = refused.first(where: { $0.function == function.name }) { throw reason }
    func refuse(_ reason: String) -> Diagnostic {
      Diagnostic("\(function.name) is no theorem: \(reason)", at: function.location)
    }
    guard modules.contains(function.module) else { throw refuse("its module is not proved") }
    if open.contains(function.name) { throw refuse("it is listed as not proved") }
    if let reason = function.contract.trusted { throw refuse("it is believed (\(reason))") }
    if function.throwsType != nil { throw refuse("it throws") }
    if function.body == nil { throw refuse("its body is not known") }
    if function.contract.ensures.isEmpty { throw refuse("it ensures nothing") }
  }
}

/// One theorem.
struct CoqStatement {
  let text: String

  init(_ vocabulary: CoqVocabulary, _ theorems: Set<String>, _ function: Function) throws {
    var taken: Set<String> = []
    var scope: [String: CoqTerms.Value] = [:]
    var binders: [String] = []
    var premises: [String] = []
    for parameter in function.parameters {
      let name = vocabulary.names.local(parameter.name, beside: taken)
      taken.insert(name)
      scope[parameter.name] = .term(CoqText(name))
      let type = try vocabulary.type(parameter.type, at: function.location)
      binders.append("(\(name) : \(type))")
      if let range = try vocabulary.range(name, parameter.type, at: function.location) {
        premises.append(range)
      }
    }
    let entry = CoqTerms(vocabulary: vocabulary, scope: scope, entry: nil, taken: taken)
    premises += try function.contract.requires.flatMap(\.conjuncts).map {
      try entry.formula($0).within(CoqText.implication - 1)
    }
    var body = CoqBody(vocabulary, theorems, function, scope, taken: taken)
    try body.run(function)
    let conclusions = try function.contract.ensures.map { postcondition in
      var exit = CoqTerms(
        vocabulary: vocabulary, scope: body.scope, entry: scope, taken: taken)
      if let result = postcondition.result {
        exit.scope[result] = try CoqStatement.result(vocabulary, function, entry)
      }
      return try exit.formula(postcondition.condition).within(CoqText.conjunction)
    }
    let name = vocabulary.names[.function(function.name)]
    // With a result its own name is the function's.
    let title = function.result == .void ? name : name + "'ensures"
    let lines =
      ["\(title) :"] + (binders.isEmpty ? [] : ["forall \(binders.joined(separator: " ")),"])
      + premises.map { $0 + " ->" } + body.changes + [conclusions.joined(separator: " /\\\n  ")]
    let place = "\(function.location.file):\(function.location.line)"
    text =
      "(* \(CoqFile.comment(function.name)), \(CoqFile.comment(place)) *)\n"
      + lines.joined(separator: "\n  ")
  }

  private static func result(
    _ vocabulary: CoqVocabulary, _ function: Function, _ entry: CoqTerms
  ) throws -> CoqTerms.Value {
    guard !function.parameters.contains(where: \.isInOut) else {
      throw Diagnostic(
        "a theorem for Coq that changes state has no result", at: function.location)
    }
    let symbol = try vocabulary.call(function.name, at: function.location)
    return .term(
      .apply(
        symbol, try function.parameters.map { try entry.variable($0.name, function.location) }))
  }
}
