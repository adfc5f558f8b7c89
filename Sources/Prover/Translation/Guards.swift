// A ~Copyable struct may say when one of its fields may be accessed: a method called `mayAccess` and
// the field's name, such as `mayAccessOwnership()`, or `mayAccessVMs(_ index: Int)` for the elements
// of a table. That it holds is a goal wherever what is executed reads, writes or passes on that field,
// or such an element. Contracts and steps of proofs speak of the field freely.

/// Which fields have such a method, and which functions are never executed though they could be.
struct Guards {
  private static let prefix = "mayAccess"

  /// By the struct and the field, in lower case.
  private let methods: [String: String]
  /// Those that only contracts and steps of proofs call.
  private let specifications: Set<String>

  init(_ functions: [String: Function]) {
    var methods: [String: String] = [:]
    for name in functions.keys where Guards.isGuard(name) {
      let path = name.prefix { $0 != "(" }.split(separator: ".")
      guard let method = path.last, path.count > 1 else { continue }
      let owner = path.dropLast().joined(separator: ".")
      methods[Guards.key(owner, String(method.dropFirst(Guards.prefix.count)))] = name
    }
    self.methods = methods
    specifications = methods.isEmpty ? [] : Guards.specifications(functions)
  }

  /// Whether a function's name is that of such a method.
  static func isGuard(_ function: String) -> Bool {
    let path = function.prefix { $0 != "(" }
    return path.split(separator: ".").last?.hasPrefix(prefix) ?? false
  }

  private static func key(_ owner: String, _ field: String) -> String {
    "\(owner).\(field.lowercased())"
  }

  /// The method for a field, by its name.
  func method(for field: String, of owner: String) -> String? {
    methods[Guards.key(owner, field)]
  }

  /// Whether the accesses in a function's body are made.
  func accesses(_ function: Function) -> Bool {
    !function.isGhost && !specifications.contains(function.name)
  }

  /// Functions that contracts or proofs call, and nothing that is executed does.
  private static func specifications(_ functions: [String: Function]) -> Set<String> {
    var calls: [String: Set<String>] = [:]
    var result: Set<String> = []
    for (name, function) in functions {
      var executed: Set<String> = []
      TreeWalker { expression in
        guard case .call(let call) = expression.kind else { return }
        if expression.isUnexecuted || function.isGhost {
          result.insert(call.function)
        } else {
          executed.insert(call.function)
        }
      }.walk(function)
      calls[name] = executed
    }
    result = result.filter { functions[$0]?.isPublic == false }
    // What one that is executed calls is executed.
    var open = functions.keys.filter { !result.contains($0) && functions[$0]?.isGhost == false }
    while let function = open.popLast() {
      for callee in calls[function] ?? [] where result.remove(callee) != nil {
        open.append(callee)
      }
    }
    return result
  }
}

extension ProgramIndex {
  /// Refuses a method that is called like a guard and guards nothing.
  func checkGuard(_ function: Function) throws {
    guard Guards.isGuard(function.name) else { return }
    guard let parameter = function.parameters.first, case .named(let owner) = parameter.type,
      let declaration = structs[owner], !isCopyable(parameter.type),
      let field = declaration.fields.first(where: {
        guards.method(for: $0.name, of: owner) == function.name
      })
    else {
      throw Refusal("mayAccess is followed by the name of a field of a ~Copyable struct")
    }
    let isTable = if case .table = field.type { true } else { false }
    guard function.parameters.count == (isTable ? 2 : 1), function.result == .bool else {
      throw Refusal(
        isTable
          ? "the guard of a table takes the element's index, an Int, and is a Bool"
          : "the guard of a field takes nothing and is a Bool")
    }
  }
}

extension Evaluator {
  /// The goal that a field may be accessed here, or the element of it at an index.
  func checkGuard(of place: Expression, element index: Term? = nil) throws {
    guard case .field(let base, let name) = place.kind, let function = guardHere(of: place),
      function.parameters.count == (index == nil ? 1 : 2)
    else { return }
    let path = try statePath(base)
    let arguments = [.state(path, base.type)] + (index.map { [Binding.value($0)] } ?? [])
    check(
      try apply(function, to: arguments), "\(name) may be accessed", at: place.location)
  }

  /// Refuses to pass on a table whose elements have a guard: who gets it would not be asked.
  func refuseGuardedTables(_ call: Call) throws {
    for argument in call.arguments {
      let place = argument.expression
      guard let function = guardHere(of: place), function.parameters.count == 2 else {
        continue
      }
      throw Refusal(
        "pass on elements of a table that has a guard, not all of it", at: place.location)
    }
  }

  /// Refuses a place that has a guard where code runs between the goal and the access.
  func refuseGuardedBefore(_ place: Expression) throws {
    var part = place
    while true {
      if guardHere(of: part) != nil {
        throw Refusal(
          "what stands behind changes state before this is accessed: put it into a variable first",
          at: place.location)
      }
      switch part.kind {
      case .field(let base, _), .tupleElement(let base, _), .element(let base, _): part = base
      default: return
      }
    }
  }

  /// The guard of a field, where what is executed accesses it.
  private func guardHere(of place: Expression) -> Function? {
    guard emits, context.checksGuards, !place.isUnexecuted,
      case .field(let base, let name) = place.kind, case .named(let owner) = base.type,
      !index.isCopyable(base.type), !isMade(place),
      let method = index.guards.method(for: name, of: owner)
    else { return nil }
    return index.functions[method]
  }
}
