/// Turns expressions into terms, and says what must hold for them to have a value.
///
/// In a body, every check becomes an assertion before the place where the value is used, under the
/// conditions that decide whether Swift evaluates it. In a contract or a definition nothing is
/// emitted: terms are total, and what they are where Swift would trap does not matter there, since
/// the contract's own unit proves that it is defined.
final class Evaluator {
  let context: UnitContext
  var index: ProgramIndex { context.index }
  /// Whether checks and calls are emitted.
  let emits: Bool
  /// What variables stand for.
  var scope: [String: Binding] = [:]
  /// What was emitted: lines that end in `in` or `;`.
  var lines: [String] = []
  /// `a -> ` or `forall i: int. a -> `: what a check need hold under.
  var assumptions: [String] = []
  /// `assume` in smoke units, where the checks are not the question.
  var assertWord = "assert"
  /// Instead of "overflow" and so on, where a contract's own expressions are checked.
  var explanation: String?
  /// How `old` is written where it may stand: a prefix in postconditions, a label in bodies.
  var oldValue: ((String) -> String)?
  /// The same, of invariants and `holds` in the body that is being written.
  var oldValueInContracts: ((String) -> String)?
  /// Variables that have a value at entry.
  var entryNames: Set<String> = []
  /// Calls of functions that the logic defines are terms, even where a call would say more.
  var usesTerms = false
  /// Whether long values get names.
  var namesValues = true
  /// Type invariants that are no goals here.
  var kept: KeptInvariants?

  enum Binding {
    case value(Term)
    /// A variable of a copyable type: a record with one field.
    case reference(name: String, field: String, Type)
    /// State that is passed by reference.
    case state(String, Type)
  }

  init(_ context: UnitContext, emits: Bool) {
    self.context = context
    self.emits = emits
  }

  func temporary(_ hint: String = "value") -> String {
    context.nextName(hint)
  }

  func position(_ location: Location) -> String {
    let file = location.file.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "[#\"\(file)\" \(location.line) \(location.column) \(location.column)]"
  }

  /// How a check is written for the state in which it stands.
  var inState: (String) -> String = { $0 }

  // MARK: Checks

  func check(_ formula: Term, _ what: String, at location: Location) {
    check(formula.text, what, at: location)
  }

  func check(_ formula: String, _ what: String, at location: Location) {
    guard emits, formula != "true" else { return }
    lines.append(
      "\(assertWord) { \(position(location)) [@expl:\(explanation ?? what)] "
        + "(\(assumptions.joined())\(inState(formula))) };")
  }

  func assuming<Result>(
    _ assumption: String, _ body: () throws -> Result
  ) rethrows -> Result {
    assumptions.append(assumption)
    defer { assumptions.removeLast() }
    return try body()
  }

  /// A name for a value that is used more than once or later.
  func bound(_ term: Term, _ hint: String = "value") -> Term {
    guard emits, namesValues, term.text.count > 24, term.parts == nil else { return term }
    let name = temporary(hint)
    return define(name, term)
  }

  /// Emits `let name = term in`, and returns what the name stands for.
  func define(_ name: String, _ term: Term) -> Term {
    if term.constant != nil { return term }
    if let stored = term.stored {
      lines.append("let \(name) = pure { \(stored.text) } in")
      var result = Term(stored: name, as: stored.sort)
      result.interval = term.interval
      result.lowZeros = term.lowZeros
      return result
    }
    lines.append("let \(name) = pure { \(term.text) } in")
    var result = Term(name, interval: term.interval)
    result.lowZeros = term.lowZeros
    // Constants among the components stay known.
    if let parts = term.parts, parts.allSatisfy({ $0.constant != nil }) { result.parts = parts }
    return result
  }

  /// What `body` emits, apart.
  func captured<Result>(_ body: () throws -> Result) rethrows -> (Result, [String]) {
    let before = lines
    lines = []
    defer { lines = before }
    let result = try body()
    return (result, lines)
  }

  // MARK: Storage

  /// A value as it is kept in fields, elements and variables.
  func stored(_ term: Term, _ type: Type) throws -> String {
    switch type {
    case .integer(let integer):
      _ = try context.sort(of: type)
      return term.inStorage(as: integer)
    case .bool:
      // A formula as a value.
      if term.isTrue { return "True" }
      if term.isFalse { return "False" }
      return term.text
    default: return term.text
    }
  }

