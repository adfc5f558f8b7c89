import Foundation
import Prover
import Testing

/// Nothing that the provers are told of counting is believed: it is proved by induction, from what
/// counting is.
@Suite struct TranslationCountingTests {
  @Test func lemmasFollowFromDefinitions() throws {
    let goals = try CountingGoals(lemmas: Counting.lemmas.replacing("axiom ", with: "goal "))
    #expect(goals.files.count > 30)
    for file in goals.files {
      for prover in [["z3", "rlimit=20000000"], ["cvc5", "--rlimit=1000000", "--quiet"]] {
        let answer = try CountingGoals.run(prover + [file]).split(separator: "\n").first
        #expect(answer == "unsat", "\(prover[0]): \(file)")
      }
    }
  }

  @Test func aLemmaThatDoesNotHoldIsNotProved() throws {
    let goals = try CountingGoals(
      lemmas: "goal wrong : forall p: map int bool. count_of_ p 0 8 <= 7")
    let file = try #require(goals.files.first { $0.contains("wrong") })
    let answer = try CountingGoals.run(["z3", "rlimit=1000000", file])
    #expect(!answer.hasPrefix("unsat"))
  }
}

/// Definitions of what ``Counting`` names, with lemmas as what is to be proved, in the provers' files.
private struct CountingGoals {
  var files: [String] = []

  init(lemmas: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("counting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = folder.appendingPathComponent("counting.mlw").path
    try """
    module Counting
    use int.Int
    use map.Map
    \(CountingGoals.definitions)
    \(lemmas)
    end
    """.write(toFile: source, atomically: true, encoding: .utf8)
    let driver =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/Sources/Prover/Resources/z3.drv"
    let complaints = try CountingGoals.run([
      "why3", "prove", "-D", driver, "-a", "split_vc", "-o", folder.path, source,
    ])
    try #require(complaints.isEmpty, "\(complaints)")
    files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".smt2") }.map { folder.path + "/" + $0 }
  }

  static func run(_ command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// `apart_` is the last number at which two properties differ, if there is one.
  private static let definitions = #"""
    let rec ghost function count_of_ (p: map int bool) (low high: int) : int
      variant { high - low } =
      if high <= low then 0
      else count_of_ p low (high - 1) + (if get p (high - 1) then 1 else 0)
    let rec ghost function apart_ (p q: map int bool) (low high: int) : int
      variant { high - low } =
      if high <= low then low
      else if pure { get p (high - 1) <> get q (high - 1) } then high - 1
      else apart_ p q low (high - 1)
    let ghost function apart_again_ (p q: map int bool) (low high: int) : int =
      apart_ p q low (apart_ p q low high)
    function holding_ (p: map int bool) (low high: int) : int =
      apart_ p (fun (_: int) -> False) low high
    function failing_ (p: map int bool) (low high: int) : int =
      apart_ p (fun (_: int) -> True) low high
    let rec lemma bounds (p: map int bool) (low high: int)
      requires { low <= high }
      ensures { 0 <= count_of_ p low high <= high - low }
      variant { high - low } =
      if low < high then bounds p low (high - 1)
    let rec lemma apart_means (p q: map int bool) (low high: int)
      ensures { let d = apart_ p q low high in
        (low <= d < high /\ get p d <> get q d /\ forall i: int. d < i < high -> get p i = get q i)
        \/ forall i: int. low <= i < high -> get p i = get q i }
      variant { high - low } =
      if low < high then apart_means p q low (high - 1)
    let rec lemma same (p q: map int bool) (low high: int)
      requires { forall i: int. low <= i < high -> get p i = get q i }
      ensures { count_of_ p low high = count_of_ q low high }
      variant { high - low } =
      if low < high then same p q low (high - 1)
    let rec lemma joined (p: map int bool) (low middle high: int)
      requires { low <= middle <= high }
      ensures { count_of_ p low high = count_of_ p low middle + count_of_ p middle high }
      variant { high - middle } =
      if middle < high then joined p low middle (high - 1)
    let rec lemma never (p: map int bool) (low high: int)
      requires { forall i: int. low <= i < high -> not (get p i) }
      ensures { count_of_ p low high = 0 }
      variant { high - low } =
      if low < high then never p low (high - 1)
    let rec lemma always (p: map int bool) (low high: int)
      requires { low <= high /\ forall i: int. low <= i < high -> get p i }
      ensures { count_of_ p low high = high - low }
      variant { high - low } =
      if low < high then always p low (high - 1)
    let rec lemma some (p: map int bool) (low high i: int)
      requires { low <= i < high /\ get p i }
      ensures { count_of_ p low high >= 1 }
      variant { high - low } =
      if i < high - 1 then some p low (high - 1) i
    let rec lemma less (p: map int bool) (low high i: int)
      requires { low <= i < high /\ not (get p i) }
      ensures { count_of_ p low high < high - low }
      variant { high - low } =
      if i < high - 1 then less p low (high - 1) i
    let rec lemma one (p q: map int bool) (low high d: int)
      requires { low <= d < high /\ get p d <> get q d
        /\ forall i: int. low <= i < high -> i <> d -> get p i = get q i }
      ensures { count_of_ q low high - count_of_ p low high = (if get q d then 1 else (-1)) }
      variant { high - low } =
      if d < high - 1 then one p q low (high - 1) d
    let lemma apart_twice (p q: map int bool) (low high: int)
      ensures { let d = apart_ p q low high in
        (low <= d < high /\ get p d <> get q d /\
          let e = apart_ p q low d in
          ((low <= e < d /\ get p e <> get q e) \/
           forall i: int. low <= i < high -> i <> d -> get p i = get q i))
        \/ forall i: int. low <= i < high -> get p i = get q i } =
      apart_means p q low high;
      apart_means p q low (apart_ p q low high)
    let lemma next (p q: map int bool) (low high: int)
      requires { low <= high }
      ensures { (let d = apart_ p q low high in low <= d < high /\ get p d <> get q d) \/
          count_of_ q low (high + 1) = count_of_ p low high + (if get q high then 1 else 0) } =
      apart_means p q low high;
      let ghost d = apart_ p q low high in
      if pure { not (low <= d < high /\ get p d <> get q d) } then same p q low high
    let lemma apart_counts (p q: map int bool) (low high: int)
      ensures { let d = apart_ p q low high in
        (count_of_ p low high = count_of_ q low high /\
          (forall i: int. low <= i < high -> get p i = get q i)) \/
        (low <= d < high /\ get p d <> get q d /\
          (let e = apart_again_ p q low high in
            count_of_ q low high - count_of_ p low high = (if get q d then 1 else (-1)) \/
            (low <= e < high /\ e <> d /\ get p e <> get q e))) } =
      apart_twice p q low high;
      let ghost d = apart_ p q low high in
      if pure { low <= d < high /\ get p d <> get q d } then (
        let ghost e = apart_ p q low d in
        if pure { not (low <= e < d /\ get p e <> get q e) } then one p q low high d)
      else same p q low high
    """#
}
