import Foundation

/// What was asked on the command line.
struct Arguments {
  var command = "help"
  var names: [String] = []
  /// Behind `--`.
  var tool: [String] = []
  var sample: Int?
  var seed: UInt64?
  var only: [String] = []
  var jobs = ProcessInfo.processInfo.activeProcessorCount
  var keepsRejected = false
  /// Whether the prover is asked about what tests do not notice, and how much.
  var proof: Proof.Extent?
  var goal = 95.0

  static let help = """
    usage: Scripts/mutate COMMAND [OPTION...]

      list                  every mutant that can be made, compiled or not
      show NAME...          the change as a diff
      run                   try all, or a sample; goes on where the last run was broken off
      report                the table and the survivors of the results so far; JSON beside them
      try NAME...           build one mutant alone, run the tests, and say how to run them again
      equivalent [NAME...]  compare the object code of survivors with the original's
      render NAME FOLDER    a source tree with the change, for other checkers
      check NAME... -- COMMAND...
                            run a command in such a tree of each; a failure of it is a rejection
      refactorings          the harmless changes; `show`, `render` and `check` take them too, and
                            `check` without a name takes all of them

      --sample N            try N mutants that a seed chooses
      --seed N              that seed; without it the sources decide
      --only KIND|FILE      only mutants of a kind or a file (several times: any of them)
      --jobs N              run N at once (the CPUs)
      --keep-rejected       what earlier states of the tests rejected is not tried again
      --prove               ask the prover about those that no test notices: whether the function
                            that is changed keeps its contract; what is not proved is rejected
      --prove-all           whether all is proved, which takes minutes for each
      --goal PERCENT        fail if fewer of all are rejected (95)

    A NAME is file:line:column:kind, as `list` prints it. There are none in what only proofs run
    (lemmas, functions of ghost values, what only contracts call): what is changed is the code that
    the device image is made of, by declaration, as the compiler says.
    """

  init(_ words: [String]) throws {
    var rest = words[...]
    if let first = rest.first, !first.hasPrefix("-") { command = rest.removeFirst() }
    while let word = rest.popFirst() {
      func value() throws -> String {
        guard let value = rest.popFirst() else { throw Failure("\(word) needs a value") }
        return value
      }
      func number() throws -> Int {
        let text = try value()
        guard let number = Int(text), number > 0 else {
          throw Failure("\(word) needs a number above 0, not \(text)")
        }
        return number
      }
      switch word {
      case "--sample": sample = try number()
      case "--seed": seed = UInt64(try number())
      case "--only": only.append(try value())
      case "--jobs": jobs = try number()
      case "--keep-rejected": keepsRejected = true
      case "--prove": proof = proof ?? .function
      case "--prove-all": proof = .all
      case "--goal": goal = Double(try number())
      case "--help", "-h": command = "help"
      case "--":
        tool = Array(rest)
        rest = []
      default:
        guard !word.hasPrefix("-") else {
          throw Failure("unknown option \(word) (Scripts/mutate --help lists them)")
        }
        names.append(word)
      }
    }
  }
}
