import Foundation

/// Writes what programs and what people read.
public struct ReportFiles {
  public static func write(_ report: ProofReport, title: String, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(report).write(to: URL(fileURLWithPath: folder + "/proof.json"))
      var page = HTMLReport(report, title: title)
      try Data(page.text().utf8).write(to: URL(fileURLWithPath: folder + "/proof.html"))
    } catch {
      throw ProofError(
        "the report cannot be written to \(folder): \(error.localizedDescription) "
          + "(try another --report)")
    }
  }
}
