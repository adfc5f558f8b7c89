extension Evaluator {
  func integerType(_ type: Type) throws -> IntegerType {
    guard case .integer(let integer) = type else { throw Refusal("\(type) is not an integer") }
    return integer
  }

  /// A result that traps if it does not fit.
  func fitting(
    _ term: Term, _ type: IntegerType, _ what: String, _ location: Location
  ) -> Term {
    if !emits { return term }
    let kept = bound(term)
    check(Arithmetic.isInRange(kept, type), what, at: location)
    var result = kept
    result.interval = kept.interval.intersection(Interval(of: type))
    return result
  }

  func unary(
    _ operation: UnaryOperator, _ term: Term, _ type: Type, _ location: Location
  ) throws -> Term {
    switch operation {
    case .logicalNot: return Arithmetic.not(term)
    case .negate:
      return fitting(Arithmetic.negate(term), try integerType(type), "overflow", location)
    case .bitNot:
      return BitOperations(context: context, type: try integerType(type)).not(term)
    }
  }

  func binary(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ type: Type,
    _ location: Location
  ) throws -> Term {
    switch operation {
    case .logicalAnd, .implies, .logicalOr: return try logical(operation, left, right)
    case .equal: return try equal(left, right)
    case .notEqual: return Arithmetic.not(try equal(left, right))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      _ = try integerType(left.type)
      let terms = try evaluateAll([left, right])
      switch operation {
      case .less: return Arithmetic.compare("<", terms[0], terms[1])
      case .lessOrEqual: return Arithmetic.compare("<=", terms[0], terms[1])
      case .greater: return Arithmetic.compare("<", terms[1], terms[0])
      default: return Arithmetic.compare("<=", terms[1], terms[0])
      }
    case .bitAnd:
      // `a & ~b` takes bits away.
      if case .unary(.bitNot, let mask) = right.kind {
        let terms = try evaluateAll([left, mask])
        return BitOperations(context: context, type: try integerType(type))
          .clear(terms[0], terms[1])
      }
      fallthrough
    default:
      let terms = try evaluateAll([left, right])
      return try arithmetic(operation, terms[0], terms[1], try integerType(type), location)
    }
  }

  private func arithmetic(
    _ operation: BinaryOperator, _ a: Term, _ b: Term, _ type: IntegerType, _ location: Location
  ) throws -> Term {
    let bits = BitOperations(context: context, type: type)
    switch operation {
    case .add: return fitting(Arithmetic.add(a, b), type, "overflow", location)
    case .subtract: return fitting(Arithmetic.subtract(a, b), type, "overflow", location)
    case .multiply: return fitting(Arithmetic.multiply(a, b), type, "overflow", location)
    case .divide, .remainder:
      check(
        Arithmetic.not(Arithmetic.compare("=", b, Term(constant: 0))), "division by zero",
        at: location)
      // The least number divided by -1 overflows, and so does its remainder in Swift.
      let least = Arithmetic.and(
        Arithmetic.compare("=", a, Term(constant: type.minimum)),
        Arithmetic.compare("=", b, Term(constant: -1)))
      if type.isSigned { check(Arithmetic.not(least), "overflow", at: location) }
      var result =
        operation == .divide ? Arithmetic.divide(a, b) : Arithmetic.remainder(a, b)
      if emits { result.interval = result.interval.intersection(Interval(of: type)) }
      return result
    case .wrappingAdd: return Arithmetic.wrap(Arithmetic.add(a, b), to: type)
    case .wrappingSubtract: return Arithmetic.wrap(Arithmetic.subtract(a, b), to: type)
    case .wrappingMultiply: return Arithmetic.wrap(Arithmetic.multiply(a, b), to: type)
    case .bitAnd: return bits.and(a, b)
    case .bitOr: return bits.or(a, b)
    case .bitXor: return bits.exclusiveOr(a, b)
    case .shiftLeft: return bits.shiftLeft(a, b)
    case .shiftRight: return bits.shiftRight(a, b)
    case .maskingShiftLeft: return bits.shiftLeft(a, bits.masked(b))
    case .maskingShiftRight: return bits.shiftRight(a, bits.masked(b))
    default: throw Refusal("this operator is not one of integers")
    }
  }

  private func logical(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression
  ) throws -> Term {
    var first = try evaluate(left)
    if emits && changesState(right) { first = define(temporary(), first) }
    switch operation {
    case .logicalAnd:
      return Arithmetic.and(first, try evaluate(right, under: first))
    case .implies:
      let second = try evaluate(right, under: first)
      if first.isFalse || second.isTrue { return .true }
      if first.isTrue { return second }
      return Term("(\(first.text) -> \(second.text))")
    default:
      return Arithmetic.or(first, try evaluate(right, under: Arithmetic.not(first)))
    }
  }

  private func equal(_ left: Expression, _ right: Expression) throws -> Term {
    try refuseArrays(left.type)
    let terms = try evaluateAll([left, right])
    switch left.type {
    case .integer: return Arithmetic.compare("=", terms[0], terms[1])
    case .bool: return Term("(\(terms[0].text) <-> \(terms[1].text))")
    default:
      if let a = terms[0].parts, let b = terms[1].parts, a.count == b.count {
        let parts = try zip(zip(a, b), componentTypes(left.type)).map { pair, type in
          switch type {
          case .integer: return Arithmetic.compare("=", pair.0, pair.1)
          case .bool: return Term("(\(pair.0.text) <-> \(pair.1.text))")
          default:
            return Term("(\(try stored(pair.0, type)) = \(try stored(pair.1, type)))")
          }
        }
        return parts.reduce(.true, Arithmetic.and)
      }
      return Term("(\(terms[0].text) = \(terms[1].text))")
    }
  }

  func componentTypes(_ type: Type) throws -> [Type] {
    switch type {
    case .tuple(let elements): elements.map(\.type)
    case .named(let name): index.structs[name]?.fields.map(\.type) ?? []
    default: []
    }
  }

  /// The map that an array is to the provers says more than the array's own elements: arrays are not
  /// compared. A GhostMap is that map.
  private func refuseArrays(_ type: Type) throws {
    switch type {
    case .inlineArray, .table:
      throw Refusal("arrays are not compared as a whole: use forall over their elements")
    case .ghostMap(let value): try refuseArrays(value)
    case .optional(let inner): try refuseArrays(inner)
    case .tuple(let elements): try elements.forEach { try refuseArrays($0.type) }
    case .named(let name):
      try index.structs[name]?.fields.forEach { try refuseArrays($0.type) }
      try index.enums[name]?.cases.forEach { try $0.payload.forEach { try refuseArrays($0.type) } }
    default: break
    }
  }

  func convert(
    _ conversion: Conversion, _ term: Term, _ type: Type, _ location: Location
  ) throws -> Term {
    switch conversion {
    case .exact:
      return fitting(term, try integerType(type), "conversion", location)
    case .truncating, .bitPattern: return Arithmetic.wrap(term, to: try integerType(type))
    case .optional:
      guard case .optional(let inner) = type else { throw Refusal("not an optional") }
      let sort = try context.sort(of: type)
      let value = bound(term)
      let fits = Term(Arithmetic.isInRange(value, try integerType(inner)))
      return Arithmetic.conditional(
        fits, Term("(Some_\(sort) \(try stored(value, inner)))"), Term("None_\(sort)"))
    case .clamping:
      let integer = try integerType(type)
      let value = bound(term)
      let low = Term(constant: integer.minimum)
      let high = Term(constant: integer.maximum)
      var result = Arithmetic.conditional(
        Arithmetic.compare("<", value, low), low,
        Arithmetic.conditional(Arithmetic.compare("<", high, value), high, value))
      result.interval = result.interval.intersection(Interval(of: integer))
      return result
    }
  }

  func integerMember(
    _ member: IntegerMember, _ term: Term, _ from: Type, _ type: Type, _ location: Location
  ) throws -> Term {
    let bits = BitOperations(context: context, type: try integerType(from))
    switch member {
    case .trailingZeroBitCount: return bits.trailingZeros(bound(term))
    case .leadingZeroBitCount: return bits.leadingZeros(bound(term))
    case .nonzeroBitCount: return bits.ones(term)
    case .magnitude:
      let value = bound(term)
      return Arithmetic.conditional(
        Arithmetic.compare("<", value, Term(constant: 0)), Arithmetic.negate(value), value)
    case .byteSwapped:
      return bits.byteSwapped(bound(term))
    }
  }

  func reportingOverflow(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ type: Type
  ) throws -> Term {
    let terms = try evaluateAll([left, right]).map { bound($0) }
    let integer = try integerType(left.type)
    let exact: Term
    switch operation {
    case .add: exact = Arithmetic.add(terms[0], terms[1])
    case .subtract: exact = Arithmetic.subtract(terms[0], terms[1])
    case .multiply: exact = Arithmetic.multiply(terms[0], terms[1])
    default: throw Refusal("only sums, differences and products report overflow in a proof")
    }
    let value = bound(exact)
    let overflows = Arithmetic.not(Term(Arithmetic.isInRange(value, integer)))
    return try structure(type, [Arithmetic.wrap(value, to: integer), overflows])
  }

  func isWithin(_ value: Term, _ bounds: Bounds) throws -> Term {
    if [bounds.lower, bounds.upper].contains(where: { $0.map(changesState) ?? false }) {
      throw Refusal("the bounds change state: put them into variables first")
    }
    var result = Term.true
    var low: Term?
    if let lower = bounds.lower {
      let term = try evaluate(lower)
      low = term
      result = Arithmetic.compare("<=", term, value)
    }
    if let upper = bounds.upper {
      let term = try evaluate(upper)
      if let low, let location = bounds.upper?.location {
        check(Arithmetic.compare("<=", low, term), "range", at: location)
      }
      result = Arithmetic.and(
        result, Arithmetic.compare(bounds.isClosed ? "<=" : "<", value, term))
    }
    return result
  }
}
