import Foundation

/// Writes a file of the core with several mutants in it, of which a switch chooses one when the
/// program starts.
///
///     func f() -> Bool { a < b }
///
/// becomes
///
///     func f() -> Bool {
///     if mutant(17) { // begin mutant 17
///     return a <= b
///     } // end mutant 17
///     return a < b }
///
/// Each mutant has a copy of the whole body, so whatever compiles on its own compiles here too, and
/// the compiler's work grows with their number, not faster.
enum Schemata {
  /// - Parameter mutants: the mutants of this file that are wanted, with their numbers.
  static func write(_ file: CoreFile, _ mutants: [(number: Int, mutant: Mutant)]) -> String {
    var result = ""
    var end = 0
    let byUnit = Dictionary(grouping: mutants) { $0.mutant.unit }
    // A unit in another one, such as a variable of a body, is never chosen: bodies are outermost.
    for unit in byUnit.keys.sorted(by: { file.units[$0].start < file.units[$1].start }) {
      let part = file.units[unit]
      result += text(file, end, part.start)
      result += alternatives(file, part, byUnit[unit] ?? [])
      end = part.end
    }
    result += text(file, end, file.text.count)
    // Without a line of its own, so that lines before the first mutant keep their numbers.
    return mutants.isEmpty ? result : "import MutationSwitch; " + result
  }

  private static func text(_ file: CoreFile, _ start: Int, _ end: Int) -> String {
    String(decoding: file.text[start..<end], as: UTF8.self)
  }

  /// The text of a part with a mutant in it.
  private static func changed(_ file: CoreFile, _ part: Unit, _ mutant: Mutant) -> String {
    text(file, part.start, mutant.start) + mutant.changed + text(file, mutant.end, part.end)
  }

  private static func alternatives(
    _ file: CoreFile, _ part: Unit, _ mutants: [(number: Int, mutant: Mutant)]
  ) -> String {
    let original = text(file, part.start, part.end)
    switch part.form {
    case .body(let isExpression, let fallsThrough):
      let answer = isExpression ? "return " : ""
      let ending = fallsThrough ? "return\n" : ""
      let copies = mutants.map {
        "if mutant(\($0.number)) { \(beginMark) \($0.number)\n\(answer)"
          + changed(file, part, $0.mutant) + "\n\(ending)} \(endMark) \($0.number)\n"
      }
      return "\n" + copies.joined() + answer + original
    case .value(let type?):
      let copies = mutants.map {
        "if mutant(\($0.number)) { \(beginMark) \($0.number)\nreturn "
          + changed(file, part, $0.mutant) + "\n} \(endMark) \($0.number)\n"
      }
      return "{ () -> \(type) in\n" + copies.joined() + "return " + original + " }()"
    case .value(nil):
      let copies = mutants.map {
        "mutant(\($0.number)) ? ( \(beginMark) \($0.number)\n" + changed(file, part, $0.mutant)
          + "\n) \(endMark) \($0.number)\n: "
      }
      return "\n" + copies.joined() + original
    }
  }

  // MARK: Lines

  private static let beginMark = "// begin mutant"
  private static let endMark = "// end mutant"

  /// The mutant on each line of a written file, and the line of the original for the others.
  static func lines(of written: String) -> (mutants: [Int: Int], originals: [Int: Int]) {
    var mutants: [Int: Int] = [:]
    var originals: [Int: Int] = [:]
    var current: Int?
    var skipped = 0
    var inAlternatives = false
    for (index, line) in written.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      if let number = number(in: line, behind: beginMark) {
        if !inAlternatives { skipped += 1 }
        inAlternatives = true
        current = number
      }
      if let current {
        mutants[index + 1] = current
        skipped += 1
      } else {
        inAlternatives = false
        originals[index + 1] = index + 1 - skipped
      }
      if number(in: line, behind: endMark) != nil { current = nil }
    }
    return (mutants, originals)
  }

  private static func number(in line: Substring, behind mark: String) -> Int? {
    guard let range = line.range(of: mark + " ") else { return nil }
    return Int(line[range.upperBound...].prefix { $0.isNumber })
  }
}
