import Foundation

/// One unit on its way to a verdict. Jobs of several threads work on it.
final class UnitRun: @unchecked Sendable {
  let unit: ProofUnit
  let places: [SourcePlace]
  /// Of its files.
  let name: String
  var key = ""
  var prove: ProverRun!
  var queue: WorkQueue!
  var strategy: Strategy!
  var finished: (UnitVerdict, ProofCache.Entry?) -> Void = { _, _ in }
  /// Goals of each way by itself, for places where one goal about all ways is not proved.
  var goalsOfEachWay: (@Sendable () throws -> [RawGoal])?
  private(set) var verdict: UnitVerdict?

  private let lock = NSLock()
  private var goals: [GoalRun] = []
  private var unfinished = 0
  /// What is decided before each way is looked at.
  private var settled: [Goal] = []

  init(_ unit: ProofUnit, places: [SourcePlace], name: String) {
    self.unit = unit
    self.places = places
    self.name = name
  }

  /// Of a former run. Returns false if it does not fit.
  func take(_ entry: ProofCache.Entry) -> Bool {
    var goals = entry.goals
    for index in goals.indices {
      guard (0...places.count).contains(goals[index].place.line) else { return false }
      goals[index].place = place(goals[index].place.line)
    }
    end(UnitVerdict(unit: unit, goals: goals, error: nil, isFromCache: true), nil)
    return true
  }

  /// `[#"…"]` number to what it stands for; 0 is the unit itself.
  private func place(_ number: Int) -> SourcePlace {
    places.indices.contains(number - 1) ? places[number - 1] : SourcePlace(unit.location)
  }

  private func end(_ verdict: UnitVerdict, _ entry: ProofCache.Entry?) {
    self.verdict = verdict
    finished(verdict, entry)
  }

  func begin(_ result: Result<[RawGoal], ProofError>) {
    switch result {
    case .failure(let error):
      end(UnitVerdict(unit: unit, goals: [], error: "\(error)", isFromCache: false), nil)
    case .success(let raw):
      // In a smoke unit all else is in the way of what it asks, which is asked somewhere in any.
      let isSmoke = unit.kind == .smoke
      goals = raw.filter { !isSmoke || $0.explanation.hasPrefix("smoke") }.map { GoalRun($0) }
      if isSmoke && goals.isEmpty {
        return begin(.failure(ProofError("no place is asked whether it can be reached")))
      }
      unfinished = goals.count
      if goals.isEmpty { return conclude() }
      let first = strategy.steps(for: unit.kind)[0]
      // As many goals a process at most: enough to share its start, few enough to share the work.
      for start in stride(from: 0, to: goals.count, by: 24) {
        let range = start..<min(start + 24, goals.count)
        queue.add(1) {
          self.guarded(range, .z3, 0) {
            try self.prove.proveByZ3(
              range.map { self.goals[$0].raw.texts[.z3]! }, step: 0, first.z3,
              name: "\(self.name).\(start)")
          }
        }
      }
      for index in goals.indices { addJob(index, .cvc5, 0) }
    }
  }

  private func addJob(_ index: Int, _ prover: ProverName, _ step: Int) {
    queue.add(min(step + 1, 3)) {
      self.guarded(index..<index + 1, prover, step) {
        [
          try self.prove.prove(
            self.goals[index].raw.texts[prover]!, by: prover, step: step,
            self.strategy.steps(for: self.unit.kind)[step][prover], name: "\(self.name).\(index)")
        ]
      }
    }
  }

  private func guarded(
    _ range: Range<Int>, _ prover: ProverName, _ step: Int, _ body: () throws -> [Attempt]
  ) {
    var attempts: [Attempt]
    do {
      attempts = try body()
    } catch {
      attempts = range.map { _ in
        Attempt(
          prover: prover, answer: .error, step: step, resources: 0, seconds: 0, message: "\(error)")
      }
    }
    for (index, attempt) in zip(range, attempts) { record(attempt, of: index) }
  }

