import Foundation
import Prover

/// From the command line to the exit status.
struct ProveCommand {
  static func run(_ words: [String]) -> Int32 {
    do {
      let arguments = try Arguments.parse(words)
      if arguments.isHelp {
        print(Arguments.help)
        return 0
      }
      return try ProveCommand(arguments).run()
    } catch {
      FileHandle.standardError.write(Data("prove: \(error)\n".utf8))
      return 2
    }
  }

  private let arguments: Arguments
  private let configuration: Configuration

  private init(_ arguments: Arguments) throws {
    self.arguments = arguments
    if arguments.modules.isEmpty {
      var configuration = try Configuration.load(arguments.configuration ?? "proof.json")
      configuration.flags += arguments.flags
      self.configuration = configuration
    } else {
      configuration = Configuration(
        modules: arguments.modules, flags: arguments.flags, open: [])
    }
  }

  private func run() throws -> Int32 {
    let started = Date()
    let modules = try configuration.sources()
    let proved = Set(modules.filter(\.isProved).map(\.name))
    if let file = arguments.coq { return try export(to: file, modules, proved) }
    let verifier = try Verifier(options)
    let (program, refused) = try read(modules)
    let selection = Selection(arguments.only)
    let translation = Translator(program) {
      proved.contains($0.module) && selection.contains($0.name, $0.location.file)
    }.translate()
    let (functions, general) = try verifier.verify(
      translation, of: program, modules: proved, refused: refused)
    let selected = functions.filter { selection.contains($0.name, $0.place.file) }
    guard !selected.isEmpty else {
      throw CommandError(
        "no function or file has '\(arguments.only.joined(separator: "' or '"))' in its name")
    }
    if let goal = arguments.goal, selected.allSatisfy(\.goals.isEmpty) {
      throw CommandError("no goal there is called '\(goal)'")
    }
    var report = ProofReport(
      tools: verifier.tools.versions, seconds: Date().timeIntervalSince(started),
      functions: selected, general: general, open: configuration.open,
      isWhole: selection.isAll && arguments.goal == nil)
    report.sources = program.sources
    report.flags = program.flags
    try tell(report)
    return report.isGood ? 0 : 1
  }

  private func read(_ modules: [ModuleSources]) throws -> (Program, [Diagnostic]) {
    try SyntaxTree.program(
      of: modules,
      CompilerOptions(
        compiler: arguments.compiler ?? "swiftc", flags: configuration.flags,
        folder: arguments.cache + "/trees"))
  }

  /// Writes theorems for Coq.
  private func export(to file: String, _ modules: [ModuleSources], _ proved: Set<String>) throws
    -> Int32
  {
    let (program, refused) = try read(modules)
    let export = CoqExport(
      program, modules: proved, refused: refused, open: Set(configuration.open.map(\.function)))
    try Data(try export.text(of: arguments.theorems).utf8).write(to: URL(fileURLWithPath: file))
    print("prove: stated in \(file): \(arguments.theorems.joined(separator: ", "))")
    return 0
  }

  private var options: Verifier.Options {
    var options = Verifier.Options()
    options.strategy = .effort(arguments.effort)
    options.strategy.seeksCounterexamples = arguments.seeksCounterexamples
    options.cacheFolder = arguments.cache + "/verdicts"
    options.goal = arguments.goal
    options.isCold = arguments.isCold
    options.showsProgress = true
    if let jobs = arguments.jobs { options.jobs = jobs }
    if arguments.keepsFiles { options.keptFolder = arguments.cache + "/files" }
    return options
  }

  private func tell(_ report: ProofReport) throws {
    print(TerminalReport(report, isVerbose: arguments.isVerbose).text, terminator: "")
    if arguments.listsOpen { print(try open(report)) }
    if let folder = arguments.report {
      try ReportFiles.write(
        report, title: "Proof of " + report.modules.joined(separator: ", "), to: folder)
      print("prove: report in \(folder)/proof.html and \(folder)/proof.json")
    }
    if arguments.keepsFiles { print("prove: WhyML and goals are in \(arguments.cache)/files") }
  }

  /// What `proof.json` would have to list, with the reasons that it gives already.
  private func open(_ report: ProofReport) throws -> String {
    let reasons = Dictionary(
      configuration.open.map { ($0.function, $0.reason) }, uniquingKeysWith: { first, _ in first })
    let entries = report.functions.filter { $0.state == .open || $0.state == .refused }.map {
      OpenFunction(function: $0.name, reason: reasons[$0.name] ?? "")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(["open": entries]), as: UTF8.self)
  }
}

/// What `--only` selects.
struct Selection {
  private let parts: [String]
  init(_ parts: [String]) { self.parts = parts }
  var isAll: Bool { parts.isEmpty }

  func contains(_ function: String, _ file: String) -> Bool {
    isAll || parts.contains { function.contains($0) || file.contains($0) }
  }
}
