/// All that came of a run.
public struct ProofReport: Codable, Sendable {
  /// What `--version` of Why3 and the provers says.
  public var tools: [String]
  public var seconds: Double
  /// Of each source file that was read, and the compiler's flags for all: Scripts/check-engine holds
  /// the image against them.
  public var sources: [SourceHash] = []
  public var flags: [String] = []
  public var functions: [FunctionVerdict]
  /// The part of the list of not yet proved functions that this run is about.
  public var open: [OpenFunction]
  /// What concerns no single function, and entries of the list that have to go.
  public var problems: [String]

  public init(
    tools: [String], seconds: Double, functions: [FunctionVerdict], general: [Diagnostic],
    open: [OpenFunction], isWhole: Bool
  ) {
    self.tools = tools
    self.seconds = seconds
    self.functions = functions
    let names = Dictionary(
      functions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.open = open.filter { isWhole || names[$0.function] != nil }
    problems = general.map(\.description)
    var seen: Set<String> = []
    for entry in self.open {
      if !seen.insert(entry.function).inserted {
        problems.append("'\(entry.function)' stands twice on the list of open functions")
      } else if let function = names[entry.function] {
        if function.state == .proved || function.state == .trusted {
          problems.append(
            "'\(entry.function)' is \(function.state) now: remove it from the list of open functions"
          )
        }
      } else {
        problems.append(
          "'\(entry.function)' is on the list of open functions, but there is no such function: "
            + "remove it")
      }
    }
  }

  private var openNames: Set<String> { Set(open.map(\.function)) }

  /// Not proved and not known to be so.
  public var failures: [FunctionVerdict] {
    let known = openNames
    return functions.filter { function in
      switch function.state {
      case .proved, .trusted: false
      case .open, .refused: !known.contains(function.name)
      // An entry of the list excuses no contradiction and no failed machinery.
      case .vacuous, .error: true
      }
    }
  }
  /// Not proved, as the list says.
  public var knownOpen: [FunctionVerdict] {
    let known = openNames
    return functions.filter {
      ($0.state == .open || $0.state == .refused) && known.contains($0.name)
    }
  }
  public var trusted: [FunctionVerdict] { functions.filter { $0.state == .trusted } }
  public var isGood: Bool { failures.isEmpty && problems.isEmpty }

  /// Of one function or of many.
  public struct Counts: Sendable {
    public var functions = 0
    public var goals = 0
    public var twice = 0
    public var once = 0
    public var slowest: (seconds: Double, function: String) { (slowestSeconds, slowestFunction) }
    private var slowestSeconds = 0.0
    private var slowestFunction = ""
    public var notProved: Int { goals - twice - once }

    mutating func add(_ function: FunctionVerdict) {
      functions += 1
      for goal in function.provedGoals {
        goals += 1
        if goal.verdict == .provedTwice { twice += 1 }
        if goal.verdict == .provedOnce { once += 1 }
      }
      // Of the slowest goal: what a change of that function costs.
      if let slowest = function.goals.map(\.seconds).max(), slowest > slowestSeconds {
        slowestSeconds = slowest
        slowestFunction = function.name
      }
    }
  }

  public var modules: [String] {
    var seen: Set<String> = []
    return functions.map(\.module).filter { seen.insert($0).inserted }
  }

  public func counts(of module: String? = nil) -> Counts {
    var counts = Counts()
    for function in functions where module == nil || function.module == module {
      counts.add(function)
    }
    return counts
  }
}
