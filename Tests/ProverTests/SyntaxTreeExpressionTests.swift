import Prover
import Testing

@Suite struct SyntaxTreeExpressionTests {
  static let sample = Result {
    try Sample(
      """
      enum Raw: UInt8 { case a = 3, b, c = 9 }
      enum Shape: Equatable { case point, circle(radius: Int, UInt8) }
      struct Pair: Equatable { var x = 1; var y: Int; var z: Int?; let k = 7 }
      struct Own: Equatable { var x = 0; static func == (a: Own, b: Own) -> Bool { a.x == b.x } }
      func integers(_ a: UInt64, _ b: UInt8, _ s: Int) {
        _ = a << b
        _ = a &>> 3
        _ = -s
        _ = UInt8(truncatingIfNeeded: a)
        _ = UInt8(a)
        _ = UInt8(exactly: a)
        _ = Int64(bitPattern: a)
        _ = UInt64.max
        _ = -128 as Int8
        _ = ~0 as UInt16
        _ = a.trailingZeroBitCount
        _ = a.addingReportingOverflow(3).overflow
        _ = min(a, 0xff_ff)
        _ = (0..<10).contains(s)
        _ = ...10 ~= s
        _ = a &+ 1 == 2
        _ = UInt64.bitWidth
      }
      func optionals(_ a: Int?, _ b: Int?) {
        _ = a == nil
        _ = nil != b
        _ = a ?? 7
        _ = b!
        _ = a == 5
      }
      func values(_ s: Shape, _ r: Raw, _ o: Own, _ a: InlineArray<3, UInt8>) {
        _ = s == .circle(radius: 1, 2)
        _ = r.rawValue
        _ = Raw(rawValue: 4)
        _ = Pair(y: 2)
        _ = Pair(x: 1, y: 2, z: 3)
        _ = o != o
        _ = a[a.count - 1]
        _ = [1, 2] as InlineArray<2, Int>
        _ = InlineArray<2, Int>(repeating: 3)
        _ = (first: 1, second: true).second
        _ = a[0] > 3 ? r : .b
        _ = switch r { case .a: 1; case .b, .c: 2 }
        _ = if case .circle(let radius, _) = s { radius } else { 0 }
      }
      """)
  }

  private func body(_ name: String) throws -> [String] {
    let sample = try SyntaxTreeExpressionTests.sample.get()
    #expect(sample.refusals == [])
    return sample.body(name)
  }

  @Test func operatorsAndMembersOfIntegersKeepTheirTypes() throws {
    #expect(
      try body("integers(_:_:_:)") == [
        "_ = (a << b)", "_ = (a &>> 3)", "_ = -s", "_ = UInt8(truncatingIfNeeded: a)",
        "_ = UInt8(a)", "_ = UInt8?(exactly: a)", "_ = Int(bitPattern: a)",
        "_ = 18446744073709551615", "_ = -128", "_ = ~0", "_ = a.trailingZeroBitCount",
        "_ = overflow(a + 3).1", "_ = min(a, 65535)", "_ = (0..<10 ~= s)", "_ = (...10 ~= s)",
        "_ = ((a &+ 1) == 2)", "_ = 64",
      ])
  }

  @Test func literalsAreOfTheTypeThatTheCompilerGaveThem() throws {
    let sample = try SyntaxTreeExpressionTests.sample.get()
    let body = try #require(sample.function("integers(_:_:_:)")?.body)
    guard case .evaluate(let shift) = body[0].kind,
      case .binary(.shiftLeft, let left, let right) = shift.kind,
      case .evaluate(let literal) = body[8].kind
    else {
      Issue.record("\(body)")
      return
    }
    #expect(left.type == .integer(IntegerType(width: 64, isSigned: false)))
    #expect(right.type == .integer(IntegerType(width: 8, isSigned: false)))
    #expect(literal.type == .integer(IntegerType(width: 8, isSigned: true)))
  }

  @Test func optionalsAreTestedUnwrappedAndCompared() throws {
    #expect(
      try body("optionals(_:_:)") == [
        "_ = (a == nil)", "_ = !(b == nil)", "_ = (a ?? 7)", "_ = b!", "_ = (a == some(5))",
      ])
  }

  @Test func valuesAreMadeFromAllTheirParts() throws {
    #expect(
      try body("values(_:_:_:_:)") == [
        "_ = (s == Shape.circle(1, 2))", "_ = r.rawValue", "_ = Raw(rawValue: 4)",
        "_ = Pair(1, 2, nil, 7)", "_ = Pair(1, 2, some(3), 7)", "_ = !Own.==(_:_:)(o, o)",
        "_ = a[(a.count - 1)]", "_ = [1, 2]", "_ = [repeating: 3]", "_ = (1, true).1",
        "_ = ((a[0] > 3) ? r : Raw.b)", "_ = switch r { case .a: 1; case .b, .c: 2 }",
        "_ = switch s { case .circle(let radius, _): radius; default: 0 }",
      ])
  }

  @Test func enumsHaveTheirRawValues() throws {
    let program = try SyntaxTreeExpressionTests.sample.get().program
    let raw = try #require(program.enums.first { $0.name == "Sample.Raw" })
    #expect(raw.cases.map(\.rawValue) == [3, 4, 9])
    #expect(raw.rawType == .integer(IntegerType(width: 8, isSigned: false)))
  }
}
