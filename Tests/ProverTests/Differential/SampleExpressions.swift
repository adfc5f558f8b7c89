/// Writes random expressions. Literals stand between « and », after their type if the context does
/// not give it: in the native build they are hidden from the compiler, which would otherwise refuse
/// what it can see to trap.
struct ExpressionWriter {
  var random: RandomSource
  var scope: [SampleVariable] = []

  /// Things of a type that can be read, as text.
  func places(of type: SampleType, mutable: Bool = false) -> [String] {
    var found: [String] = []
    func visit(_ text: String, _ its: SampleType) {
      if its == type { found.append(text) }
      for part in its.parts { visit(part.step.text(text), part.type) }
    }
    for variable in scope where variable.isMutable || !mutable {
      visit(variable.name, variable.type)
    }
    return found
  }

  /// Integer places of any type but this.
  private mutating func otherPlace(than type: SampleType) -> (text: String, type: SampleType)? {
    let all = SampleType.integers.filter { $0 != type }.flatMap { other in
      places(of: other).map { ($0, other) }
    }
    return all.isEmpty ? nil : random.element(of: all)
  }

  mutating func literal(of type: SampleType) -> String {
    switch type {
    case .integer(let width, let isSigned):
      "«\(random.value(width: width, isSigned: isSigned))»"
    case .bool: random.percent(50) ? "true" : "false"
    case .optional: random.percent(30) ? "nil" : literal(of: .byte)
    case .pair:
      "Pair(low: \(literal(of: .byte)), high: \(literal(of: .integer(width: 32, isSigned: true))))"
    case .nest:
      "Nest(pair: \(literal(of: .pair)), isSet: \(literal(of: .bool)), "
        + "size: \(literal(of: .integer(width: 64, isSigned: false))))"
    case .row:
      "["
        + (0..<4).map { _ in literal(of: .integer(width: 16, isSigned: true)) }
        .joined(separator: ", ") + "]"
    case .line:
      "Line(cells: [" + (0..<3).map { _ in literal(of: .pair) }.joined(separator: ", ")
        + "], used: \(literal(of: .integer(width: 16, isSigned: false))))"
    case .kind: random.element(of: ["Kind.red", "Kind.green", "Kind.blue"])
    case .shape:
      switch random.below(3) {
      case 0: "Shape.none"
      case 1: "Shape.line(\(literal(of: .integer(width: 8, isSigned: true))))"
      default:
        "Shape.box(width: \(literal(of: .integer(width: 16, isSigned: false))), "
          + "isFilled: \(literal(of: .bool)))"
      }
    }
  }

  /// An expression whose type the compiler sees without context.
  mutating func typed(_ type: SampleType, _ depth: Int) -> String {
    let found = places(of: type)
    if !found.isEmpty && (depth <= 0 || random.percent(60)) { return random.element(of: found) }
    switch type {
    case .integer:
      if let other = otherPlace(than: type), random.percent(70) {
        return "\(type.name)(truncatingIfNeeded: \(other.text))"
      }
      return depth > 0 && !found.isEmpty
        ? "(\(expression(type, depth - 1)) as \(type.name))"
        : "«\(type.name) \(random.value(width: type.width, isSigned: type.isSigned))»"
    case .optional: return "(\(literal(of: type)) as UInt8?)"
    default: return literal(of: type)
    }
  }

  mutating func expression(_ type: SampleType, _ depth: Int) -> String {
    if depth <= 0 {
      return random.percent(25) ? literal(of: type) : typed(type, 0)
    }
    if random.percent(8) {
      return "(\(boolean(depth - 1)) ? \(expression(type, depth - 1)) : \(expression(type, 0)))"
    }
    switch type {
    case .integer: return integer(type, depth)
    case .bool: return "(\(boolean(depth)))"
    case .optional:
      if random.percent(40), let other = otherPlace(than: .byte) {
        return "UInt8(exactly: \(other.text))"
      }
      return typed(type, depth)
    case .pair where random.percent(30):
      return "Pair(low: \(expression(.byte, depth - 1)), "
        + "high: \(expression(.integer(width: 32, isSigned: true), depth - 1)))"
    case .kind:
      if random.percent(30) { return "nextKind(\(typed(.kind, 0)))" }
      if random.percent(30) { return "(Kind(rawValue: \(expression(.byte, 0))) ?? .red)" }
      return typed(type, depth)
    case .shape where random.percent(40):
      return "Shape.box(width: \(expression(.integer(width: 16, isSigned: false), depth - 1)), "
        + "isFilled: \(boolean(depth - 1)))"
    default: return typed(type, depth)
    }
  }

