/// What one unit declares: each thing once, after what it needs.
final class UnitContext {
  let index: ProgramIndex
  private(set) var declarations: [String] = []
  private var declared: Set<String> = []
  /// What is being declared.
  private var unfinished: Set<String> = []

  private var names = 0
  /// The unit proves a function that is executed, not a lemma or what it speaks of.
  let isExecuted: Bool
  /// The body's accesses of fields that have a guard are goals.
  var checksGuards = false
  /// It is thrown away: whatever is declared in it does not matter.
  let isTrial: Bool

  init(_ index: ProgramIndex, isExecuted: Bool, isTrial: Bool = false) {
    self.index = index
    self.isExecuted = isExecuted
    self.isTrial = isTrial
  }

  /// Whether the unit knows of a function what its contract says alone: of an opaque one, unless it
  /// takes ghost values, as what the unit proves does.
  func hides(_ function: Function) -> Bool {
    function.contract.isOpaque && (isExecuted || !function.isGhost)
  }

  /// A name that nothing else in the unit has: what one function's contract or body binds is never
  /// taken for a variable of those that it is written into.
  func nextName(_ hint: String) -> String {
    names += 1
    return "\(hint)_\(names)_"
  }

  /// Adds a declaration unless it is there. Making its text may declare what it needs.
  func declare(_ key: String, _ make: () throws -> String) rethrows {
    guard declared.insert(key).inserted else { return }
    unfinished.insert(key)
    defer { unfinished.remove(key) }
    declarations.append(try make())
  }

  // MARK: Types

  /// A type's name as part of others: `u64`, `optional_pageState`.
  func identifier(of type: Type) throws -> String {
    switch type {
    case .void: return "unit"
    case .bool: return "bool"
    case .integer(let integer): return integer.sortName
    case .optional(let inner): return "optional_\(try identifier(of: inner))"
    case .tuple(let elements):
      return try "tuple\(elements.count)_"
        + elements.map { try identifier(of: $0.type) }.joined(separator: "_")
    case .named(let name): return index.names.global(name)
    case .inlineArray(let count, let element):
      return "array\(count)_\(try identifier(of: element))"
    case .table(let element): return "table_\(try identifier(of: element))"
    case .ghostMap(let value): return "map_\(try identifier(of: value))"
    case .never, .range, .closedRange, .string:
      throw Refusal(
        "values of this type are not in the provable subset: keep them out of variables")
    }
  }

  /// The type in WhyML, declared if it has to be.
  func sort(of type: Type) throws -> String {
    let name = try identifier(of: type)
    switch type {
    case .void, .bool: break
    case .integer(let integer): declareInteger(integer)
    case .optional(let inner): try declareOptional(name, inner)
    case .tuple(let elements):
      try declare("type \(name)") {
        let fields = try elements.enumerated().map {
          "\(name)_\($0.offset): \(try sort(of: $0.element.type))"
        }
        return "type \(name) = { \(fields.joined(separator: "; ")) }"
      }
    case .named(let swiftName):
      if unfinished.contains("type \(name)") {
        throw Refusal("a value that holds others of its type cannot be proved")
      }
      if let declaration = index.structs[swiftName] {
        try declareStruct(name, declaration)
      } else if let declaration = index.enums[swiftName] {
        try declareEnum(name, declaration)
      } else {
        throw Refusal("type \(swiftName) is not known: give its module to the prover")
      }
    case .inlineArray(_, let element), .ghostMap(let element):
      return "(map int \(try sort(of: element)))"
    case .table(let element):
      try declare("type \(name)") {
        let element = try sort(of: element)
        declareCount()
        return """
          type \(name) = { ghost mutable \(name)_elements: map int \(element); \
          \(name)_count: element_count }
          """
      }
    case .never, .range, .closedRange, .string: break
    }
    return name
  }

  /// The type of a value that is no state yet: of what is ~Copyable, as it is at one moment.
  func valueSort(of type: Type) throws -> String {
    let sort = try sort(of: type)
    return index.isCopyable(type) ? sort : "{\(sort)}"
  }

  private func declareInteger(_ type: IntegerType) {
    let name = type.sortName
    declare("type \(name)") {
      """
      type \(name) = <range \(type.minimum) \(type.maximum)>
      function \(name)_of int : \(name)
      axiom \(name)_of_int : forall x: \(name) [\(name)'int x]. \(name)_of (\(name)'int x) = x
      axiom \(name)_int_of : forall x: int [\(name)_of x].
        \(type.minimum) <= x <= \(type.maximum) -> \(name)'int (\(name)_of x) = x
      """
    }
  }

