/// Collects what the files declare. Bodies are read later, when all names are known.
struct DeclarationReader {
  let types: TypeReader
  var declarations = Declarations()

  init(_ types: TypeReader) { self.types = types }

  /// The types alone: the first of two passes, so that the second knows all of them.
  mutating func readTypes(_ file: SourceFile) { types(file.tree.nodes("items"), file) }

  mutating func read(_ file: SourceFile) {
    declarations.files.append(file)
    members(file.tree.nodes("items"), of: nil, owner: nil, prefix: file.module.name, file)
  }

  private mutating func types(_ nodes: [Node], _ file: SourceFile) {
    for node in nodes {
      switch node.kind {
      case "struct_decl", "enum_decl":
        if let usr = node.text("usr"), let path = types.symbol(usr)?.path {
          let nominal = Nominal(path: path, name: TypeReader.readable(path), file: file, node: node)
          if declarations.nominals.values.contains(where: { $0.name == nominal.name }) {
            nominal.name += " of " + file.source.name
          }
          declarations.nominals[path] = nominal
        }
        types(node.nodes("members"), file)
      case "extension_decl": types(node.nodes("members"), file)
      case "typealias":
        if let usr = node.text("usr"), let path = types.symbol(usr)?.path {
          declarations.aliases[path] = node.text("type")
        }
      default: continue
      }
    }
  }

  private mutating func refuse(_ message: String, _ node: Node, _ file: SourceFile) {
    if let usr = node.text("usr") { declarations.refused[usr] = message }
    if file.module.isProved {
      declarations.diagnostics.append(
        Diagnostic(message, at: file.source.location(max(node.start, 0))))
    }
  }

  /// Refuses a whole type for one of its members.
  private mutating func refuse(
    _ nominal: Nominal, _ message: String, _ node: Node, _ file: SourceFile
  ) {
    nominal.refusal = message
    refuse(message, node.start < 0 ? nominal.node : node, file)
  }

  /// - Parameters:
  ///   - nominal: the type whose members they are, if it is one of the modules'.
  ///   - owner: the same, mangled.
  ///   - prefix: its readable name.
  private mutating func members(
    _ nodes: [Node], of nominal: Nominal?, owner: String?, prefix: String, _ file: SourceFile
  ) {
    var initialValues: [String: Node] = [:]
    for node in nodes {
      switch node.kind {
      case "struct_decl", "enum_decl": type(node, file)
      case "extension_decl": self.extension(node, file)
      case "func_decl": function(node, nominal, owner: owner, prefix: prefix, file)
      case "constructor_decl": initialiser(node, nominal, owner: owner, prefix: prefix, file)
      case "pattern_binding_decl":
        for entry in node.nodes("pattern_entries") {
          initialValue(entry["pattern"], entry["processed_init"], into: &initialValues)
        }
      case "var_decl":
        variable(
          node, nominal, owner: owner, prefix: prefix,
          value: node.baseName.flatMap { initialValues[$0] }, file)
      case "subscript_decl": accessors(node, owner: owner, prefix: prefix, file)
      case "enum_element_decl":
        guard let nominal, let usr = node.text("usr"), let name = node.baseName else { continue }
        nominal.cases.append(node)
        declarations.cases[usr] = (nominal, name, node)
      case "import_decl", "enum_case_decl", "typealias", "precedence_group_decl",
        "infix_operator_decl", "prefix_operator_decl", "postfix_operator_decl":
        continue
      default:
        if !node.isImplicit {
          refuse(
            DeclarationReader.title(node.kind)
              + " cannot be proved; write it with structs, enums and functions", node, file)
        }
      }
    }
  }

  private static func title(_ kind: String) -> String {
    switch kind {
    case "class_decl": "a class"
    case "protocol", "protocol_decl": "a protocol"
    case "associatedtype_decl": "an associated type"
    default: "a declaration of kind \(kind)"
    }
  }

