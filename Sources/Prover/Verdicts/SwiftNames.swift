/// Names and values of the provers as Swift has them, as far as the translation lets them through.
enum SwiftNames {
  /// What a field adds to the name of what it is a field of.
  static func path(_ field: String, in constructor: String) -> String { "." + field }

  /// `Some` of `(Some 5)`, `((as Some T) 5)` and the like.
  static func constructor(_ value: SymbolicExpression) -> String {
    switch value {
    case .atom(let text): return text
    case .list(let parts):
      if parts.first?.atom == "as", parts.count > 1 { return constructor(parts[1]) }
      return parts.first.map(constructor) ?? ""
    }
  }

  static func value(_ value: SymbolicExpression) -> String {
    if let number = number(value) {
      guard number.magnitude >= 4096 else { return "\(number)" }
      return "\(number) (\(number < 0 ? "-" : "")0x\(String(number.magnitude, radix: 16)))"
    }
    if case .atom(let text) = value {
      if text.hasPrefix("#x") { return "0x" + text.dropFirst(2) }
      if text.hasPrefix("#b") { return "0b" + text.dropFirst(2) }
      if text == "true" || text == "false" { return text }
    }
    return constructor(value)
  }

  private static func number(_ value: SymbolicExpression) -> Int128? {
    switch value {
    case .atom(let text): return Int128(text)
    case .list(let parts):
      guard parts.count == 2, parts[0].atom == "-", let text = parts[1].atom else { return nil }
      return Int128("-" + text)
    }
  }
}
