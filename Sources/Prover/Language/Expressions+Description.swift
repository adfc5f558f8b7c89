extension Expression: CustomStringConvertible {
  /// The expression as Swift would have it, all operators in parentheses.
  public var description: String {
    guard case .convert(let conversion, let operand) = kind else { return kind.text }
    return switch conversion {
    case .exact: "\(type)(\(operand))"
    case .truncating: "\(type)(truncatingIfNeeded: \(operand))"
    case .bitPattern: "\(type)(bitPattern: \(operand))"
    case .optional: "\(type)(exactly: \(operand))"
    case .clamping: "\(type)(clamping: \(operand))"
    }
  }
}

extension ExpressionKind {
  /// Literals have no type here: see the expression's own.
  fileprivate var text: String {
    switch self {
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .void: "()"
    case .variable(let name), .constant(let name): name
    case .field(let base, let name): "\(base).\(name)"
    case .tupleElement(let base, let index): "\(base).\(index)"
    case .element(let base, let index): "\(base)[\(index)]"
    case .count(let base): "\(base).count"
    case .makeStruct(let name, let fields): "\(name)(\(list(fields)))"
    case .makeTuple(let elements): "(\(list(elements)))"
    case .makeCase(let owner, let name, let payload):
      "\(owner).\(name)" + (payload.isEmpty ? "" : "(\(list(payload)))")
    case .makeArray(let value): "[repeating: \(value)]"
    case .makeArrayOf(let elements): "[\(list(elements))]"
    case .anyMap: "GhostMap()"
    case .makeMap(let variable, let value): "GhostMap { \(variable) in \(value) }"
    case .none: "nil"
    case .some(let value): "some(\(value))"
    case .unwrap(let value): "\(value)!"
    case .coalesce(let left, let right): "(\(left) ?? \(right))"
    case .isNone(let value): "(\(value) == nil)"
    case .rawValue(let value): "\(value).rawValue"
    case .fromRawValue(let name, let value): "\(name)(rawValue: \(value))"
    default: computation
    }
  }

  private var computation: String {
    switch self {
    case .unary(let operation, let operand): "\(operation)\(operand)"
    case .binary(let operation, let left, let right): "(\(left) \(operation) \(right))"
    case .integerMember(let member, let operand): "\(operand).\(member)"
    case .reportingOverflow(let operation, let left, let right):
      "overflow(\(left) \(operation) \(right))"
    case .minimum(let left, let right): "min(\(left), \(right))"
    case .maximum(let left, let right): "max(\(left), \(right))"
    case .isWithin(let value, let bounds): "(\(bounds) ~= \(value))"
    case .conditional(let condition, let then, let otherwise):
      "(\(condition) ? \(then) : \(otherwise))"
    case .choose(let subject, let cases):
      "switch \(subject) { " + cases.map { "\($0)" }.joined(separator: "; ") + " }"
    case .call(let call): "\(call)"
    case .old(let value): "old(\(value))"
    case .forall(let variable, let bounds, let property):
      "forall(\(bounds)) { \(variable) in \(property) }"
    case .exists(let variable, let bounds, let property):
      "exists(\(bounds)) { \(variable) in \(property) }"
    case .tally(let variable, let bounds, let property):
      "count(\(bounds)) { \(variable) in \(property) }"
    default: "?"
    }
  }
}

private func list(_ expressions: [Expression]) -> String {
  expressions.map { "\($0)" }.joined(separator: ", ")
}

extension ExpressionCase: CustomStringConvertible {
  public var description: String { labels(patterns, guardCondition) + " \(value)" }
}

/// `case a, b where c:` or `default:`
func labels(_ patterns: [Pattern], _ condition: Expression?) -> String {
  let what =
    patterns.isEmpty
    ? "default" : "case " + patterns.map { "\($0)" }.joined(separator: ", ")
  return what + (condition.map { " where \($0)" } ?? "") + ":"
}

extension Bounds: CustomStringConvertible {
  public var description: String {
    (lower.map { "\($0)" } ?? "") + (isClosed ? "..." : "..<") + (upper.map { "\($0)" } ?? "")
  }
}

extension Call: CustomStringConvertible {
  public var description: String {
    function + "(" + arguments.map { "\($0)" }.joined(separator: ", ") + ")"
  }
}

extension Argument: CustomStringConvertible {
  public var description: String {
    switch self {
    case .value(let value): "\(value)"
    case .inOut(let place): "&\(place)"
    }
  }
}

extension UnaryOperator: CustomStringConvertible {
  public var description: String {
    switch self {
    case .negate: "-"
    case .bitNot: "~"
    case .logicalNot: "!"
    }
  }
}

extension BinaryOperator: CustomStringConvertible {
  public var description: String {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    case .remainder: "%"
    case .wrappingAdd: "&+"
    case .wrappingSubtract: "&-"
    case .wrappingMultiply: "&*"
    case .bitAnd: "&"
    case .bitOr: "|"
    case .bitXor: "^"
    case .shiftLeft: "<<"
    case .shiftRight: ">>"
    case .maskingShiftLeft: "&<<"
    case .maskingShiftRight: "&>>"
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    case .logicalAnd: "&&"
    case .logicalOr: "||"
    case .implies: "==>"
    }
  }
}