  /// What is read where a value of the type is kept.
  func read(_ text: String, _ type: Type) throws -> Term {
    _ = try context.sort(of: type)
    if case .integer(let integer) = type { return Term(stored: text, as: integer) }
    return Term(text)
  }

  func value(of binding: Binding) throws -> Term {
    switch binding {
    case .value(let term): term
    case .reference(let name, let field, let type): try read("\(name).\(field)", type)
    case .state(let text, _): Term(text)
    }
  }

  func anyValue(_ type: Type) throws -> Term {
    try context.declareAny(type)
    return try read(try context.anyName(type), type)
  }

  // MARK: Components

  func fieldName(_ type: Type, _ field: String) throws -> String {
    "\(try context.identifier(of: type))_\(Names.mangled(field))"
  }

  func fieldType(_ type: Type, _ field: String) throws -> Type {
    guard case .named(let name) = type, let declaration = index.structs[name],
      let found = declaration.fields.first(where: { $0.name == field })
    else { throw Refusal("there is no stored field '\(field)' in \(type)") }
    return found.type
  }

  func field(_ base: Term, _ baseType: Type, _ field: String) throws -> Term {
    guard case .named(let name) = baseType, let declaration = index.structs[name],
      let position = declaration.fields.firstIndex(where: { $0.name == field })
    else { throw Refusal("there is no stored field '\(field)' in \(baseType)") }
    if let parts = base.parts { return parts[position] }
    _ = try context.sort(of: baseType)
    return try read(
      "\(base.text).\(try fieldName(baseType, field))", declaration.fields[position].type)
  }

  func tupleElement(_ base: Term, _ baseType: Type, _ position: Int) throws -> Term {
    guard case .tuple(let elements) = baseType, position < elements.count else {
      throw Refusal("there is no element \(position) in \(baseType)")
    }
    if let parts = base.parts { return parts[position] }
    let name = try context.sort(of: baseType)
    return try read("\(base.text).\(name)_\(position)", elements[position].type)
  }

  func structure(_ type: Type, _ parts: [Term]) throws -> Term {
    let name = try context.sort(of: type)
    var fields: [(String, Type)] = []
    switch type {
    case .named(let swiftName):
      guard let declaration = index.structs[swiftName], declaration.fields.count == parts.count
      else { throw Refusal("\(swiftName) is not made with one value for each of its fields") }
      fields = try declaration.fields.map { (try fieldName(type, $0.name), $0.type) }
    case .tuple(let elements):
      guard elements.count == parts.count else { throw Refusal("a tuple lacks elements") }
      fields = elements.enumerated().map { ("\(name)_\($0.offset)", $0.element.type) }
    default: throw Refusal("\(type) has no fields")
    }
    if fields.isEmpty {
      var result = Term("Empty_\(name)")
      result.parts = []
      return result
    }
    let assignments = try zip(fields, parts).map { field, part in
      "\(field.0) = \(try stored(part, field.1))"
    }
    var result = Term("{ \(assignments.joined(separator: "; ")) }")
    result.parts = parts
    return result
  }

  /// Elements of a table or an array, as a map; and how many there are, `nil` of a map without end.
  func elements(of base: Term, _ type: Type) throws -> (map: String, count: Term?, element: Type) {
    let name = try context.sort(of: type)
    switch type {
    case .inlineArray(let count, let element):
      return (base.text, Term(constant: Int128(count)), element)
    case .table(let element):
      return (
        "\(base.text).\(name)_elements",
        Term(
          "(element_count'int \(base.text).\(name)_count)",
          interval: Interval(low: 0, high: IntegerType.int.maximum)),
        element
      )
    case .ghostMap(let value): return (base.text, nil, value)
    default: throw Refusal("\(type) has no elements: use a Table or an InlineArray")
    }
  }

  func isInside(_ position: Term, _ count: Term?) -> Term {
    guard let count else { return .true }
    let low = Arithmetic.compare("<=", Term(constant: 0), position)
    let high = Arithmetic.compare("<", position, count)
    if low.isFalse || high.isFalse { return .false }
    return Arithmetic.and(low, high)
  }
}
