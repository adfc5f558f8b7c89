// What the prover knows of Swift's standard library. A name alone means nothing here: calls come
// with the declaration that the compiler resolved them to, and operands with their types.

extension BodyReader {
  /// Where the standard library declares what integers do.
  private static let integerContexts: Set<String> = [
    "Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64",
    "BinaryInteger", "FixedWidthInteger", "SignedInteger", "UnsignedInteger", "Numeric",
    "SignedNumeric", "AdditiveArithmetic", "Comparable", "Equatable",
  ]

  static let arithmetic: [String: BinaryOperator] = [
    "+": .add, "-": .subtract, "*": .multiply, "/": .divide, "%": .remainder,
    "&+": .wrappingAdd, "&-": .wrappingSubtract, "&*": .wrappingMultiply,
    "&": .bitAnd, "|": .bitOr, "^": .bitXor,
    "<<": .shiftLeft, ">>": .shiftRight, "&<<": .maskingShiftLeft, "&>>": .maskingShiftRight,
  ]
  private static let comparisons: [String: BinaryOperator] = [
    "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
  ]
  private static let reporting: [String: BinaryOperator] = [
    "addingReportingOverflow": .add, "subtractingReportingOverflow": .subtract,
    "multipliedReportingOverflow(by:)": .multiply, "dividedReportingOverflow(by:)": .divide,
    "remainderReportingOverflow(dividingBy:)": .remainder,
  ]
  private static let conversions: [String: Conversion] = [
    "init": .exact, "init(truncatingIfNeeded:)": .truncating, "init(bitPattern:)": .bitPattern,
    "init(exactly:)": .optional, "init(clamping:)": .clamping,
  ]
  private static let members: [String: IntegerMember] = [
    "trailingZeroBitCount": .trailingZeroBitCount, "leadingZeroBitCount": .leadingZeroBitCount,
    "nonzeroBitCount": .nonzeroBitCount, "magnitude": .magnitude, "byteSwapped": .byteSwapped,
  ]

  /// `Swift.Context.member` in its two parts; the context is empty for what stands in the module.
  static func standardName(_ declaration: String?) -> (context: String, member: String)? {
    guard let declaration, declaration.hasPrefix("Swift.") else { return nil }
    let rest = declaration.dropFirst("Swift.".count)
    // Operators may hold dots themselves, so the first one ends the context.
    guard let first = rest.first, first.isLetter || first == "_",
      let dot = rest.firstIndex(of: ".")
    else { return ("", String(rest)) }
    return (String(rest[..<dot]), String(rest[rest.index(after: dot)...]))
  }

  static func isInteger(_ type: Type) -> Bool {
    if case .integer = type { return true }
    return false
  }

  // MARK: Members

  func standardMember(_ node: Node, _ base: Node, _ type: Type) throws -> Expression? {
    let meaning = BodyReader.referred(node).flatMap { types.declaration($0) }
    if meaning == "Contracts.Table.count" { return make(.count(try expression(base)), type, node) }
    guard let (context, member) = BodyReader.standardName(meaning) else { return nil }
    if context == "InlineArray", member == "count", BodyReader.bare(base).kind != "type_expr" {
      return make(.count(try expression(base)), type, node)
    }
    guard BodyReader.integerContexts.contains(context) else { return nil }
    if member == "bitWidth", let width = try integerType(of: base)?.width {
      return make(.integer(Int128(width)), type, node)
    }
    if case .integer(let integer) = type, BodyReader.bare(base).kind == "type_expr" {
      switch member {
      case "max": return make(.integer(integer.maximum), type, node)
      case "min": return make(.integer(integer.minimum), type, node)
      case "zero": return make(.integer(0), type, node)
      default: return nil
      }
    }
    guard let known = BodyReader.members[member] else { return nil }
    let operand = try expression(base)
    guard BodyReader.isInteger(operand.type) else { return nil }
    return make(.integerMember(known, operand), type, node)
  }

  /// Of a value, or of a type that is named.
  private func integerType(of base: Node) throws -> IntegerType? {
    let bare = BodyReader.bare(base)
    if bare.kind == "type_expr" {
      guard let mangled = bare.text("type"), mangled.hasSuffix("mD"),
        case .integer(let integer)? = try? types.type(mangled.dropLast(2) + "D")
      else { return nil }
      return integer
    }
    guard case .integer(let integer) = try expression(base).type else { return nil }
    return integer
  }

  // MARK: Calls

