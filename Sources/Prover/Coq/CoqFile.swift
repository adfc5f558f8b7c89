/// The file as a whole.
enum CoqFile {
  static func text(_ vocabulary: CoqVocabulary, _ statements: [String]) -> String {
    let ranges = vocabulary.ranges.sorted { ($0.width, $0.minimum) < ($1.width, $1.minimum) }.map {
      "Definition is_\($0) (x : Z) : Prop := \(number($0.minimum)) <= x <= \($0.maximum)."
    }
    let fields =
      vocabulary.types.map { "\($0) : Type" } + vocabulary.symbols + statements
    return
      ([header, "Require Import ZArith.\nOpen Scope Z_scope.\n"] + ranges
      + vocabulary.definitions
      + ["\nClass Proved := {\n" + fields.map(indented).joined(separator: ";\n") + "\n}."])
      .joined(separator: "\n") + "\n"
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
  }

  private static func number(_ value: Int128) -> String { value < 0 ? "(\(value))" : "\(value)" }

  /// Text that neither opens nor ends a comment.
  static func comment(_ text: String) -> String {
    text.replacing("(*", with: "( *").replacing("*)", with: "* )").replacing("\"", with: "'")
  }

  /// How the file is to be read.
  private static let header = """
    (* Written by `prove --coq`: theorems of a Swift program, as hypotheses of what is proved here.

       Nothing is an axiom: `Proved` is a record, so a theorem of Coq about it is about any types
       and functions of which these statements hold. Its fields are

       - types of Swift, of which nothing is known; their values are those for which the type's
         invariants hold. Integers are Z, a parameter with the bounds of its type; Bool is bool.
       - functions of Swift, of which nothing is known but what the statements say, and f'range: that
         integers are within the bounds of their types. Where Swift's would trap, or what it
         `requires` does not hold, they may be anything that is: the prover has shown that no
         contract and no theorem's body leads there.
       - fields, elements, cases and constants that statements name.
       - theorems: functions of Swift that the prover has proved to keep their contracts. What one
         `requires` are premises, what it `ensures` is the conclusion.

       State: a function of Swift that changes what it gets is here the function from all its
       arguments to what it leaves there (f; f'p for its parameter p, if it changes several; and
       f'result for what it returns). In the provable subset it depends on its arguments alone, and
       ends. A theorem's body changes state by such calls, one after the other: x' and x'' are what
       they make of its parameter x. What it ensures is of the last of them, where `old(x)` is x
       itself. A call of a theorem that is stated here as well is what that theorem's body does. *)
    """
}
