/// A value as WhyML has it: a term of the logic.
///
/// Integers are mathematical in terms. What is kept (fields, elements, variables, parameters) has a
/// range type of Why3 instead, so that its bounds are known without a hypothesis.
struct Term {
  /// Needs no brackets around it.
  var text: String
  /// The same integer as a value of a range type, where it came out of storage.
  var stored: Stored?
  /// What the integer is known to be, whatever the provers know.
  var interval: Interval
  /// How many of its lowest bits are known to be 0.
  var lowZeros = 0
  /// The components of a struct or a tuple that was just made.
  var parts: [Term]?

  struct Stored {
    var sort: IntegerType
    var text: String
  }

  init(_ text: String, stored: Stored? = nil, interval: Interval = .unknown) {
    self.text = text
    self.stored = stored
    self.interval = interval
  }

  init(constant: Int128) {
    text = constant < 0 ? "(\(constant))" : "\(constant)"
    stored = nil
    interval = Interval(low: constant, high: constant)
    lowZeros = constant == 0 ? 127 : constant.trailingZeroBitCount
  }

  /// Reads an integer out of storage.
  init(stored text: String, as type: IntegerType) {
    self.text = "(\(type.sortName)'int \(text))"
    stored = Stored(sort: type, text: text)
    interval = Interval(of: type)
  }

  var constant: Int128? {
    guard let low = interval.low, low == interval.high else { return nil }
    return low
  }

  /// The term as a value of a range type.
  func inStorage(as type: IntegerType) -> String {
    if let stored, stored.sort == type { return stored.text }
    return "(\(type.sortName)_of \(text))"
  }

  static let `true` = Term("true")
  static let `false` = Term("false")
  var isTrue: Bool { text == "true" }
  var isFalse: Bool { text == "false" }
}

/// Bounds of a mathematical integer. `nil`: none known.
struct Interval: Equatable {
  var low: Int128?
  var high: Int128?

  static let unknown = Interval(low: nil, high: nil)

  init(low: Int128?, high: Int128?) {
    self.low = low
    self.high = high
  }

  init(of type: IntegerType) {
    self.init(low: type.minimum, high: type.maximum)
  }

  func isWithin(_ other: Interval) -> Bool {
    if let bound = other.low { guard let low, low >= bound else { return false } }
    if let bound = other.high { guard let high, high <= bound else { return false } }
    return true
  }

  /// What is in both.
  func intersection(_ other: Interval) -> Interval {
    let lows = [low, other.low].compactMap { $0 }
    let highs = [high, other.high].compactMap { $0 }
    return Interval(low: lows.max(), high: highs.min())
  }

  /// What is in either.
  func union(_ other: Interval) -> Interval {
    Interval(low: Interval.both(low, other.low, min), high: Interval.both(high, other.high, max))
  }

  static func + (left: Interval, right: Interval) -> Interval {
    Interval(
      low: both(left.low, right.low) { $0.adding($1) },
      high: both(left.high, right.high) { $0.adding($1) })
  }

  static func - (left: Interval, right: Interval) -> Interval {
    Interval(
      low: both(left.low, right.high) { $0.subtracting($1) },
      high: both(left.high, right.low) { $0.subtracting($1) })
  }

  static func * (left: Interval, right: Interval) -> Interval {
    guard let a = left.low, let b = left.high, let c = right.low, let d = right.high
    else { return .unknown }
    let products = [(a, c), (a, d), (b, c), (b, d)].map {
      $0.multiplied(by: $1)
    }
    guard products.allSatisfy({ $0 != nil }) else { return .unknown }
    let known = products.compactMap { $0 }
    return Interval(low: known.min(), high: known.max())
  }

  private static func both(
    _ left: Int128?, _ right: Int128?, _ operation: (Int128, Int128) -> Int128?
  ) -> Int128? {
    guard let left, let right else { return nil }
    return operation(left, right)
  }
}

extension Int128 {
  fileprivate func adding(_ other: Int128) -> Int128? {
    let (value, overflows) = addingReportingOverflow(other)
    return overflows ? nil : value
  }
  fileprivate func subtracting(_ other: Int128) -> Int128? {
    let (value, overflows) = subtractingReportingOverflow(other)
    return overflows ? nil : value
  }
  fileprivate func multiplied(by other: Int128) -> Int128? {
    let (value, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? nil : value
  }
}

extension IntegerType {
  /// Of the range type in Why3: `u64`, `i8`.
  var sortName: String { "\(isSigned ? "i" : "u")\(width)" }
  /// 2 to the power of the width.
  var modulus: Int128 { 1 << Int128(width) }
}
