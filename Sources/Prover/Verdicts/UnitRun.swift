import Foundation

/// One unit on its way to a verdict. Jobs of several threads work on it.
final class UnitRun: @unchecked Sendable {
  let unit: ProofUnit
  /// Its text, with numbers for places.
  let text: String
  let places: [SourcePlace]
  /// Of its files.
  let name: String
  var key = ""
  var prove: ProverRun!
  var queue: WorkQueue!
  var strategy: Strategy!
  /// What stands in the explanations of goals that are asked; nil: all are.
  var wanted: String?
  var finished: (UnitVerdict, ProofCache.Entry?) -> Void = { _, _ in }
  /// Goals of each way by itself, for places where one goal about all ways is not proved.
  var goalsOfEachWay: (@Sendable () throws -> [RawGoal])?
  private(set) var verdict: UnitVerdict?

  private let lock = NSLock()
  private var goals: [GoalRun] = []
  private var unfinished = 0
  /// What is decided: goals about all ways to their place at once, and about one way each.
  private var ofAllWays: [Goal] = []
  private var ofEachWay: [Goal] = []
  /// What weaker strategies left.
  private var former: FormerGoals?

  init(_ unit: ProofUnit, name: String) {
    let placeless = PlacelessText(unit.text)
    self.unit = unit
    text = placeless.text
    places = placeless.places
    self.name = name
  }

  var isDone: Bool { verdict != nil }
  var knowsMore: Bool { former != nil || isDone }

  /// Of a former run. Returns false if it does not fit.
  func take(_ entry: ProofCache.Entry) -> Bool {
    guard fits(entry) else { return false }
    end(UnitVerdict(unit: unit, goals: entry.goals.map(placed), error: nil, isFromCache: true), nil)
    return true
  }

  /// Of a former run with a weaker strategy: what that has proved is proved. Whatever this strategy
  /// has further steps for is left to try.
  func takeUp(_ entry: ProofCache.Entry) {
    guard fits(entry) else { return }
    let former = FormerGoals(entry) { strategy.next($0.attempts, of: unit.kind).isEmpty }
    if former.isComplete {
      var entry = entry
      entry.key = key
      end(
        UnitVerdict(unit: unit, goals: entry.goals.map(placed), error: nil, isFromCache: true),
        entry)
    } else if entry.ofAllWays != nil {
      self.former = former
      ofAllWays = former.settled(.allWays)
      ofEachWay = former.settled(.eachWay)
    }
  }

  private func fits(_ entry: ProofCache.Entry) -> Bool {
    entry.goals.allSatisfy { (0...places.count).contains($0.place.line) }
  }

