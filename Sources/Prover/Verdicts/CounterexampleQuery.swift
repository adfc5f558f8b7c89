/// What to ask a prover for after it has found a model of a goal's negation: the numbers, flags and
/// cases within every variable of the function.
struct CounterexampleQuery {
  private struct Constructor {
    var name: String
    var fields: [(name: String, sort: SymbolicExpression)]
  }
  private struct Question {
    var name: String
    var term: String
    var sort: String
    /// Only of interest if that term has that case.
    var condition: (term: String, constructor: String)?
  }
  private var types: [String: [Constructor]] = [:]
  /// Sorts whose values are integers, by name: the function that says which.
  private var integers: [String: String] = [:]
  private var constants: [(name: String, symbol: String, sort: SymbolicExpression)] = []
  private var questions: [Question] = []

  /// What the goal and what is known where it stands speak of: of a large state most fields are
  /// of no interest.
  private var mentioned: Set<String> = []

  /// More would drown the reader.
  private static let most = 60

  init(_ text: String) {
    for (expression, comment) in SymbolicExpression.all(in: text) {
      guard let parts = expression.list, let head = parts.first?.atom else { continue }
      switch head {
      case "declare-datatypes": addTypes(parts)
      case "declare-fun" where parts.count == 4:
        addSymbol(parts, comment)
      // Axioms begin with a quantifier.
      case "assert" where parts.count == 2 && parts[1].list?.first?.atom != "forall":
        mention(parts[1])
      default: break
      }
    }
    // Indices into tables: elements at these places are of interest.
    let indices = constants.compactMap { constant in
      constant.sort.atom.flatMap { integers[$0] }.map {
        (name: constant.name, term: "(\($0) \(constant.symbol))")
      }
    }
    // Numbers and flags first: who reads it has seen those names in the code.
    let asked = constants.filter { mentioned.contains($0.symbol) }
    let simple = asked.filter { isSimple($0.sort) }
    for constant in simple + asked.filter({ !isSimple($0.sort) }) {
      ask(constant.name, constant.symbol, constant.sort, depth: 0, nil, indices.suffix(3))
    }
  }

  var isEmpty: Bool { questions.isEmpty }
  /// What is asked for.
  var terms: [String] { questions.map(\.term) }

  private mutating func addTypes(_ parts: [SymbolicExpression]) {
    guard parts.count == 3, let names = parts[1].list, let bodies = parts[2].list else { return }
    for (name, body) in zip(names, bodies) {
      guard let name = name.list?.first?.atom, let constructors = body.list else { continue }
      types[name] = constructors.compactMap { constructor in
        guard let parts = constructor.list, let head = parts.first?.atom else { return nil }
        return Constructor(
          name: head,
          fields: parts.dropFirst().compactMap { field in
            guard let pair = field.list, pair.count == 2, let name = pair[0].atom else {
              return nil
            }
            return (name, pair[1])
          })
      }
    }
  }

  private func isSimple(_ sort: SymbolicExpression) -> Bool {
    guard let sort = sort.atom else { return false }
    return sort == "Int" || sort == "Bool" || integers[sort] != nil
  }

  private mutating func mention(_ expression: SymbolicExpression) {
    switch expression {
    case .atom(let text): mentioned.insert(text)
    case .list(let parts): for part in parts { mention(part) }
    }
  }

  private mutating func addSymbol(_ parts: [SymbolicExpression], _ comment: String) {
    guard let symbol = parts[1].atom, let arguments = parts[2].list else { return }
    if arguments.count == 1, let sort = arguments[0].atom, symbol == sort + "qtint" {
      integers[sort] = symbol
    } else if arguments.isEmpty, let name = SwiftNames.variable(comment.isEmpty ? symbol : comment)
    {
      constants.append((name, symbol, parts[3]))
    }
  }

  private mutating func ask(
    _ name: String, _ term: String, _ sort: SymbolicExpression, depth: Int,
    _ condition: (term: String, constructor: String)?,
    _ indices: ArraySlice<(name: String, term: String)>
  ) {
    guard questions.count < CounterexampleQuery.most, depth < 5 else { return }
    if let parts = sort.list {
      if parts.first?.atom == "Array", parts.count == 3, parts[1].atom == "Int" {
        for index in indices {
          ask(
            "\(name)[\(index.name)]", "(select \(term) \(index.term))", parts[2], depth: depth + 1,
            condition, [])
        }
      } else if parts.first?.atom == "_" {
        add(name, term, "", condition)
      }
      return
    }
    guard let sort = sort.atom else { return }
    if sort == "Int" || sort == "Bool" {
      add(name, term, sort, condition)
    } else if let integer = integers[sort] {
      add(name, "(\(integer) \(term))", sort, condition)
    } else if let constructors = types[sort] {
      if constructors.count > 1 {
        add(name, term, sort, condition)
      }
      for constructor in constructors {
        let isOnly = constructors.count == 1
        for (position, field) in constructor.fields.enumerated()
        where !isOnly || mentioned.contains(field.name) {
          ask(
            name
              + SwiftNames.path(field.name, at: position, of: constructor.name, in: sort),
            "(\(field.name) \(term))",
            field.sort, depth: depth + 1,
            isOnly ? condition : (term, constructor.name), indices)
        }
      }
    }
  }

  private mutating func add(
    _ name: String, _ term: String, _ sort: String,
    _ condition: (term: String, constructor: String)?
  ) {
    questions.append(Question(name: name, term: term, sort: sort, condition: condition))
  }

  /// The goal with the questions behind it.
  func text(of goal: String) -> String {
    goal + "\n(get-value (" + questions.map(\.term).joined(separator: "\n") + "))\n"
  }

  /// Conditions that say that it is these very values, for another question about them.
  func conditions(in answer: String) -> String {
    answers(in: answer).filter { SwiftNames.isPlain($0.value) }
      .map { "(assert (= \($0.key) \($0.value.description)))\n" }.sorted().joined()
  }

  /// By term; empty if the answer cannot be read.
  private func answers(in answer: String) -> [String: SymbolicExpression] {
    guard let pairs = SymbolicExpression.all(in: answer).first?.expression.list,
      pairs.count == questions.count
    else { return [:] }
    var answers: [String: SymbolicExpression] = [:]
    for (question, pair) in zip(questions, pairs) {
      guard let pair = pair.list, pair.count == 2 else { return [:] }
      answers[question.term] = pair[1]
    }
    return answers
  }

  /// What stands in the answer to the questions.
  func values(in answer: String) -> [Counterexample.Value] {
    let answers = answers(in: answer)
    guard !answers.isEmpty else { return [] }
    var values: [Counterexample.Value] = []
    var last: [String: String] = [:]
    for question in questions {
      if let condition = question.condition,
        answers[condition.term].map(SwiftNames.constructor) != condition.constructor
      {
        continue
      }
      let value = SwiftNames.value(answers[question.term]!, of: question.sort)
      // A variable that is assigned has a name a time; only what changes is told again.
      if last[question.name] == value { continue }
      if last[question.name] != nil {
        values.append(.init(name: question.name, value: "then \(value)"))
      } else {
        values.append(.init(name: question.name, value: value))
      }
      last[question.name] = value
    }
    return values
  }
}
