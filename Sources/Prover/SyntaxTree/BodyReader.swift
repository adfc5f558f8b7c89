/// Reads what stands in one function, or the value of one constant.
final class BodyReader {
  let types: TypeReader
  let declarations: Declarations
  let file: SourceFile
  /// What `return` gives; `nil` outside functions.
  var result: Type?
  /// In an initialiser `return` gives `self`, and `return nil` nothing.
  var initialised: Type?

  struct Variable {
    var name: String
    var type: Type
  }
  /// Variables by the name that the source gives them, innermost scope last.
  private var scopes: [[String: Variable]] = [[:]]
  private var taken: Set<String> = []
  /// Inside `ghost`.
  private(set) var isGhost = false
  /// Inside a word of a contract, which changes nothing.
  private(set) var isContract = false
  /// Inside what no build executes: `ghost`, conditions labelled ghost, and functions of ghost values.
  var isUnexecuted = false
  /// Variables that `ghost` assigns, and those that what is executed reads.
  var assignedByGhost: [String: Node] = [:]
  var executed: Set<String> = []
  /// What `break` and `continue` may end, innermost last.
  var jumps: [Jump] = []
  enum Jump {
    case loop(String?)
    case choice
  }

  init(types: TypeReader, declarations: Declarations, file: SourceFile) {
    self.types = types
    self.declarations = declarations
    self.file = file
  }

  // MARK: Names

  /// Makes a variable known under a name that no other of the function has.
  func declare(_ name: String, _ type: Type) -> String {
    let unique = fresh(name)
    scopes[scopes.count - 1][name] = Variable(name: unique, type: type)
    return unique
  }

  /// A name that no other variable of the function has.
  func fresh(_ name: String) -> String {
    var unique = name
    var number = 2
    while taken.contains(unique) {
      unique = "\(name)\(number)"
      number += 1
    }
    taken.insert(unique)
    return unique
  }

  /// Gives a variable that is known already a further name, for as long as the scope lasts.
  func alias(_ name: String, _ variable: Variable) { scopes[scopes.count - 1][name] = variable }

  func lookUp(_ name: String) -> Variable? {
    for scope in scopes.reversed() { if let found = scope[name] { return found } }
    return nil
  }

  /// What is declared in the body is forgotten after it.
  func scoped<Value>(_ body: () throws -> Value) rethrows -> Value {
    scopes.append([:])
    defer { scopes.removeLast() }
    return try body()
  }

  /// Reads an expression that is part of a contract.
  func contractual<Value>(_ body: () throws -> Value) rethrows -> Value {
    let outer = isContract
    isContract = true
    defer { isContract = outer }
    return try body()
  }

  /// The same for the condition that a word gets.
  func contractual<Value>(_ word: Node, _ body: () throws -> Value) rethrows -> Value {
    guard meaning(word)?.hasSuffix("(ghost:)") == true else { return try contractual(body) }
    return try unexecuted { try contractual(body) }
  }

  /// Reads the steps of a proof.
  func ghostly<Value>(_ body: () throws -> Value) rethrows -> Value {
    let outer = isGhost
    isGhost = true
    defer { isGhost = outer }
    return try unexecuted(body)
  }

  func unexecuted<Value>(_ body: () throws -> Value) rethrows -> Value {
    let outer = isUnexecuted
    isUnexecuted = true
    defer { isUnexecuted = outer }
    return try body()
  }

  // MARK: Places and types

  func location(_ node: Node) -> Location { file.source.location(max(node.start, 0)) }

  func type(_ node: Node, _ part: String = "type") throws -> Type {
    guard let mangled = node.text(part) else {
      throw NotProvable("the compiler gives no type here", node)
    }
    do {
      return try types.type(mangled)
    } catch let error as TypeReader.Unreadable {
      throw NotProvable(BodyReader.outside(error.name), node)
    }
  }

  static func outside(_ type: String) -> String {
    "\(type) cannot be proved; values are integers, Bool, enums, structs, optionals, tuples, "
      + "InlineArray and Table"
  }

  func make(_ kind: ExpressionKind, _ type: Type, _ node: Node) -> Expression {
    var expression = Expression(kind, type: type, at: location(node))
    expression.isUnexecuted = isUnexecuted || isContract
    return expression
  }

  /// The node without what the compiler wraps around it and that changes nothing.
  static func bare(_ node: Node) -> Node {
    switch node.kind {
    case "coerce_expr":
      guard let inner = node["sub_expr"], inner.text("type") == node.text("type") else {
        return node
      }
      return bare(inner)
    case "load_expr", "paren_expr", "function_conversion_expr", "autoclosure_expr", "inout_expr",
      "consume_expr", "copy_expr", "borrow_expr", "try_expr", "then_stmt":
      guard
        let inner = node["sub_expr"] ?? node["single_expr_body"] ?? node["result"]
      else { return node }
      return bare(inner)
    case "dot_syntax_base_ignored":
      // `Module.function`
      guard let module = node["lhs"], let member = node["rhs"], module.kind == "declref_expr",
        module.text("type") == "", module["decl"]?.text("decl_usr") == ""
      else { return node }
      return bare(member)
    default: return node
    }
  }

  /// USR of what a call, operator or reference means.
  static func referred(_ node: Node) -> String? {
    let node = bare(node)
    switch node.kind {
    case "declref_expr", "member_ref_expr", "subscript_expr", "other_constructor_ref_expr":
      return node["decl"]?.text("decl_usr")
    case "dot_syntax_call_expr", "constructor_ref_call_expr", "call_expr", "binary_expr",
      "prefix_unary_expr", "postfix_unary_expr":
      return node["fn"].flatMap(referred)
    default: return nil
    }
  }

  /// ``Symbol/declaration`` of what a call, operator or reference means.
  func meaning(_ node: Node) -> String? {
    BodyReader.referred(node).flatMap { types.declaration($0) }
  }

  /// The word of a contract that a statement is a call of.
  func contractWord(_ node: Node) -> String? {
    node.kind == "call_expr" ? BodyReader.contractWord(meaning(node)) : nil
  }

  /// The same of a declaration, `Contracts.holds` or `Contracts.holds(ghost:)`.
  static func contractWord(_ declaration: String?) -> String? {
    guard let declaration, declaration.hasPrefix("Contracts.") else { return nil }
    let word = String(declaration.dropFirst("Contracts.".count).prefix { $0 != "(" })
    return contractWords.contains(word) ? word : nil
  }

  static let contractWords: Set<String> = [
    "requires", "ensures", "old", "invariant", "variant", "holds", "forall", "exists", "trusted",
    "opaque", "overBitVectors", "ghost", "count",
  ]

  static func arguments(_ node: Node) -> [Node] { node["args"]?.nodes("args") ?? [] }
}
