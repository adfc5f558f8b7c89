/// Types of the compiler as types of the prover.
final class TypeReader {
  private let symbols: [String: Symbol]
  /// Set when all declarations are known.
  var nominals: [String: Nominal] = [:] {
    didSet {
      named = Dictionary(nominals.values.map { ($0.name, $0) }) { first, _ in first }
    }
  }
  /// The same by their unique names.
  private(set) var named: [String: Nominal] = [:]
  /// What other names of types stand for, by ``Symbol/path``.
  var aliases: [String: String] = [:]
  private var known: [String: Type] = [:]

  init(_ symbols: [String: Symbol]) { self.symbols = symbols }

  struct Unreadable: Error { var name: String }

  /// Of a USR (`s:…`) or a mangled type.
  func symbol(_ mangled: String) -> Symbol? {
    symbols[mangled.hasPrefix("s:") ? "$s" + mangled.dropFirst(2) : mangled]
  }

  /// ``Symbol/declaration`` of a USR.
  func declaration(_ usr: String) -> String? { symbol(usr)?.declaration }

  func type(_ mangled: String) throws -> Type {
    if let type = known[mangled] { return type }
    guard let symbol = symbol(mangled) else { throw Unreadable(name: mangled) }
    let type = try read(symbol.type)
    known[mangled] = type
    return type
  }

  /// To be called when a type turns out not to be readable.
  func forget() { known = [:] }

  private func read(_ symbol: Symbol) throws -> Type {
    switch symbol.kind {
    case "Type", "InOut", "Owned", "Shared":
      guard let inner = symbol.children.first else { break }
      return try read(inner)
    case "Tuple": return try tuple(symbol)
    case "Structure", "Enum": return try nominal(symbol)
    case "BoundGenericStructure", "BoundGenericEnum": return try bound(symbol)
    case "TypeAlias":
      guard let path = symbol.path, let meant = aliases[path] else { break }
      return try type(meant)
    default: break
    }
    throw Unreadable(name: TypeReader.describe(symbol))
  }

  /// Labels of tuples are left out: they do not tell values apart, and Swift converts freely.
  private func tuple(_ symbol: Symbol) throws -> Type {
    if symbol.children.isEmpty { return .void }
    return .tuple(
      try symbol.children.map { element in
        guard let type = element.child("Type") else {
          throw Unreadable(name: "a tuple with parts of unknown type")
        }
        return TupleElement(label: nil, type: try read(type))
      })
  }

  private static let integers: [String: IntegerType] = [
    "Swift.Int": .int, "Swift.Int64": IntegerType(width: 64, isSigned: true),
    "Swift.Int32": IntegerType(width: 32, isSigned: true),
    "Swift.Int16": IntegerType(width: 16, isSigned: true),
    "Swift.Int8": IntegerType(width: 8, isSigned: true),
    "Swift.UInt": IntegerType(width: 64, isSigned: false),
    "Swift.UInt64": IntegerType(width: 64, isSigned: false),
    "Swift.UInt32": IntegerType(width: 32, isSigned: false),
    "Swift.UInt16": IntegerType(width: 16, isSigned: false),
    "Swift.UInt8": IntegerType(width: 8, isSigned: false),
  ]

  private func nominal(_ symbol: Symbol) throws -> Type {
    guard let path = symbol.path else { throw Unreadable(name: "a type without a name") }
    if let integer = TypeReader.integers[path] { return .integer(integer) }
    switch path {
    case "Swift.Bool": return .bool
    case "Swift.Never": return .never
    case "Swift.StaticString": return .string
    default: break
    }
    guard let nominal = nominals[path] else {
      throw Unreadable(name: TypeReader.describe(symbol))
    }
    if let refusal = nominal.refusal {
      throw Unreadable(name: TypeReader.describe(symbol) + " (\(refusal))")
    }
    return .named(nominal.name)
  }

  private func bound(_ symbol: Symbol) throws -> Type {
    let arguments = symbol.child("TypeList")?.children ?? []
    switch (symbol.path, arguments.count) {
    case ("Swift.Optional", 1): return .optional(try read(arguments[0]))
    case ("Swift.Range", 1): return .range(try read(arguments[0]))
    case ("Swift.ClosedRange", 1): return .closedRange(try read(arguments[0]))
    case ("Contracts.Table", 1): return .table(try read(arguments[0]))
    case ("Contracts.GhostMap", 1): return .ghostMap(try read(arguments[0]))
    case ("Swift.InlineArray", 2):
      guard let count = TypeReader.integer(arguments[0]) else { break }
      return .inlineArray(count: count, try read(arguments[1]))
    default: break
    }
    throw Unreadable(name: TypeReader.describe(symbol))
  }

  private static func integer(_ symbol: Symbol) -> Int? {
    if symbol.kind == "Integer" { return symbol.index }
    return symbol.children.first.flatMap(integer)
  }

  /// A path without the marks of private names, which say nothing to a reader.
  static func readable(_ path: String) -> String {
    path.split(separator: ".").map { $0.prefix { $0 != "@" } }.joined(separator: ".")
  }

  private static func describe(_ symbol: Symbol) -> String {
    if let path = symbol.path { return "the type " + readable(path) }
    switch symbol.kind {
    case "FunctionType", "NoEscapeFunctionType", "AutoClosureType": return "a function type"
    case "ExistentialMetatype", "Metatype": return "a type as a value"
    case "ProtocolList", "ProtocolListWithAnyObject": return "an existential type"
    case "DependentGenericParamType": return "a generic parameter"
    default: return "a type of kind \(symbol.kind)"
    }
  }
}
