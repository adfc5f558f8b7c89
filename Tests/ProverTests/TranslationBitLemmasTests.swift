import Foundation
import Prover
import Testing

/// Nothing that the provers are told of bits is believed: it is proved over bit vectors.
@Suite struct TranslationBitLemmasTests {
  @Test(arguments: BitLemmas.all.map(\.name)) func holdsOverBitVectors(_ name: String) throws {
    let lemma = try #require(BitLemmas.all.first { $0.name == name })
    for prover in [["z3", "-smt2", "rlimit=400000000"], ["cvc5", "--lang=smt2"]] {
      #expect(try Tool.answer(prover, lemma.query) == "unsat", "\(prover[0])")
    }
  }

  @Test func aLemmaThatDoesNotHoldIsNotProved() throws {
    let lemma = try #require(BitLemmas.all.first { $0.name == "band_bounds" })
    let wrong = lemma.query.replacing("(assert (not ", with: "(assert (or (= x y) ")
    #expect(wrong != lemma.query)
    #expect(try Tool.answer(["z3", "-smt2"], wrong) == "sat")
  }

  @Test func namesAreDistinct() {
    #expect(Set(BitLemmas.all.map(\.name)).count == BitLemmas.all.count)
  }
}

private enum Tool {
  /// The first line that a prover prints about a query.
  static func answer(_ command: [String], _ query: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("lemma-\(UUID().uuidString).smt2")
    try query.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command + [file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).components(separatedBy: "\n")[0]
  }
}
