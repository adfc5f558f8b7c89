import Testing

extension HeavyTests {
  /// Small programs with what must prove, what must fail and where, and what must be refused.
  @Suite struct ProgramTests {
    @Test(arguments: ProgramFile.all) func comesOutAsItSays(_ file: ProgramFile) throws {
      let run = try ProgramRun.result.get()
      for mismatch in run.mismatches(of: file) { Issue.record("\(file.name): \(mismatch)") }
      for sentence in run.untranslated(in: file) {
        withKnownIssue { Issue.record("\(sentence)") }
      }
    }

    @Test func programsAreThere() {
      #expect(ProgramFile.all.count > 50)
      #expect(ProgramFile.all.flatMap(\.expectations).count > 300)
    }
  }
}
