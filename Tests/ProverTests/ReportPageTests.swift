import Foundation
import Testing

@testable import Prover

@Suite struct ReportPageTests {
  private let source = """
    import Contracts

    /// Adds one & tells.
    @inline(always)
    func b(
      _ x: UInt8
    ) -> UInt8 {
      requires(x < 255)
      // A word between.
      ensures { (result: UInt8) in
        result > x
      }

      let y = x + 1
      return y
    }

    func short(_ x: Int) -> Int { x }
    struct S {
      var c: Int {
        ensures { (result: Int) in result == 3 }
        return 3
      }
    }
    """

  private func contract(line: Int) -> String {
    var texts = ContractTexts { _ in source }
    return texts.text(at: SourcePlace(file: "Core.swift", line: line, column: 1, endColumn: 1))
  }

  @Test func `a contract is what stands above, the head and the words`() {
    #expect(
      contract(line: 5) == """
        /// Adds one & tells.
        @inline(always)
        func b(
          _ x: UInt8
        ) -> UInt8 {
          requires(x < 255)
          // A word between.
          ensures { (result: UInt8) in
            result > x
          }
        """)
  }

  @Test func `a function on one line is all of it`() {
    #expect(contract(line: 18) == "func short(_ x: Int) -> Int { x }")
  }

  @Test func `a margin is taken off`() {
    #expect(
      contract(line: 20) == "var c: Int {\n  ensures { (result: Int) in result == 3 }")
  }

  @Test func `a line that is not there has no contract`() { #expect(contract(line: 99) == "") }

  @Test func `the page holds every function with contract, goals, values and reasons`() {
    let page = text(
      [
        .function("Core.b(_:)", .open), .function("Core.<(_:_:)", .proved),
        .function("Core.t()", .trusted),
      ], open: ["Core.b(_:)"])
    for part in [
      "Core.b(_:)", "requires(x &lt; 255)", "Adds one &amp; tells", "overflow", "x = 255",
      "Believed: assembly", "because", "Core.&lt;(_:_:)", "Why3 1 · Z3 2 · cvc5 3",
      "1 of 1 places can be reached",
    ] { #expect(page.contains(part), "\(part) is missing") }
    #expect(!page.contains("Core.<(_:_:)"))
  }

  @Test func `the page asks nothing of the network`() {
    let page = text([.function("Core.b(_:)", .open)], open: [])
    for part in ["http:", "https:", "src=", "@import", "url(", "<link"] {
      #expect(!page.contains(part), "\(part)")
    }
  }

  @Test func `the page is whole`() {
    let page = text([.function("Core.b(_:)", .open), .function("Core.t()", .trusted)], open: [])
    for tag in ["details", "div", "table", "section", "summary", "pre", "tr", "td", "p"] {
      let opened =
        page.components(separatedBy: "<\(tag) ").count
        + page.components(separatedBy: "<\(tag)>").count - 2
      #expect(opened == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
    }
  }

  private func text(_ functions: [FunctionVerdict], open: [String]) -> String {
    let functions = functions.map { function in
      var function = function
      function.place.line = 5
      return function
    }
    var page = HTMLReport(
      ReportTests.report(functions, open: open), title: "Proof",
      contracts: ContractTexts { _ in source })
    return page.text()
  }
}
