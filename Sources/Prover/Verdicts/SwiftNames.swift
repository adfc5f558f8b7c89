/// Names and values of the provers as Swift has them, as far as the translation lets them through.
enum SwiftNames {
  /// What a variable is called; nil for those that the translation made up.
  static func variable(_ name: String) -> String? {
    if name.hasPrefix("rliteral") || name.hasPrefix("any_") { return nil }
    // Temporaries have a number between underscores, words of WhyML an underscore behind.
    var parts = name.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.last == "" else { return name }
    parts.removeLast()
    if parts.count > 1, parts.last!.allSatisfy(\.isNumber) { parts.removeLast() }
    return parts.joined(separator: "_")
  }

  /// What a field adds to the name of what it is a field of. Fields of structs begin with the name
  /// of their type; tables and variables are records of the translation's own.
  static func path(
    _ field: String, at position: Int, of constructor: String, in sort: String
  ) -> String {
    if sort.hasPrefix("ref_") { return "" }
    if constructor == "Some_" + sort { return "!" }
    guard field.hasPrefix(sort + "_") else {
      let name = self.constructor(constructor, in: sort)
      return name.hasPrefix(".") ? "\(name).\(position)" : "." + field
    }
    let name = field.dropFirst(sort.count + 1)
    return sort.hasPrefix("table_") && name == "elements" ? "" : "." + name
  }

  /// `.case` of an enum of the program.
  private static func constructor(_ name: String, in sort: String) -> String {
    if name == "None_" + sort { return "nil" }
    if name == "Some_" + sort { return "not nil" }
    let prefix = sort.prefix(1).uppercased() + sort.dropFirst() + "_"
    return name.hasPrefix(prefix) ? "." + name.dropFirst(prefix.count) : name
  }

  /// `Some` of `(Some 5)`, `((as Some T) 5)` and the like.
  static func constructor(_ value: SymbolicExpression) -> String {
    switch value {
    case .atom(let text): return text
    case .list(let parts):
      if parts.first?.atom == "as", parts.count > 1 { return constructor(parts[1]) }
      return parts.first.map(constructor) ?? ""
    }
  }

  static func value(_ value: SymbolicExpression, of sort: String) -> String {
    if let number = number(value) {
      guard number.magnitude >= 4096 else { return "\(number)" }
      return "\(number) (\(number < 0 ? "-" : "")0x\(String(number.magnitude, radix: 16)))"
    }
    if case .atom(let text) = value {
      if text.hasPrefix("#x") { return "0x" + text.dropFirst(2) }
      if text.hasPrefix("#b") { return "0b" + text.dropFirst(2) }
      if text == "true" || text == "false" { return text }
    }
    return constructor(constructor(value), in: sort)
  }

  /// A number or a flag, which means the same in every model; of other values the prover may have
  /// made up the names.
  static func isPlain(_ value: SymbolicExpression) -> Bool {
    number(value) != nil || value.atom == "true" || value.atom == "false"
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