  private func placed(_ goal: Goal) -> Goal {
    var goal = goal
    goal.place = place(goal.place.line)
    return goal
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
      goals = raw.filter {
        isSmoke
          ? $0.explanation.hasPrefix("smoke")
          : wanted.map($0.explanation.contains) ?? true
      }.map { GoalRun($0) }
      if isSmoke && goals.isEmpty {
        return begin(.failure(ProofError("no place is asked whether it can be reached")))
      }
      takeUpFormer()
      unfinished = goals.count
      if goals.isEmpty { return conclude() }
      let fresh = goals.indices.filter { goals[$0].running > 0 }
      let taken = goals.indices.filter { goals[$0].running == 0 }
      let first = strategy.steps(for: unit.kind)[0]
      // As many goals a process at most: enough to share its start, few enough to share the work.
      for start in stride(from: 0, to: fresh.count, by: 24) {
        let some = Array(fresh[start..<min(start + 24, fresh.count)])
        queue.add(1) {
          self.guarded(some, .z3, 0) {
            try self.prove.proveByZ3(
              some.map { self.goals[$0].raw.texts[.z3]! }, step: 0, first.z3,
              name: "\(self.name).\(some[0])")
          }
        }
      }
      for index in fresh { addJob(index, .cvc5, 0) }
      for index in taken { goOn(index) }
    }
  }

  /// Goals of places that are settled are not asked again, others go on where they stopped.
  private func takeUpFormer() {
    guard let former else { return }
    let ways: GoalPlace.Ways = goalsOfEachWay == nil ? .eachWay : .allWays
    goals.removeAll { former.isSettled(GoalPlace($0.raw)) }
    for (place, its) in Dictionary(grouping: goals, by: { GoalPlace($0.raw) }) {
      if let attempts = former.attempts(at: place, ways, count: its.count) {
        for (goal, attempts) in zip(its, attempts) { goal.takeUp(attempts) }
      }
    }
  }

  private func addJob(_ index: Int, _ prover: ProverName, _ step: Int) {
    queue.add(min(step + 1, 3)) {
      self.guarded([index], prover, step) {
        [
          try self.prove.prove(
            self.goals[index].raw.texts[prover]!, by: prover, step: step,
            self.strategy.steps(for: self.unit.kind)[step][prover], name: "\(self.name).\(index)")
        ]
      }
    }
  }

  private func guarded(
    _ indices: [Int], _ prover: ProverName, _ step: Int, _ body: () throws -> [Attempt]
  ) {
    var attempts: [Attempt]
    do {
      attempts = try body()
    } catch {
      attempts = indices.map { _ in
        Attempt(
          prover: prover, answer: .error, step: step, resources: 0, seconds: 0, message: "\(error)")
      }
    }
    for (index, attempt) in zip(indices, attempts) { record(attempt, of: index) }
  }

  /// Only when both provers are through with a step is the next one decided, so that it does not
  /// depend on who was faster.
  private func record(_ attempt: Attempt, of index: Int) {
    let goal = goals[index]
    let isLast = lock.withLock {
      goal.attempts.removeAll { $0.prover == attempt.prover }
      goal.attempts.append(attempt)
      goal.running -= 1
      return goal.running == 0
    }
    if isLast { goOn(index) }
  }

  /// With the next step, or to the verdict. No prover is at work on the goal.
  private func goOn(_ index: Int) {
    let goal = goals[index]
    // Goals about all ways at once are proved quickly, or left to those about each way.
    let isLeft =
      goalsOfEachWay != nil
      && !goal.attempts.contains { $0.answer == .proved || $0.answer == .error }
    let provers = isLeft ? [] : strategy.next(goal.attempts, of: unit.kind)
    goal.running = provers.count
    if !provers.isEmpty {
      let step = goal.attempts.map(\.step).max()! + 1
      for prover in provers { addJob(index, prover, step) }
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
      ofAllWays += results.filter { !places.contains(GoalPlace($0)) }
      queue.add(1) {
        self.begin(
          Result { try self.again(goalsOfEachWay(), at: places) }.mapError {
            ProofError("\($0)")
          })
      }
      return
    }
    if goalsOfEachWay == nil { ofEachWay += results } else { ofAllWays += results }
    let numbered = reachable(ofAllWays + ofEachWay)
    let error =
      numbered.lazy.flatMap(\.attempts).first { $0.answer == .error }?.message
      // What nobody has proved might be proved another time.
      ?? numbered.lazy.filter { !$0.verdict.isGood }.flatMap(\.attempts)
      .first { $0.answer == .late }?.message
      ?? (numbered.contains { $0.verdict == .error }
        ? "one prover shows what the other refutes" : nil)
    goals = []
    end(
      UnitVerdict(unit: unit, goals: numbered.map(placed), error: error, isFromCache: false),
      error == nil
        ? ProofCache.Entry(key: key, goals: numbered, ofAllWays: ofAllWays.count) : nil)
  }
}

/// One goal on its way. Guarded by its unit's lock.
private final class GoalRun: @unchecked Sendable {
  let raw: RawGoal
  var attempts: [Attempt] = []
  /// Provers at work on it.
  var running = ProverName.allCases.count
  var counterexample: Counterexample?

  init(_ raw: RawGoal) { self.raw = raw }

  /// Of a former run.
  func takeUp(_ attempts: [Attempt]) {
    self.attempts = attempts
    running = 0
  }

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
    if kind == .smoke && attempts.contains(where: { $0.answer == .late }) { return .error }
    if proofs == 1 { return .provedOnce }
    if kind == .smoke { return .reachable }
    return refutations > 0 ? .refuted : .unknown
  }
}
