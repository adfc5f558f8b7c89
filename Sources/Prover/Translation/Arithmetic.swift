/// Swift's arithmetic on mathematical integers. Nothing here checks: who needs a check asks first
/// whether ``Term/interval`` makes it unnecessary.
enum Arithmetic {
  static func add(_ a: Term, _ b: Term) -> Term {
    if a.constant == 0 { return b }
    if b.constant == 0 { return a }
    var result = folded("(\(a.text) + \(b.text))", a.interval + b.interval)
    result.lowZeros = min(a.lowZeros, b.lowZeros)
    return result
  }

  static func subtract(_ a: Term, _ b: Term) -> Term {
    if b.constant == 0 { return a }
    return folded("(\(a.text) - \(b.text))", a.interval - b.interval)
  }

  static func multiply(_ a: Term, _ b: Term) -> Term {
    if a.constant == 1 { return b }
    if b.constant == 1 { return a }
    var result = folded("(\(a.text) * \(b.text))", a.interval * b.interval)
    result.lowZeros = min(127, a.lowZeros + b.lowZeros)
    return result
  }

  static func negate(_ a: Term) -> Term { subtract(Term(constant: 0), a) }

  /// Of an expression whose interval is one number, only the number stays.
  private static func folded(_ text: String, _ interval: Interval) -> Term {
    let term = Term(text, interval: interval)
    if let constant = term.constant { return Term(constant: constant) }
    return term
  }

  /// Rounds toward minus infinity; the divisor is positive.
  static func floorDivide(_ a: Term, by divisor: Int128) -> Term {
    if divisor == 1 { return a }
    let interval = Interval(
      low: a.interval.low.map { floor($0, divisor) },
      high: a.interval.high.map { floor($0, divisor) })
    return folded("(div \(a.text) \(divisor))", interval)
  }

  /// 0..<divisor, whatever the sign of `a`; the divisor is positive.
  static func floorRemainder(_ a: Term, by divisor: Int128) -> Term {
    if divisor == 1 { return Term(constant: 0) }
    if let value = a.constant { return Term(constant: value - floor(value, divisor) * divisor) }
    let whole = Interval(low: 0, high: divisor - 1)
    if a.interval.isWithin(whole) { return a }
    var result = Term("(mod \(a.text) \(divisor))", interval: whole)
    if divisor & (divisor - 1) == 0 {
      result.lowZeros = min(a.lowZeros, divisor.trailingZeroBitCount)
    }
    return result
  }

  private static func floor(_ value: Int128, _ divisor: Int128) -> Int128 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  /// Swift's division, which rounds toward zero. The divisor is not 0.
  static func divide(_ a: Term, _ b: Term) -> Term {
    if let divisor = b.constant, divisor > 0, let low = a.interval.low, low >= 0 {
      return floorDivide(a, by: divisor)
    }
    if let x = a.constant, let y = b.constant, y != 0 { return Term(constant: x / y) }
    if isNotNegative(a) && isNotNegative(b) {
      return Term(
        "(div \(a.text) \(b.text))",
        // A quotient by 0 may be any number in the logic.
        interval: (b.interval.low ?? 0) > 0
          ? Interval(low: 0, high: a.interval.high) : .unknown)
    }
    // SMT-LIB's division is Euclid's: the quotient of the magnitudes, with its sign.
    let text =
      "(let dividend__ = \(a.text) in let divisor__ = \(b.text) in "
      + "if dividend__ >= 0 then (if divisor__ > 0 then div dividend__ divisor__ else - (div dividend__ (- divisor__))) "
      + "else (if divisor__ > 0 then - (div (- dividend__) divisor__) else div (- dividend__) (- divisor__)))"
    return Term(text)
  }

