import Foundation

/// One page with everything: every function with its contract, its goals and who proved them.
public struct HTMLReport {
  private let report: ProofReport
  private let title: String
  private var contracts: ContractTexts

  public init(_ report: ProofReport, title: String, contracts: ContractTexts = ContractTexts()) {
    self.report = report
    self.title = title
    self.contracts = contracts
  }

  public mutating func text() -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escaped(title))</title>
    <style>
    \(HTMLStyle.style)
    </style>
    </head>
    <body>
    <h1>\(HTML.escaped(title))</h1>
    <p class="soft">\(HTML.escaped(conclusion))</p>
    \(tiles)
    \(modules)
    \(problems)
    \(open)
    \(believed)
    \(all())
    <p class="soft">\(HTML.escaped(report.tools.joined(separator: " · ")))</p>
    <script>
    \(HTMLStyle.script)
    </script>
    </body>
    </html>

    """
  }

  private var conclusion: String {
    if report.isGood && report.knownOpen.isEmpty {
      return "Everything is proved, but for what is believed."
    }
    if report.isGood { return "Everything is proved, but for what is believed and what is listed." }
    return "Not everything is proved."
  }

  private var tiles: String {
    let counts = report.counts()
    let proved = report.functions.count { $0.state == .proved }
    let share = counts.goals == 0 ? 100 : Double(counts.twice) * 100 / Double(counts.goals)
    let tiles = [
      ("\(proved)", "of \(counts.functions) functions proved"),
      ("\(counts.goals - counts.notProved)", "of \(counts.goals) goals proved"),
      (String(format: "%.1f%%", share), "of all goals proved twice"),
      ("\(counts.once)", "proved by one prover only"),
      ("\(report.trusted.count)", "functions believed"),
      ("\(report.knownOpen.count)", "not yet proved, as listed"),
      ("\(report.failures.count)", "other functions not proved"),
      (TerminalReport.seconds(report.seconds), "this run"),
    ]
    return "<div class=tiles>"
      + tiles.map { "<div class=tile><b>\($0.0)</b><span>\($0.1)</span></div>" }.joined()
      + "</div>"
  }

  private var modules: String {
    let rows = report.modules.map { module in
      let counts = report.counts(of: module)
      let slowest = counts.slowest
      return [
        "<td>\(HTML.escaped(module))</td>",
        HTML.number(counts.functions), HTML.number(counts.goals), HTML.number(counts.twice),
        HTML.number(counts.once), HTML.number(counts.notProved),
        "<td>"
          + (slowest.seconds == 0
            ? ""
            : "\(TerminalReport.seconds(slowest.seconds)) <a href=\"#\(HTML.escaped(slowest.function))\">"
              + "<code>\(HTML.escaped(slowest.function))</code></a>") + "</td>",
      ].joined()
    }
    return HTML.table(
      ["Module", "#Functions", "#Goals", "#Proved twice", "#Once", "#Not proved", "Slowest goal"],
      rows)
  }

  private var problems: String {
    guard !report.problems.isEmpty else { return "" }
    return "<h2>To put right</h2><ul>"
      + report.problems.map { "<li>\(HTML.escaped($0))</li>" }.joined() + "</ul>"
  }

  private var open: String {
    guard !report.open.isEmpty else { return "" }
    return "<h2>Not yet proved</h2>"
      + list(report.open.map { ($0.function, $0.reason) }, "Why it is not proved yet")
  }

  private var believed: String {
    guard !report.trusted.isEmpty else { return "" }
    return
      "<h2>Believed</h2><p class=soft>The bodies of these functions are not proved; what their "
      + "contracts say is taken for true.</p>"
      + list(report.trusted.map { ($0.name, $0.reason ?? "") }, "Why it is believed")
  }

  private func list(_ entries: [(function: String, reason: String)], _ heading: String) -> String {
    HTML.table(
      ["Function", heading],
      entries.map {
        "<td><a href=\"#\(HTML.escaped($0.function))\"><code>\(HTML.escaped($0.function))</code></a></td>"
          + "<td class=wide>\(HTML.escaped($0.reason))</td>"
      })
  }

  private mutating func all() -> String {
    let shows = [
      ("all", "All"), ("proved", "Proved"), ("once", "Once only"), ("failed", "Not proved"),
      ("trusted", "Believed"),
    ]
    var result =
      "<h2>Functions</h2><div class=bar>"
      + "<input type=search placeholder=\"Name, file or goal\" aria-label=\"Search functions\">"
      + shows.map { "<button data-show=\($0.0)>\($0.1)</button>" }.joined()
      + "</div><p class=soft id=count></p>\n"
    for module in report.modules {
      result += "<section data-part><h2>\(HTML.escaped(module))</h2>\n"
      let functions = report.functions.filter { $0.module == module }
      var seen: Set<String> = []
      for file in functions.map(\.place.file) where seen.insert(file).inserted {
        result += "<section data-part><h3>\(HTML.escaped(file))</h3>\n"
        for function in functions where function.place.file == file {
          result += HTMLFunction(function, contract: contracts.text(at: function.place)).text
        }
        result += "</section>\n"
      }
      result += "</section>\n"
    }
    return result
  }
}

/// Small pieces of a page.
enum HTML {
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  static func number(_ number: Int) -> String { "<td class=number>\(number)</td>" }

  /// A heading that starts with `#` stands over numbers.
  static func table(_ headings: [String], _ rows: [String]) -> String {
    "<table><tr>"
      + headings.map {
        $0.hasPrefix("#") ? "<th class=number>\($0.dropFirst())</th>" : "<th>\($0)</th>"
      }.joined() + "</tr>\n" + rows.map { "<tr>\($0)</tr>\n" }.joined() + "</table>\n"
  }
}
