// A struct may say what holds of its values: a Bool property called `typeInvariant`. It holds wherever
// a function begins or ends, of each parameter, result and element of a table: a goal where a function
// is called and where it ends, known where it begins and after calls. In between it may be broken.

/// What holds of a value, or a part of it.
struct TypeInvariant {
  var formula: String
  /// What is under proof cannot have broken it (``KeptInvariants``).
  var isKept: Bool
}

extension Evaluator {
  /// Whether the function is such a property: of it nothing is known to begin with.
  static func isTypeInvariant(_ function: Function) -> Bool {
    function.name.hasSuffix(Function.typeInvariant)
  }

  /// What holds of a parameter's value at the start, and at the end if it is written.
  func invariants(
    of parameter: Parameter, _ function: Function, inParts: Bool = false
  ) throws -> [TypeInvariant] {
    guard !Evaluator.isTypeInvariant(function), let binding = scope[parameter.name] else {
      return []
    }
    return try invariants(
      of: parameter.type, try value(of: binding),
      at: KeptInvariants.Place(root: parameter.name, path: []), inParts: inParts)
  }

  /// What a call's arguments have to keep.
  func checkInvariants(
    of call: Call, _ function: Function, _ arguments: [String: Binding], at location: Location
  ) throws {
    if Evaluator.isTypeInvariant(function) { return }
    for (parameter, argument) in zip(function.parameters, call.arguments)
    where index.hasInvariant(parameter.type) {
      guard let binding = arguments[parameter.name] else { continue }
      let place = KeptInvariants.place(of: argument.expression)
      let invariants = try inContract(arguments) { inner in
        inner.kept = kept
        return try inner.invariants(of: parameter.type, try inner.value(of: binding), at: place)
      }
      for invariant in invariants where !invariant.isKept {
        check(invariant.formula, "type invariant", at: location)
      }
    }
  }

  /// What holds of a result.
  func invariantsOfResult(
    _ function: Function, inParts: Bool = false
  ) throws -> [TypeInvariant] {
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
    of type: Type, _ value: Term, at place: KeptInvariants.Place? = nil, inParts: Bool = false
  ) throws -> [TypeInvariant] {
    guard index.hasInvariant(type) else { return [] }
    switch type {
    case .named(let name):
      if let declaration = index.enums[name] {
        return try payloads(of: declaration, type, value, in: place?.inside)
      }
      guard let declaration = index.structs[name] else { return [] }
      var result = try ownInvariant(type, name, value, at: place, inParts)
      for each in declaration.fields where index.hasInvariant(each.type) {
        result += try invariants(
          of: each.type, try field(value, type, each.name), at: place?.appending(.field(each.name)))
      }
      return result
    case .optional(let inner):
      let test = try isSome(value, type)
      return try invariants(of: inner, try unwrapped(value, type), at: place?.inside).map {
        $0.under { "(\(test.text) -> \($0))" }
      }
    case .tuple(let elements):
      return try elements.enumerated().flatMap {
        try invariants(
          of: $0.element.type, try tupleElement(value, type, $0.offset),
          at: place?.appending(.tupleElement($0.offset)))
      }
    case .table, .inlineArray:
      let (map, number, element) = try elements(of: value, type)
      guard let count = number else { return [] }
      let position = temporary("each")
      return try invariants(
        of: element, try read("(get \(map) \(position))", element), at: place?.appending(.element)
      ).map {
        $0.under { "(forall \(position): int. 0 <= \(position) < \(count.text) -> \($0))" }
      }
    default: return []
    }
  }

  /// What holds of the values that a case has with it, where it is that case.
  private func payloads(
    of declaration: EnumDeclaration, _ type: Type, _ value: Term, in place: KeptInvariants.Place?
  ) throws -> [TypeInvariant] {
    let sort = try context.sort(of: type)
    let constructors = declaration.cases.map { UnitContext.constructor(sort, $0.name) }
    // Of a value that is being made, the case is known.
    let known = constructors.first { value.text == $0 || value.text.hasPrefix("(\($0) ") }
    return try zip(declaration.cases, constructors).flatMap {
      each, constructor -> [TypeInvariant] in
      if let known, known != constructor { return [] }
      return try each.payload.enumerated().flatMap { position, element -> [TypeInvariant] in
        let part = "(\(sort)_\(each.name)_\(position) \(value.text))"
        return try invariants(of: element.type, try read(part, element.type), at: place).map {
          $0.under { "((is_\(sort)_\(each.name) \(value.text)) -> \($0))" }
        }
      }
    }
  }

  private func ownInvariant(
    _ type: Type, _ name: String, _ value: Term, at place: KeptInvariants.Place?, _ inParts: Bool
  ) throws -> [TypeInvariant] {
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
    let isKept = kept?.keeps(place, reads: condition.fields(of: parameter)) ?? false
    return try inContract([parameter: binding]) { inner in
      let parts =
        inParts
        ? try inner.parts(of: condition) : try condition.conjuncts.map(inner.evaluate)
      return parts.map { TypeInvariant(formula: "(\($0.text))", isKept: isKept) }
    }
  }
}

extension TypeInvariant {
  /// The same under a condition.
  fileprivate func under(_ condition: (String) -> String) -> TypeInvariant {
    TypeInvariant(formula: condition(formula), isKept: isKept)
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
