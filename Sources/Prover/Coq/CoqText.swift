/// A piece of Gallina with the level of its outermost notation, by which parentheses are put.
struct CoqText {
  var text: String
  var level: Int
  init(_ text: String, level: Int = 0) {
    self.text = text
    self.level = level
  }

  /// Levels of Coq's own notations.
  static let application = 10
  static let unaryMinus = 35
  static let product = 40
  static let sum = 50
  static let comparison = 70
  static let negation = 75
  static let conjunction = 80
  static let disjunction = 85
  static let equivalence = 95
  static let implication = 99
  static let quantifier = 200

  func within(_ limit: Int) -> String { level <= limit ? text : "(\(text))" }

  /// As an argument of a function.
  var argument: String { within(0) }

  static func apply(_ symbol: String, _ arguments: [CoqText]) -> CoqText {
    if arguments.isEmpty { return CoqText(symbol) }
    return CoqText(
      "\(symbol) \(arguments.map(\.argument).joined(separator: " "))", level: application)
  }

  /// An operator whose sides are at lower levels.
  static func infix(_ left: CoqText, _ sign: String, _ right: CoqText, _ level: Int) -> CoqText {
    CoqText("\(left.within(level - 1)) \(sign) \(right.within(level - 1))", level: level)
  }

  static func integer(_ value: Int128) -> CoqText {
    CoqText("\(value)", level: value < 0 ? unaryMinus : 0)
  }

  /// Calculation; Swift's division rounds to zero, and so does this one. `nil` for what is more.
  static func arithmetic(_ operation: BinaryOperator, _ left: CoqText, _ right: CoqText)
    -> CoqText?
  {
    switch operation {
    case .add: infix(left, "+", right, sum)
    case .subtract: infix(left, "-", right, sum)
    case .multiply: infix(left, "*", right, product)
    case .divide: apply("Z.quot", [left, right])
    case .remainder: apply("Z.rem", [left, right])
    default: nil
    }
  }
}
