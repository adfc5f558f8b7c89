/// Swift's operations on bits, as arithmetic where they come to that, and as functions of
/// ``BitLemmas`` otherwise.
struct BitOperations {
  let context: UnitContext
  let type: IntegerType

  private func lemmas() { BitLemmas.declare(in: context) }

  func and(_ a: Term, _ b: Term) -> Term {
    let x = Arithmetic.pattern(a, of: type)
    let y = Arithmetic.pattern(b, of: type)
    return Arithmetic.wrap(patternAnd(x, y), to: type)
  }

  /// `a & ~b`
  func clear(_ a: Term, _ b: Term) -> Term {
    let x = Arithmetic.pattern(a, of: type)
    let y = Arithmetic.pattern(b, of: type)
    if x.constant != nil || y.constant != nil {
      return Arithmetic.wrap(Arithmetic.subtract(x, patternAnd(x, y)).clipped(to: x), to: type)
    }
    lemmas()
    return Arithmetic.wrap(
      Term("(bclear \(x.text) \(y.text))", interval: Interval(low: 0, high: x.interval.high)),
      to: type)
  }

  func or(_ a: Term, _ b: Term) -> Term {
    let x = Arithmetic.pattern(a, of: type)
    let y = Arithmetic.pattern(b, of: type)
    let interval = Interval(low: 0, high: max(allOnes(x), allOnes(y)))
    if x.constant == 0 { return b }
    if y.constant == 0 { return a }
    var result: Term
    if areApart(x, y) || areApart(y, x) {
      result = Arithmetic.add(x, y)
    } else if let mask = y.constant, patternAnd(x, Term(constant: mask)).isArithmetic {
      let common = patternAnd(x, y)
      result = Arithmetic.subtract(Arithmetic.add(x, y), common)
    } else if x.constant != nil && y.constant == nil {
      return or(b, a)
    } else {
      lemmas()
      result = Term("(bor \(x.text) \(y.text))")
    }
    result.interval = result.interval.intersection(interval)
    result.lowZeros = min(x.lowZeros, y.lowZeros)
    return Arithmetic.wrap(result, to: type)
  }

  func exclusiveOr(_ a: Term, _ b: Term) -> Term {
    let x = Arithmetic.pattern(a, of: type)
    let y = Arithmetic.pattern(b, of: type)
    var result: Term
    if let p = x.constant, let q = y.constant {
      result = Term(constant: p ^ q)
    } else if x.constant != nil {
      return exclusiveOr(b, a)
    } else if y.constant != nil, patternAnd(x, y).isArithmetic {
      let common = patternAnd(x, y)
      result = Arithmetic.subtract(
        Arithmetic.add(x, y), Arithmetic.multiply(Term(constant: 2), common))
      result.interval = Interval(low: 0, high: max(allOnes(x), allOnes(y)))
    } else {
      lemmas()
      result = Term("(bxor \(x.text) \(y.text))")
      result.interval = Interval(low: 0, high: max(allOnes(x), allOnes(y)))
    }
    return Arithmetic.wrap(result, to: type)
  }

  func not(_ a: Term) -> Term {
    Arithmetic.subtract(Term(constant: type.isSigned ? -1 : type.maximum), a)
  }

  /// Of numbers that are not negative.
  private func patternAnd(_ x: Term, _ y: Term) -> Term {
    if let p = x.constant, let q = y.constant { return Term(constant: p & q) }
    if x.constant != nil { return patternAnd(y, x) }
    if let whole = y.constant {
      let mask = whole & allOnes(x)
      if mask == allOnes(x) { return x }
      let complement = allOnes(x) & ~mask
      let runs = BitOperations.runs(mask)
      let holes = BitOperations.runs(complement)
      if runs.count <= holes.count, runs.count <= 3 { return sum(of: runs, in: x) }
      if holes.count <= 3 {
        return Arithmetic.subtract(x, sum(of: holes, in: x)).clipped(to: x)
      }
    }
    lemmas()
    let oneLess = Arithmetic.subtract(x, Term(constant: 1))
    if y.text == oneLess.text
      || y.text == Arithmetic.floorRemainder(oneLess, by: type.modulus).text
    {
      return Term("(lowest_off \(x.text))", interval: Interval(low: 0, high: x.interval.high))
    }
    return Term(
      "(band \(x.text) \(y.text))",
      interval: Interval(low: 0, high: min(allOnes(x), allOnes(y), x.interval.high ?? .max)))
  }

  private func sum(of runs: [Range<Int>], in x: Term) -> Term {
    var result = Term(constant: 0)
    for run in runs {
      let low = Int128(1) << Int128(run.lowerBound)
      let length = Int128(1) << Int128(run.count)
      let field = Arithmetic.floorRemainder(Arithmetic.floorDivide(x, by: low), by: length)
      result = Arithmetic.add(result, Arithmetic.multiply(field, Term(constant: low)))
    }
    return result
  }

