import Prover
import Testing

@Suite struct SyntaxTreeRefusalTests {
  @Test func whatIsNoProvableSwiftIsRefusedAtItsLine() throws {
    let sample = try Sample(
      """
      func float() -> Bool { 1.5 > 1.0 }
      func chain(_ a: Int?) -> Int { a?.magnitude == 3 ? 1 : 0 }
      func closure(_ f: (Int) -> Int) -> Int { f(3) }
      func generic<T: Equatable>(_ a: T, _ b: T) -> Bool { a == b }
      func calls() -> Bool { generic(1, 2) }
      func pointer(_ p: UnsafePointer<Int>) -> Int { p.pointee }
      final class Shared { var x = 1 }
      func deferred() -> Int { var x = 1; defer { x += 1 }; return x }
      func strides() -> Int {
        var t = 0
        for i in stride(from: 0, to: 10, by: 2) { t += i }
        return t
      }
      func mixed(_ a: UInt64, _ b: UInt8) -> Bool { a == b }
      func late(_ a: Int) { let b = a; ensures(b > 0) }
      func misplaced(_ a: Int) { if a > 0 { invariant(a > 1) } }
      func wrong(_ a: Int) -> UInt8 { ensures { (result: Int) in result > 0 }; return 1 }
      func changes(_ a: inout Int) { requires(step(&a) > 3) }
      func step(_ a: inout Int) -> Int { a &+= 1; return a }
      func leaks() -> Int { var g = 1; ghost { g = 3 }; return g }
      func past(_ a: Int) -> Int { old(a) }
      func leaves(_ n: Int) -> Int { switch n { case 1: if n > 0 { break }; return 1; default: return 2 } }
      struct Watched { var x = 1 { didSet { x = 2 } } }
      func watched(_ w: Watched) -> Int { w.x }
      func falls(_ n: Int) -> Int { switch n { case 1: fallthrough; default: return 2 } }
      func fine(_ a: Int) -> Int { a }
      """)
    #expect(
      sample.refusals == [
        "2: floating point cannot be proved; use integers",
        "3: optional chaining (?.) cannot be proved; write if let",
        "4: a function type cannot be proved; values are integers, Bool, enums, structs, optionals, tuples, InlineArray and Table",
        "5: a generic function cannot be proved; write one for each type it is used with",
        "6: Sample.generic(_:_:) cannot be called: a generic function cannot be proved; write one for each type it is used with",
        "7: the type Swift.UnsafePointer cannot be proved; values are integers, Bool, enums, structs, optionals, tuples, InlineArray and Table",
        "8: a class cannot be proved; write it with structs, enums and functions",
        "9: defer cannot be proved; write its statements where they run",
        "12: a for loop runs over a range a..<b or a...b; write while",
        "15: values of two types are compared; convert one of them",
        "16: ensures stands at the start of the function, before any other statement",
        "17: invariant stands first in the body of a loop",
        "18: the closure of ensures gets the function's result: give its parameter that type",
        "19: a contract changes nothing; use what only reads",
        "21: ghost assigns g, which is read outside of it and of contracts",
        "22: old stands in contracts only; keep the value in a variable",
        "23: break leaves a switch at the end of a case only; write what follows in an else",
        "24: observers of a property (willSet, didSet) cannot be proved; call a method",
        "25: the type Sample.Watched (observers of a property (willSet, didSet) cannot be proved; call a method) cannot be proved; values are integers, Bool, enums, structs, optionals, tuples, InlineArray and Table",
        "26: fallthrough cannot be proved; write the patterns in one case",
      ])
    #expect(sample.body("fine(_:)") == ["return a"])
    #expect(sample.refused.first { $0.location.line == 9 }?.function == "Sample.deferred()")
  }

  @Test func aRefusedBodyLeavesItsContract() throws {
    let sample = try Sample(
      """
      func bad(_ a: Int) -> Int { requires(a > 0); defer { _ = a }; return a }
      func calls() -> Int { bad(1) }
      """)
    #expect(sample.refused.count == 1)
    let bad = try #require(sample.function("bad(_:)"))
    #expect(bad.body == nil && bad.contract.requires.count == 1)
    #expect(sample.body("calls()") == ["return bad(_:)(1)"])
  }

  @Test func whatTheCompilerRefusesIsToldAtItsLine() throws {
    do {
      _ = try Sample("func f() -> Int { true }")
      Issue.record("it was read")
    } catch let error as Diagnostic {
      #expect(error.location.line == 2 && error.location.column == 19)
      #expect(error.message.hasPrefix("the compiler refuses it: cannot convert return expression"))
    }
  }
}
