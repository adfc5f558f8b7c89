// Maps that exist in proofs alone.

extension Evaluator {
  /// Some map: another one each time a body makes it. A definition has one for each place in the
  /// source, so that it gives the same whenever it is looked at.
  func anyMap(_ type: Type, at location: Location) throws -> Term {
    if emits && !usesTerms {
      let name = temporary("map")
      lines.append("let \(name) = \(try context.declareUnknown(type)) () in")
      return try read(name, type)
    }
    let place = "\(location.file) \(location.line) \(location.column)"
    let name = "some_\(Names.mangled(place))_"
    let sort = try context.sort(of: type)
    context.declare(name) { "constant \(name) : \(sort)" }
    return try read(name, type)
  }

  /// The map whose values an expression says, which must have one at each `Int`.
  func makeMap(_ name: String, _ value: Expression) throws -> Term {
    let before = (usesTerms, namesValues, scope[name])
    (usesTerms, namesValues) = (true, false)
    defer { (usesTerms, namesValues, scope[name]) = before }
    if needsCalls(value) {
      throw Refusal(
        "the map calls a function that the logic does not define: it has a loop or effects")
    }
    let bounds = Interval(of: .int)
    let local = temporary(Names.mangled(name))
    scope[name] = .value(Term(local, interval: bounds))
    entryNames.insert(name)
    let range = "(\(IntegerType.int.minimum)) <= \(local) <= \(IntegerType.int.maximum)"
    let term = try assuming("forall \(local): int. \(range) -> ") { try evaluate(value) }
    return Term("(fun (\(local): int) -> \(try stored(term, value.type)))")
  }
}
