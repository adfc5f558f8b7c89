import Testing

@testable import machine

@Suite("Arguments of the machine")
struct ArgumentsTests {
  @Test("Options are taken wherever they stand")
  func options() throws {
    var arguments = Arguments(["--list", "--cpus", "4", "--filter", "host"])
    #expect(try arguments.number("--cpus") == 4)
    #expect(try arguments.value("--filter") == "host")
    let isList = arguments.flag("--list")
    #expect(isList)
    try arguments.finish()
  }

  @Test("What nobody took is a mistake that is named")
  func leftOver() {
    #expect { try Arguments(["--cups", "4"]).finish() } throws: { "\($0)".contains("--cups") }
  }

  @Test("A number must be one", arguments: ["x", "0", "-1", ""])
  func number(text: String) {
    #expect(throws: Failure.self) {
      var arguments = Arguments(["--cpus", text])
      _ = try arguments.number("--cpus")
    }
  }

  @Test("A value may not be missing")
  func missing() {
    #expect(throws: Failure.self) {
      var arguments = Arguments(["--memory"])
      _ = try arguments.number("--memory")
    }
  }
}