  private mutating func integer(_ type: SampleType, _ depth: Int) -> String {
    let (width, isSigned) = (type.width, type.isSigned)
    let left = typed(type, depth - 1)
    func right() -> String { expression(type, depth - 1) }
    switch random.below(22) {
    case 0, 1: return "(\(left) &+ \(right()))"
    case 2: return "(\(left) &- \(right()))"
    case 3: return "(\(left) &* \(right()))"
    case 4: return "(\(left) \(random.element(of: ["+", "-", "*"])) \(right()))"
    case 5: return "(\(left) / \(divisor(type)))"
    case 6: return "(\(left) % \(divisor(type)))"
    case 7: return "(\(left) & \((Int128(1) << Int128(1 + random.below(width - 1))) - 1))"
    case 8: return "(\(left) >> \(random.below(width + 3)))"
    case 9: return "(\(left) << \(random.below(width + 3)))"
    case 10:
      return "(\(left) &\(random.percent(50) ? "<<" : ">>") \(random.below(2 * width)))"
    case 11: return "(~\(left))"
    case 12: return isSigned ? "(-\(left))" : "(\(type.name).max - \(left))"
    case 13: return "\(random.element(of: ["min", "max"]))(\(left), \(right()))"
    case 14: return "blend(\(left), \(right()))"
    case 15:
      guard let other = otherPlace(than: type) else { return left }
      return "\(type.name)(\(other.text))"
    case 16:
      guard let other = otherPlace(than: type) else { return left }
      return "\(type.name)(clamping: \(other.text))"
    case 17:
      guard let other = otherPlace(than: type) else { return left }
      return "(\(type.name)(exactly: \(other.text)) ?? \(right()))"
    case 18:
      let twin = "\(isSigned ? "UInt" : "Int")\(width)"
      let twins = places(of: .integer(width: width, isSigned: !isSigned))
      if twins.isEmpty { return "\(type.name)(bitPattern: \(twin)(bitPattern: \(left)))" }
      return "\(type.name)(bitPattern: \(random.element(of: twins)))"
    case 19:
      let operation = random.element(of: [
        "addingReportingOverflow(", "subtractingReportingOverflow(",
        "multipliedReportingOverflow(by: ",
      ])
      return "\(left).\(operation)\(right())).partialValue"
    case 20:
      // An effect among the operands.
      let mutable = places(of: type, mutable: true)
      if mutable.isEmpty { return left }
      return "(\(left) &+ bump(&\(random.element(of: mutable)), by: \(expression(type, 0))))"
    default:
      if type == .byte {
        if let pair = places(of: .pair, mutable: true).first, random.percent(40) {
          return "\(pair).raise(by: \(expression(.byte, 0)))"
        }
        if let pair = places(of: .pair).first { return "\(pair).lower" }
        if let value = places(of: .optional).first { return "(\(value) ?? \(right()))" }
        if let kind = places(of: .kind).first { return "\(kind).rawValue" }
      }
      let rows = places(of: .row)
      if type == .integer(width: 16, isSigned: true), !rows.isEmpty {
        return "\(random.element(of: rows))[\(index())]"
      }
      return left
    }
  }

  /// Mostly not zero.
  private mutating func divisor(_ type: SampleType) -> String {
    random.percent(60)
      ? "«\(1 + random.below(12))»" : "(\(typed(type, 0)) / 2 &+ 1)"
  }

  /// An `Int`, mostly in 0..<4.
  mutating func index() -> String {
    let all = SampleType.integers.flatMap { places(of: $0) }
    if all.isEmpty || random.percent(40) { return "«\(random.below(4))»" }
    let number = "Int(truncatingIfNeeded: \(random.element(of: all)))"
    return random.percent(90) ? "\(number) & 3" : number
  }

  mutating func boolean(_ depth: Int) -> String {
    if depth <= 0 {
      let found = places(of: .bool)
      if !found.isEmpty && random.percent(50) { return random.element(of: found) }
    }
    switch depth <= 0 ? 0 : random.below(9) {
    case 5: return "(\(boolean(depth - 1)) && \(boolean(depth - 1)))"
    case 6: return "(\(boolean(depth - 1)) || \(boolean(depth - 1)))"
    case 7: return "!(\(boolean(depth - 1)))"
    case 8:
      let type = random.element(of: [SampleType.pair, .kind, .shape, .optional, .nest])
      let found = places(of: type)
      if found.isEmpty { return "true" }
      if type == .optional && random.percent(50) { return "\(found[0]) != nil" }
      return "\(random.element(of: found)) == \(typed(type, 0))"
    default:
      let types = SampleType.integers.filter { !places(of: $0).isEmpty }
      let type = types.isEmpty ? .byte : random.element(of: types)
      let comparison = random.element(of: ["<", "<=", ">", ">=", "==", "!="])
      return "\(typed(type, depth - 1)) \(comparison) \(expression(type, depth - 1))"
    }
  }
}
