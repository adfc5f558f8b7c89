extension Expression {
  /// Whether evaluating it changes anything: then its place among other expressions matters.
  var hasEffects: Bool {
    if case .call(let call) = kind, call.arguments.contains(where: \.isInOut) { return true }
    return kind.parts.contains(where: \.hasEffects)
  }
}

extension Argument {
  fileprivate var isInOut: Bool {
    if case .inOut = self { return true }
    return false
  }

  fileprivate var evaluated: Expression {
    switch self {
    case .value(let expression), .inOut(let expression): expression
    }
  }
}

extension ExpressionKind {
  /// The expressions that it is made of.
  fileprivate var parts: [Expression] {
    switch self {
    case .bool, .integer, .string, .void, .variable, .constant, .none, .anyMap: []
    case .field(let base, _), .tupleElement(let base, _), .count(let base),
      .makeArray(let base), .some(let base), .unwrap(let base), .isNone(let base),
      .rawValue(let base), .fromRawValue(_, let base), .unary(_, let base), .convert(_, let base),
      .integerMember(_, let base), .old(let base), .makeMap(_, let base):
      [base]
    case .element(let left, let right), .coalesce(let left, let right),
      .binary(_, let left, let right), .reportingOverflow(_, let left, let right),
      .minimum(let left, let right), .maximum(let left, let right):
      [left, right]
    case .makeStruct(_, let parts), .makeTuple(let parts), .makeCase(_, _, let parts),
      .makeArrayOf(let parts):
      parts
    case .isWithin(let value, let bounds): [value] + bounds.parts
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    case .choose(let subject, let cases):
      [subject] + cases.flatMap { [$0.value] + ($0.guardCondition.map { [$0] } ?? []) }
    case .call(let call): call.arguments.map(\.evaluated)
    case .forall(_, let bounds, let property), .exists(_, let bounds, let property),
      .tally(_, let bounds, let property):
      [property] + bounds.parts
    }
  }
}

extension Bounds {
  fileprivate var parts: [Expression] { [lower, upper].compactMap { $0 } }
}
