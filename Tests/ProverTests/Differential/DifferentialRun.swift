import Foundation

@testable import Prover

/// Random functions, each run and then proved to do what it did: with the inputs that it had, it
/// gives the result that it gave, and provably no other; where it trapped, no proof goes through.
struct DifferentialRun {
  private(set) var functions = 0
  private(set) var trapped = 0
  /// Sentences about what the prover takes another way than the processor.
  private(set) var mismatches: [String] = []
  /// Sentences about results that were too hard to prove as a whole. Where the prover has another
  /// result in mind, that one is proved as well, and is among the mismatches.
  private(set) var open: [String] = []

  /// What is claimed of a function, and what is to come of it.
  private struct Claim {
    var sample: SampleFunction
    var outcome: NativeOutcome
    var shallProve: Bool
    var unit: ProofUnit
    var answer = Answered(complaint: nil, isProved: false)
  }

  fileprivate struct Answered {
    /// Of Why3 or Z3.
    var complaint: String?
    var isProved: Bool
  }

  init(_ numbers: Range<Int>, seed: UInt64) throws {
    let workspace = try Workspace(keptIn: nil)
    let samples = numbers.map { FunctionWriter.function($0, seed: seed) }
    for name in ["native", "read"] { try workspace.makeFolder(name) }
    let program = try DifferentialRun.program(of: samples, in: workspace.path("read"))
    let outcomes = try NativeRun.outcomes(
      of: samples, in: workspace.path("native"), contracts: workspace.path("read/trees"))
    functions = samples.count
    trapped = outcomes.count { $0.result == nil }
    let claims = try claims(zip(samples, outcomes).map { ($0, $1) }, program)
    for claim in try DifferentialRun.decide(claims, workspace)
    where claim.answer.isProved != claim.shallProve || claim.answer.complaint != nil {
      let sentence = DifferentialRun.sentence(claim)
      if claim.shallProve && claim.answer.complaint == nil {
        open.append(sentence)
      } else {
        mismatches.append(sentence)
      }
    }
  }

  /// The functions as the prover reads them.
  private static func program(
    of samples: [SampleFunction], in folder: String
  ) throws -> Program {
    var text = "import Contracts\n\n" + SampleType.declarations
    for sample in samples { text += sample.text(isNative: false) + "\n" }
    let file = folder + "/Generated.swift"
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    let contracts = ProgramFile.swiftFiles(in: ProgramFile.contracts).map {
      ProgramFile.contracts + "/" + $0
    }
    let (program, refused) = try SyntaxTree.program(
      of: [
        ModuleSources(name: "Contracts", files: contracts, isProved: false),
        ModuleSources(name: "Generated", files: [file], isProved: true),
      ],
      CompilerOptions(
        compiler: "swiftc", flags: ["-swift-version", "6"], folder: folder + "/trees"))
    if let first = refused.first { throw first }
    return program
  }

  private mutating func claims(
    _ cases: [(SampleFunction, NativeOutcome)], _ program: Program
  ) throws -> [Claim] {
    var program = program
    let read = program.functions
    var known: [String: (SampleFunction, NativeOutcome)] = [:]
    for (sample, outcome) in cases {
      guard let index = read.firstIndex(where: { $0.baseName == sample.name }) else {
        throw ProofError("\(sample.name) was not read")
      }
      let contracts = OutcomeContracts(sample, outcome, at: read[index].location)
      program.functions[index] = contracts.claim(read[index], isTrue: true)
      known[program.functions[index].name] = (sample, outcome)
      if outcome.result != nil {
        program.functions.append(contracts.claim(read[index], isTrue: false))
        known[program.functions.last!.name] = (sample, outcome)
      }
    }
    let translation = Translator(program) { known[$0.name] != nil }.translate()
    mismatches += translation.refused.map { "\($0.function ?? ""): \($0.message)" }
    return translation.units.filter { $0.kind == .body }.map { unit in
      let (sample, outcome) = known[unit.function]!
      return Claim(
        sample: sample, outcome: outcome,
        shallProve: outcome.result != nil && !unit.function.hasSuffix(" otherwise"), unit: unit)
    }
  }

  /// One goal a claim, so that Why3 and Z3 do not start for each check of each function.
  private static func decide(_ claims: [Claim], _ workspace: Workspace) throws -> [Claim] {
    let tools = try Toolchain()
    let prover = ProverRun(tools: tools, workspace: workspace)
    try workspace.write(tools.z3Driver.text, to: "z3.drv")
    try workspace.write("[main]\nmagic = 14\n", to: "why3.conf")
    for (index, claim) in claims.enumerated() {
      try workspace.write(claim.unit.text, to: "u\(index).mlw")
    }
    let batches = stride(from: 0, to: claims.count, by: 40).map { $0..<min($0 + 40, claims.count) }
    let results = Results()
    let queue = WorkQueue()
    for batch in batches {
      queue.add { results.add { try answers(to: claims, batch, prover) } }
    }
    queue.work(threads: ProgramRun.jobs)
    var decided = claims
    for (index, answer) in try results.get() { decided[index].answer = answer }
    return decided
  }

