import Prover
import Testing

@Suite struct SyntaxTreeStatementTests {
  static let sample = Result {
    try Sample(
      """
      struct Pair { var x = 1; var y = 2
        subscript(i: Int) -> Int { get { x } set { if i == 0 { x = newValue } } }
        var sum: Int { get { x &+ y } set { x = newValue } }
        mutating func next() -> Int { x &+= 1; return x }
      }
      func loops(_ n: Int) -> Int {
        var t = 0
        outer: for i in 0..<n where i % 2 == 0 {
          invariant(t >= 0)
          for _ in 0...i { if t == 3 { continue outer } else { break outer } }
          t += i
        }
        while t > 0, t < 5 { invariant(t > 1); variant(t); t -= 1 }
        repeat { t &+= 1 } while t < 3
        return t
      }
      func shadows(_ a: Int?) -> Int {
        let b = a
        if let a { let b = a; return b }
        guard let b, b > 3 else { return 0 }
        do { let b = 1; _ = b }
        return b
      }
      func cases(_ n: Int, _ t: (Int, Bool), _ o: Int?) -> Int {
        switch n { case 1, 2: break; case 3..<5, 7...: return 2; default: return 4 }
        switch t { case (0, true): return 1; case (let a, false) where a > 2: return a; default: break }
        switch o { case nil: return 0; case 3?: return 1; case let some?: return some }
      }
      func places(_ p: inout Pair, _ a: inout InlineArray<4, Pair>, _ t: inout (Int, UInt8)) {
        p[0] = 3
        p.sum += 1
        a[2].x += 1
        a[p.next()].y &= 1
        (t.0, _) = (1, 2)
        swap(&p.x, &p.y)
        let (u, v) = t
        let w: Int
        if v == 0 { w = u } else { w = 1 }
        _ = w
      }
      func order(_ p: inout Pair, _ a: inout InlineArray<4, Int>, _ i: Int) {
        p.y += p.next()
        a[i] += p.next()
        a[p.x] = p.next()
        (p.x, a[p.x]) = (3, 4)
      }
      func contract(_ a: inout Int, _ n: Int) -> Int {
        requires(a > 0 ==> a < 10)
        ensures { $0 > old(a) && forall(0..<n) { $0 >= 0 } }
        ensures(a == old(a))
        variant(n)
        holds(a > 0)
        precondition(n > 0, "text")
        var steps = 0
        ghost { steps += 1; holds(steps > 0) }
        if n == 99 { fatalError("text") }
        return n
      }
      func believed() { trusted("because"); opaque(); overBitVectors() }
      """)
  }

  private func body(_ name: String) throws -> [String] {
    let sample = try SyntaxTreeStatementTests.sample.get()
    #expect(sample.refusals == [])
    return sample.body(name)
  }

  @Test func loopsKeepTheirLabelsRangesAndContracts() throws {
    #expect(
      try body("loops(_:)") == [
        "var t: Int = 0",
        "outer: for i in 0..<n where ((i % 2) == 0) {",
        "  invariant((t >= 0))",
        "  for _ in 0...i {",
        "    if (t == 3) {",
        "      continue outer",
        "    } else {",
        "      break outer",
        "    }",
        "  }",
        "  t = (t + i)",
        "}",
        "while (t > 0), (t < 5) {",
        "  invariant((t > 1))",
        "  variant(t)",
        "  t = (t - 1)",
        "}",
        "repeat {",
        "  t = (t &+ 1)",
        "} while (t < 3)",
        "return t",
      ])
  }

  @Test func shadowedNamesAreToldApart() throws {
    #expect(
      try body("shadows(_:)") == [
        "let b: Int? = a",
        "if case some(let a2) = a {",
        "  let b2: Int = a2",
        "  return b2",
        "}",
        "guard case some(let b3) = b, (b3 > 3) else {",
        "  return 0",
        "}",
        "do {",
        "  let b4: Int = 1",
        "  _ = b4",
        "}",
        "return b3",
      ])
  }

  @Test func breakEndsACase() throws {
    #expect(
      try body("cases(_:_:_:)") == [
        "switch n {", "case 1, 2:", "case 3..<5, 7..<:", "  return 2", "default:", "  return 4",
        "}",
        "switch t {", "case (0, true):", "  return 1", "case (let a, false) where (a > 2):",
        "  return a", "default:", "}",
        "switch o {", "case nil:", "  return 0", "case some(3):", "  return 1",
        "case some(let some):", "  return some", "}",
      ])
  }

  @Test func computedPlacesAreReadChangedAndSet() throws {
    #expect(
      try body("places(_:_:_:)") == [
        "Pair.subscript(_:).set(&p, 3, 0)",
        "var copy: Int = Pair.sum.get(p)",
        "copy = (copy + 1)",
        "Pair.sum.set(&p, copy)",
        "a[2].x = (a[2].x + 1)",
        "let index: Int = Pair.next()(&p)",
        "a[index].y = (a[index].y & 1)",
        "let (part, _) = (1, 2)",
        "t.0 = part",
        "let first: Int = p.x",
        "p.x = p.y",
        "p.y = first",
        "let (u, v) = t",
        "let w: Int",
        "if (v == 0) {",
        "  w = u",
        "} else {",
        "  w = 1",
        "}",
        "_ = w",
      ])
  }

  @Test func whatIsAssignedIsEvaluatedBeforeThePlaceIsReadAndAfterItsIndices() throws {
    #expect(
      try body("order(_:_:_:)") == [
        "let right: Int = Pair.next()(&p)",
        "p.y = (p.y + right)",
        "let index: Int = i",
        "let right2: Int = Pair.next()(&p)",
        "a[index] = (a[index] + right2)",
        "let index2: Int = p.x",
        "a[index2] = Pair.next()(&p)",
        "let index3: Int = p.x",
        "let (part, part2) = (3, 4)",
        "p.x = part",
        "a[index3] = part2",
      ])
  }

  @Test func wordsOfContractsAreNoStatements() throws {
    #expect(
      try body("contract(_:_:)") == [
        "holds((a > 0))", "precondition((n > 0))", "var steps: Int = 0", "ghost {",
        "  steps = (steps + 1)", "  holds((steps > 0))", "}", "if (n == 99) {", "  unreachable",
        "}",
        "return n",
      ])
    let sample = try SyntaxTreeStatementTests.sample.get()
    let contract = try #require(sample.function("contract(_:_:)")?.contract)
    #expect(contract.requires.map { "\($0)" } == ["((a > 0) ==> (a < 10))"])
    #expect(
      contract.ensures.map { "\($0)" } == [
        "ensures { result in ((result > old(a)) && forall(0..<n) { index in (index >= 0) }) }",
        "ensures((a == old(a)))",
      ])
    #expect(contract.variant.map { "\($0)" } == "n")
    let believed = try #require(sample.function("believed()"))
    #expect(believed.contract.trusted == "because")
    #expect(believed.contract.isOpaque && believed.contract.isBitwise)
    #expect(believed.body?.isEmpty == true)
  }

  @Test func statementsStandWhereTheSourceHasThem() throws {
    let function = try #require(
      try SyntaxTreeStatementTests.sample.get().function("loops(_:)"))
    #expect(function.location.line == 7 && function.location.column == 1)
    #expect(function.end.line == 17 && function.end.column == 1)
    #expect(function.body?.map(\.location.line) == [8, 9, 14, 15, 16])
    #expect(function.body?.first?.location.column == 3)
  }
}
