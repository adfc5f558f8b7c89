// A struct may say what holds of its values: a Bool property called `typeInvariant`. It holds wherever
// a function begins or ends, of each parameter, result and element of a table: a goal where a function
// is called and where it ends, known where it begins and after calls. In between it may be broken.

extension Evaluator {
  /// Whether the function is such a property: of it nothing is known to begin with.
  static func isTypeInvariant(_ function: Function) -> Bool {
    function.name.hasSuffix(Function.typeInvariant)
  }

  /// What holds of a parameter's value at the start, and at the end if it is written.
  func invariants(
    of parameter: Parameter, _ function: Function, inParts: Bool = false
  ) throws -> [String] {
    guard !Evaluator.isTypeInvariant(function), let binding = scope[parameter.name] else {
      return []
    }
    return try invariants(of: parameter.type, try value(of: binding), inParts: inParts)
  }

  /// What holds of a result.
  func invariantsOfResult(_ function: Function, inParts: Bool = false) throws -> [String] {
    switch function.result {
    case .void, .never: []
    default:
      try invariants(of: function.result, try read("result", function.result), inParts: inParts)
    }
  }

  /// What holds of every value of the type, a formula for each part.
  ///
  /// - Parameter inParts: functions in the type's own are taken apart, where it is to be proved.
  func invariants(
    of type: Type, _ value: Term, depth: Int = 0, inParts: Bool = false
  ) throws -> [String] {
    guard index.hasInvariant(type) else { return [] }
    switch type {
    case .named(let name):
      if let declaration = index.enums[name] { return try payloads(of: declaration, type, value) }
      guard let declaration = index.structs[name] else { return [] }
      var result = try ownInvariant(type, name, value, inParts)
      for each in declaration.fields where index.hasInvariant(each.type) {
        result += try invariants(
          of: each.type, try field(value, type, each.name), depth: depth)
      }
      return result
    case .optional(let inner):
      let test = try isSome(value, type)
      return try invariants(of: inner, try unwrapped(value, type), depth: depth).map {
        "(\(test.text) -> \($0))"
      }
    case .tuple(let elements):
      return try elements.enumerated().flatMap {
        try invariants(
          of: $0.element.type, try tupleElement(value, type, $0.offset), depth: depth)
      }
    case .table, .inlineArray:
      let (map, number, element) = try elements(of: value, type)
      guard let count = number else { return [] }
      let position = temporary("each")
      return try invariants(
        of: element, try read("(get \(map) \(position))", element), depth: depth + 1
      ).map { "(forall \(position): int. 0 <= \(position) < \(count.text) -> \($0))" }
    default: return []
    }
  }

  /// What holds of the values that a case has with it, where it is that case.
  private func payloads(
    of declaration: EnumDeclaration, _ type: Type, _ value: Term
  ) throws -> [String] {
    let sort = try context.sort(of: type)
    let constructors = declaration.cases.map { UnitContext.constructor(sort, $0.name) }
    // Of a value that is being made, the case is known.
    let known = constructors.first { value.text == $0 || value.text.hasPrefix("(\($0) ") }
    return try zip(declaration.cases, constructors).flatMap { each, constructor -> [String] in
      if let known, known != constructor { return [] }
      return try each.payload.enumerated().flatMap { position, element -> [String] in
        let part = "(\(sort)_\(each.name)_\(position) \(value.text))"
        return try invariants(of: element.type, try read(part, element.type)).map {
          "((is_\(sort)_\(each.name) \(value.text)) -> \($0))"
        }
      }
    }
  }

  private func ownInvariant(
    _ type: Type, _ name: String, _ value: Term, _ inParts: Bool
  ) throws -> [String] {
    guard let property = index.functions[name + Function.typeInvariant] else { return [] }
    guard case .bool = property.result, let statement = property.body?.first,
      property.body?.count == 1, case .returnValue(let condition?) = statement.kind
    else {
      throw Refusal("typeInvariant must be one expression of type Bool", at: property.location)
    }
    // A method requires that its receiver's invariant holds.
    guard index.openInvariants.insert(name).inserted else {
      throw Refusal(
        "typeInvariant calls a function of a whole \(name), which requires it: write a static function of its fields",
        at: property.location)
    }
    defer { index.openInvariants.remove(name) }
    let binding: Binding = index.isCopyable(type) ? .value(value) : .state(value.text, type)
    let parameter = property.parameters.first?.name ?? "self"
    return try inContract([parameter: binding]) { inner in
      let parts =
        inParts
        ? try inner.parts(of: condition) : try condition.conjuncts.map(inner.evaluate)
      return parts.map { "(\($0.text))" }
    }
  }
}

extension ProgramIndex {
  /// Whether values of the type, or parts of them, have an invariant.
  func hasInvariant(_ type: Type) -> Bool {
    switch type {
    case .named(let name):
      if let known = invariantTypes[name] { return known }
      // A type does not contain itself.
      invariantTypes[name] = false
      let result =
        functions[name + Function.typeInvariant] != nil
        || structs[name]?.fields.contains { hasInvariant($0.type) } ?? false
        || enums[name]?.cases.contains { $0.payload.contains { hasInvariant($0.type) } } ?? false
      invariantTypes[name] = result
      return result
    case .optional(let inner), .inlineArray(_, let inner), .table(let inner):
      return hasInvariant(inner)
    case .tuple(let elements): return elements.contains { hasInvariant($0.type) }
    default: return false
    }
  }
}
