import Foundation
import Testing

@testable import Prover

@Suite struct VerdictsOfFunctionsTests {
  @Test func `a function is proved when its body and its contract are`() throws {
    let verdicts = try verify([
      unit(Samples.ensures("x + y >= x")), unit(Samples.ensures("y >= 0"), kind: .contract),
      unit(Samples.smoke("x > 0"), kind: .smoke),
    ])
    #expect(verdicts.functions.map(\.state) == [.proved])
    #expect(verdicts.functions[0].goals.map(\.kind) == [.contract, .body, .smoke])
  }

  @Test func `a body that is not proved leaves it open`() throws {
    #expect(try verify([unit(Samples.ensures("x + y > x"))]).functions.map(\.state) == [.open])
  }

  @Test func `a contract that is not defined leaves it open`() throws {
    let verdicts = try verify([
      unit(Samples.ensures("x + y >= x")), unit(Samples.ensures("y > 0"), kind: .contract),
    ])
    #expect(verdicts.functions.map(\.state) == [.open])
  }

  @Test func `what cannot be reached makes it vacuous`() throws {
    let verdicts = try verify([
      unit(Samples.ensures("x + y >= x")), unit(Samples.smoke("x > x"), kind: .smoke),
    ])
    #expect(verdicts.functions.map(\.state) == [.vacuous])
  }

  @Test func `nothing to prove is a proof, nothing translated is none`() throws {
    let nothing = "module Unit\n  let f (_x: int) : unit = ()\nend\n"
    #expect(try verify([unit(nothing)]).functions.map(\.state) == [.proved])
    let none = try verify([])
    #expect(none.functions.map(\.state) == [.error])
    #expect(none.functions[0].messages == ["its body was not translated"])
    #expect(
      try verify([unit(nothing, kind: .contract)]).functions.map(\.state) == [.error])
  }

  @Test func `a trusted body is believed, its contract is not`() throws {
    let good = unit(Samples.ensures("x + y >= x"), kind: .contract)
    let bad = unit(Samples.ensures("x + y > x"), kind: .contract)
    let trusted = try verify([good], trusted: "assembly").functions[0]
    #expect(trusted.state == .trusted)
    #expect(trusted.reason == "assembly")
    #expect(try verify([bad], trusted: "assembly").functions.map(\.state) == [.open])
  }

  @Test func `a module that is not proved is believed`() throws {
    let verdict = try verify([], modules: []).functions[0]
    #expect(verdict.state == .trusted)
    #expect(verdict.reason == "its module is not proved")
  }

  @Test func `a refusal says so, of a function that is known or not`() throws {
    let place = Location(file: "F.swift", line: 7, column: 3, offset: 0)
    let verdicts = try verify(
      [unit(Samples.ensures("x + y >= x"))],
      refused: [
        Diagnostic("a class; use a struct", at: place, in: "Module.f()"),
        Diagnostic("a closure; write a function", at: place, in: "Module.g()"),
        Diagnostic("an operator of your own", at: place),
      ])
    #expect(verdicts.functions.map(\.state) == [.refused, .refused])
    #expect(verdicts.functions.map(\.name) == ["Module.f()", "Module.g()"])
    #expect(verdicts.functions[0].messages == ["F.swift:7:3: a class; use a struct"])
    #expect(verdicts.general.map(\.message) == ["an operator of your own"])
  }

  @Test func `what Why3 refuses is an error of the function`() throws {
    let verdict = try verify([unit("module Unit\n  goal g : nonsense\nend\n")]).functions[0]
    #expect(verdict.state == .error)
    #expect(verdict.messages.first?.contains("nonsense") == true)
  }

  private func verify(
    _ units: [ProofUnit], trusted: String? = nil, modules: Set<String> = ["Module"],
    refused: [Diagnostic] = []
  ) throws -> (functions: [FunctionVerdict], general: [Diagnostic]) {
    let place = Location(file: "F.swift", line: 1, column: 1, offset: 0)
    let function = Function(
      name: "Module.f()", module: "Module", parameters: [], result: .void, throwsType: nil,
      isInitialiser: false, contract: Contract(trusted: trusted), body: [], location: place,
      end: place)
    return try Verifier().verify(
      Translation(units: units, refused: []), of: Program(functions: [function]),
      modules: modules, refused: refused)
  }
}
