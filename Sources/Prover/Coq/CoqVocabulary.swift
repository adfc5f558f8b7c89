/// The types and functions that statements name: all are abstract, and declared as they turn up.
final class CoqVocabulary {
  let names: CoqNames
  let functions: [String: Function]
  private let structs: [String: StructDeclaration]
  private let constants: [String: ConstantDeclaration]

  /// Constants that are numbers.
  private(set) var definitions: [String] = []
  private(set) var types: [String] = []
  /// Functions, and constants that are no numbers.
  private(set) var symbols: [String] = []
  private(set) var ranges: Set<IntegerType> = []
  private var declared: Set<String> = []

  init(_ program: Program) {
    names = CoqNames(program)
    functions = Dictionary(program.functions.map { ($0.name, $0) }) { first, _ in first }
    structs = Dictionary(program.structs.map { ($0.name, $0) }) { first, _ in first }
    constants = Dictionary(program.constants.map { ($0.name, $0) }) { first, _ in first }
  }

  /// A function from arguments of types of Coq to a type of Swift. A result that is an integer is
  /// within the bounds of its type: where Swift has no value, Coq may have any of these.
  private func declare(
    _ symbol: String, _ arguments: [String], _ result: Type, at location: Location
  ) throws -> String {
    let sort = try type(result, at: location)
    guard declared.insert(symbol).inserted else { return symbol }
    symbols.append("\(symbol) : \((arguments + [sort]).joined(separator: " -> "))")
    if case .integer(let integer) = result {
      ranges.insert(integer)
      let names = arguments.indices.map { "x\($0)" }
      let binders = zip(names, arguments).map { "(\($0) : \($1))" }.joined(separator: " ")
      let value = CoqText.apply(symbol, names.map { CoqText($0) }).argument
      symbols.append(
        "\(symbol)'range : \(names.isEmpty ? "" : "forall \(binders), ")is_\(integer) \(value)")
    }
    return symbol
  }

  // MARK: Types

  func type(_ type: Type, at location: Location) throws -> String {
    switch type {
    case .bool: return "bool"
    case .integer: return "Z"
    case .optional(let inner): return "(option \(try self.type(inner, at: location)))"
    case .tuple(let elements):
      let parts = try elements.map { try self.type($0.type, at: location) }
      return "(\(parts.joined(separator: " * ")))%type"
    case .named(let name): return abstract(names[.type(name)], "\(type)")
    case .table, .inlineArray, .ghostMap: return abstract(array(type), "\(type)")
    case .void, .never, .range, .closedRange, .string:
      throw Diagnostic("a value of type \(type) has no place in a Coq statement", at: location)
    }
  }

  private func abstract(_ name: String, _ swift: String) -> String {
    if declared.insert(name).inserted { types.append(name) }
    return name
  }

  /// Tables and arrays are one abstract type for each type of elements.
  private func array(_ type: Type) -> String {
    switch type {
    case .table(let element): "Table'\(array(element))"
    case .inlineArray(let count, let element): "InlineArray'\(count)'\(array(element))"
    case .ghostMap(let element): "GhostMap'\(array(element))"
    case .named(let name): names[.type(name)]
    default: CoqNames.mangled("\(type)")
    }
  }

  /// What holds of a parameter's value for being one of its type.
  func range(_ name: String, _ type: Type, at location: Location) throws -> String? {
    if case .integer(let integer) = type {
      ranges.insert(integer)
      return "is_\(integer) \(name)"
    }
    if holdsIntegers(type) {
      throw Diagnostic(
        "a theorem for Coq has no parameter of type \(type), since its numbers have no bounds"
          + " there: make it a struct", at: location)
    }
    return nil
  }

  private func holdsIntegers(_ type: Type) -> Bool {
    switch type {
    case .integer: true
    case .optional(let inner): holdsIntegers(inner)
    case .tuple(let elements): elements.contains { holdsIntegers($0.type) }
    default: false
    }
  }

  // MARK: Functions

  func call(_ name: String, at location: Location) throws -> String {
    guard let function = functions[name] else {
      throw Diagnostic("\(name) is not known: give its module to the prover", at: location)
    }
    if function.throwsType != nil {
      throw Diagnostic("\(name) throws, which a Coq statement cannot say", at: location)
    }
    return try declare(
      names[.function(name)],
      try function.parameters.map { try type($0.type, at: location) }, function.result,
      at: location)
  }

