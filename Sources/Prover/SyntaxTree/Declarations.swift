/// A file of a module under proof: what it says and how the compiler understands it.
final class SourceFile {
  let module: ModuleSources
  let source: SourceText
  let tree: Node
  init(module: ModuleSources, source: SourceText, tree: Node) {
    self.module = module
    self.source = source
    self.tree = tree
  }
}

/// A struct or an enum of the modules.
final class Nominal {
  /// As ``Symbol/path`` has it.
  let path: String
  /// Unique in the program.
  var name: String
  let file: SourceFile
  let node: Node
  let isStruct: Bool
  /// Why it cannot be proved; values of it cannot be either.
  var refusal: String?
  var rawType: Type?
  /// Stored properties: of a struct in the order of their declaration.
  var fields: [(name: String, variable: Node, initialValue: Node?)] = []
  var cases: [Node] = []
  /// Of an enum with raw values, by the name of the case.
  var rawValues: [String: Int128] = [:]
  /// `==` that the program defines itself: its USR.
  var equality: String?

  init(path: String, name: String, file: SourceFile, node: Node) {
    self.path = path
    self.name = name
    self.file = file
    self.node = node
    isStruct = node.kind == "struct_decl"
    if node.has("generic_signature") {
      refusal = "a generic type cannot be proved; write one for each type it is used with"
    }
  }

  /// Whether values of it may be copied.
  var isCopyable: Bool {
    node["inherits"]?.nodes("conformances").contains { $0.text("protocol") == "s:s8CopyableP" }
      ?? true
  }
}

/// Something that can be called: a function, an initialiser, a getter or a setter.
final class Callable {
  enum Kind {
    case function
    case initialiser
    case getter
    case setter
  }
  let usr: String
  let kind: Kind
  let node: Node
  let file: SourceFile
  /// Mangled type of what it is a member of.
  let owner: String?
  /// `Module.Type.name`
  private let head: String
  /// Of the parameters, empty for `_`; `nil` for a property.
  private let labels: [String]?
  /// Unique in the program.
  var name = ""
  /// Why it cannot be called.
  var refusal: String?

  init(
    usr: String, kind: Kind, node: Node, file: SourceFile, owner: String?, head: String,
    labels: [String]?
  ) {
    self.usr = usr
    self.kind = kind
    self.node = node
    self.file = file
    self.owner = owner
    self.head = head
    self.labels = labels
  }

  var isStatic: Bool { node.flag("static") }
  var isInitialiser: Bool { kind == .initialiser }
  /// `self` is among its parameters.
  var takesSelf: Bool { owner != nil && !isStatic && !isInitialiser }
  var parameters: [Node] { node["params"]?.nodes("params") ?? [] }

  private var tail: String {
    switch kind {
    case .getter: ".get"
    case .setter: ".set"
    case .function, .initialiser: ""
    }
  }

  /// `Module.Type.name(label:_:)`
  var plainName: String {
    guard let labels else { return head + tail }
    return head + "(" + labels.map { ($0.isEmpty ? "_" : $0) + ":" }.joined() + ")" + tail
  }

  /// ` -> Int`
  func resultName(_ types: TypeReader) -> String {
    let mangled = node.text("result") ?? ""
    return " -> " + ((try? types.type(mangled)).map { "\($0)" } ?? mangled)
  }

  /// `Module.Type.name(label: Int, _: UInt8)`
  func typedName(_ types: TypeReader) -> String {
    guard let labels else { return plainName }
    let own = kind == .setter ? Array(parameters.dropFirst()) : parameters
    let parts = zip(labels, own).map { label, parameter in
      let mangled = parameter.text("interface_type") ?? ""
      let type = (try? types.type(mangled)).map { "\($0)" } ?? mangled
      return (label.isEmpty ? "_" : label) + ": " + type
    }
    return head + "(" + parts.joined(separator: ", ") + ")" + tail
  }
}

/// A `static let` or a global `let`.
final class Constant {
  /// Unique in the program.
  var name: String
  let file: SourceFile
  let variable: Node
  let value: Node
  /// Why it has no value that can be read.
  var refusal: String?
  init(name: String, file: SourceFile, variable: Node, value: Node) {
    self.name = name
    self.file = file
    self.variable = variable
    self.value = value
  }
}

/// All that the modules declare, by the names that the compiler refers to it with.
struct Declarations {
  /// By ``Symbol/path``.
  var nominals: [String: Nominal] = [:]
  /// The rest by USR.
  var callables: [String: Callable] = [:]
  var fields: [String: (owner: Nominal, name: String)] = [:]
  var cases: [String: (owner: Nominal, name: String, node: Node)] = [:]
  var constants: [String: Constant] = [:]
  /// Getters and setters of computed properties and subscripts.
  var accessors: [String: (getter: Callable?, setter: Callable?)] = [:]
  /// Initialisers that the compiler makes: they set each field from a parameter or by default.
  var memberwise: [String: (owner: Nominal, node: Node)] = [:]
  /// `rawValue` and `init(rawValue:)` of enums, and `==`, that the compiler makes.
  var rawValues: [String: Nominal] = [:]
  var fromRawValues: [String: Nominal] = [:]
  var equalities: Set<String> = []
  /// Types by another name, by ``Symbol/path``: mangled.
  var aliases: [String: String] = [:]
  /// What is declared but no provable Swift, by USR: why.
  var refused: [String: String] = [:]
  var diagnostics: [Diagnostic] = []

  var files: [SourceFile] = []
}
