/// What the provers are told of the functions on bits, over numbers below 2^64.
///
/// Nothing of it is believed: each lemma is also a query over bit vectors (``query``), and a test has
/// both provers prove it there.
public struct BitLemma: Sendable {
  public var name: String
  /// Numbers from 0 up to 2^64 - 1.
  var variables: [String]
  /// Terms that, when they occur, bring the lemma to mind.
  var triggers: [BitTerm]
  var statement: BitTerm

  var whyML: String {
    let bounds = variables.map { "0 <= \($0) <= 0xffff_ffff_ffff_ffff" }.joined(separator: " -> ")
    let trigger = triggers.map(\.whyML).joined(separator: ", ")
    if variables.isEmpty { return "axiom \(name) : \(statement.whyML)" }
    return "axiom \(name) : forall \(variables.joined(separator: " ")): int [\(trigger)].\n"
      + "  \(bounds) -> \(statement.whyML)"
  }

  /// SMT-LIB: unsatisfiable if the lemma holds. Numbers have 130 bits, so that sums of a few and
  /// differences of numbers below 2^64 are exact.
  public var query: String {
    let declarations = variables.map { "(declare-const \($0)_ (_ BitVec 64))" }
    let definitions = variables.map { "(define-fun \($0) () N ((_ zero_extend 66) \($0)_))" }
    return
      ([BitLemmas.definitionsOverBitVectors] + declarations + definitions
      + ["(assert (not \(statement.bitVectors)))", "(check-sat)", ""]).joined(separator: "\n")
  }
}

indirect enum BitTerm: Sendable {
  case variable(String)
  case number(Int128)
  /// A function of ``BitLemmas/functions``.
  case function(String, [BitTerm])
  case add(BitTerm, BitTerm)
  case subtract(BitTerm, BitTerm)
  /// Of a number that is not negative.
  case modulo2(BitTerm)
  case lessOrEqual(BitTerm, BitTerm)
  case equal(BitTerm, BitTerm)
  case not(BitTerm)
  case implies(BitTerm, BitTerm)
  case all([BitTerm])
  case conditional(BitTerm, BitTerm, BitTerm)

  var whyML: String {
    switch self {
    case .variable(let name): name
    case .number(let value): Arithmetic.literal(value)
    case .function(let name, let arguments):
      "(\(name) \(arguments.map(\.whyML).joined(separator: " ")))"
    case .add(let a, let b): "(\(a.whyML) + \(b.whyML))"
    case .subtract(let a, let b): "(\(a.whyML) - \(b.whyML))"
    case .modulo2(let a): "(mod \(a.whyML) 2)"
    case .lessOrEqual(let a, let b): "(\(a.whyML) <= \(b.whyML))"
    case .equal(let a, let b): "(\(a.whyML) = \(b.whyML))"
    case .not(let a): "(not \(a.whyML))"
    case .implies(let a, let b): "(\(a.whyML) -> \(b.whyML))"
    case .all(let parts): "(\(parts.map(\.whyML).joined(separator: " /\\ ")))"
    case .conditional(let a, let b, let c):
      "(if \(a.whyML) then \(b.whyML) else \(c.whyML))"
    }
  }

  var bitVectors: String {
    switch self {
    case .variable(let name): name
    case .number(let value): "(_ bv\(value) 130)"
    case .function(let name, let arguments):
      "(\(name) \(arguments.map(\.bitVectors).joined(separator: " ")))"
    case .add(let a, let b): "(bvadd \(a.bitVectors) \(b.bitVectors))"
    case .subtract(let a, let b): "(bvsub \(a.bitVectors) \(b.bitVectors))"
    case .modulo2(let a): "(bvand \(a.bitVectors) (_ bv1 130))"
    case .lessOrEqual(let a, let b): "(bvsle \(a.bitVectors) \(b.bitVectors))"
    case .equal(let a, let b): "(= \(a.bitVectors) \(b.bitVectors))"
    case .not(let a): "(not \(a.bitVectors))"
    case .implies(let a, let b): "(=> \(a.bitVectors) \(b.bitVectors))"
    case .all(let parts): "(and \(parts.map(\.bitVectors).joined(separator: " ")))"
    case .conditional(let a, let b, let c):
      "(ite \(a.bitVectors) \(b.bitVectors) \(c.bitVectors))"
    }
  }
}

/// The functions on bits that are left to the provers as names, and the lemmas about them.
public enum BitLemmas {
  /// `bclear x y` is x without the bits of y; `shr x n` moves down; `pow2 n` is one bit;
  /// `lowest_off x` is x without its lowest one.
  static let functions = [
    ("band", 2), ("bor", 2), ("bxor", 2), ("bclear", 2), ("shr", 2), ("pow2", 1), ("ctz", 1),
    ("clz", 1), ("popcount", 1), ("lowest_off", 1),
  ]

  static func declare(in context: UnitContext) {
    context.declare("bits") {
      let declarations = functions.map { name, count in
        "function \(name)\(String(repeating: " int", count: count)) : int"
      }
      return (declarations + all.map(\.whyML)).joined(separator: "\n")
    }
  }

  /// What the functions are, over numbers of 130 bits.
  static let definitionsOverBitVectors: String = {
    var lines = [
      "(set-logic QF_BV)",
      "(define-sort N () (_ BitVec 130))",
      "(define-fun band ((x N) (y N)) N (bvand x y))",
      "(define-fun bor ((x N) (y N)) N (bvor x y))",
      "(define-fun bxor ((x N) (y N)) N (bvxor x y))",
      "(define-fun bclear ((x N) (y N)) N (bvand x (bvnot y)))",
      "(define-fun shr ((x N) (n N)) N (bvlshr x n))",
      "(define-fun lowest_off ((x N)) N (bvand x (bvsub x (_ bv1 130))))",
      "(define-fun pow2 ((n N)) N (bvshl (_ bv1 130) n))",
    ]
    func number(_ value: Int) -> String { "(_ bv\(value) 130)" }
    func isSet(_ bit: Int) -> String { "(= ((_ extract \(bit) \(bit)) x) #b1)" }
    // The lowest and the highest bit that is set decide; of 0 nothing is said but of popcount.
    let lowest = (0..<64).reversed().reduce(number(64)) {
      "(ite \(isSet($1)) \(number($1)) \($0))"
    }
    let highest = (0..<64).reduce(number(64)) { "(ite \(isSet($1)) \(number(63 - $1)) \($0))" }
    // In 8 bits, pair by pair: the provers add 130 bits at a time with less ease.
    var sums = (0..<64).map { "((_ zero_extend 7) ((_ extract \($0) \($0)) x))" }
    while sums.count > 1 {
      sums = stride(from: 0, to: sums.count, by: 2).map { "(bvadd \(sums[$0]) \(sums[$0 + 1]))" }
    }
    lines.append("(define-fun ctz ((x N)) N \(lowest))")
    lines.append("(define-fun clz ((x N)) N \(highest))")
    lines.append("(define-fun popcount ((x N)) N ((_ zero_extend 122) \(sums[0])))")
    return lines.joined(separator: "\n")
  }()
}