  func standardCall(_ callee: Callee, _ node: Node) throws -> Expression? {
    let meaning = types.declaration(callee.usr)
    guard let (context, member) = BodyReader.standardName(meaning) else { return nil }
    if member == "~= infix" { return try matches(callee, node) }
    if member.hasSuffix(" infix") {
      return try infix(String(member.dropLast(6)), context, callee, node)
    }
    if member.hasSuffix(" prefix") {
      return try prefix(String(member.dropLast(7)), context, callee, node)
    }
    let arguments = callee.arguments.compactMap { $0["expr"] }
    switch (context, member, arguments.count) {
    case ("Optional", "some", 1):
      return make(.some(try expression(arguments[0])), try type(node), node)
    case ("Optional", "none", 0): return make(.none, try type(node), node)
    case ("", "min", 2), ("", "max", 2):
      let left = try expression(arguments[0])
      let right = try expression(arguments[1])
      guard BodyReader.isInteger(left.type), left.type == right.type else { return nil }
      return make(
        member == "min" ? .minimum(left, right) : .maximum(left, right), left.type, node)
    case ("InlineArray", "init(repeating:)", 1):
      return make(.makeArray(repeating: try expression(arguments[0])), try type(node), node)
    case ("InlineArray", "init", 1): return try filled(arguments[0], node)
    case ("Range", "contains", 1), ("ClosedRange", "contains", 1),
      ("PartialRangeFrom", "contains", 1), ("PartialRangeUpTo", "contains", 1),
      ("PartialRangeThrough", "contains", 1), ("RangeExpression", "contains", 1):
      guard let base = callee.base else { return nil }
      let bounds = try bounds(base)
      return make(.isWithin(try expression(arguments[0]), bounds), .bool, node)
    default: break
    }
    guard BodyReader.integerContexts.contains(context) else { return nil }
    return try integerCall(member, callee.base, arguments, node)
  }

  private func integerCall(
    _ member: String, _ base: Node?, _ arguments: [Node], _ node: Node
  ) throws -> Expression? {
    if let conversion = BodyReader.conversions[member], arguments.count == 1 {
      let operand = try expression(arguments[0])
      let type = try type(node)
      let target: Type
      if conversion == .optional, case .optional(let wrapped) = type {
        target = wrapped
      } else {
        target = type
      }
      guard BodyReader.isInteger(operand.type), BodyReader.isInteger(target) else { return nil }
      return make(.convert(conversion, operand), type, node)
    }
    if let operation = BodyReader.reporting[member], let base, arguments.count == 1 {
      return make(
        .reportingOverflow(operation, try expression(base), try expression(arguments[0])),
        try type(node), node)
    }
    if member == "isMultiple(of:)", let base, arguments.count == 1 {
      let divisor = try expression(arguments[0])
      // Only 0 is a multiple of 0, where the remainder traps.
      guard case .integer(let value) = divisor.kind, value != 0 else {
        throw NotProvable("isMultiple(of:) takes a literal here; write a remainder (%)", node)
      }
      let operand = try expression(base)
      let remainder = make(.binary(.remainder, operand, divisor), operand.type, node)
      return make(
        .binary(.equal, remainder, make(.integer(0), operand.type, node)), .bool, node)
    }
    return nil
  }

  /// `InlineArray { _ in value }`
  private func filled(_ node: Node, _ call: Node) throws -> Expression {
    let parameters = node["params"]?.nodes("params") ?? []
    guard node.kind == "closure_expr", parameters.count == 1,
      parameters[0].baseName == nil || parameters[0].baseName == "_"
    else {
      throw NotProvable(
        "an InlineArray is made from a literal, from repeating:, or from { _ in value }; assign what differs",
        call)
    }
    return try scoped {
      let (_, value) = try closure(node, called: "index", count: 1)
      return make(.makeArray(repeating: value), try type(call), call)
    }
  }

  // MARK: Operators

  private func infix(
    _ operation: String, _ context: String, _ callee: Callee, _ node: Node
  ) throws -> Expression? {
    let operands = callee.arguments.compactMap { $0["expr"] }
    guard operands.count == 2 else { return nil }
    switch (operation, context) {
    case ("==", _), ("!=", _):
      // Of a struct with a raw value the module's own == compares that alone.
      if context.isEmpty, case .named(let name)? = try? type(operands[0]),
        types.named[name]?.isStruct ?? true
      {
        throw NotProvable("this == compares raw values alone; write it so", node)
      }
      return try equality(callee, isEqual: operation == "==", node)
    case ("&&", "Bool"), ("||", "Bool"):
      return make(
        .binary(
          operation == "&&" ? .logicalAnd : .logicalOr, try expression(operands[0]),
          try expression(operands[1])), .bool, node)
    case ("??", ""):
      let left = try expression(operands[0])
      let right = try expression(operands[1])
      guard left.type == .optional(right.type) else {
        throw NotProvable("?? with an optional on its right cannot be proved; write if let", node)
      }
      return make(.coalesce(left, right), right.type, node)
    default: break
    }
    guard BodyReader.integerContexts.contains(context) else { return nil }
    guard let known = BodyReader.arithmetic[operation] ?? BodyReader.comparisons[operation] else {
      return nil
    }
    let left = try expression(operands[0])
    let right = try expression(operands[1])
    try check(known, left, right, node)
    return make(
      .binary(known, left, right),
      BodyReader.comparisons[operation] == nil ? left.type : .bool, node)
  }

  /// Operands have one type, but for shifts.
  func check(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ node: Node
  ) throws {
    guard BodyReader.isInteger(left.type), BodyReader.isInteger(right.type) else {
      throw NotProvable("this operator is known for integers only", node)
    }
    if operation == .shiftLeft || operation == .shiftRight { return }
    guard left.type == right.type else {
      throw NotProvable("operands of two integer types cannot be proved; convert one of them", node)
    }
  }

