import Foundation
import Testing

@testable import Prover

@Suite struct VerdictsCounterexampleTests {
  @Test func `a goal loses its axioms and gets their instances`() {
    let text = GroundGoal.text(
      of: """
        (declare-sort u8 0)
        (declare-fun u8qtint (u8) Int)
        (declare-fun u8_of (Int) u8)
        (assert (forall ((i u8)) (and (<= 0 (u8qtint i)) (<= (u8qtint i) 255))))
        (assert (forall ((x Int)) (! (=> (<= 0 x 255) (= (u8qtint (u8_of x)) x)) :pattern ((u8_of x)))))
        (declare-fun a () u8)
        (assert (not (= (u8_of (+ (u8qtint a) 1)) a)))
        (check-sat)
        """)
    #expect(!text.contains("forall"))
    #expect(text.contains("(assert (and (<= 0 (u8qtint a)) (<= (u8qtint a) 255)))"))
    #expect(text.contains("(= (u8qtint (u8_of (+ (u8qtint a) 1))) (+ (u8qtint a) 1))"))
    // Of what the first instance speaks of.
    #expect(text.contains("(<= (u8qtint (u8_of (+ (u8qtint a) 1))) 255)"))
    #expect(text.hasSuffix("(check-sat)\n"))
  }

  @Test func `what a quantifier binds is in no instance`() {
    let text = GroundGoal.text(
      of: """
        (assert (forall ((i u8)) (<= 0 (u8qtint i))))
        (assert (let ((b a)) (and (= (u8qtint b) 1) (= (u8qtint c) (u8qtint c)))))
        (assert (not (exists ((d u8)) (= (u8qtint d) 1))))
        """)
    #expect(text.components(separatedBy: "(<= 0 ").count == 2)
    #expect(text.contains("(<= 0 (u8qtint c))"))
  }

  /// Both provers give up on it, for the axioms about conversions.
  private let overflow = """
    module Unit
      use int.Int
      type u8 = <range 0 255>
      function u8_of int : u8
      axiom u8_of_int : forall x: u8 [u8'int x]. u8_of (u8'int x) = x
      axiom u8_int_of : forall x: int [u8_of x]. 0 <= x <= 255 -> u8'int (u8_of x) = x
      function twice int : int
      axiom twice_is : forall x: int [twice x]. twice x = 2 * x
      let f (a: u8) : unit
        ensures { [#"F.swift" 4 5 20] [@expl:overflow] twice (u8'int a) + 1 < 400 }
      = ()
    end

    """

  @Test func `values are found where the provers give up, and they are some`() throws {
    var options = Verifier.Options()
    options.strategy = .effort(0)
    let goal = try #require(try Verifier(options).verify([unit(overflow)]).first?.goals.first)
    #expect(!goal.verdict.isGood)
    let value = try #require(goal.counterexample?.values.first)
    #expect(value.name == "a")
    #expect((200...255).contains(try #require(Int(value.value))))
  }

  @Test func `values that an axiom forbids are not shown`() throws {
    var options = Verifier.Options()
    options.strategy = .effort(0)
    // Too deep for the first step, so it stays unproved; but no value contradicts it.
    options.strategy.steps[0].z3.limit = 1
    options.strategy.steps[0].cvc5.limit = 1
    let text = overflow.replacingOccurrences(of: "< 400", with: "<= 511")
    let goal = try #require(try Verifier(options).verify([unit(text)]).first?.goals.first)
    #expect(goal.verdict == .unknown)
    #expect(goal.counterexample == nil)
  }

  @Test func `names of the translation are told as Swift has them`() {
    #expect(SwiftNames.variable("count") == "count")
    #expect(SwiftNames.variable("in_") == "in")
    #expect(SwiftNames.variable("high_2_") == "high")
    #expect(SwiftNames.variable("any_u64") == nil)
    #expect(
      SwiftNames.path("page_x_count", at: 0, of: "page_xqtmk", in: "page_x") == ".count")
    #expect(SwiftNames.path("v_u64", at: 0, of: "ref_u64qtmk", in: "ref_u64") == "")
    #expect(
      SwiftNames.path("table_u8_elements", at: 0, of: "table_u8qtmk", in: "table_u8") == "")
    #expect(
      SwiftNames.path("table_u8_count", at: 1, of: "table_u8qtmk", in: "table_u8") == ".count")
    #expect(
      SwiftNames.path("proj1", at: 1, of: "Effect_x_write", in: "effect_x") == ".write.1")
  }

  @Test func `numbers are told in the bases that people use`() {
    #expect(SwiftNames.value(.atom("7"), of: "Int") == "7")
    #expect(SwiftNames.value(.list([.atom("-"), .atom("7")]), of: "Int") == "-7")
    #expect(SwiftNames.value(.atom("4096"), of: "Int") == "4096 (0x1000)")
    #expect(SwiftNames.value(.atom("#x0f"), of: "") == "0x0f")
    #expect(SwiftNames.value(.atom("State_x_shared"), of: "state_x") == ".shared")
    #expect(SwiftNames.value(.atom("None_optional_u8"), of: "optional_u8") == "nil")
  }
}
