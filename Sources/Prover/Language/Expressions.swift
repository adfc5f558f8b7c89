/// An expression with the type that the compiler gave it.
public struct Expression: Sendable {
  public var kind: ExpressionKind
  public var type: Type
  public var location: Location
  /// Part of a contract, or of a step of a proof.
  public var isUnexecuted = false
  public init(_ kind: ExpressionKind, type: Type, at location: Location) {
    self.kind = kind
    self.type = type
    self.location = location
  }
}

public indirect enum ExpressionKind: Sendable {
  case bool(Bool)
  /// A literal, already known to fit its type.
  case integer(Int128)
  case string(String)
  /// The empty tuple.
  case void

  /// A local variable, a parameter or `self`, by its unique name in the function.
  case variable(String)
  /// A static or global constant, by its unique name (``ConstantDeclaration/name``).
  case constant(String)

  // What is read out of a value.
  case field(Expression, String)
  case tupleElement(Expression, Int)
  /// An element of a table or an inline array; the index is an `Int`. Traps out of bounds.
  case element(Expression, index: Expression)
  /// `count` of a table or an inline array.
  case count(Expression)

  // What is made from values.
  /// All stored fields in their order: the compiler's own memberwise initialiser.
  case makeStruct(String, [Expression])
  case makeTuple([Expression])
  /// A case of an enum of the program, with its payload.
  case makeCase(String, name: String, [Expression])
  /// `InlineArray(repeating:)`
  case makeArray(repeating: Expression)
  /// `[a, b, c]` as an inline array.
  case makeArrayOf([Expression])
  /// `GhostMap()`: some map of this expression's type.
  case anyMap
  /// `GhostMap { index in value }`; the variable is an `Int`.
  case makeMap(String, Expression)

  // Optionals.
  case none
  case some(Expression)
  /// `a!`. Traps on `nil`.
  case unwrap(Expression)
  /// `a ?? b`
  case coalesce(Expression, Expression)
  /// `a == nil`
  case isNone(Expression)

  // Enums with raw values.
  /// `e.rawValue`
  case rawValue(Expression)
  /// `E(rawValue:)`, an optional.
  case fromRawValue(String, Expression)

  case unary(UnaryOperator, Expression)
  case binary(BinaryOperator, Expression, Expression)
  /// To the integer type of this expression.
  case convert(Conversion, Expression)
  /// A member of the standard library's integers.
  case integerMember(IntegerMember, Expression)
  /// `a.addingReportingOverflow(b)` and its kin: a tuple (partialValue, overflow).
  case reportingOverflow(BinaryOperator, Expression, Expression)
  case minimum(Expression, Expression)
  case maximum(Expression, Expression)
  /// `range.contains(value)` and `range ~= value`
  case isWithin(Expression, Bounds)

  case conditional(Expression, then: Expression, else: Expression)
  /// `switch` as an expression: each body is one expression.
  case choose(Expression, [ExpressionCase])
  case call(Call)

  // Contracts only.
  /// The value at the function's entry.
  case old(Expression)
  /// The variable is an `Int`.
  case forall(String, Bounds, Expression)
  case exists(String, Bounds, Expression)
  /// For how many numbers of the range the condition holds.
  case tally(String, Bounds, Expression)
}

public struct ExpressionCase: Sendable {
  /// Any of them; empty for `default`.
  public var patterns: [Pattern]
  public var guardCondition: Expression?
  public var value: Expression
  public init(patterns: [Pattern], guardCondition: Expression?, value: Expression) {
    self.patterns = patterns
    self.guardCondition = guardCondition
    self.value = value
  }
}

/// A range as loops, patterns and quantifiers have it. `nil`: unbounded on that side.
public struct Bounds: Sendable {
  public var lower: Expression?
  public var upper: Expression?
  /// `...` rather than `..<`
  public var isClosed: Bool
  public init(lower: Expression?, upper: Expression?, isClosed: Bool) {
    self.lower = lower
    self.upper = upper
    self.isClosed = isClosed
  }
}

public enum UnaryOperator: Sendable {
  /// Traps on the minimum of a signed type, and on all but 0 of an unsigned one.
  case negate
  case bitNot
  case logicalNot
}

public enum BinaryOperator: Sendable, Hashable {
  // Trap when the result does not fit, or on division by zero.
  case add, subtract, multiply, divide, remainder
  case wrappingAdd, wrappingSubtract, wrappingMultiply
  case bitAnd, bitOr, bitXor
  /// `<<` and `>>`: the right side may have any integer type; beyond the width all bits are out.
  case shiftLeft, shiftRight
  /// `&<<` and `&>>`: the right side modulo the width.
  case maskingShiftLeft, maskingShiftRight
  // Of two integers of one type, or `==` of other values that compare field by field.
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  /// Short-circuit.
  case logicalAnd, logicalOr
  /// `==>` of Contracts: the right side is looked at only if the left one holds.
  case implies
}

public enum Conversion: Sendable {
  /// `T(x)`: traps if it does not fit.
  case exact
  /// `T(truncatingIfNeeded: x)`
  case truncating
  /// `T(bitPattern: x)`
  case bitPattern
  /// `T(exactly: x)`: the expression has type `T?`.
  case optional
  /// `T(clamping: x)`
  case clamping
}

public enum IntegerMember: Sendable {
  case trailingZeroBitCount, leadingZeroBitCount, nonzeroBitCount
  case magnitude
  case byteSwapped
}

/// A call of a function, method, initialiser, getter or setter of the program.
public struct Call: Sendable {
  /// ``Function/name``
  public var function: String
  /// `self` of a method, then the arguments in the order of the parameters.
  public var arguments: [Argument]
  public init(function: String, arguments: [Argument]) {
    self.function = function
    self.arguments = arguments
  }
}

public enum Argument: Sendable {
  case value(Expression)
  /// A place: a variable with fields, elements and tuple elements of it.
  case inOut(Expression)
}