  /// The function that makes of the arguments what a function of the program leaves in one of its
  /// `inout` parameters.
  func change(_ function: Function, _ parameter: Parameter, at location: Location) throws
    -> String
  {
    try refuseUndetermined(function, location)
    let name = names[.function(function.name)]
    let isOnly = function.parameters.filter(\.isInOut).count == 1
    return try declare(
      isOnly ? name : "\(name)'\(CoqNames.mangled(parameter.name))",
      try function.parameters.map { try type($0.type, at: location) }, parameter.type,
      at: location)
  }

  /// What such a function returns.
  func result(_ function: Function, at location: Location) throws -> String {
    try declare(
      names[.function(function.name)] + "'result",
      try function.parameters.map { try type($0.type, at: location) }, function.result,
      at: location)
  }

  /// What a function makes of its arguments is a function of them where the bodies of all that it
  /// may lead to are known.
  private func refuseUndetermined(_ function: Function, _ location: Location) throws {
    var seen: Set<String> = [function.name]
    var next = [function]
    while let each = next.popLast() {
      guard each.contract.trusted == nil, let body = each.body else {
        throw Diagnostic(
          "\(function.name) leads to \(each.name), which is believed: Coq would take it for a"
            + " function of its arguments", at: location)
      }
      var isAny = false
      TreeWalker { expression in
        if case .anyMap = expression.kind { isAny = true }
        if case .call(let call) = expression.kind, seen.insert(call.function).inserted {
          if let callee = self.functions[call.function] { next.append(callee) }
        }
      }.walk(body)
      if isAny {
        throw Diagnostic(
          "\(function.name) leads to \(each.name), where GhostMap() may be any map", at: location)
      }
    }
  }

  // MARK: Parts of values

  func field(_ base: Type, _ field: String, at location: Location) throws -> String {
    guard case .named(let owner) = base, let declaration = structs[owner],
      let stored = declaration.fields.first(where: { $0.name == field })
    else { throw Diagnostic("'\(field)' of \(base) is not known", at: location) }
    return try declare(
      names[.field(owner, field)], [try type(base, at: location)], stored.type, at: location)
  }

  func element(_ base: Type, at location: Location) throws -> String {
    let element: Type
    switch base {
    case .table(let inner), .inlineArray(_, let inner), .ghostMap(let inner): element = inner
    default: throw Diagnostic("\(base) has no elements", at: location)
    }
    return try declare(
      array(base) + "'at", [try type(base, at: location), "Z"], element, at: location)
  }

  func count(_ base: Type, at location: Location) throws -> String {
    try declare(
      array(base) + "'count", [try type(base, at: location)], .integer(.int), at: location)
  }

  func enumCase(_ owner: String, _ name: String, _ payload: [Type], at location: Location) throws
    -> String
  {
    try declare(
      names[.enumCase(owner, name)], try payload.map { try type($0, at: location) }, .named(owner),
      at: location)
  }

  func rawValue(_ type: Type, _ raw: Type, at location: Location) throws -> String {
    let owner = try self.type(type, at: location)
    return try declare(owner + "'rawValue", [owner], raw, at: location)
  }

  // MARK: Constants

  func constant(_ name: String, at location: Location) throws -> String {
    guard let constant = constants[name] else {
      throw Diagnostic("the constant \(name) is not known", at: location)
    }
    let symbol = names[.constant(name)]
    if case .integer = constant.type, let value = try number(constant.value) {
      if declared.insert(symbol).inserted {
        definitions.append("Definition \(symbol) : Z := \(value.text).")
      }
      return symbol
    }
    return try declare(symbol, [], constant.type, at: location)
  }

  /// A number that is computed from numbers; `nil` if it is more than that.
  private func number(_ value: Expression) throws -> CoqText? {
    switch value.kind {
    case .integer(let number): return CoqText.integer(number)
    case .constant(let name):
      guard case .integer = value.type, let inner = constants[name], try number(inner.value) != nil
      else { return nil }
      return CoqText(try constant(name, at: value.location))
    case .convert(.exact, let inner): return try number(inner)
    case .binary(let operation, let left, let right):
      guard let left = try number(left), let right = try number(right) else { return nil }
      return CoqText.arithmetic(operation, left, right)
    default: return nil
    }
  }
}