  /// The initial value of each variable of a binding; tuples taken apart have none of their own.
  private func initialValue(_ pattern: Node?, _ value: Node?, into values: inout [String: Node]) {
    guard let pattern, let value else { return }
    switch pattern.kind {
    case "pattern_typed", "pattern_paren", "pattern_binding":
      initialValue(pattern["sub_pattern"], value, into: &values)
    case "pattern_named":
      if let name = pattern.baseName { values[name] = value }
    case "pattern_tuple":
      guard value.kind == "tuple_expr" else { return }
      for (part, element) in zip(pattern.nodes("elements"), value.nodes("elements")) {
        initialValue(part, element, into: &values)
      }
    default: return
    }
  }

  private mutating func type(_ node: Node, _ file: SourceFile) {
    guard let usr = node.text("usr"), let path = types.symbol(usr)?.path,
      let nominal = declarations.nominals[path]
    else { return refuse("this type has no name that can be read", node, file) }
    guard let mangled = DeclarationReader.instanceType(node) else { return }
    if let refusal = nominal.refusal { return refuse(refusal, node, file) }
    members(node.nodes("members"), of: nominal, owner: mangled, prefix: nominal.name, file)
    if !nominal.isStruct { rawValues(nominal) }
  }

  /// `$s…mD`, the type of a declared type, without its `m`.
  private static func instanceType(_ node: Node) -> String? {
    guard let mangled = node.text("interface_type"), mangled.hasSuffix("mD") else { return nil }
    return mangled.dropLast(2) + "D"
  }

  private mutating func `extension`(_ node: Node, _ file: SourceFile) {
    guard let mangled = node.text("extended_type"), let path = types.symbol(mangled)?.type.path
    else {
      return refuse("an extension of this type cannot be read", node, file)
    }
    let nominal = declarations.nominals[path]
    let prefix =
      nominal?.name ?? file.module.name + "."
      + (path.split(separator: ".").last.map { String($0) } ?? path)
    members(node.nodes("members"), of: nominal, owner: mangled, prefix: prefix, file)
  }

  /// The values of an enum's cases, out of the initialiser that the compiler makes.
  private func rawValues(_ nominal: Nominal) {
    for node in nominal.node.nodes("members")
    where node.kind == "constructor_decl" && node.isImplicit {
      guard let body = node["body"]?.nodes("elements").first, body.kind == "switch_stmt" else {
        continue
      }
      nominal.rawType = (node["params"]?.nodes("params").first?.text("interface_type"))
        .flatMap { try? types.type($0) }
      for choice in body.nodes("cases") {
        guard let pattern = choice.nodes("case_label_items").first?["pattern"],
          let literal = pattern["sub_expr"], literal.kind == "integer_literal_expr",
          let text = literal.text("value"), let value = BodyReader.literal(text),
          let name = choice["body"]?.nodes("elements").first?["src"]?["decl"]?.text("base_name")
        else { continue }
        nominal.rawValues[name] = literal.flag("negative") && value > 0 ? -value : value
      }
    }
  }

  private mutating func add(_ callable: Callable) {
    declarations.callables[callable.usr] = callable
  }

  private mutating func function(
    _ node: Node, _ nominal: Nominal?, owner: String?, prefix: String, _ file: SourceFile
  ) {
    guard let usr = node.text("usr"), let name = node.baseName else { return }
    if node.isImplicit {
      if name.hasPrefix("__derived_") && name.hasSuffix("_equals") {
        declarations.equalities.insert(usr)
      }
      return
    }
    let callable = Callable(
      usr: usr, kind: .function, node: node, file: file, owner: owner,
      head: "\(prefix).\(name)", labels: node["name"]?.texts("args") ?? [])
    add(callable)
    if name == "==", let owner, callable.isStatic,
      callable.parameters.count == 2,
      callable.parameters.allSatisfy({ $0.text("interface_type") == owner })
    {
      nominal?.equality = usr
    }
  }

