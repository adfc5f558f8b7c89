import Foundation

/// From proof units to verdicts.
public struct Verifier: Sendable {
  public struct Options: Sendable {
    public var strategy = Strategy.effort(2)
    /// Provers that run at a time.
    public var jobs = ProcessInfo.processInfo.activeProcessorCount
    /// Verdicts of former runs; nil: none.
    public var cacheFolder: String?
    /// Prove everything again.
    public var isCold = false
    public var showsProgress = false
    /// Where WhyML and goals stay, to be looked at. What is there is removed first.
    public var keptFolder: String?
    public init() {}
  }
  let options: Options
  public let tools: Toolchain

  public init(_ options: Options = Options(), tools: Toolchain? = nil) throws {
    self.options = options
    self.tools = try tools ?? Toolchain()
  }

  /// Verdicts in the order of the units. What goes wrong with one unit stands in its verdict.
  public func verify(_ units: [ProofUnit]) throws -> [UnitVerdict] {
    let workspace = try Workspace(keptIn: options.keptFolder)
    let cache = try options.cacheFolder.map { try ProofCache(folder: $0, isCold: options.isCold) }
    let runs = try prepare(units, in: workspace)
    let progress = Progress(isShown: options.showsProgress)
    progress.begin(units: runs.count)

    let queue = WorkQueue()
    let generator = try GoalGenerator(tools: tools, workspace: workspace)
    let prover = ProverRun(tools: tools, workspace: workspace)
    var missing: [UnitRun] = []
    for run in runs {
      run.finished = { verdict, entry in
        if let entry { cache?.store(entry) }
        progress.finish(verdict)
      }
      if let entry = cache?.entry(run.key), run.take(entry) { continue }
      run.prove = prover
      run.queue = queue
      run.strategy = options.strategy
      if run.unit.kind != .smoke {
        run.goalsOfEachWay = { [name = run.name] in try generator.goalsOfEachWay(of: name) }
      }
      missing.append(run)
    }
    // Why3 takes longer to read its library than for most units: some at a time.
    for start in stride(from: 0, to: missing.count, by: 12) {
      let some = Array(missing[start..<min(start + 12, missing.count)])
      queue.add {
        do {
          for (run, goals) in zip(some, try generator.goals(of: some.map(\.name))) {
            run.begin(goals)
          }
        } catch {
          for run in some { run.begin(.failure(ProofError("\(error)"))) }
        }
      }
    }
    queue.work(threads: max(1, options.jobs))
    progress.end()
    return runs.map { $0.verdict! }
  }

  private func prepare(_ units: [ProofUnit], in workspace: Workspace) throws -> [UnitRun] {
    // Everything but the text that a verdict depends on.
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let strategy = String(decoding: try encoder.encode(options.strategy), as: UTF8.self)
    try workspace.write(
      (["format 5", strategy] + tools.versions + [tools.z3Driver.text, tools.cvc5Driver.text])
        .joined(separator: "\n"), to: "circumstances")
    let circumstances = try workspace.hashes(of: ["circumstances"])[0]
    var runs: [UnitRun] = []
    for (index, unit) in units.enumerated() {
      let text = PlacelessText(unit.text)
      let name = "u\(index + 1)"
      try workspace.write(
        "(* \(unit.kind.rawValue) \(circumstances) *)\n" + text.text, to: name + ".mlw")
      runs.append(UnitRun(unit, places: text.places, name: name))
    }
    for (run, key) in zip(runs, try workspace.hashes(of: runs.map { $0.name + ".mlw" })) {
      run.key = key
    }
    return runs
  }
}
