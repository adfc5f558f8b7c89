/// Names of the program as WhyML can have them: readable, distinct, the same at each run.
struct Names {
  private var globals: [String: String] = [:]

  init(_ program: Program) {
    let all =
      program.structs.map { ($0.name, $0.module) } + program.enums.map { ($0.name, $0.module) }
      + program.constants.map { ($0.name, $0.module) }
      + program.functions.map { ($0.name, $0.module) }
    var taken: Set<String> = []
    for (name, module) in all.sorted(by: { $0.0 < $1.0 }) {
      var base = Names.mangled(Names.withoutModule(name, module))
      // Locals have no underscore inside: they cannot hide a function.
      if !base.contains("_") { base += "_x" }
      var candidate = base
      var number = 2
      while !taken.insert(candidate).inserted {
        candidate = "\(base)\(number)"
        number += 1
      }
      globals[name] = candidate
    }
  }

  /// The name of a declaration, which starts in lower case and has an underscore inside.
  func global(_ name: String) -> String { globals[name] ?? Names.mangled(name) + "_x" }

  static func withoutModule(_ name: String, _ module: String) -> String {
    name.hasPrefix(module + ".") ? String(name.dropFirst(module.count + 1)) : name
  }

  /// Letters, digits and single underscores; lower case first.
  static func mangled(_ name: String) -> String {
    var result = ""
    for character in name.unicodeScalars {
      switch character {
      case "a"..."z", "A"..."Z", "0"..."9": result.unicodeScalars.append(character)
      case "=", "<", ">", "+", "-", "*", "/", "&", "|", "^", "!", "~", "%":
        result += "_\(String(character.value, radix: 16))"
      default: if !result.isEmpty && result.last != "_" { result += "_" }
      }
    }
    while result.last == "_" { result.removeLast() }
    if result.isEmpty { result = "x" }
    if let first = result.first, first.isNumber { result = "x" + result }
    return result.prefix(1).lowercased() + result.dropFirst()
  }

  /// For a local variable: no underscore inside, and no word of WhyML.
  static func local(_ name: String) -> String {
    let mangled = mangled(name)
    return mangled.contains("_") || reserved.contains(mangled) ? mangled + "_" : mangled
  }

  /// Of a function's parameters, in their order: no two alike.
  static func parameters(of function: Function) -> [String] {
    var taken: Set<String> = []
    return function.parameters.map { parameter in
      var name = local(parameter.name)
      while !taken.insert(name).inserted { name += "_" }
      return name
    }
  }

  private static let reserved: Set<String> = [
    // Words of WhyML.
    "abstract", "absurd", "alias", "any", "as", "assert", "assume", "at", "axiom", "begin", "break",
    "by", "check", "clone", "coinductive", "constant", "continue", "diverges", "do", "done",
    "downto", "else", "end", "ensures", "epsilon", "exception", "exists", "export", "false",
    "float", "for", "forall", "fun", "function", "ghost", "goal", "if", "import", "in",
    "inductive", "invariant", "label", "lemma", "let", "match", "meta", "module", "mutable", "not",
    "old", "partial", "predicate", "private", "pure", "raise", "raises", "range", "reads", "rec",
    "ref", "requires", "result", "return", "returns", "scope", "so", "then", "theory", "to",
    "true", "try", "type", "use", "val", "variant", "while", "with", "writes",
    // What the library brings.
    "abs", "div", "get", "int", "map", "mod", "one", "set", "zero", "band", "bor", "bxor", "ctz",
    "popcount", "unit", "bool",
  ]
}
