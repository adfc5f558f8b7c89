// What code leaves as it was: by construction of the state in WhyML as far as that goes, and below
// that as equations that every function proves of itself, and every loop as an invariant.

extension Evaluator {
  /// What WhyML has to know as written by a function.
  func writeClause(_ function: Function) throws -> [String] {
    var result: Set<String> = []
    for (name, parameter) in zip(Names.parameters(of: function), function.parameters)
    where index.isWritten(parameter, of: function) {
      let paths = index.writes.of(function.name, parameter.name)
      if index.isCopyable(parameter.type) {
        result.insert("\(name).\(try context.reference(to: parameter.type).field)")
      } else {
        for (slot, _) in try slots(name, parameter.type, paths.map { $0[...] }) {
          result.insert(slot.text)
        }
      }
    }
    return result.sorted()
  }

  /// Something that changes in WhyML, and holds a value.
  private struct Slot {
    var text: String
    /// Of a table: of its elements.
    var type: Type
    var isTable: Bool
  }

  /// What changes below a path of state, with the written paths from there.
  private func slots(
    _ text: String, _ type: Type, _ paths: [ArraySlice<WriteSets.Step>]
  ) throws -> [(Slot, [ArraySlice<WriteSets.Step>])] {
    if paths.isEmpty { return [] }
    let sort = try context.sort(of: type)
    if case .table(let element) = type {
      return [(Slot(text: "\(text).\(sort)_elements", type: element, isTable: true), paths)]
    }
    guard case .named(let name) = type, let declaration = index.structs[name] else {
      throw Refusal("\(type) cannot be state")
    }
    var result: [(Slot, [ArraySlice<WriteSets.Step>])] = []
    for field in declaration.fields {
      let inner = paths.compactMap { path -> ArraySlice<WriteSets.Step>? in
        guard let first = path.first else { return path }
        return first == .field(field.name) ? path.dropFirst() : nil
      }
      let path = "\(text).\(try fieldName(type, field.name))"
      if inner.isEmpty { continue }
      if index.isCopyable(field.type) {
        result.append((Slot(text: path, type: field.type, isTable: false), inner))
      } else {
        result += try slots(path, field.type, inner)
      }
    }
    return result
  }

  /// Equations that say which parts of a variable stay as they are, if only these are written.
  func frames(
    _ binding: Binding, _ paths: some Collection<WriteSets.Path>, _ before: (String) -> String
  ) throws -> [String] {
    let paths = paths.map { $0[...] }
    switch binding {
    case .value: return []
    case .reference(let name, let field, let type):
      let now = "\(name).\(field)"
      return try frame(now, before(now), type, paths, depth: 3).map { ["\(now) = \($0)"] } ?? []
    case .state(let text, let type):
      return try slots(text, type, paths).compactMap { slot, inner in
        if !slot.isTable {
          return try frame(slot.text, before(slot.text), slot.type, inner, depth: 3).map {
            "\(slot.text) = \($0)"
          }
        }
        // Elements: all of them change in the same fields at most.
        guard inner.allSatisfy({ $0.first == .element }) else { return nil }
        let now = "(get \(slot.text) frame_)"
        return try frame(
          now, "(get \(before(slot.text)) frame_)", slot.type, inner.map { $0.dropFirst() },
          depth: 3
        ).map { "forall frame_: int [\(now)]. \(now) = \($0)" }
      }
    }
  }

  /// The old value with the new values of what is written; `nil` if that is all of it.
  private func frame(
    _ now: String, _ before: String, _ type: Type, _ paths: [ArraySlice<WriteSets.Step>],
    depth: Int
  ) throws -> String? {
    guard depth > 0, case .named(let name) = type, let declaration = index.structs[name],
      !paths.contains(where: \.isEmpty)
    else { return nil }
    var changes: [String] = []
    var isWhole = true
    for field in declaration.fields {
      let inner = paths.filter { $0.first == .field(field.name) }.map { $0.dropFirst() }
      if inner.isEmpty {
        isWhole = false
        continue
      }
      let fieldName = try fieldName(type, field.name)
      let nested = try frame(
        "\(now).\(fieldName)", "\(before).\(fieldName)", field.type, inner, depth: depth - 1)
      if nested != nil { isWhole = false }
      changes.append("\(fieldName) = \(nested ?? "\(now).\(fieldName)")")
    }
    if isWhole { return nil }
    if declaration.fields.count == 1 { return "{ \(changes[0]) }" }
    return changes.isEmpty ? before : "{ \(before) with \(changes.joined(separator: "; ")) }"
  }

  /// The same of a loop: nothing else than what its body writes has changed since before it.
  func loopFrames(_ body: [Statement], since label: String) throws -> [String] {
    var paths: [String: Set<WriteSets.Path>] = [:]
    for (root, path) in index.writes.written(by: body, index.functions) {
      paths[root, default: []].insert(path)
    }
    var result: [String] = []
    for (root, written) in paths.sorted(by: { $0.key < $1.key }) {
      // What is not known here is a variable of the body.
      guard let binding = scope[root] else { continue }
      result += try frames(binding, written) { "(\($0) at \(label))" }
    }
    return result
  }
}
