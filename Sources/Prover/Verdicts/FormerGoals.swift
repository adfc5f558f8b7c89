/// What a goal is about, whatever way leads there.
struct GoalPlace: Hashable {
  /// Whether a goal is about all ways to its place at once or about one of them.
  enum Ways { case allWays, eachWay }

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

/// What a weaker strategy has left of a unit.
struct FormerGoals {
  private var goals: [GoalPlace.Ways: [GoalPlace: [Goal]]] = [:]
  /// Places whose goals are all proved, with nothing left to try.
  private var settledPlaces: Set<GoalPlace> = []
  /// Whether nothing is left to try at all.
  let isComplete: Bool

  /// - Parameter isLast: whether there is nothing left to try for a goal.
  init(_ entry: ProofCache.Entry, isLast: (Goal) -> Bool) {
    let count = entry.ofAllWays ?? 0
    goals[.allWays] = Dictionary(grouping: entry.goals.prefix(count), by: GoalPlace.init)
    goals[.eachWay] = Dictionary(grouping: entry.goals.dropFirst(count), by: GoalPlace.init)
    let open = Set(
      entry.goals.filter { !($0.verdict.isGood && isLast($0)) }.map(GoalPlace.init))
    settledPlaces = Set(entry.goals.map(GoalPlace.init)).subtracting(open)
    isComplete = open.isEmpty
  }

  func isSettled(_ place: GoalPlace) -> Bool { settledPlaces.contains(place) }

  /// Goals of places where nothing is left to try, in their order.
  func settled(_ ways: GoalPlace.Ways) -> [Goal] {
    goals[ways]!.filter { isSettled($0.key) }
      .sorted { ($0.key.place, $0.key.explanation) < ($1.key.place, $1.key.explanation) }
      .flatMap(\.value)
  }

  /// The attempts at the goals of a place, in their order; nil if it has others. Places that were
  /// left to goals about each way were not proved about all ways at once.
  func attempts(at place: GoalPlace, _ ways: GoalPlace.Ways, count: Int) -> [[Attempt]]? {
    if let its = goals[ways]![place], its.count == count { return its.map(\.attempts) }
    if ways == .allWays && goals[.eachWay]![place] != nil {
      return Array(repeating: [], count: count)
    }
    return nil
  }
}
