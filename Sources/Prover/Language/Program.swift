/// The modules under proof, as the compiler resolved them. Declarations are in no particular order.
public struct Program: Sendable {
  public var structs: [StructDeclaration]
  public var enums: [EnumDeclaration]
  public var constants: [ConstantDeclaration]
  public var functions: [Function]
  /// The files that it was read from, and the flags that decided what they mean.
  public var sources: [SourceHash] = []
  public var flags: [String] = []
  public init(
    structs: [StructDeclaration] = [], enums: [EnumDeclaration] = [],
    constants: [ConstantDeclaration] = [], functions: [Function] = []
  ) {
    self.structs = structs
    self.enums = enums
    self.constants = constants
    self.functions = functions
  }
}

public struct StructDeclaration: Sendable {
  /// Unique in the program and readable: `Module.Outer.Name`.
  public var name: String
  public var module: String
  /// Stored properties of instances, in their order.
  public var fields: [Field]
  /// `false` for `~Copyable`: at most one name for it at a time.
  public var isCopyable: Bool
  public var location: Location
  public init(
    name: String, module: String, fields: [Field], isCopyable: Bool, location: Location
  ) {
    self.name = name
    self.module = module
    self.fields = fields
    self.isCopyable = isCopyable
    self.location = location
  }
}

public struct Field: Sendable {
  public var name: String
  public var type: Type
  /// `let`
  public var isConstant: Bool
  /// What an initialiser finds there before it assigns, and the memberwise one uses by default.
  public var initialValue: Expression?
  public init(name: String, type: Type, isConstant: Bool, initialValue: Expression?) {
    self.name = name
    self.type = type
    self.isConstant = isConstant
    self.initialValue = initialValue
  }
}

public struct EnumDeclaration: Sendable {
  public var name: String
  public var module: String
  public var cases: [EnumCase]
  public var rawType: Type?
  public var location: Location
  public init(
    name: String, module: String, cases: [EnumCase], rawType: Type?, location: Location
  ) {
    self.name = name
    self.module = module
    self.cases = cases
    self.rawType = rawType
    self.location = location
  }
}

public struct EnumCase: Sendable {
  public var name: String
  public var payload: [TupleElement]
  /// Of an enum whose raw values are integers.
  public var rawValue: Int128?
  public init(name: String, payload: [TupleElement], rawValue: Int128?) {
    self.name = name
    self.payload = payload
    self.rawValue = rawValue
  }
}

/// `static let` or a global `let`.
public struct ConstantDeclaration: Sendable {
  public var name: String
  public var module: String
  public var type: Type
  public var value: Expression
  public var location: Location
  public init(name: String, module: String, type: Type, value: Expression, location: Location) {
    self.name = name
    self.module = module
    self.type = type
    self.value = value
    self.location = location
  }
}

/// A function, method, initialiser, computed property's getter or setter, or subscript.
public struct Function: Sendable {
  /// How the name of a property ends that says what holds of a type's values.
  static let typeInvariant = ".typeInvariant.get"

  /// Unique in the program and readable: `Module.Type.name(label:_:)`; overloads get the types of
  /// their parameters as well.
  public var name: String
  public var module: String
  /// `self` first where there is one. In an initialiser `self` is not among them: the body assigns
  /// its fields, or all of it, and ``result`` is its type (or an optional of it).
  public var parameters: [Parameter]
  public var result: Type
  public var throwsType: Type?
  public var isInitialiser: Bool
  /// Takes values that exist in proofs alone, so it is never executed.
  public var isGhost = false
  /// Code that the prover does not see may call it.
  public var isPublic = false
  /// What `requires`, `ensures`, `trusted` and their kin say at the start of the body.
  public var contract: Contract
  /// Without the words of the contract. `nil` where only the contract is known.
  public var body: [Statement]?
  public var location: Location
  /// Where the closing brace stands.
  public var end: Location
  public init(
    name: String, module: String, parameters: [Parameter], result: Type, throwsType: Type?,
    isInitialiser: Bool, contract: Contract, body: [Statement]?, location: Location, end: Location
  ) {
    self.name = name
    self.module = module
    self.parameters = parameters
    self.result = result
    self.throwsType = throwsType
    self.isInitialiser = isInitialiser
    self.contract = contract
    self.body = body
    self.location = location
    self.end = end
  }
}

public struct Parameter: Sendable {
  /// Unique in the function; `self` is called "self".
  public var name: String
  public var type: Type
  public var isInOut: Bool
  public init(name: String, type: Type, isInOut: Bool) {
    self.name = name
    self.type = type
    self.isInOut = isInOut
  }
}

public struct Contract: Sendable {
  public var requires: [Expression]
  public var ensures: [Postcondition]
  /// A bound of recursion, of lemmas.
  public var variant: Expression?
  /// Why the body is believed rather than proved.
  public var trusted: String?
  /// The body is not known outside the function: callers have the contract alone.
  public var isOpaque: Bool
  /// Proved over bit vectors rather than integers.
  public var isBitwise: Bool
  public init(
    requires: [Expression] = [], ensures: [Postcondition] = [], variant: Expression? = nil,
    trusted: String? = nil, isOpaque: Bool = false, isBitwise: Bool = false
  ) {
    self.requires = requires
    self.ensures = ensures
    self.variant = variant
    self.trusted = trusted
    self.isOpaque = isOpaque
    self.isBitwise = isBitwise
  }
}

public struct Postcondition: Sendable {
  /// The name by which the condition calls the result, if it does.
  public var result: String?
  public var condition: Expression
  public init(result: String?, condition: Expression) {
    self.result = result
    self.condition = condition
  }
}
