import Testing

@testable import Prover

/// What the translation computes itself is what Swift computes.
@Suite struct TranslationArithmeticTests {
  private func operations(_ width: Int, _ isSigned: Bool) -> BitOperations {
    BitOperations(
      context: UnitContext(ProgramIndex(Program()), isExecuted: true),
      type: IntegerType(width: width, isSigned: isSigned))
  }

  private func term(_ value: some FixedWidthInteger) -> Term { Term(constant: Int128(value)) }

  private func check<Number: FixedWidthInteger>(_ a: Number, _ b: Number) {
    let type = IntegerType(width: Number.bitWidth, isSigned: Number.isSigned)
    let bits = operations(type.width, type.isSigned)
    let x = term(a)
    let y = term(b)
    let note = Comment(rawValue: "\(a), \(b) of \(Number.self)")
    #expect(bits.and(x, y).constant == Int128(a & b), note)
    #expect(bits.or(x, y).constant == Int128(a | b), note)
    #expect(bits.exclusiveOr(x, y).constant == Int128(a ^ b), note)
    #expect(bits.clear(x, y).constant == Int128(a & ~b), note)
    #expect(bits.not(x).constant == Int128(~a), note)
    #expect(bits.shiftLeft(x, y).constant == Int128(a << b), note)
    #expect(bits.shiftRight(x, y).constant == Int128(a >> b), note)
    #expect(bits.shiftLeft(x, bits.masked(y)).constant == Int128(a &<< b), note)
    #expect(bits.shiftRight(x, bits.masked(y)).constant == Int128(a &>> b), note)
    #expect(bits.byteSwapped(x).constant == Int128(a.byteSwapped), note)
    #expect(Arithmetic.wrap(Arithmetic.add(x, y), to: type).constant == Int128(a &+ b), note)
    #expect(Arithmetic.wrap(Arithmetic.subtract(x, y), to: type).constant == Int128(a &- b), note)
    let product = Arithmetic.wrap(Arithmetic.multiply(x, y), to: type).constant
    // Beyond 127 bits it stays a term.
    if !Int128(a).multipliedReportingOverflow(by: Int128(b)).overflow {
      #expect(product == Int128(a &* b), note)
    }
    #expect(
      Arithmetic.wrap(x, to: IntegerType(width: 8, isSigned: true)).constant
        == Int128(Int8(truncatingIfNeeded: a)), note)
    #expect(
      Arithmetic.wrap(x, to: IntegerType(width: 16, isSigned: false)).constant
        == Int128(UInt16(truncatingIfNeeded: a)), note)
    if b != 0 && !(Number.isSigned && a == .min && b == ~0) {
      #expect(Arithmetic.divide(x, y).constant == Int128(a / b), note)
      #expect(Arithmetic.remainder(x, y).constant == Int128(a % b), note)
    }
  }

  private func checkAll<Number: FixedWidthInteger>(_: Number.Type) {
    var values: [Number] = [0, 1, 2, 3, 7, .max, .max - 1, .max / 2, .min, .min + 1, ~0]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<24 { values.append(.random(in: .min ... .max, using: &generator)) }
    for a in values { for b in values { check(a, b) } }
  }

  @Test func constantsAreWhatSwiftComputes() {
    checkAll(UInt8.self)
    checkAll(Int8.self)
    checkAll(UInt16.self)
    checkAll(Int16.self)
    checkAll(UInt32.self)
    checkAll(Int32.self)
    checkAll(UInt64.self)
    checkAll(Int64.self)
  }

  @Test func intervalsHoldEveryResult() {
    var generator = SystemRandomNumberGenerator()
    func any() -> Int128 { Int128(Int16.random(in: -300...300, using: &generator)) }
    for _ in 0..<2000 {
      let (a, b) = (any(), any())
      let (c, d) = (any(), any())
      let x = Interval(low: min(a, b), high: max(a, b))
      let y = Interval(low: min(c, d), high: max(c, d))
      for p in [x.low!, (x.low! + x.high!) / 2, x.high!] {
        for q in [y.low!, (y.low! + y.high!) / 2, y.high!] {
          #expect(Interval(low: p + q, high: p + q).isWithin(x + y))
          #expect(Interval(low: p - q, high: p - q).isWithin(x - y))
          #expect(Interval(low: p * q, high: p * q).isWithin(x * y))
          #expect(Interval(low: p, high: p).isWithin(x.union(y)))
        }
      }
    }
  }

  @Test func runsOfOnesMakeTheMask() {
    for mask: Int128 in [0, 1, 6, 0xff00ff, 0xf0f0_0001, 0xffff_ffff_ffff_ffff] {
      let sum = BitOperations.runs(mask).reduce(Int128(0)) { sum, run in
        sum + ((Int128(1) << Int128(run.count)) - 1) << Int128(run.lowerBound)
      }
      #expect(sum == mask)
    }
  }

  @Test func whatIsOutOfRangeIsNotDecided() {
    let byte = Term(stored: "x", as: IntegerType(width: 8, isSigned: false))
    let type = IntegerType(width: 8, isSigned: false)
    #expect(Arithmetic.isInRange(byte, type) == "true")
    #expect(Arithmetic.isInRange(Arithmetic.add(byte, Term(constant: 1)), type) != "true")
    #expect(
      Arithmetic.wrap(Arithmetic.add(byte, Term(constant: 1)), to: type).text
        == "(mod ((u8'int x) + 1) 256)")
  }
}
