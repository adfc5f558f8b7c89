extension Program: CustomStringConvertible {
  /// All declarations in a compact text much like Swift.
  public var description: String {
    (structs.map { "\($0)" } + enums.map { "\($0)" } + constants.map { "\($0)" }
      + functions.map { "\($0)" }).joined(separator: "\n") + "\n"
  }
}

extension StructDeclaration: CustomStringConvertible {
  public var description: String {
    "struct \(name)\(isCopyable ? "" : ": ~Copyable") {"
      + fields.map { "\n  \($0)" }.joined() + "\n}"
  }
}

extension Field: CustomStringConvertible {
  public var description: String {
    (isConstant ? "let " : "var ") + "\(name): \(type)" + (initialValue.map { " = \($0)" } ?? "")
  }
}

extension EnumDeclaration: CustomStringConvertible {
  public var description: String {
    "enum \(name)" + (rawType.map { ": \($0)" } ?? "") + " {"
      + cases.map { "\n  \($0)" }.joined() + "\n}"
  }
}

extension EnumCase: CustomStringConvertible {
  public var description: String {
    "case \(name)" + (payload.isEmpty ? "" : "\(Type.tuple(payload))")
      + (rawValue.map { " = \($0)" } ?? "")
  }
}

extension ConstantDeclaration: CustomStringConvertible {
  public var description: String { "let \(name): \(type) = \(value)" }
}

extension Function: CustomStringConvertible {
  public var description: String {
    let head =
      (isInitialiser ? "init " : "func ") + name + "("
      + parameters.map { "\($0)" }.joined(separator: ", ") + ")"
      + (throwsType.map { " throws(\($0))" } ?? "") + (result == .void ? "" : " -> \(result)")
    let lines =
      contract.lines
      + (body.map { $0.flatMap { $0.lines("  ") } } ?? ["  // The body is not known."])
    return head + " {\n" + lines.map { $0 + "\n" }.joined() + "}"
  }
}

extension Parameter: CustomStringConvertible {
  public var description: String { "\(name): \(isInOut ? "inout " : "")\(type)" }
}

extension Contract {
  fileprivate var lines: [String] {
    (trusted.map { ["  trusted(\"\($0)\")"] } ?? [])
      + (isOpaque ? ["  opaque()"] : []) + (isBitwise ? ["  overBitVectors()"] : [])
      + requires.map { "  requires(\($0))" } + ensures.map { "  \($0)" }
      + (variant.map { ["  variant(\($0))"] } ?? [])
  }
}

extension Postcondition: CustomStringConvertible {
  public var description: String {
    result.map { "ensures { \($0) in \(condition) }" } ?? "ensures(\(condition))"
  }
}
