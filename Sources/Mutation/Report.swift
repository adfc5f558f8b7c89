import Foundation

/// Tables of what became of mutants.
struct Report {
  let mutants: [Mutant]
  let results: [String: Result]

  struct Count {
    var generated = 0, rejected = 0, unproved = 0, survived = 0, timeouts = 0, equivalent = 0
    var replayed = 0

    mutating func add(_ result: Result?) {
      generated += 1
      switch result?.verdict {
      case .rejected:
        rejected += 1
        if result?.replays == true { replayed += 1 }
      case .unproved: unproved += 1
      case .survived: survived += 1
      case .timeout: timeouts += 1
      case .equivalent: equivalent += 1
      case nil: break
      }
    }
    var tried: Int { rejected + unproved + survived + timeouts + equivalent }
    /// Rejected by tests or by the proof, of all that were generated.
    var share: Double { generated == 0 ? 1 : Double(rejected + unproved) / Double(generated) }
  }

  var total: Count { count(mutants) }

  private func count(_ some: [Mutant]) -> Count {
    some.reduce(into: Count()) { $0.add(results[$1.name]) }
  }

  // MARK: For people

  func text() -> String {
    var lines = table("kind") { $0.kind.rawValue }
    lines.append("")
    lines += table("file") { $0.file }
    let count = total
    lines += [
      "",
      "\(count.generated) mutants, \(count.tried) tried: \(count.rejected) rejected by tests,"
        + " \(count.unproved) by the proof (\(percent(count.share)) of all),"
        + " \(count.survived) survived, \(count.timeouts) timeouts, \(count.equivalent) equivalent",
      "\(count.replayed) rejections (\(percent(Double(count.replayed) / Double(max(1, count.generated)))) of all) by a test that failed again when it was run alone",
    ]
    for verdict in [Verdict.survived, .timeout, .equivalent, .unproved] {
      let found = mutants.filter { results[$0.name]?.verdict == verdict }
      if found.isEmpty { continue }
      lines += ["", "\(verdict.rawValue):"]
      for mutant in found {
        lines.append(
          "  \(mutant.name) (\(mutant.function)): \(short(mutant.original))"
            + " -> \(short(mutant.changed))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private func table(_ title: String, _ group: (Mutant) -> String) -> [String] {
    let header = [
      title, "generated", "rejected", "unproved", "survived", "timeouts", "equivalent",
      "for example by",
    ]
    var rows = [header]
    let groups = Dictionary(grouping: mutants, by: group)
    for name in groups.keys.sorted() {
      let some = groups[name]!
      let count = count(some)
      let example = some.lazy.compactMap { results[$0.name]?.test }.first ?? ""
      rows.append(
        [name, "\(count.generated)", "\(count.rejected)", "\(count.unproved)", "\(count.survived)"]
          + ["\(count.timeouts)", "\(count.equivalent)", example])
    }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 || column == row.count - 1 ? cell + space : space + cell
      }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  private func short(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count <= 70 ? words : words.prefix(67) + "..."
  }

  // MARK: For programs

  private struct Entry: Encodable {
    var mutant: Mutant
    var result: Result?
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(mutants.map { Entry(mutant: $0, result: results[$0.name]) })
  }
}
