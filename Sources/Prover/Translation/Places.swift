/// What can be assigned: something that changes in WhyML, and the way from there to a part of it.
struct AssignedPlace {
  /// The WhyML of what changes, `self.table_elements` or `x.v_u64`; `nil` if nothing does.
  var slot: String?
  var root: Term
  var rootType: Type
  /// The slot holds the elements of a table.
  var isTable = false
  var steps: [Step] = []
  var type: Type

  enum Step {
    case field(String)
    case tupleElement(Int)
    case element(index: Term, Type)
  }
}

extension Evaluator {
  /// The WhyML path of state that is passed by reference.
  func statePath(_ expression: Expression) throws -> String {
    switch expression.kind {
    case .variable(let name):
      if case .state(let path, _)? = scope[name] { return path }
    case .field(let base, let name):
      _ = try context.sort(of: base.type)
      try checkGuard(of: expression)
      return "\(try statePath(base)).\(try fieldName(base.type, name))"
    default: break
    }
    throw Refusal(
      "~Copyable values are reached by the names of fields alone", at: expression.location)
  }

  /// Whether a place is part of `self` in an initialiser: as nothing else knows it yet, it is a value
  /// even if it is ~Copyable.
  func isMade(_ place: Expression) -> Bool {
    guard let (name, _) = Evaluator.root(of: place), case .reference? = scope[name] else {
      return false
    }
    return true
  }

  /// Evaluates the indices of a place and checks them. `keeping`: the place is used after other
  /// code ran, which must not change what the indices were.
  func place(of expression: Expression, keeping: Bool = false) throws -> AssignedPlace {
    let type = expression.type
    switch expression.kind {
    case .variable(let name):
      switch scope[name] {
      case .reference(let local, let field, let type)?:
        return AssignedPlace(
          slot: "\(local).\(field)", root: try read("\(local).\(field)", type), rootType: type,
          type: type)
      case .value(let term)?:
        return AssignedPlace(slot: nil, root: term, rootType: type, type: type)
      default: throw Refusal("'\(name)' is not a variable that can be changed here")
      }
    case .field(let base, let name):
      if !index.isCopyable(base.type), !isMade(base) {
        try checkGuard(of: expression)
        let path = "\(try statePath(base)).\(try fieldName(base.type, name))"
        return AssignedPlace(slot: path, root: try read(path, type), rootType: type, type: type)
      }
      var result = try place(of: base, keeping: keeping)
      result.steps.append(.field(name))
      result.type = type
      return result
    case .tupleElement(let base, let position):
      var result = try place(of: base, keeping: keeping)
      result.steps.append(.tupleElement(position))
      result.type = type
      return result
    case .element(let base, let position):
      if changesState(position) {
        throw Refusal("the index changes state: put it into a variable first")
      }
      var result: AssignedPlace
      let count: Term?
      if case .table(let element) = base.type {
        if isMade(base) {
          throw Refusal(
            "change the table before it becomes part of self, or after the initialiser")
        }
        let path = try statePath(base)
        let (map, number, _) = try elements(of: Term(path), base.type)
        result = AssignedPlace(
          slot: map, root: Term(map), rootType: base.type, isTable: true, type: element)
        count = number
      } else {
        result = try place(of: base, keeping: keeping)
        count = try elements(of: result.root, base.type).count
      }
      var index = try evaluate(position)
      index = keeping ? define(temporary("index"), index) : bound(index, "index")
      check(isInside(index, count), "index out of range", at: expression.location)
      try checkGuard(of: base, element: index)
      result.steps.append(.element(index: index, type))
      result.type = type
      return result
    default: throw Refusal("this is not a place that can be assigned")
    }
  }

  /// What the place holds, as it is stored.
  func read(_ place: AssignedPlace, _ type: Type) throws -> Term {
    var term = place.root
    var current = place.rootType
    for step in place.steps {
      switch step {
      case .field(let name):
        term = try field(term, current, name)
        current = try fieldType(current, name)
      case .tupleElement(let position):
        term = try tupleElement(term, current, position)
        current = componentType(current, position)
      case .element(let index, let element):
        term = try read("(get \(term.text) \(index.text))", element)
        current = element
      }
    }
    return term
  }

  func read(_ place: AssignedPlace) throws -> Term { try read(place, place.type) }

  private func componentType(_ type: Type, _ position: Int) -> Type {
    if case .tuple(let elements) = type, position < elements.count {
      return elements[position].type
    }
    return .void
  }

  /// Assigns: the whole slot, with another value at the place.
  func write(_ value: Term, to place: AssignedPlace) throws {
    guard let slot = place.slot else {
      throw Refusal("this is not a place that can be assigned")
    }
    let text = try rebuilt(place.root, place.rootType, place.steps[...], value, place.type)
    lines.append("\(slot) <- (pure { \(text) });")
  }

  private func rebuilt(
    _ base: Term, _ type: Type, _ steps: ArraySlice<AssignedPlace.Step>, _ value: Term,
    _ valueType: Type
  ) throws -> String {
    guard let step = steps.first else { return try stored(value, valueType) }
    let rest = steps.dropFirst()
    switch step {
    case .element(let index, let element):
      let before = try read("(get \(base.text) \(index.text))", element)
      let after = try rebuilt(
        rest.isEmpty ? before : named(before), element, rest, value, valueType)
      return "(set \(base.text) \(index.text) \(after))"
    case .field(let name):
      let part = try field(base, type, name)
      let partType = try fieldType(type, name)
      let after = try rebuilt(part, partType, rest, value, valueType)
      return try replacing(base, try fieldName(type, name), after, fieldCount(type))
    case .tupleElement(let position):
      let part = try tupleElement(base, type, position)
      let after = try rebuilt(part, componentType(type, position), rest, value, valueType)
      let name = try context.sort(of: type)
      return try replacing(base, "\(name)_\(position)", after, fieldCount(type))
    }
  }

  private func replacing(
    _ base: Term, _ field: String, _ value: String, _ count: Int
  ) throws -> String {
    count == 1 ? "{ \(field) = \(value) }" : "{ \(base.text) with \(field) = \(value) }"
  }

  private func fieldCount(_ type: Type) -> Int { (try? componentTypes(type).count) ?? 0 }

  /// Under a short name, since updating a record writes it once for each field.
  private func named(_ term: Term) -> Term {
    if !term.text.contains(" ") { return term }
    return define(temporary("part"), term)
  }
}
