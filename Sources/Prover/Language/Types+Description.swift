extension IntegerType: CustomStringConvertible {
  /// `Int` and `UInt` stand for those of 64 bits.
  public var description: String {
    (isSigned ? "Int" : "UInt") + (isSigned && width == 64 ? "" : "\(width)")
  }
}

extension Type: CustomStringConvertible {
  public var description: String {
    switch self {
    case .void: "()"
    case .never: "Never"
    case .bool: "Bool"
    case .integer(let type): "\(type)"
    case .optional(let wrapped): "\(wrapped)?"
    case .tuple(let elements):
      "("
        + elements.map { ($0.label.map { $0 + ": " } ?? "") + "\($0.type)" }.joined(separator: ", ")
        + ")"
    case .named(let name): name
    case .inlineArray(let count, let element): "[\(count) of \(element)]"
    case .table(let element): "Table<\(element)>"
    case .ghostMap(let value): "GhostMap<\(value)>"
    case .range(let bound): "Range<\(bound)>"
    case .closedRange(let bound): "ClosedRange<\(bound)>"
    case .string: "StaticString"
    }
  }
}
