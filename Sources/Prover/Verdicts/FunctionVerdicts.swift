/// From verdicts of units to what is known of each function of the program.
struct FunctionVerdicts {
  private var verdicts: [String: FunctionVerdict] = [:]
  /// Functions whose bodies came as units.
  private var withBody: Set<String> = []

  /// `general` takes what concerns no single function.
  static func of(
    _ program: Program, _ units: [UnitVerdict], modules: Set<String>, refused: [Diagnostic],
    general: inout [Diagnostic]
  ) -> [FunctionVerdict] {
    var result = FunctionVerdicts()
    for function in program.functions {
      result.add(function, isProved: modules.contains(function.module))
    }
    for unit in units { result.add(unit) }
    for diagnostic in refused {
      if diagnostic.function == nil { general.append(diagnostic) } else { result.add(diagnostic) }
    }
    for name in result.verdicts.keys {
      result.verdicts[name]!.conclude(hasBody: result.withBody.contains(name))
    }
    return result.verdicts.values.sorted {
      ($0.module, $0.place, $0.name) < ($1.module, $1.place, $1.name)
    }
  }

  private mutating func add(_ function: Function, isProved: Bool) {
    var verdict = FunctionVerdict(
      name: function.name, module: function.module, place: SourcePlace(function.location),
      state: .proved, goals: [], messages: [], reason: function.contract.trusted, isFromCache: true)
    if verdict.reason == nil && !isProved { verdict.reason = "its module is not proved" }
    // A refusal follows, or nobody knows why.
    if verdict.reason == nil && function.body == nil { verdict.state = .refused }
    verdicts[function.name] = verdict
  }

  private mutating func add(_ unit: UnitVerdict) {
    let its = unit.unit
    var verdict =
      verdicts[its.function]
      ?? FunctionVerdict(
        name: its.function, module: its.module, place: SourcePlace(its.location), state: .proved,
        goals: [], messages: [], reason: nil, isFromCache: true)
    verdict.goals += unit.goals
    if its.kind == .body { withBody.insert(its.function) }
    if !unit.isFromCache { verdict.isFromCache = false }
    if let error = unit.error {
      verdict.state = .error
      verdict.messages.append("\(its.kind.rawValue): \(error)")
    }
    verdicts[its.function] = verdict
  }

  private mutating func add(_ diagnostic: Diagnostic) {
    let name = diagnostic.function!
    var verdict =
      verdicts[name]
      ?? FunctionVerdict(
        name: name, module: String(name.prefix { $0 != "." }),
        place: SourcePlace(diagnostic.location),
        state: .refused, goals: [], messages: [], reason: nil, isFromCache: true)
    if verdict.state == .proved { verdict.state = .refused }
    verdict.messages.append("\(diagnostic)")
    verdicts[name] = verdict
  }
}

extension FunctionVerdict {
  /// What its goals come to, unless something worse is known already.
  fileprivate mutating func conclude(hasBody: Bool) {
    goals.sort { ($0.kind.order, $0.place) < ($1.kind.order, $1.place) }
    guard state == .proved else { return }
    // That nothing failed is no proof if nothing was tried.
    if reason == nil && !hasBody {
      state = .error
      messages.append("its body was not translated")
      return
    }
    if goals.contains(where: { $0.verdict == .error }) {
      state = .error
    } else if goals.contains(where: { $0.verdict == .vacuous }) {
      state = .vacuous
    } else if goals.contains(where: { !$0.verdict.isGood }) {
      state = .open
    } else if reason != nil {
      state = .trusted
    }
  }
}

extension ProofUnit.Kind {
  /// The contract first: what its expressions mean comes before whether it holds.
  fileprivate var order: Int {
    switch self {
    case .contract: 0
    case .body: 1
    case .smoke: 2
    }
  }
}

extension Verifier {
  /// Verdicts of all functions of a program, sorted by module and place. Many small modules can be
  /// verified in one go, as one program. Bodies of other modules than those named are believed.
  public func verify(
    _ translation: Translation, of program: Program, modules: Set<String>,
    refused: [Diagnostic] = []
  ) throws -> (functions: [FunctionVerdict], general: [Diagnostic]) {
    var general: [Diagnostic] = []
    // Who could not be read cannot be translated either: the first reason says why.
    let unread = Set(refused.map(\.function))
    let untranslated = translation.refused.filter { !unread.contains($0.function) }
    let functions = FunctionVerdicts.of(
      program, try verify(translation.units), modules: modules,
      refused: refused + untranslated, general: &general)
    return (functions, general)
  }
}
