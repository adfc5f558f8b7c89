/// One line for each test, in the form that scripts look for:
/// `bulkhead-test: NAME: ok` or `bulkhead-test: NAME: FAILED what (values)`.
public struct Report: ~Copyable {
  public private(set) var passed: UInt64 = 0
  public private(set) var failed: UInt64 = 0
  private var name: StaticString = ""
  private var open = false
  private var failedHere: UInt64 = 0
  /// Failures of one test that are printed; the rest are only counted.
  private static let shown: UInt64 = 8

  public init() {}

  /// Starts a test; the one before ends.
  public mutating func test(_ name: StaticString) {
    endTest()
    self.name = name
    open = true
    failedHere = 0
  }

  /// The running test fails unless `condition` holds; the values say what was seen.
  public mutating func expect(
    _ condition: Bool, _ what: StaticString, _ first: UInt64 = 0, _ second: UInt64 = 0
  ) {
    if condition { return }
    failedHere += 1
    if failedHere > Report.shown { return }
    head()
    Console.write("FAILED ")
    Console.write(what)
    Console.write(" (")
    Console.write(hex: first)
    Console.write(", ")
    Console.write(hex: second)
    Console.write(")\n")
  }

  /// Information that belongs to the running test.
  public func note(_ what: StaticString, _ value: UInt64) {
    Console.write("bulkhead-note: ")
    Console.write(name)
    Console.write(": ")
    Console.write(what)
    Console.write(" ")
    Console.write(hex: value)
    Console.endLine()
  }

  /// Ends the last test and prints the summary: `bulkhead-test: all: ok` only if all passed.
  public mutating func finish() {
    endTest()
    Console.write("bulkhead-test: all: ")
    Console.write(failed == 0 && passed > 0 ? "ok " : "FAILED ")
    Console.write(decimal: passed)
    Console.write(" passed, ")
    Console.write(decimal: failed)
    Console.write(" failed\n")
  }

  private mutating func endTest() {
    if !open { return }
    open = false
    if failedHere == 0 {
      passed += 1
      head()
      Console.write("ok\n")
    } else {
      failed += 1
      head()
      Console.write("FAILED checks: ")
      Console.write(decimal: failedHere)
      Console.endLine()
    }
  }

  private func head() {
    Console.write("bulkhead-test: ")
    Console.write(name)
    Console.write(": ")
  }
}
