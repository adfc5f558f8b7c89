import Foundation

/// From proof units to verdicts.
public struct Verifier: Sendable {
  public struct Options: Sendable {
    public var strategy = Strategy.effort(2)
    /// Provers that run at a time.
    public var jobs = ProcessInfo.processInfo.activeProcessorCount
    /// Verdicts of former runs; nil: none.
    public var cacheFolder: String?
    /// Of bodies, only goals with this in their explanation; what they come to is not kept.
    public var goal: String?
    /// Prove everything again.
    public var isCold = false
    public var showsProgress = false
    /// What a program that hangs may take of the clock, besides some fifty times what its resources
    /// take.
    public var guardSeconds = 120.0
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

  /// Verdicts in the order of the units that are wanted. What goes wrong with one unit stands in its
  /// verdict.
  public func verify(_ units: [ProofUnit]) throws -> [UnitVerdict] {
    let workspace = try Workspace(keptIn: options.keptFolder)
    let units = options.goal == nil ? units : units.filter { $0.kind == .body }
    let cacheFolder = options.goal == nil ? options.cacheFolder : nil
    let cache = try cacheFolder.map { try ProofCache(folder: $0, isCold: options.isCold) }
    let runs = try prepare(units, options.strategy, in: workspace)
    let progress = Progress(isShown: options.showsProgress)
    progress.begin(units: runs.count)

    let queue = WorkQueue()
    let generator = try GoalGenerator(tools: tools, workspace: workspace)
    let prover = ProverRun(
      tools: tools, workspace: workspace, leastSeconds: options.guardSeconds)
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
      run.wanted = options.goal
      if run.unit.kind != .smoke {
        run.goalsOfEachWay = { [name = run.name] in try generator.goalsOfEachWay(of: name) }
      }
      missing.append(run)
    }
    if let cache { try takeUp(&missing, cache, in: workspace) }
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

  private func prepare(
    _ units: [ProofUnit], _ strategy: Strategy, in workspace: Workspace
  ) throws -> [UnitRun] {
    let runs = units.enumerated().map { UnitRun($1, name: "u\($0 + 1)") }
    for (run, key) in zip(runs, try keys(of: runs, strategy, in: workspace)) { run.key = key }
    return runs
  }

  /// Hashes of everything that verdicts depend on, of files that are Why3's as well.
  private func keys(
    of runs: [UnitRun], _ strategy: Strategy, suffix: String = "", in workspace: Workspace
  ) throws -> [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let strategy = String(decoding: try encoder.encode(strategy), as: UTF8.self)
    try workspace.write(
      (["format 5", strategy] + tools.versions + [tools.z3Driver.text, tools.cvc5Driver.text])
        .joined(separator: "\n"), to: "circumstances")
    let circumstances = try workspace.hashes(of: ["circumstances"])[0]
    let names = runs.map { "\($0.name)\(suffix).mlw" }
    for (run, name) in zip(runs, names) {
      try workspace.write("(* \(run.unit.kind.rawValue) \(circumstances) *)\n" + run.text, to: name)
    }
    return try workspace.hashes(of: names)
  }

  /// What weaker strategies have proved of the units is proved; those of which nothing is left to
  /// try are missing no longer.
  private func takeUp(
    _ missing: inout [UnitRun], _ cache: ProofCache, in workspace: Workspace
  ) throws {
    var unknown = missing
    for weaker in options.strategy.weaker where !unknown.isEmpty {
      let keys = try keys(of: unknown, weaker, suffix: ".weaker", in: workspace)
      for (run, key) in zip(unknown, keys) {
        workspace.remove("\(run.name).weaker.mlw")
        if let entry = cache.entry(key) { run.takeUp(entry) }
      }
      unknown.removeAll { $0.knowsMore }
    }
    missing.removeAll { $0.isDone }
  }
}
