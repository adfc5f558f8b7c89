import Foundation
import Prover

/// Programs proved in one go: the compiler, Why3 and the provers start as seldom as can be.
struct ProgramRun {
  /// Provers at a time, on however large a machine.
  static let jobs = 2

  /// Names of functions; empty: all.
  private let only: Set<String>
  private var functions: [FunctionVerdict]
  /// By the front end or the translation.
  private var refused: [Diagnostic]

  static let result = Result { try ProgramRun(of: ProgramFile.all) }

  init(of files: [ProgramFile], only: Set<String> = []) throws {
    self.only = only
    let options = CompilerOptions(
      compiler: "swiftc", flags: ["-swift-version", "6"],
      folder: NSTemporaryDirectory() + "/programs-\(getpid())")
    defer { try? FileManager.default.removeItem(atPath: options.folder) }
    let contracts = ProgramFile.swiftFiles(in: ProgramFile.contracts).map {
      ProgramFile.contracts + "/" + $0
    }
    let (program, unread) = try SyntaxTree.program(
      of: [
        ModuleSources(name: "Contracts", files: contracts, isProved: false),
        ModuleSources(name: "Programs", files: files.map(\.path), isProved: true),
      ], options)
    let wanted = Dictionary(
      uniqueKeysWithValues: files.map { ($0.path, $0.functions(named: only).map(\.lines)) })
    let translation = Translator(program) { function in
      let lines = wanted[function.location.file]
      return only.isEmpty
        ? function.module == "Programs"
        : lines?.contains { $0.contains(function.location.line) } ?? false
    }.translate()
    var verifying = Verifier.Options()
    verifying.strategy = .effort(0)
    // Where something fails is what counts, not the values that break it.
    verifying.strategy.seeksCounterexamples = false
    verifying.jobs = ProgramRun.jobs
    // Verdicts of former runs, for whoever changes the prover and asks again and again.
    verifying.cacheFolder = ProcessInfo.processInfo.environment["PROVER_TESTS_CACHE"]
    let (verdicts, _) = try Verifier(verifying).verify(
      translation, of: program, modules: ["Programs"], refused: unread)
    functions = verdicts.filter { $0.module == "Programs" }
    let names = Set(unread.compactMap(\.function))
    refused = unread + translation.refused.filter { !names.contains($0.function ?? "") }
  }

  /// Sentences about what did not come out as the file says.
  func mismatches(of file: ProgramFile) -> [String] {
    var found: [(ProgramExpectation, String)] = []
    var mismatches: [String] = []
    for function in functions where isLookedAt(function.place.line, in: file, function.place.file) {
      if function.state == .error {
        mismatches.append("\(function.name) has no verdict: \(function.messages)")
      }
      for goal in function.failures where goal.place.file == file.path {
        let line = goal.place.line
        let what = "\(function.name), line \(line): \(goal.explanation) is \(goal.verdict)"
        switch goal.verdict {
        case .vacuous: found.append((.vacuous(line: line), what))
        default: found.append((.fails(line: line, goal.explanation), what))
        }
      }
    }
    for diagnostic in refused
    where isLookedAt(diagnostic.location.line, in: file, diagnostic.location.file)
      && !diagnostic.isOfLater
    {
      found.append(
        (
          .refused(line: diagnostic.location.line, diagnostic.message),
          "line \(diagnostic.location.line) is refused: \(diagnostic.message)"
        ))
    }
    let later = laterFunctions(of: file)
    for expectation in file.expectations
    where isLookedAt(expectation.line, in: file)
      && !later.contains(where: { $0.contains(expectation.line) })
      && !found.contains(where: { expectation.covers($0.0) })
    {
      mismatches.append("does not happen: \(expectation)")
    }
    for (event, what) in found where !file.expectations.contains(where: { $0.covers(event) }) {
      mismatches.append("is not expected: \(what)")
    }
    return mismatches + functionsWithoutVerdict(of: file)
  }

  private func isLookedAt(_ line: Int, in file: ProgramFile, _ path: String? = nil) -> Bool {
    if let path, path != file.path { return false }
    return only.isEmpty || file.functions(named: only).contains { $0.lines.contains(line) }
  }

  /// What the translation says it will know one day.
  func untranslated(in file: ProgramFile) -> [String] {
    refused.filter { $0.location.file == file.path && $0.isOfLater }.map(\.description)
  }

  /// Lines of the functions for which that day has not come.
  private func laterFunctions(of file: ProgramFile) -> [Range<Int>] {
    let lines = refused.filter { $0.location.file == file.path && $0.isOfLater }
      .map(\.location.line)
    return file.functions.map(\.lines).filter { extent in lines.contains { extent.contains($0) } }
  }

  /// Where nothing is said of a function, nothing is proved of it.
  private func functionsWithoutVerdict(of file: ProgramFile) -> [String] {
    let known =
      functions.filter { $0.place.file == file.path }.map(\.place.line)
      + refused.filter { $0.location.file == file.path }.map(\.location.line)
    return file.functions(named: only).map(\.lines).filter { extent in
      !known.contains { extent.contains($0) }
    }.map {
      "line \($0.lowerBound) declares a function of which nothing is said"
    }
  }
}

extension ProgramFile {
  fileprivate func functions(named names: Set<String>) -> [(name: Substring, lines: Range<Int>)] {
    names.isEmpty ? functions : functions.filter { names.contains(String($0.name)) }
  }
}

extension Diagnostic {
  fileprivate var isOfLater: Bool { message.contains("not translated yet") }
}

extension ProgramExpectation {
  fileprivate var line: Int {
    switch self {
    case .fails(let line, _), .refused(let line, _), .vacuous(let line): line
    }
  }

  /// Whether what happened is what was expected.
  fileprivate func covers(_ event: ProgramExpectation) -> Bool {
    switch (self, event) {
    case (.fails(let line, let word), .fails(let place, let explanation)):
      line == place
        && (explanation == ProgramExpectation.wordsOfWhy3[word] ?? word
          || explanation.hasPrefix(word + " of "))
    case (.refused(let line, let part), .refused(let place, let message)):
      line == place && (part.isEmpty || message.contains(part))
    case (.vacuous(let line), .vacuous(let place)): line == place
    default: false
    }
  }

  /// How Why3 calls what it adds to loops itself.
  private static let wordsOfWhy3 = [
    "invariant holds at first": "loop invariant init",
    "invariant kept": "loop invariant preservation",
    "variant decreases": "loop variant decrease",
  ]
}
