import Foundation
import Prover
import Testing

/// From Swift's theorems about steps of a small machine to Coq's about its traces.
@Suite struct CoqTracesTests {
  /// A number that is shown and one that is not, with what two theorems ensure.
  private static func machine(consistent: String, respected: String) -> String {
    """
    struct Machine: ~Copyable {
      var shown = 0
      var hidden = 0
      mutating func step(_ isHidden: Bool, _ value: Int) {
        if isHidden { hidden = hidden &+ value } else { shown = shown &+ value }
      }
      static func looksSame(_ a: borrowing Machine, _ b: borrowing Machine) -> Bool {
        a.shown == b.shown
      }
      static func consistent(_ a: inout Machine, _ b: inout Machine, _ value: Int) {
        requires(looksSame(a, b))
        ensures(\(consistent))
        a.step(false, value)
        b.step(false, value)
      }
      static func respected(_ a: inout Machine, _ b: borrowing Machine, _ value: Int) {
        requires(looksSame(a, b))
        ensures(\(respected))
        a.step(true, value)
      }
      static func bothWays(_ a: borrowing Machine, _ b: borrowing Machine) {
        requires(looksSame(a, b))
        ensures(looksSame(b, a))
      }
    }
    """
  }

  private static let instance = """
    Require Import ZArith.
    Require Import Theorems Traces.
    Section Instance.
      Context {proved : Proved}.
      Definition step (s : Machine) (i : bool * Z) : Machine := Machine_step s (fst i) (snd i).
      Definition same (a b : Machine) : Prop := Machine_looksSame a b = true.
      Definition agree (_ _ : Machine) (i j : bool * Z) : Prop :=
        j = i /\\ fst i = false /\\ is_Int (snd i).
      Definition unnoticed (_ : Machine) (i : bool * Z) : Prop := fst i = true /\\ is_Int (snd i).
      Lemma both : forall a b i j, same a b -> agree a b i j -> same (step a i) (step b j).
      Proof.
        unfold same, step. intros a b [isHidden value] j looks (-> & isShown & fits).
        simpl in *. subst. now apply Machine_consistent.
      Qed.
      Lemma first : forall a b i, same a b -> unnoticed a i -> same (step a i) b.
      Proof.
        unfold same, step. intros a b [isHidden value] looks [quiet fits]. simpl in *. subst.
        now apply Machine_respected.
      Qed.
      Lemma second : forall a b i, same a b -> unnoticed b i -> same a (step b i).
      Proof.
        intros a b i looks quiet. apply Machine_bothWays. apply first; auto.
        now apply Machine_bothWays.
      Qed.
      Theorem nothing_leaks : forall a t b u,
        alike step agree unnoticed a t b u -> same a b -> same (run step a t) (run step b u).
      Proof. apply ends_same; [exact both | exact first | exact second]. Qed.
    End Instance.
    Print Assumptions nothing_leaks.
    """

  /// The machine once more, as a Coq programmer would have it.
  private static let model = """
    Require Import ZArith Lia.
    Require Import Theorems.
    Definition wrapped (x : Z) : Z := (x + 2 ^ 63) mod 2 ^ 64 - 2 ^ 63.
    Instance model : Proved.
    Proof.
      refine {|
        Machine := Z * Z;
        Machine_looksSame := fun a b => fst a =? fst b;
        Machine_step := fun m (isHidden : bool) value =>
          if isHidden then (fst m, wrapped (snd m + value)) else (wrapped (fst m + value), snd m);
      |}; simpl; intros; repeat rewrite Z.eqb_eq in *; congruence.
    Defined.
    """

  /// What Coq says of a file beside the theorems, with its exit status.
  private func check(
    consistent: String = "looksSame(a, b)", respected: String = "looksSame(a, b)",
    _ text: String = CoqTracesTests.instance
  ) throws -> (Int32, String) {
    let sample = try Sample(
      CoqTracesTests.machine(consistent: consistent, respected: respected))
    try #require(sample.refusals == [])
    let theorems = try CoqExport(sample.program, modules: ["Sample"], refused: [], open: [])
      .text(of: ["Machine.consistent", "Machine.respected", "Machine.bothWays"])
    let folder = URL(fileURLWithPath: Sample.temporaryFolder())
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let traces = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Proofs/Traces.v").standardizedFileURL
    try FileManager.default.copyItem(at: traces, to: folder.appendingPathComponent("Traces.v"))
    try Data(theorems.utf8).write(to: folder.appendingPathComponent("Theorems.v"))
    try Data(text.utf8).write(to: folder.appendingPathComponent("Instance.v"))
    for file in ["Theorems.v", "Traces.v"] {
      let (status, text) = try CoqTracesTests.coqc(file, folder)
      try #require(status == 0, "\(text)")
    }
    return try CoqTracesTests.coqc("Instance.v", folder)
  }

  private static func coqc(_ file: String, _ folder: URL) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["coqc", "-q", "-R", ".", "", file]
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  @Test func `what steps have, traces have, and by nothing else`() throws {
    let (status, text) = try check()
    #expect(status == 0)
    #expect(text == "Closed under the global context\n")
  }

  @Test func `statements are true of the machine that they are about`() throws {
    let (status, text) = try check(CoqTracesTests.model)
    #expect(status == 0, "\(text)")
  }

  @Test(arguments: [
    ("looksSame(a, a)", "looksSame(a, b)"),
    ("looksSame(a, b)", "value == value"),
    ("value != 7 ==> looksSame(a, b)", "looksSame(a, b)"),
  ])
  func `a theorem that says less is not enough`(consistent: String, respected: String) throws {
    let (status, text) = try check(consistent: consistent, respected: respected)
    #expect(status == 1)
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("Error") }, "\(text)")
    #expect(!text.contains("Closed"))
  }
}
