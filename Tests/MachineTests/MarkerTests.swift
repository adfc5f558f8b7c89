import Testing

@testable import machine

@Suite("Lines that the console's reader understands")
struct MarkerTests {
  @Test("A passed and a failed test")
  func tests() {
    #expect(Marker("bulkhead-test: host-read: ok") == .test("host-read", .ok("")))
    #expect(
      Marker("bulkhead-test: all: FAILED 3 passed, 1 failed")
        == .test("all", .failed("3 passed, 1 failed")))
  }

  @Test("A step, its text with colons")
  func steps() {
    #expect(
      Marker("bulkhead-step: 4: begin: the host: reads") == .step(4, .begin("the host: reads")))
    #expect(Marker("bulkhead-step: 4: ok: SIGBUS") == .step(4, .ok("SIGBUS")))
    #expect(Marker("bulkhead-step: 4: FAILED: it read 7") == .step(4, .failed("it read 7")))
  }

  @Test("A row of the table and the end of the script")
  func others() {
    #expect(Marker("bulkhead-table: guest one: runs: 12") == .row("guest one", "runs: 12"))
    #expect(Marker("bulkhead-host: script run ended with status 1") == .scriptEnded(status: 1))
  }

  @Test("Behind a guest's prefix")
  func prefixed() {
    #expect(Marker("[one] bulkhead-test: sharing: ok") == .test("sharing", .ok("")))
  }

  @Test(
    "Other lines are none",
    arguments: ["", "Linux version 6.1", "bulkhead-test: ", "bulkhead-guest: one: up"])
  func none(line: String) {
    #expect(Marker(line) == nil)
  }
}