  private mutating func initialiser(
    _ node: Node, _ nominal: Nominal?, owner: String?, prefix: String, _ file: SourceFile
  ) {
    guard let usr = node.text("usr") else { return }
    if node.isImplicit, let nominal {
      if nominal.isStruct {
        declarations.memberwise[usr] = (nominal, node)
      } else {
        declarations.fromRawValues[usr] = nominal
      }
      return
    }
    add(
      Callable(
        usr: usr, kind: .initialiser, node: node, file: file, owner: owner,
        head: "\(prefix).init", labels: node["name"]?.texts("args") ?? []))
  }

  private mutating func variable(
    _ node: Node, _ nominal: Nominal?, owner: String?, prefix: String, value: Node?,
    _ file: SourceFile
  ) {
    guard let usr = node.text("usr"), let name = node.baseName else { return }
    if node.isImplicit {
      if name == "rawValue", let nominal { declarations.rawValues[usr] = nominal }
      if node.text("readImpl") == "stored", let nominal {
        refuse(
          nominal, "lazy and wrapped properties cannot be proved; write an ordinary one", node, file
        )
      }
      return
    }
    guard node.text("readImpl") == "stored" else {
      return accessors(node, owner: owner, prefix: prefix, file)
    }
    if owner == nil || node.flag("static") {
      guard node.flag("let") else {
        return refuse(
          "a variable that all share cannot be proved; make it a constant (let), or part of the "
            + "state that is passed inout", node, file)
      }
      guard let value else {
        return refuse("a constant needs a value of its own: let name = value", node, file)
      }
      declarations.constants[usr] = Constant(
        name: prefix + "." + name, file: file, variable: node, value: value)
      return
    }
    guard let nominal else {
      return refuse("a stored property stands in its struct's own declaration", node, file)
    }
    if let write = node.text("writeImpl"), write != "stored" {
      refuse(
        nominal, "observers of a property (willSet, didSet) cannot be proved; call a method", node,
        file)
    }
    nominal.fields.append((name, node, value))
    declarations.fields[usr] = (nominal, name)
  }

  private mutating func accessors(
    _ node: Node, owner: String?, prefix: String, _ file: SourceFile
  ) {
    guard let usr = node.text("usr") else { return }
    if node.has("generic_signature") {
      return refuse("a generic subscript cannot be proved", node, file)
    }
    let head = "\(prefix).\(node.baseName ?? "_")"
    let labels = node.kind == "subscript_decl" ? node["name"]?.texts("args") ?? [] : nil
    var found: (getter: Callable?, setter: Callable?) = (nil, nil)
    for accessor in node.nodes("accessors") where !accessor.isImplicit {
      guard let usr = accessor.text("usr") else { continue }
      if accessor.flag("get") {
        found.getter = Callable(
          usr: usr, kind: .getter, node: accessor, file: file, owner: owner,
          head: head, labels: labels)
      } else if accessor.flag("set") {
        found.setter = Callable(
          usr: usr, kind: .setter, node: accessor, file: file, owner: owner,
          head: head, labels: labels)
      } else {
        refuse("this accessor cannot be proved; write get and set", accessor, file)
      }
    }
    if let getter = found.getter { add(getter) }
    if let setter = found.setter { add(setter) }
    declarations.accessors[usr] = found
  }

  // MARK: Unique names

  /// Overloads get the types of their parameters, and what is private to files their file.
  mutating func nameOverloads() {
    let callables = declarations.callables.values.sorted { $0.usr < $1.usr }
    for callable in callables { callable.name = callable.plainName }
    rename(callables) { $0.typedName(types) }
    rename(callables) { $0.name + $0.resultName(types) }
    rename(callables) { $0.name + " of " + $0.file.source.name }
    rename(callables) { $0.name + " " + $0.usr }
    var known: [String: Int] = [:]
    for constant in declarations.constants.values { known[constant.name, default: 0] += 1 }
    for constant in declarations.constants.values where known[constant.name] != 1 {
      constant.name += " of " + constant.file.source.name
    }
  }

  private func rename(_ callables: [Callable], _ name: (Callable) -> String) {
    let groups = Dictionary(grouping: callables, by: \.name)
    for group in groups.values where group.count > 1 {
      for callable in group { callable.name = name(callable) }
    }
  }
}
