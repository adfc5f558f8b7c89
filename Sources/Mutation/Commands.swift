import Foundation

/// An end with a status and nothing more to say.
struct Exit: Error {
  var status: Int32
}

/// What the words of the command line do.
struct Commands {
  let arguments: Arguments
  let files: [CoreFile]

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    files = arguments.command == "help" ? [] : try Workspace.load()
  }

  func run() throws {
    switch arguments.command {
    case "help": tell(Arguments.help)
    case "list": list()
    case "show": for name in arguments.names { tell(try diff(name)) }
    case "run": try runAll()
    case "report": try report()
    case "try": for name in arguments.names { try attempt(mutant(name)) }
    case "equivalent": try compare()
    case "render": try render()
    case "check": try check()
    case "refactorings": for refactoring in refactorings { tell(refactoring.name) }
    default: throw Failure("no command \(arguments.command) (Scripts/mutate --help lists them)")
    }
  }

  // MARK: Mutants by name

  private var all: [Mutant] {
    files.flatMap { $0.mutants }.filter { mutant in
      arguments.only.isEmpty || arguments.only.contains(mutant.kind.rawValue)
        || arguments.only.contains(mutant.file)
    }
  }

  func mutant(_ name: String) throws -> Mutant {
    guard let found = files.lazy.flatMap({ $0.mutants }).first(where: { $0.name == name }) else {
      throw Failure("there is no mutant \(name) (Scripts/mutate list shows all)")
    }
    return found
  }

  func file(of name: String) throws -> CoreFile {
    let file = try mutant(name).file
    return files.first { $0.name == file }!
  }

  private func list() {
    for mutant in all { tell("\(mutant.name)  \(mutant.key)") }
    tell("\(all.count) mutants that can be made; those that do not compile do not count")
  }

  // MARK: Results

  private func store() throws -> ResultStore {
    ResultStore(
      path: "\(Workspace.build)/results.jsonl", core: try Workspace.coreHash(),
      tests: try Workspace.testsHash(), proof: try Proof.hash(),
      keepsRejected: arguments.keepsRejected)
  }

  private func results(_ store: ResultStore, _ mutants: [Mutant]) -> [String: Result] {
    mutants.reduce(into: [:]) { $0[$1.name] = store.result(of: $1) }
  }

  /// All mutants that compile; which they are is kept.
  private func valid() throws -> [Mutant] {
    struct Kept: Codable {
      var core: String
      var keys: Set<String>
      var valid: Set<String>
    }
    let path = "\(Workspace.build)/valid.json"
    let core = try Workspace.coreHash()
    let everything = files.flatMap { $0.mutants }
    var names: Set<String>
    if let data = FileManager.default.contents(atPath: path),
      let kept = try? JSONDecoder().decode(Kept.self, from: data), kept.core == core,
      kept.keys == Set(everything.map { $0.key })
    {
      names = kept.valid
    } else {
      tell("[mutate] which of \(everything.count) changes compile")
      names = Set(try Compilation.valid(everything, files).map { $0.name })
      let kept = Kept(core: core, keys: Set(everything.map { $0.key }), valid: names)
      let data = try JSONEncoder().encode(kept)
      try Workspace.write(String(decoding: data, as: UTF8.self), to: path)
    }
    return all.filter { names.contains($0.name) }
  }

  private func runAll() throws {
    var store = try store()
    let mutants: [Mutant]
    let compilation: Compilation
    if let count = arguments.sample {
      let seed = arguments.seed ?? UInt64(store.core, radix: 16) ?? 1
      tell("[mutate] a sample of \(count), seed \(seed)")
      mutants = try all.sample(count, seed: seed, files)
      compilation = Compilation("sample", files: files)
    } else {
      mutants = try valid()
      compilation = Compilation(arguments.only.isEmpty ? "full" : "part", files: files)
    }
    var order = SeededGenerator(seed: 1)
    let open = mutants.enumerated().map { (number: $0.offset + 1, mutant: $0.element) }
      .filter { store.result(of: $0.mutant) == nil }
      // What a run that is broken off has tried says something about all.
      .shuffled(using: &order)
    tell("[mutate] \(mutants.count) mutants, \(open.count) to be tried")
    if !open.isEmpty {
      tell("[mutate] building the core with all of them")
      let runner = try self.runner(compilation, mutants)
      store = try Campaign(open, runner, store).run(jobs: arguments.jobs)
    }
    if let extent = arguments.proof {
      let mark = extent.named(try Proof.hash())
      let survivors = mutants.filter {
        guard let result = store.result(of: $0) else { return false }
        return result.verdict == .survived && result.proof != mark
      }
      if !survivors.isEmpty {
        tell("[mutate] asking the prover about \(survivors.count) that no test notices")
        store = try Proof(extent).ask(survivors, files, store, jobs: arguments.jobs)
      }
    }
    let results = results(store, mutants)
    let report = Report(mutants: mutants, results: results)
    let isWhole = arguments.sample == nil && arguments.only.isEmpty
    tell(report.text())
    if isWhole {
      try report.json().write(to: URL(fileURLWithPath: "\(Workspace.build)/report.json"))
    }
    let complaints = try SurvivorList.read()?
      .complaints(mutants, results, isWhole: isWhole)
    for complaint in complaints ?? [] { tell("[mutate] error: \(complaint)") }
    let isEnough = 100 * report.total.share >= arguments.goal
    if !isEnough { tell("[mutate] error: fewer than \(arguments.goal) % are rejected") }
    if !isEnough || complaints?.isEmpty == false { throw Exit(status: 1) }
  }

  /// Builds the mutants and looks whether the tests pass without any of them.
  private func runner(_ compilation: Compilation, _ mutants: [Mutant]) throws -> Runner {
    let program = try compilation.build(mutants)
    var lines: [String: [Int: Int]] = [:]
    for file in files {
      let written = try Workspace.read("\(compilation.core)/\(file.name)")
      lines[file.name] = Schemata.lines(of: written).originals
    }
    let runner = Runner(program: program, originalLines: lines)
    let outcome = try runner.verdict(0)
    guard outcome.verdict == .survived else {
      throw Failure(
        "the tests fail without a mutant: \(outcome.test ?? "") \(outcome.message ?? "")")
    }
    return runner
  }

  private func report() throws {
    let mutants = try valid()
    let results = results(try store(), mutants)
    let report = Report(mutants: mutants, results: results)
    tell(report.text())
    try report.json().write(to: URL(fileURLWithPath: "\(Workspace.build)/report.json"))
  }

  private func attempt(_ mutant: Mutant) throws {
    tell(try diff(mutant.name))
    let runner = try runner(Compilation("one", files: files), [mutant])
    let outcome = try runner.verdict(1)
    tell("\(outcome.verdict.rawValue) \(outcome.test ?? "") \(outcome.message ?? "")")
    tell("again: \(Runner.command(runner.program, 1, outcome.test))")
  }

  // MARK: Other checkers

  private func compare() throws {
    var store = try store()
    let mutants =
      try arguments.names.isEmpty
      ? valid().filter { store.result(of: $0)?.verdict == .survived }
      : arguments.names.map(mutant)
    let code = try ObjectCode()
    for mutant in mutants {
      guard try code.isSame(mutant, file(of: mutant.name)) else { continue }
      tell("the same object code: \(mutant.name)")
      if var result = store.result(of: mutant), result.verdict == .survived {
        result.verdict = .equivalent
        try store.add(result)
      }
    }
  }
}