  /// The number of elements of a table: not negative.
  private func declareCount() {
    declare("type element_count") { "type element_count = <range 0 \(IntegerType.int.maximum)>" }
  }

  private func declareOptional(_ name: String, _ inner: Type) throws {
    try declare("type \(name)") {
      let sort = try sort(of: inner)
      try declareAny(inner)
      return """
        type \(name) = None_\(name) | Some_\(name) \(sort)
        predicate is_some_\(name) (x: \(name)) =
          match x with None_\(name) -> false | Some_\(name) _ -> true end
        function value_\(name) (x: \(name)) : \(sort) =
          match x with None_\(name) -> \(try anyName(inner)) | Some_\(name) y -> y end
        """
    }
  }

  private func declareStruct(_ name: String, _ declaration: StructDeclaration) throws {
    try declare("type \(name)") {
      if declaration.fields.isEmpty { return "type \(name) = Empty_\(name)" }
      let fields = try declaration.fields.map { field in
        let isMutable =
          !index.isCopyable(.named(declaration.name)) && index.isCopyable(field.type)
        let sort = try sort(of: field.type)
        return "\(isMutable ? "ghost mutable " : "")\(name)_\(Names.mangled(field.name)): \(sort)"
      }
      return "type \(name) = {\n  \(fields.joined(separator: ";\n  "))\n}"
    }
  }

  private func declareEnum(_ name: String, _ declaration: EnumDeclaration) throws {
    try declare("type \(name)") {
      if declaration.cases.isEmpty {
        throw Refusal("enum \(declaration.name) has no cases, so no values")
      }
      var projections = ""
      let cases = try declaration.cases.map { each in
        let constructor = UnitContext.constructor(name, each.name)
        if each.payload.isEmpty { return constructor }
        let wildcards = Array(repeating: "_", count: each.payload.count)
        projections +=
          "\npredicate is_\(name)_\(each.name) (x: \(name)) =\n"
          + "  match x with \(constructor) \(wildcards.joined(separator: " ")) -> true"
          + (declaration.cases.count > 1 ? " | _ -> false" : "") + " end"
        for (position, element) in each.payload.enumerated() {
          var arguments = wildcards
          arguments[position] = "y"
          try declareAny(element.type)
          projections +=
            "\nfunction \(name)_\(each.name)_\(position) (x: \(name)) : \(try sort(of: element.type)) ="
            + "\n  match x with \(constructor) \(arguments.joined(separator: " ")) -> y"
            + (declaration.cases.count > 1 ? " | _ -> \(try anyName(element.type))" : "") + " end"
        }
        return try constructor + " "
          + each.payload.map { try sort(of: $0.type) }.joined(separator: " ")
      }
      return "type \(name) =\n  | \(cases.joined(separator: "\n  | "))\(projections)"
    }
  }

  static func constructor(_ type: String, _ name: String) -> String {
    type.prefix(1).uppercased() + type.dropFirst() + "_" + name
  }

  // MARK: Values of which nothing is known

  func anyName(_ type: Type) throws -> String { "any_\(try identifier(of: type))" }

  /// A constant that could be any value of the type.
  func declareAny(_ type: Type) throws {
    let name = try anyName(type)
    let sort = try sort(of: type)
    declare("any \(name)") { "constant \(name) : \(sort)" }
  }

  /// A `val` that returns any value of the type.
  func declareUnknown(_ type: Type) throws -> String {
    let name = "unknown_\(try identifier(of: type))"
    let sort = try valueSort(of: type)
    declare(name) { "val ghost \(name) (_: unit) : \(sort)" }
    return name
  }

  /// A variable that holds a copyable value: a record with one field that changes.
  func reference(to type: Type) throws -> (sort: String, field: String) {
    let name = try identifier(of: type)
    let sort = try valueSort(of: type)
    declare("type ref_\(name)") { "type ref_\(name) = { ghost mutable v_\(name): \(sort) }" }
    return ("ref_\(name)", "v_\(name)")
  }
}

/// Why something cannot be translated; who catches it knows the function, and often the place.
struct Refusal: Error {
  var message: String
  var location: Location?
  init(_ message: String, at location: Location? = nil) {
    self.message = message
    self.location = location
  }
}
