import Testing

extension HeavyTests {
  /// What is proved of a function is what the function does.
  @Suite struct DifferentialTests {
    @Test func randomFunctionsDoWhatIsProvedOfThem() throws {
      let run = try DifferentialRun(0..<1000, seed: 1)
      #expect(run.functions == 1000)
      // Enough of them trap, and enough do not.
      #expect((30..<400).contains(run.trapped))
      #expect(run.open.count < 20, "\(run.open.prefix(5).joined(separator: "\n"))")
      for mismatch in run.mismatches { Issue.record("\(mismatch)") }
    }
  }
}
