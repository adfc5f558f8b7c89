/// Names of the program as Coq can have them: the path of a declaration with `_` for each dot, and
/// more where that is not the only one of its name. What is made of a name has an apostrophe, which
/// no name of Swift has, so it is always new.
struct CoqNames {
  enum Key: Hashable {
    case type(String)
    case field(String, String)
    case enumCase(String, String)
    case constant(String)
    case function(String)
  }

  private var names: [Key: String] = [:]
  private var taken: Set<String>

  init(_ program: Program) {
    taken = CoqNames.reserved
    var open = CoqNames.candidates(program)
    // Whoever shares a name takes a longer one; who has none is numbered.
    while !open.isEmpty {
      let groups = Dictionary(grouping: open) { $0.names[0] }
      open = []
      for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
        if group.count == 1 || group.allSatisfy({ $0.names.count == 1 }) {
          for each in group.sorted(by: { $0.order < $1.order }) { names[each.key] = add(name) }
        } else {
          open += group.map { $0.names.count > 1 ? $0.longer : $0 }
        }
      }
    }
  }

  private mutating func add(_ name: String) -> String {
    var candidate = CoqNames.reserved.contains(name) ? name + "_" : name
    var number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  subscript(_ key: Key) -> String { names[key] ?? "unknown" }

  /// For a parameter or a bound variable: a name that hides none of the program's, and no other.
  func local(_ name: String, beside others: Set<String>) -> String {
    var candidate = CoqNames.mangled(name)
    while taken.contains(candidate) || others.contains(candidate) { candidate += "_" }
    return candidate
  }

  /// Letters, digits and single underscores.
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
    guard let first = result.first else { return "x" }
    return first.isNumber ? "x" + result : result
  }

  // MARK: Candidates

  private struct Candidate {
    var key: Key
    /// From the shortest to the one that says most.
    var names: [String]
    var order: String
    var longer: Candidate { Candidate(key: key, names: Array(names.dropFirst()), order: order) }
  }

  private static func candidates(_ program: Program) -> [Candidate] {
    var result: [Candidate] = []
    func add(_ key: Key, _ path: String, _ module: String, _ rest: String = "") {
      let short = mangled(Names.withoutModule(path, module))
      let long = rest.isEmpty ? short : mangled(short + "_" + rest)
      result.append(
        Candidate(key: key, names: [short, long, "\(module)_\(long)"], order: path + rest))
    }
    for each in program.structs {
      add(.type(each.name), each.name, each.module)
      for field in each.fields {
        add(.field(each.name, field.name), "\(each.name).\(field.name)", each.module)
      }
    }
    for each in program.enums {
      add(.type(each.name), each.name, each.module)
      for one in each.cases {
        add(.enumCase(each.name, one.name), "\(each.name).\(one.name)", each.module)
      }
    }
    for each in program.constants { add(.constant(each.name), each.name, each.module) }
    for each in program.functions {
      let path = String(each.name.prefix { $0 != "(" })
      // Labels and types of parameters, which overloads differ in.
      let types = each.parameters.filter { $0.name != "self" }.map { parameter in
        "\(parameter.type)".split(separator: ".").last.map(String.init) ?? ""
      }
      let labels = each.name.dropFirst(path.count)
      add(
        .function(each.name), path.hasSuffix(".get") ? String(path.dropLast(4)) : path, each.module,
        (types.isEmpty ? String(labels) : types.joined(separator: "_")))
    }
    return result
  }

  private static let reserved: Set<String> = [
    // Words of Gallina.
    "as", "at", "cofix", "do", "else", "end", "exists", "exists2", "fix", "for", "forall", "fun",
    "if", "in", "let", "match", "mod", "return", "then", "using", "where", "with", "Prop", "SProp",
    "Set", "Type", "by", "IF",
    // What statements use of the library, and of the file's own.
    "Z", "bool", "true", "false", "option", "Some", "None", "prod", "not", "and", "or", "iff", "eq",
    "True", "False", "unit", "tt", "le", "lt", "Proved",
    "is_Int8", "is_Int16", "is_Int32", "is_Int", "is_UInt8", "is_UInt16", "is_UInt32", "is_UInt64",
  ]
}
