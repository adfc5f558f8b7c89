import Testing

@testable import machine

@Suite("The benchmark's lines")
struct BenchTests {
  @Test("A row of the image")
  func row() throws {
    let (name, value) = try #require(BenchCommand.parse("bench: null-call 98 101"))
    #expect(name == "null-call")
    #expect(value == .init(minimum: 98, median: 101))
  }

  @Test("A row of the boot")
  func boot() throws {
    let (name, value) = try #require(BenchCommand.parse("bench-boot: boot-exits 640"))
    #expect(name == "boot-exits")
    #expect(value == .init(minimum: 640))
  }

  @Test(
    "Other lines are none", arguments: ["bench: x 1", "bench-note: NAME 1 2", "bench-boot: x", ""])
  func none(line: String) {
    #expect(BenchCommand.parse(line) == nil)
  }

  @Test("Names stand to the left, numbers to the right, and short rows are filled up")
  func aligned() {
    #expect(Table.aligned([["a", "1", "2"], ["bcd", "10"]]) == ["a     1  2", "bcd  10"])
  }
}
