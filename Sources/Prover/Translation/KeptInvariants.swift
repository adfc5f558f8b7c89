/// Which type invariants a function's text cannot break: those of parts of its parameters that speak
/// of nothing that the text writes, but by calls, which keep the invariants of what they are passed.
///
/// They hold where the function begins, and so at each of its places: no goal has to say it again.
/// What is assigned, or written by a call to a part of what an invariant speaks of, may be broken.
struct KeptInvariants {
  /// Where a value is: in a variable, by a path that leads to it, or to something that it is part of.
  struct Place {
    var root: String
    var path: WriteSets.Path
    var isExact = true

    func appending(_ step: WriteSets.Step) -> Place {
      isExact ? Place(root: root, path: path + [step]) : self
    }
    /// A part to which no path leads.
    var inside: Place { Place(root: root, path: path, isExact: false) }
  }

  private struct Write {
    var path: WriteSets.Path
    /// A call is passed all that is at this path, and keeps the invariants of that.
    var passed: WriteSets.Path?
  }

  private var roots: Set<String> = []
  private var writes: [String: [Write]] = [:]

  /// Of a contract, which writes nothing.
  init(contractOf function: Function) {
    roots = Set(function.parameters.map(\.name)).subtracting(function.variables)
  }

  init(_ body: [Statement], of function: Function, _ index: ProgramIndex) {
    self.init(contractOf: function)
    var writes: [String: [Write]] = [:]
    var isKnown = true
    /// A place that is assigned, or passed to what writes some path there.
    func write(_ place: Expression, passed: WriteSets.Path?) {
      guard let (root, path) = WriteSets.path(of: place) else {
        isKnown = false
        return
      }
      writes[root, default: []].append(
        Write(path: path + (passed ?? []), passed: passed == nil ? nil : path))
    }
    var walker = TreeWalker { expression in
      guard case .call(let call) = expression.kind else { return }
      let parameters = index.functions[call.function]?.parameters
      for (position, argument) in call.arguments.enumerated() {
        guard case .inOut(let place) = argument else { continue }
        guard let parameters, position < parameters.count else {
          write(place, passed: nil)
          continue
        }
        for path in index.writes.of(call.function, parameters[position].name) {
          write(place, passed: path)
        }
      }
    }
    walker.visitStatement = {
      if case .assign(let place, _) = $0.kind { write(place, passed: nil) }
    }
    walker.walk(body)
    self.writes = writes
    if !isKnown { roots = [] }
  }

  /// The place of an expression. Of a map of proofs nothing is known: what it holds for an index is
  /// part of no value whose invariants were to be kept.
  static func place(of expression: Expression) -> Place? {
    expression.leadsThroughMap
      ? nil : WriteSets.path(of: expression).map { Place(root: $0.root, path: $0.path) }
  }

  /// - Parameter fields: what the invariant reads of the value; `nil`: all of it.
  func keeps(_ place: Place?, reads fields: Set<String>?) -> Bool {
    guard let place, roots.contains(place.root) else { return false }
    return writes[place.root, default: []].allSatisfy { write in
      if let passed = write.passed, place.path.starts(with: passed) { return true }
      if place.path.starts(with: write.path) { return false }
      guard write.path.starts(with: place.path) else { return true }
      guard place.isExact, let fields, case .field(let name) = write.path[place.path.count] else {
        return false
      }
      return !fields.contains(name)
    }
  }
}

extension Function {
  /// What contract and body declare: a parameter of that name is something else there.
  fileprivate var variables: Set<String> {
    var result = Set(contract.ensures.compactMap(\.result))
    func bind(_ pattern: Pattern) {
      switch pattern {
      case .bind(let name, _, _): result.insert(name)
      case .enumCase(_, _, let inner), .tuple(let inner): inner.forEach(bind)
      case .some(let inner): bind(inner)
      case .wildcard, .none, .value, .range, .bool: break
      }
    }
    func bind(_ conditions: [Condition]) {
      for case .matches(let pattern, _) in conditions { bind(pattern) }
    }
    var walker = TreeWalker {
      switch $0.kind {
      case .choose(_, let cases): cases.forEach { $0.patterns.forEach(bind) }
      case .forall(let name, _, _), .exists(let name, _, _), .tally(let name, _, _),
        .makeMap(let name, _):
        result.insert(name)
      default: break
      }
    }
    walker.visitStatement = {
      switch $0.kind {
      case .variable(let name, _, _, _): result.insert(name)
      case .destructure(let names, _, _, _): result.formUnion(names.compactMap { $0 })
      case .conditional(let conditions, _, _), .guarded(let conditions, _),
        .whileLoop(_, let conditions, _, _):
        bind(conditions)
      case .choose(_, let cases): cases.forEach { $0.patterns.forEach(bind) }
      case .forLoop(_, let variable?, _, _, _, _, _): result.insert(variable)
      case .doCatch(_, let error, _, _): result.insert(error)
      default: break
      }
    }
    walker.walk(self)
    return result
  }
}

extension Expression {
  /// Whether it is a part of what a `GhostMap` holds.
  fileprivate var leadsThroughMap: Bool {
    switch kind {
    case .field(let base, _), .tupleElement(let base, _): return base.leadsThroughMap
    case .element(let base, _):
      if case .ghostMap = base.type { return true }
      return base.leadsThroughMap
    default: return false
    }
  }

  /// The fields of a variable that an expression reads; `nil` if it may read all of them.
  func fields(of variable: String) -> Set<String>? {
    var result: Set<String> = []
    var whole = 0
    TreeWalker {
      switch $0.kind {
      case .field(let base, let name):
        guard case .variable(variable) = base.kind else { return }
        result.insert(name)
        whole -= 1
      case .variable(variable): whole += 1
      default: break
      }
    }.walk(self)
    return whole == 0 ? result : nil
  }
}