  /// Swift's remainder, which has the sign of the dividend. The divisor is not 0.
  static func remainder(_ a: Term, _ b: Term) -> Term {
    if let divisor = b.constant, divisor > 0, let low = a.interval.low, low >= 0 {
      return floorRemainder(a, by: divisor)
    }
    if let x = a.constant, let y = b.constant, y != 0 {
      return Term(constant: x % y)
    }
    if isNotNegative(a) && isNotNegative(b) {
      return Term(
        "(mod \(a.text) \(b.text))",
        interval: (b.interval.low ?? 0) > 0 ? Interval(low: 0, high: a.interval.high) : .unknown)
    }
    let text =
      "(let dividend__ = \(a.text) in let divisor__ = \(b.text) in "
      + "let size__ = if divisor__ >= 0 then divisor__ else - divisor__ in "
      + "if dividend__ >= 0 then mod dividend__ size__ else - (mod (- dividend__) size__))"
    return Term(text)
  }

  private static func isNotNegative(_ a: Term) -> Bool { (a.interval.low ?? -1) >= 0 }

  /// The value that has the same low bits and fits the type.
  static func wrap(_ a: Term, to type: IntegerType) -> Term {
    if a.interval.isWithin(Interval(of: type)) { return a }
    if !type.isSigned { return floorRemainder(a, by: type.modulus) }
    let half = Term(constant: type.modulus / 2)
    return subtract(floorRemainder(add(a, half), by: type.modulus), half)
  }

  /// The bits of a value of the type, as a number that is not negative.
  static func pattern(_ a: Term, of type: IntegerType) -> Term {
    type.isSigned ? floorRemainder(a, by: type.modulus) : a
  }

  static func isInRange(_ a: Term, _ type: IntegerType) -> String {
    if a.interval.isWithin(Interval(of: type)) { return "true" }
    return "(\(literal(type.minimum)) <= \(a.text) <= \(literal(type.maximum)))"
  }

  static func literal(_ value: Int128) -> String { value < 0 ? "(\(value))" : "\(value)" }

  static func conditional(_ condition: Term, _ yes: Term, _ no: Term) -> Term {
    if condition.isTrue { return yes }
    if condition.isFalse { return no }
    if yes.text == no.text { return yes }
    var result = Term(
      "(if \(condition.text) then \(yes.text) else \(no.text))",
      interval: yes.interval.union(no.interval))
    if let a = yes.stored, let b = no.stored, a.sort == b.sort {
      result.stored = Term.Stored(
        sort: a.sort, text: "(if \(condition.text) then \(a.text) else \(b.text))")
    }
    return result
  }

  /// `<`, `<=`, `=` of numbers, decided here where the intervals decide it.
  static func compare(_ symbol: String, _ a: Term, _ b: Term) -> Term {
    let x = a.interval
    let y = b.interval
    switch symbol {
    case "<":
      if let high = x.high, let low = y.low, high < low { return .true }
      if let low = x.low, let high = y.high, low >= high { return .false }
    case "<=":
      if let high = x.high, let low = y.low, high <= low { return .true }
      if let low = x.low, let high = y.high, low > high { return .false }
    case "=":
      if let value = a.constant, value == b.constant { return .true }
      if let high = x.high, let low = y.low, high < low { return .false }
      if let high = y.high, let low = x.low, high < low { return .false }
    default: break
    }
    return Term("(\(a.text) \(symbol) \(b.text))")
  }

  static func not(_ a: Term) -> Term {
    if a.isTrue { return .false }
    if a.isFalse { return .true }
    return Term("(not \(a.text))")
  }

  static func and(_ a: Term, _ b: Term) -> Term {
    if a.isTrue { return b }
    if b.isTrue { return a }
    if a.isFalse || b.isFalse { return .false }
    return Term("(\(a.text) && \(b.text))")
  }

  static func or(_ a: Term, _ b: Term) -> Term {
    if a.isFalse { return b }
    if b.isFalse { return a }
    if a.isTrue || b.isTrue { return .true }
    return Term("(\(a.text) || \(b.text))")
  }
}