  /// Only when both provers are through with a step is the next one decided, so that it does not
  /// depend on who was faster.
  private func record(_ attempt: Attempt, of index: Int) {
    let goal = goals[index]
    let next: (step: Int, provers: [ProverName])? = lock.withLock {
      goal.attempts.removeAll { $0.prover == attempt.prover }
      goal.attempts.append(attempt)
      goal.running -= 1
      guard goal.running == 0 else { return nil }
      let step = goal.step
      // Goals about all ways at once are proved quickly, or left to those about each way.
      let isLeft =
        goalsOfEachWay != nil
        && !goal.attempts.contains { $0.answer == .proved || $0.answer == .error }
      let provers = isLeft ? [] : strategy.next(after: step, of: unit.kind, goal.attempts)
      goal.step = step + 1
      goal.running = provers.count
      return (step + 1, provers)
    }
    guard let next else { return }
    if !next.provers.isEmpty {
      for prover in next.provers { addJob(index, prover, next.step) }
    } else if unit.kind != .smoke && strategy.seeksCounterexamples && goalsOfEachWay == nil
      && !goal.attempts.contains(where: { $0.answer == .proved })
    {
      queue.add(1) {
        goal.counterexample = CounterexampleSearch(prove: self.prove, strategy: self.strategy)
          .search(goal.raw, goal.attempts, name: "\(self.name).\(index).model")
        self.finishGoal()
      }
    } else {
      finishGoal()
    }
  }

  private func finishGoal() {
    let isLast = lock.withLock {
      unfinished -= 1
      return unfinished == 0
    }
    if isLast { conclude() }
  }

  /// A place that is asked about on several paths is reached if one of them leads there.
  private func reachable(_ goals: [Goal]) -> [Goal] {
    let reached = Set(goals.filter { $0.verdict == .reachable }.map(\.place.line))
    return goals.map { goal in
      var goal = goal
      if goal.verdict == .vacuous && reached.contains(goal.place.line) { goal.verdict = .reachable }
      return goal
    }
  }

  /// Those of the goals that are about these places: some about each.
  private func again(_ goals: [RawGoal], at places: Set<GoalPlace>) throws -> [RawGoal] {
    let found = goals.filter { places.contains(GoalPlace($0)) }
    guard Set(found.map(GoalPlace.init)) == places else {
      throw ProofError("Why3 has other goals of each way than of all ways at once")
    }
    return found
  }

  private func conclude() {
    let results = goals.map { $0.goal(of: unit.kind) }
    let open = results.filter { $0.verdict == .unknown || $0.verdict == .refuted }
    if let goalsOfEachWay, !open.isEmpty {
      self.goalsOfEachWay = nil
      let places = Set(open.map(GoalPlace.init))
      settled = results.filter { !places.contains(GoalPlace($0)) }
      queue.add(1) {
        self.begin(
          Result { try self.again(goalsOfEachWay(), at: places) }.mapError {
            ProofError("\($0)")
          })
      }
      return
    }
    let numbered = reachable(settled + results)
    let placed = numbered.map { goal in
      var goal = goal
      goal.place = place(goal.place.line)
      return goal
    }
    let error =
      numbered.lazy.flatMap(\.attempts).first { $0.answer == .error }?.message
      ?? (numbered.contains { $0.verdict == .error }
        ? "one prover shows what the other refutes" : nil)
    goals = []
    end(
      UnitVerdict(unit: unit, goals: placed, error: error, isFromCache: false),
      error == nil ? ProofCache.Entry(key: key, goals: numbered) : nil)
  }
}

/// What a goal is about, whatever way leads there.
private struct GoalPlace: Hashable {
  var explanation: String
  /// The number of its place.
  var place: Int

  init(_ goal: Goal) {
    explanation = goal.explanation
    place = goal.place.line
  }
  init(_ goal: RawGoal) {
    explanation = goal.explanation
    place = goal.place ?? 0
  }
}

/// One goal on its way. Guarded by its unit's lock.
private final class GoalRun: @unchecked Sendable {
  let raw: RawGoal
  var attempts: [Attempt] = []
  var step = 0
  /// Provers at work on this step.
  var running = ProverName.allCases.count
  var counterexample: Counterexample?

  init(_ raw: RawGoal) { self.raw = raw }

  /// With the number of its place as the line.
  func goal(of kind: ProofUnit.Kind) -> Goal {
    Goal(
      kind: kind, explanation: raw.explanation,
      place: SourcePlace(file: "", line: raw.place ?? 0, column: 0, endColumn: 0),
      verdict: verdict(of: kind),
      attempts: attempts.sorted { $0.prover.rawValue > $1.prover.rawValue },
      counterexample: counterexample)
  }

  private func verdict(of kind: ProofUnit.Kind) -> Verdict {
    let proofs = attempts.count { $0.answer == .proved }
    let refutations = attempts.count { $0.answer == .refuted }
    if proofs > 0 && refutations > 0 { return .error }
    if kind == .smoke && proofs > 0 { return .vacuous }
    if proofs == 2 { return .provedTwice }
    if attempts.contains(where: { $0.answer == .error }) { return .error }
    if proofs == 1 { return .provedOnce }
    if kind == .smoke { return .reachable }
    return refutations > 0 ? .refuted : .unknown
  }
}