  private static func answers(
    to claims: [Claim], _ batch: Range<Int>, _ prover: ProverRun
  ) throws -> [Int: Answered] {
    let goals = try goals(of: batch, prover.tools, prover.workspace)
    let asked = goals.compactMapValues { try? $0.get() }.sorted { $0.key < $1.key }
    // What shall not be proved gets what is enough for nearly all that shall.
    var attempts = try prover.proveByZ3(
      asked.map(\.value), step: 0,
      Strategy.Run(limit: 150_000, options: ["smt.mbqi=false"]), name: "batch\(batch.lowerBound)")
    for (place, goal) in asked.enumerated()
    where claims[goal.key].shallProve && [.limit, .unknown].contains(attempts[place].answer) {
      attempts[place] = try prover.prove(
        goal.value, by: .z3, step: 0, Strategy.Run(limit: 8_000_000, options: []),
        name: "again\(goal.key)")
    }
    var answers = goals.mapValues { goal in
      Answered(complaint: goal.complaint, isProved: false)
    }
    for (goal, attempt) in zip(asked, attempts) {
      answers[goal.key]!.isProved = attempt.answer == .proved
      answers[goal.key]!.complaint = attempt.message
    }
    return answers
  }

  /// Goals in the language of the provers, or what Why3 finds wrong.
  private static func goals(
    of units: Range<Int>, _ tools: Toolchain, _ workspace: Workspace
  ) throws -> [Int: Result<String, ProofError>] {
    let folder = "goals\(units.lowerBound).\(units.count)"
    try workspace.makeFolder(folder)
    let why3 = try Subprocess.run(
      [
        tools.why3, "prove", "-C", workspace.path("why3.conf"), "-D", workspace.path("z3.drv"),
        "-o", workspace.path(folder),
      ] + units.map { workspace.path("u\($0).mlw") }, guardSeconds: 600)
    guard why3.status == 0 else {
      if units.count == 1 {
        return [units.lowerBound: .failure(ProofError("Why3: \(why3.complaints.suffix(300))"))]
      }
      // One of them spoils it for all.
      return try units.reduce(into: [:]) { all, unit in
        all.merge(try goals(of: unit..<unit + 1, tools, workspace)) { $1 }
      }
    }
    // One goal a file: what stands before the first hyphen is the file's name.
    var texts: [Int: Result<String, ProofError>] = [:]
    for name in try workspace.list(folder) {
      guard let index = Int(name.dropFirst().prefix { $0 != "-" }), texts[index] == nil else {
        throw ProofError("Why3 makes several goals of one: \(name)")
      }
      texts[index] = .success(try workspace.read("\(folder)/\(name)"))
    }
    guard texts.count == units.count else { throw ProofError("Why3 leaves out goals") }
    return texts
  }

  private static func sentence(_ claim: Claim) -> String {
    let what =
      claim.answer.complaint
      ?? (claim.shallProve
        ? "it gives \(claim.outcome.result!), which cannot be proved"
        : claim.outcome.result.map { "it gives \($0), and another result is proved" }
          ?? "it traps, and is proved not to")
    return
      "of \(claim.outcome.inputs) \(what):\n\(claim.sample.text(isNative: false))"
  }
}

/// What several threads find out together.
private final class Results: @unchecked Sendable {
  private let lock = NSLock()
  private var found: [Int: DifferentialRun.Answered] = [:]
  private var error: Error?

  func add(_ find: () throws -> [Int: DifferentialRun.Answered]) {
    let its = Result { try find() }
    lock.withLock {
      switch its {
      case .success(let answers): found.merge(answers) { $1 }
      case .failure(let error): self.error = error
      }
    }
  }

  func get() throws -> [Int: DifferentialRun.Answered] {
    if let error { throw error }
    return found
  }
}

extension Result where Failure == ProofError {
  fileprivate var complaint: String? {
    if case .failure(let error) = self { "\(error)" } else { nil }
  }
}

extension Function {
  /// `sample12` of `Generated.sample12(_:_:)`.
  fileprivate var baseName: Substring {
    name.prefix { $0 != "(" }.split(separator: ".").last ?? ""
  }
}
