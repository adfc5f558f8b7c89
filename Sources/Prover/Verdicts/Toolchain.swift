import Foundation

/// Why3 and the provers as they are installed, and how Why3 writes for each prover.
public struct Toolchain: Sendable {
  public var why3 = "why3"
  public var z3 = "z3"
  public var cvc5 = "cvc5"
  /// Texts of Why3's drivers.
  var z3Driver: Driver
  var cvc5Driver: Driver
  /// What `--version` says: a verdict of the cache holds for these alone.
  public private(set) var versions: [String] = []

  public init(why3: String = "why3", z3: String = "z3", cvc5: String = "cvc5") throws {
    self.why3 = why3
    self.z3 = z3
    self.cvc5 = cvc5
    z3Driver = Driver(String(decoding: PackageResources.z3_drv, as: UTF8.self))
    cvc5Driver = Driver(String(decoding: PackageResources.cvc5_drv, as: UTF8.self))
    for tool in [why3, z3, cvc5] {
      let result = try Subprocess.run([tool, "--version"], guardSeconds: 60)
      guard result.status == 0, let line = result.output.split(separator: "\n").first else {
        throw ProofError(
          "'\(tool) --version' failed: \(result.violence ?? result.complaints) (try: make setup)")
      }
      versions.append(String(line))
    }
  }

  subscript(prover: ProverName) -> String { prover == .z3 ? z3 : cvc5 }
  func driver(_ prover: ProverName) -> Driver { prover == .z3 ? z3Driver : cvc5Driver }
}

/// How Why3 writes goals for a prover.
struct Driver: Sendable {
  let text: String
  /// Lines that only stand at the start of each goal.
  let prelude: String
  /// All else, without comments. Provers with the same one get the same goals, printed once.
  let essence: String

  init(_ text: String) {
    self.text = text
    var prelude = ""
    var essence = ""
    for line in Driver.withoutComments(text).split(separator: "\n") {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      if line.hasPrefix("prelude "), parts.count == 3 {
        prelude += parts[1] + "\n"
      } else {
        essence += line + "\n"
      }
    }
    self.prelude = prelude
    self.essence = essence
  }

  /// Comments that start a line; elsewhere `(*` is a product.
  private static func withoutComments(_ text: String) -> String {
    var result = ""
    var isComment = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("(*") { isComment = true }
      if !isComment { result += line + "\n" }
      if line.hasSuffix("*)") { isComment = false }
    }
    return result
  }
}
