/// What kind of mistake a mutant is.
enum Kind: String, CaseIterable, Codable, Sendable {
  /// A condition of a `guard`, `if`, `while` or `where`, or one operand of it, is not looked at.
  case droppedCheck = "dropped-check"
  /// What a condition guards is done always, or never.
  case forcedCheck = "forced-check"
  /// `==` and `!=`, `<` and `>=`; a dropped `!`.
  case negatedComparison = "negated-comparison"
  /// `<` and `<=`, `..<` and `...`, a constant one more or one less, another bound of a loop.
  case offByOne = "off-by-one"
  /// `&+` and `&-`, `+` and `-`.
  case arithmetic
  /// `&&` and `||`.
  case connective
  /// `|` and `&`, `<<` and `>>`, a dropped `~`, another shift or bit of a mask.
  case wrongBit = "wrong-bit"
  case droppedStatement = "dropped-statement"
  /// Pages that are not cleared, or not cleaned out of the caches.
  case missingScrub = "missing-scrub"
  case forgottenInvalidation = "forgotten-invalidation"
  case forgottenStore = "forgotten-store"
  /// Any other effect.
  case forgottenEffect = "forgotten-effect"
  case forgottenLock = "forgotten-lock"
  case swappedArguments = "swapped-arguments"
  /// A page, VM or vCPU of somebody else.
  case swappedOwner = "swapped-owner"
  /// Another parameter of the same type.
  case wrongVariable = "wrong-variable"
  /// Another error, or none.
  case changedError = "changed-error"
  case changedResult = "changed-result"
  /// Another case of an enumeration.
  case changedCase = "changed-case"
  /// Another constant of the same family.
  case wrongConstant = "wrong-constant"
}

/// A small change of the core: one piece of text that is replaced by another.
struct Mutant: Codable, Sendable {
  /// `file:line:column:kind`, with a number behind it for the second of this kind at a place.
  var name = ""
  /// The same without line and column: where it is by function and text, which a change elsewhere
  /// in the file leaves alone.
  var key = ""
  var kind: Kind
  var file: String
  var line: Int
  var column: Int
  /// `Machine.donate`
  var function: String
  /// Bytes of the source file.
  var start: Int
  var end: Int
  var original: String
  var changed: String
  /// Which body or initial value of the file it is in.
  var unit: Int
}

/// A part of a source file that a switch can replace as a whole: the body of a function, or the
/// initial value of a property.
struct Unit: Sendable {
  enum Form: Sendable {
    /// Statements; whether they are one expression whose value is the result, and whether control
    /// may reach their end.
    case body(isExpression: Bool, fallsThrough: Bool)
    /// An initial value, with its type if that is written.
    case value(type: String?)
  }
  var form: Form
  /// Bytes of the source file.
  var start: Int
  var end: Int
}

/// A source file of the core, and what can be changed in it.
struct CoreFile: Sendable {
  var name: String
  var text: [UInt8]
  var units: [Unit]
  var mutants: [Mutant]

  /// The whole text with some of it replaced.
  func replacing(_ start: Int, _ end: Int, by changed: String) -> String {
    String(decoding: text[..<start] + Array(changed.utf8) + text[end...], as: UTF8.self)
  }
}

/// Gives mutants their names: those that share one get numbers.
func naming(_ mutants: [Mutant]) -> [Mutant] {
  var names: [String: Int] = [:]
  var keys: [String: Int] = [:]
  func numbered(_ text: String, _ counts: inout [String: Int]) -> String {
    counts[text, default: 0] += 1
    let count = counts[text]!
    return count == 1 ? text : "\(text).\(count)"
  }
  func oneLine(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count <= 90 ? words : words.prefix(87) + "..."
  }
  return mutants.map { mutant in
    var mutant = mutant
    mutant.name = numbered(
      "\(mutant.file):\(mutant.line):\(mutant.column):\(mutant.kind.rawValue)", &names)
    mutant.key = numbered(
      "\(mutant.file) \(mutant.function) \(mutant.kind.rawValue): "
        + "\(oneLine(mutant.original)) -> \(oneLine(mutant.changed))", &keys)
    return mutant
  }
}