  /// The runs of ones of a number.
  static func runs(_ mask: Int128) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var bit = 0
    while bit < 127 && mask >> Int128(bit) != 0 {
      if mask >> Int128(bit) & 1 == 0 {
        bit += 1
        continue
      }
      let start = bit
      while mask >> Int128(bit) & 1 != 0 { bit += 1 }
      result.append(start..<bit)
    }
    return result
  }

  /// The ones up to the highest bit that the number can have.
  private func allOnes(_ x: Term) -> Int128 {
    let high = min(x.interval.high ?? (type.modulus - 1), type.modulus - 1)
    if high <= 0 { return 0 }
    return (Int128(1) << Int128(128 - high.leadingZeroBitCount)) - 1
  }

  /// Whether no bit can be set in both, because one ends where the other's zeros do.
  private func areApart(_ x: Term, _ y: Term) -> Bool {
    guard let high = y.interval.high, x.lowZeros > 0 else { return false }
    return high < Int128(1) << Int128(min(x.lowZeros, 126))
  }

  // MARK: Shifts

  /// `<<`, where the distance may be anything.
  func shiftLeft(_ a: Term, _ distance: Term) -> Term {
    let width = Int128(type.width)
    if let n = distance.constant {
      if n < 0 { return shiftRight(a, Term(constant: -n)) }
      if n >= width { return Term(constant: 0) }
      return Arithmetic.wrap(Arithmetic.multiply(a, Term(constant: 1 << n)), to: type)
    }
    lemmas()
    var power = Term("(pow2 \(distance.text))")
    power.interval = Interval(low: 1, high: 1 << (width - 1))
    let shifted = Arithmetic.wrap(Arithmetic.multiply(a, power), to: type)
    return guarded(distance, shifted, tooFar: Term(constant: 0)) { shiftRight(a, $0) }
  }

  /// `>>`, where the distance may be anything.
  func shiftRight(_ a: Term, _ distance: Term) -> Term {
    let width = Int128(type.width)
    if let n = distance.constant {
      if n < 0 { return shiftLeft(a, Term(constant: -n)) }
      // Beyond the width, the sign is all that is left.
      return Arithmetic.floorDivide(a, by: 1 << min(n, type.isSigned ? width - 1 : width))
    }
    lemmas()
    let tooFar =
      type.isSigned
      ? Arithmetic.conditional(
        Arithmetic.compare("<", a, Term(constant: 0)), Term(constant: -1), Term(constant: 0))
      : Term(constant: 0)
    let shifted = Term(
      "(shr \(a.text) \(distance.text))", interval: a.interval.union(Interval(low: 0, high: 0)))
    return guarded(distance, shifted, tooFar: tooFar) { shiftLeft(a, $0) }
  }

  private func guarded(
    _ distance: Term, _ shifted: Term, tooFar: Term, other: (Term) -> Term
  ) -> Term {
    let width = Term(constant: Int128(type.width))
    let inside = Arithmetic.conditional(
      Arithmetic.compare("<", distance, width), shifted, tooFar)
    guard (distance.interval.low ?? -1) < 0 else { return inside }
    // Backwards no further than the width, so that the other shift ends here.
    var back = Arithmetic.negate(distance)
    back.interval = Interval(low: 1, high: nil)
    return Arithmetic.conditional(
      Arithmetic.compare("<", distance, Term(constant: 0)), other(back), inside)
  }

  /// The distance of `&<<` and `&>>`.
  func masked(_ distance: Term) -> Term {
    Arithmetic.floorRemainder(distance, by: Int128(type.width))
  }

  // MARK: Counts

  func trailingZeros(_ a: Term) -> Term { count("ctz", a) { $0 } }
  func ones(_ a: Term) -> Term { count("popcount", a) { $0 } }
  func leadingZeros(_ a: Term) -> Term {
    count("clz", a) { Arithmetic.subtract($0, Term(constant: 64 - Int128(type.width))) }
  }

  /// The bytes in the opposite order.
  func byteSwapped(_ a: Term) -> Term {
    let x = Arithmetic.pattern(a, of: type)
    var result = Term(constant: 0)
    for byte in 0..<type.width / 8 {
      let value = Arithmetic.floorRemainder(
        Arithmetic.floorDivide(x, by: 1 << Int128(8 * byte)), by: 256)
      result = Arithmetic.add(
        result, Arithmetic.multiply(value, Term(constant: 1 << Int128(type.width - 8 - 8 * byte))))
    }
    return Arithmetic.wrap(result, to: type)
  }

  private func count(_ function: String, _ a: Term, _ adjust: (Term) -> Term) -> Term {
    lemmas()
    let width = Int128(type.width)
    let x = Arithmetic.pattern(a, of: type)
    var some = Term("(\(function) \(x.text))")
    // In the range of 64 bits before the adjustment; of this type after it.
    some = adjust(some)
    some.interval = Interval(low: 0, high: width)
    if function == "popcount" { return some }
    return Arithmetic.conditional(
      Arithmetic.compare("=", x, Term(constant: 0)), Term(constant: width), some)
  }
}

extension Term {
  /// Knows besides that it is not above another, and not negative.
  fileprivate func clipped(to other: Term) -> Term {
    var result = self
    result.interval = interval.intersection(Interval(low: 0, high: other.interval.high))
    return result
  }

  /// Whether no bit function occurs at its root.
  fileprivate var isArithmetic: Bool { !text.hasPrefix("(band ") }
}
