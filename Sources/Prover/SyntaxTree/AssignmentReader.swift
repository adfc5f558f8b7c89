extension BodyReader {
  /// A place: a variable with fields, elements and tuple elements of it.
  func place(_ outer: Node) throws -> Expression {
    let access = try access(outer)
    guard access.before.isEmpty, access.after.isEmpty else {
      throw NotProvable(
        "a computed property or subscript passed inout cannot be proved; copy it to a variable first",
        outer)
    }
    return access.place
  }

  /// A place for changes, and what makes them reach a computed property.
  struct Access {
    var place: Expression
    /// Indices are evaluated before what is assigned, which may change them.
    var isFixed = false
    var before: [Statement] = []
    var after: [Statement] = []
  }

  private func statement(_ kind: StatementKind, _ node: Node) -> Statement {
    Statement(kind, at: location(node))
  }

  private func access(_ outer: Node, isFixed: Bool = false) throws -> Access {
    let access = try reach(outer, isFixed: isFixed)
    noteChange(of: access.place, outer)
    return access
  }

  private func reach(_ outer: Node, isFixed: Bool) throws -> Access {
    let node = BodyReader.bare(outer)
    switch node.kind {
    case "declref_expr":
      let place = try expression(node)
      guard case .variable = place.kind else { break }
      return Access(place: place, isFixed: isFixed)
    case "member_ref_expr":
      guard let base = node["base"], let usr = node["decl"]?.text("decl_usr") else { break }
      if let field = declarations.fields[usr] {
        var access = try reach(base, isFixed: isFixed)
        access.place = make(.field(access.place, field.name), try type(node), node)
        return access
      }
      if let accessor = declarations.accessors[usr] {
        return try computed(accessor, node, base, isFixed)
      }
    case "tuple_element_expr":
      guard let base = node["base"], let index = node.number("field #") else { break }
      var access = try reach(base, isFixed: isFixed)
      access.place = make(.tupleElement(access.place, index), try type(node), node)
      return access
    case "subscript_expr":
      guard let base = node["base"], let usr = node["decl"]?.text("decl_usr") else { break }
      let arguments = BodyReader.arguments(node)
      if BodyReader.isElement(types.declaration(usr)), arguments.count == 1,
        let index = arguments[0]["expr"]
      {
        var access = try reach(base, isFixed: isFixed)
        try checkRead(of: access.place, node)
        access.place = make(
          .element(access.place, index: try once(try expression(index), &access, node)),
          try type(node), node)
        return access
      }
      if let accessor = declarations.accessors[usr] {
        return try computed(accessor, node, base, isFixed)
      }
    default: break
    }
    throw NotProvable("this cannot be changed in place; assign to a variable first", outer)
  }

  /// An index is evaluated once, however often its place is named.
  private func once(_ index: Expression, _ access: inout Access, _ node: Node) throws -> Expression
  {
    switch index.kind {
    case .integer, .constant: return index
    default: guard access.isFixed || index.hasEffects else { return index }
    }
    let name = fresh("index")
    access.before.append(
      statement(.variable(name: name, type: index.type, isMutable: false, index), node))
    return Expression(.variable(name), type: index.type, at: index.location)
  }

  /// A copy that is changed and then set.
  private func computed(
    _ accessor: (getter: Callable?, setter: Callable?), _ node: Node, _ base: Node, _ isFixed: Bool
  ) throws -> Access {
    guard let getter = accessor.getter, let setter = accessor.setter, setter.takesSelf else {
      throw NotProvable("this property cannot be set", node)
    }
    try check(getter, node)
    try check(setter, node)
    var access = try access(base, isFixed: isFixed)
    let type = try type(node)
    let indices = try indices(node, getter, &access)
    let own: Argument = getter.selfIsInOut ? .inOut(access.place) : .value(access.place)
    let name = fresh("copy")
    access.before.append(
      statement(
        .variable(
          name: name, type: type, isMutable: true,
          make(.call(Call(function: getter.name, arguments: [own] + indices)), type, node)), node))
    let copy = make(.variable(name), type, node)
    access.after.insert(set(setter, access.place, copy, indices, node), at: 0)
    access.place = copy
    return access
  }

  private func indices(
    _ node: Node, _ getter: Callable, _ access: inout Access
  ) throws -> [Argument] {
    try arguments(BodyReader.arguments(node), of: getter).map { argument in
      guard case .value(let value) = argument else { return argument }
      return .value(try once(value, &access, node))
    }
  }

  private func set(
    _ setter: Callable, _ base: Expression, _ value: Expression, _ indices: [Argument],
    _ node: Node
  ) -> Statement {
    let own: Argument = setter.selfIsInOut ? .inOut(base) : .value(base)
    let call = Call(function: setter.name, arguments: [own, .value(value)] + indices)
    return statement(.evaluate(make(.call(call), .void, node)), node)
  }

  // MARK: Assignments

  func assignment(_ node: Node) throws -> [Statement] {
    guard let destination = node["dest"].map(BodyReader.bare), let source = node["src"] else {
      throw NotProvable("this assignment cannot be proved", node)
    }
    switch destination.kind {
    case "discard_assignment_expr": return [statement(.evaluate(try expression(source)), node)]
    case "tuple_expr": return try destructuring(destination, try expression(source), node)
    default: return try assign(destination, try expression(source), node)
    }
  }

  private func assign(_ destination: Node, _ value: Expression, _ node: Node) throws -> [Statement]
  {
    if let (accessor, base) = accessor(destination) {
      guard let getter = accessor.getter, let setter = accessor.setter, setter.takesSelf else {
        throw NotProvable("this property cannot be set", node)
      }
      try check(setter, node)
      var access = try access(base, isFixed: value.hasEffects)
      let indices = try indices(destination, getter, &access)
      return access.before + [set(setter, access.place, value, indices, node)] + access.after
    }
    let access = try access(destination, isFixed: value.hasEffects)
    if value.hasEffects, !access.after.isEmpty { throw tooMuch(node) }
    return access.before + [statement(.assign(place: access.place, value), node)] + access.after
  }

  /// A computed property is read after what is assigned is evaluated.
  private func tooMuch(_ node: Node) -> NotProvable {
    NotProvable(
      "too much happens in this assignment; put the right side into a variable first", node)
  }

  /// The accessors of a computed property or subscript that stands last in a place.
  private func accessor(
    _ node: Node
  ) -> (accessor: (getter: Callable?, setter: Callable?), base: Node)? {
    guard node.kind == "member_ref_expr" || node.kind == "subscript_expr",
      let usr = node["decl"]?.text("decl_usr"), let accessor = declarations.accessors[usr],
      let base = node["base"]
    else { return nil }
    return (accessor, base)
  }

  /// `(a, b) = value`: all indices are evaluated first, then the value.
  private func destructuring(
    _ destination: Node, _ value: Expression, _ node: Node
  ) throws -> [Statement] {
    let places = destination.nodes("elements").map(BodyReader.bare)
    guard case .tuple(let elements) = value.type, elements.count == places.count else {
      throw NotProvable("this assignment to a tuple cannot be proved", node)
    }
    var before: [Statement] = []
    var after: [Statement] = []
    let names = try zip(places, elements).map { place, element -> String? in
      if place.kind == "discard_assignment_expr" { return nil }
      let access = try access(place, isFixed: true)
      guard access.after.isEmpty else { throw tooMuch(node) }
      before += access.before
      let name = fresh("part")
      after.append(
        statement(.assign(place: access.place, make(.variable(name), element.type, node)), node))
      return name
    }
    let parts = statement(
      .destructure(names: names, types: elements.map(\.type), isMutable: false, value), node)
    return before + [parts] + after
  }

  func swap(_ places: [Node], _ node: Node) throws -> [Statement] {
    let first = try access(places[0], isFixed: true)
    let second = try access(places[1], isFixed: true)
    guard first.after.isEmpty, second.after.isEmpty else { throw tooMuch(node) }
    let type = first.place.type
    let name = fresh("first")
    return first.before + second.before + [
      statement(.variable(name: name, type: type, isMutable: false, first.place), node),
      statement(.assign(place: first.place, second.place), node),
      statement(.assign(place: second.place, make(.variable(name), type, node)), node),
    ]
  }

  /// `a += b` and its kin, `negate()` and `toggle()`.
  func compound(_ context: String, _ member: String, _ node: Node) throws -> [Statement]? {
    let callee = try callee(node)
    let arguments = callee.arguments.compactMap { $0["expr"] }
    if member.hasSuffix("= infix"), arguments.count == 2,
      let operation = BodyReader.arithmetic[String(member.dropLast(7))]
    {
      var right = try expression(arguments[1])
      let isFixed = right.hasEffects
      var access = try access(arguments[0], isFixed: isFixed)
      try check(operation, access.place, right, node)
      if isFixed {
        // The place is read after that.
        guard access.after.isEmpty else { throw tooMuch(node) }
        let name = fresh("right")
        access.before.append(
          statement(.variable(name: name, type: right.type, isMutable: false, right), node))
        right = make(.variable(name), right.type, node)
      }
      let value = make(.binary(operation, access.place, right), access.place.type, node)
      return change(access, value, node)
    }
    let operation: UnaryOperator
    switch (context, member) {
    case ("SignedNumeric", "negate"): operation = .negate
    case ("Bool", "toggle"): operation = .logicalNot
    default: return nil
    }
    guard let base = callee.base else { return nil }
    let access = try access(base)
    let value = make(.unary(operation, access.place), access.place.type, node)
    return change(access, value, node)
  }

  private func change(_ access: Access, _ value: Expression, _ node: Node) -> [Statement] {
    access.before + [statement(.assign(place: access.place, value), node)] + access.after
  }

  /// `self.init(…)`
  func delegation(_ node: Node) throws -> [Statement] {
    guard let call = node["sub_expr"].map(BodyReader.bare), let own = lookUp("self"),
      let initialised
    else { throw NotProvable("this initialiser cannot be proved", node) }
    let place = make(.variable(own.name), own.type, node)
    let value = try expression(call)
    if value.type == initialised { return [statement(.assign(place: place, value), node)] }
    guard value.type == .optional(initialised), let result, result == value.type else {
      throw NotProvable("self.init here gives no value of this type; write it without !", node)
    }
    let name = fresh("made")
    let none = make(.none, result, node)
    return [
      statement(
        .guarded(
          [.matches(.some(.bind(name, initialised, isMutable: false)), value)],
          else: [statement(.returnValue(none), node)]), node),
      statement(.assign(place: place, make(.variable(name), initialised, node)), node),
    ]
  }
}
