/// Which parts of their `inout` parameters functions write, themselves or through what they call.
struct WriteSets {
  enum Step: Hashable {
    case field(String)
    /// Any element of a table or an array.
    case element
    case tupleElement(Int)
  }
  typealias Path = [Step]

  /// By function and parameter.
  private var paths: [String: [String: Set<Path>]] = [:]

  func of(_ function: String, _ parameter: String) -> Set<Path> {
    paths[function]?[parameter] ?? []
  }

  init(_ functions: [String: Function]) {
    for (name, function) in functions {
      var own: [String: Set<Path>] = [:]
      for parameter in function.parameters where parameter.isInOut {
        // Of a body that is not known, anything may be written.
        own[parameter.name] = WriteSets.body(function) == nil ? [[]] : []
      }
      paths[name] = own
    }
    var changed = true
    while changed {
      changed = false
      for (name, function) in functions {
        guard let body = WriteSets.body(function) else { continue }
        for (root, path) in written(
          by: body, functions,
          everything: function.parameters.filter(\.isInOut).map { (root: $0.name, path: []) })
        {
          guard paths[name]?[root] != nil else { continue }
          if add(path, to: name, root) { changed = true }
        }
      }
    }
  }

  /// What says which places a function writes. Of a trusted one that is executed nothing does, but
  /// what a function of ghost values writes is a matter of its text.
  private static func body(_ function: Function) -> [Statement]? {
    function.contract.trusted == nil || function.isGhost ? function.body : nil
  }

  private mutating func add(_ path: Path, to function: String, _ root: String) -> Bool {
    var known = paths[function]?[root] ?? []
    // Recursion through ever deeper parts ends here.
    let path = Path(path.prefix(8))
    if known.contains(where: { path.starts(with: $0) }) { return false }
    known = known.filter { !$0.starts(with: path) }
    known.insert(path)
    paths[function]?[root] = known
    return true
  }

  /// What statements write, of variables that they see. What is not a place at all may be any of
  /// `everything` (and the function is refused for it).
  func written(
    by body: [Statement], _ functions: [String: Function],
    everything: [(root: String, path: Path)] = []
  ) -> [(root: String, path: Path)] {
    var result: [(root: String, path: Path)] = []
    var walker = TreeWalker { expression in
      guard case .call(let call) = expression.kind else { return }
      let parameters = functions[call.function]?.parameters
      for (position, argument) in call.arguments.enumerated() {
        guard case .inOut(let place) = argument else { continue }
        guard let (root, base) = WriteSets.path(of: place) else {
          result += everything
          continue
        }
        guard let parameters, position < parameters.count else {
          result.append((root, base))
          continue
        }
        for path in of(call.function, parameters[position].name) {
          result.append((root, base + path))
        }
      }
    }
    walker.visitStatement = { statement in
      if case .assign(let place, _) = statement.kind {
        if let written = WriteSets.path(of: place) {
          result.append(written)
        } else {
          result += everything
        }
      }
    }
    walker.walk(body)
    return result
  }

  /// The variable at the root of a place, and the way from there.
  static func path(of place: Expression) -> (root: String, path: Path)? {
    switch place.kind {
    case .variable(let name): return (name, [])
    case .field(let base, let name):
      guard let (root, path) = path(of: base) else { return nil }
      return (root, path + [.field(name)])
    case .tupleElement(let base, let index):
      guard let (root, path) = path(of: base) else { return nil }
      return (root, path + [.tupleElement(index)])
    case .element(let base, _):
      guard let (root, path) = path(of: base) else { return nil }
      return (root, path + [.element])
    default: return nil
    }
  }
}
