import Contracts

struct Digit {
  var raw: UInt8
  var typeInvariant: Bool { raw < 10 }

  init?(_ number: UInt8) {
    guard number < 10 else { return nil }
    raw = number
  }

  init(unchecked number: UInt8) {  // fails: type invariant
    raw = number
  }

  init(trusting number: UInt8) {
    requires(number <= 9)
    raw = number
  }

  mutating func grow() {  // fails: type invariant
    raw += 1
  }

  mutating func growUpTo9() {
    if raw < 9 { raw += 1 }
  }

  mutating func isBrokenInBetween() {
    raw += 1
    raw -= 1
  }
}

func addsDigits(_ a: Digit, _ b: Digit) -> UInt8 {
  ensures { (result: UInt8) in result <= 18 }
  return a.raw + b.raw
}

func knowsOptional(_ number: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result <= 9 }
  if let digit = Digit(number) { return digit.raw }
  return 0
}

func knowsTooMuch(_ digit: Digit) -> UInt8 {
  ensures { (result: UInt8) in result <= 8 }  // fails: ensures
  return digit.raw
}

func passesBrokenValue(_ digit: Digit) -> UInt8 {
  var copy = digit
  copy.raw = 10
  return addsDigits(copy, digit)  // fails: type invariant
}

func rawOf(_ digit: Digit) -> UInt8 { digit.raw }

func readsBrokenValue(_ digit: Digit) -> UInt8 {
  var copy = digit
  copy.raw += 1
  return rawOf(copy)  // fails: type invariant
}

struct Dial {
  var digits: InlineArray<4, Digit>
  mutating func turn(_ place: Int) {
    requires(place >= 0 && place < 4)
    digits[place].growUpTo9()
  }
  mutating func overturn(_ place: Int) {  // fails: type invariant
    requires(place >= 0 && place < 4)
    digits[place].raw += 1
  }
}

struct Safe: ~Copyable {
  var digits: Table<Digit>
  var count: Int
  var typeInvariant: Bool { digits.count == 8 && count >= 0 && count <= 8 }

  func first() -> UInt8 {
    ensures { (result: UInt8) in result < 10 }
    return digits[0].raw
  }

  mutating func set(_ digit: Digit) {
    if count < 8 {
      digits[count] = digit
      count += 1
    }
  }

  mutating func overfill(_ digit: Digit) {  // fails: type invariant
    requires(count < 8)
    count += 9
  }

  mutating func loops() {
    for place in 0..<count {
      digits[place].growUpTo9()
    }
  }
}

func takesTheInvariantForGranted(_ safe: inout Safe, _ digit: Digit) {
  ensures(safe.digits[7].raw < 10)
  safe.set(digit)
}

/// A method requires its receiver's invariant, so that cannot be said by methods.
struct Circular {
  var n: Int
  var typeInvariant: Bool { isSmall }  // refused: static function
  var isSmall: Bool { n < 10 }
}

func usesCircular(_ value: Circular) -> Int {
  return value.n
}