  private func prefix(
    _ operation: String, _ context: String, _ callee: Callee, _ node: Node
  ) throws -> Expression? {
    guard callee.arguments.count == 1, let operand = callee.arguments[0]["expr"] else { return nil }
    if operation == "!", context == "Bool" {
      return make(.unary(.logicalNot, try expression(operand)), .bool, node)
    }
    guard BodyReader.integerContexts.contains(context) else { return nil }
    let value = try expression(operand)
    guard BodyReader.isInteger(value.type) else { return nil }
    switch operation {
    case "-": return make(.unary(.negate, value), value.type, node)
    case "~": return make(.unary(.bitNot, value), value.type, node)
    case "+": return value
    default: return nil
    }
  }

  /// `pattern ~= value`
  private func matches(_ callee: Callee, _ node: Node) throws -> Expression? {
    let operands = callee.arguments.compactMap { $0["expr"] }
    guard operands.count == 2 else { return nil }
    if BodyReader.standardName(types.declaration(callee.usr))?.context == "" {
      return try equality(callee, isEqual: true, node)
    }
    let bounds = try bounds(operands[0])
    return make(.isWithin(try expression(operands[1]), bounds), .bool, node)
  }

  // MARK: Equality

  func equality(_ callee: Callee, isEqual: Bool, _ node: Node) throws -> Expression {
    let operands = callee.arguments.compactMap { $0["expr"] }
    guard operands.count == 2 else { throw NotProvable("== compares two values", node) }
    for (one, other) in [(0, 1), (1, 0)]
    where BodyReader.bare(operands[one]).kind == "nil_literal_expr" {
      let test = make(.isNone(try expression(operands[other])), .bool, node)
      return isEqual ? test : make(.unary(.logicalNot, test), .bool, node)
    }
    let left = try expression(operands[0])
    let right = try expression(operands[1])
    guard left.type == right.type else {
      throw NotProvable("values of two types are compared; convert one of them", node)
    }
    if case .named(let name) = left.type,
      let usr = types.named[name]?.equality,
      let callable = declarations.callables[usr]
    {
      try check(callable, node)
      let call = make(
        .call(Call(function: callable.name, arguments: [.value(left), .value(right)])), .bool, node)
      return isEqual ? call : make(.unary(.logicalNot, call), .bool, node)
    }
    guard comparesFields(left.type) else {
      throw NotProvable(
        "a part of these values has a == of its own, or is ghost; compare the parts one by one",
        node)
    }
    return make(.binary(isEqual ? .equal : .notEqual, left, right), .bool, node)
  }

  /// Whether `==` of values of the type is that of all their parts. Ghost parts have none that could
  /// be executed.
  private func comparesFields(_ type: Type) -> Bool {
    switch type {
    case .void, .bool, .integer: return true
    case .ghostMap(let value): return isUnexecuted && comparesFields(value)
    case .optional(let wrapped): return comparesFields(wrapped)
    case .tuple(let elements): return elements.allSatisfy { comparesFields($0.type) }
    case .named(let name):
      guard let nominal = types.named[name],
        nominal.equality == nil
      else { return false }
      let parts =
        nominal.fields.map { $0.variable.text("interface_type") }
        + nominal.cases.flatMap {
          ($0["params"]?.nodes("params") ?? []).map { $0.text("interface_type") }
        }
      return parts.allSatisfy { part in
        guard let part, let type = try? types.type(part) else { return false }
        return comparesFields(type)
      }
    default: return false
    }
  }

  // MARK: Ranges

  /// A range as loops, patterns and quantifiers have it.
  func bounds(_ outer: Node) throws -> Bounds {
    let node = BodyReader.bare(outer)
    let operands = BodyReader.arguments(node).compactMap { $0["expr"] }
    switch (meaning(node), operands.count) {
    case ("Swift.Comparable...< infix", 2), ("Swift.Comparable.... infix", 2):
      return Bounds(
        lower: try expression(operands[0]), upper: try expression(operands[1]),
        isClosed: meaning(node) == "Swift.Comparable.... infix")
    case ("Swift.Comparable...< prefix", 1):
      return Bounds(lower: nil, upper: try expression(operands[0]), isClosed: false)
    case ("Swift.Comparable.... prefix", 1):
      return Bounds(lower: nil, upper: try expression(operands[0]), isClosed: true)
    case ("Swift.Comparable.... postfix", 1):
      return Bounds(lower: try expression(operands[0]), upper: nil, isClosed: false)
    case ("Swift.InlineArray.indices", _):
      guard node.kind == "member_ref_expr", let base = node["base"] else { break }
      let int = Type.integer(.int)
      return Bounds(
        lower: make(.integer(0), int, node),
        upper: make(.count(try expression(base)), int, node), isClosed: false)
    default: break
    }
    throw NotProvable("a range is written with ..< or ... here", outer)
  }
}
