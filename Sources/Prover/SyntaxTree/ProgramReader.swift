/// Turns declarations into a program, and collects what is refused on the way.
struct ProgramReader {
  let types: TypeReader
  let declarations: Declarations
  private(set) var program = Program()
  private(set) var refused: [Diagnostic]
  /// By USR: the functions without their bodies, and what reads those.
  private var signatures: [String: (function: Function, body: [Node], reader: BodyReader)] = [:]
  private var isComplete = false

  init(types: TypeReader, declarations: Declarations) {
    self.types = types
    self.declarations = declarations
    refused = declarations.diagnostics
  }

  mutating func read() {
    // What cannot be read takes with it what is made of it.
    repeat {
      isComplete = true
      program = Program()
      for nominal in declarations.nominals.values where nominal.refusal == nil {
        if nominal.isStruct { structure(nominal) } else { enumeration(nominal) }
      }
      for constant in declarations.constants.values where constant.refusal == nil {
        self.constant(constant)
      }
      for callable in declarations.callables.values where callable.refusal == nil {
        if !isWord(callable) { signature(callable) }
      }
    } while !isComplete
    for (usr, signature) in signatures where declarations.callables[usr]?.refusal == nil {
      body(signature.function, signature.body, signature.reader)
    }
    program.structs.sort { $0.location < $1.location }
    program.enums.sort { $0.location < $1.location }
    program.constants.sort { $0.location < $1.location }
    program.functions.sort { $0.location < $1.location }
    refused.sort { $0.location < $1.location }
  }

  /// Of modules that are not proved only what can be read is used.
  private mutating func refuse(_ refusal: NotProvable, _ file: SourceFile, in function: String?) {
    isComplete = false
    guard file.module.isProved else { return }
    refused.append(
      Diagnostic(
        refusal.message, at: file.source.location(max(refusal.offset, 0)), in: function))
  }

  private func reader(_ file: SourceFile) -> BodyReader {
    BodyReader(types: types, declarations: declarations, file: file)
  }

  // MARK: Types

  private mutating func structure(_ nominal: Nominal) {
    let reader = reader(nominal.file)
    var fields: [Field] = []
    do {
      for field in nominal.fields {
        let type = try reader.type(field.variable, "interface_type")
        var value = try field.initialValue.map(reader.expression)
        if value == nil, case .optional = type, !field.variable.flag("let") {
          value = Expression(.none, type: type, at: reader.location(field.variable))
        }
        fields.append(
          Field(
            name: field.name, type: type, isConstant: field.variable.flag("let"),
            initialValue: value))
      }
    } catch let refusal as NotProvable {
      guard !nominal.file.module.isProved else {
        nominal.refusal = refusal.message
        types.forget()
        return refuse(refusal, nominal.file, in: nil)
      }
      // Nothing is known of a value of it but its type.
      fields = []
    } catch {}
    program.structs.append(
      StructDeclaration(
        name: nominal.name, module: nominal.file.module.name, fields: fields,
        isCopyable: nominal.isCopyable, location: reader.location(nominal.node)))
  }

  private mutating func enumeration(_ nominal: Nominal) {
    // Without cases it is a place for names.
    if nominal.cases.isEmpty { return }
    let reader = reader(nominal.file)
    do {
      let cases = try nominal.cases.map { node in
        let name = node.baseName ?? "_"
        let payload = try (node["params"]?.nodes("params") ?? []).map {
          TupleElement(
            label: $0.text("apiName") ?? $0.baseName, type: try reader.type($0, "interface_type"))
        }
        if payload.contains(where: { $0.type.mentions(nominal.name) }) {
          throw NotProvable("a value that holds others of its type cannot be proved", node)
        }
        if nominal.rawType != nil, nominal.rawValues[name] == nil {
          throw NotProvable("the raw values of an enum are integers", node)
        }
        return EnumCase(name: name, payload: payload, rawValue: nominal.rawValues[name])
      }
      program.enums.append(
        EnumDeclaration(
          name: nominal.name, module: nominal.file.module.name, cases: cases,
          rawType: nominal.rawType, location: reader.location(nominal.node)))
    } catch let refusal as NotProvable {
      nominal.refusal = refusal.message
      types.forget()
      refuse(refusal, nominal.file, in: nil)
    } catch {}
  }

  // MARK: Constants and functions

  private mutating func constant(_ constant: Constant) {
    let reader = reader(constant.file)
    do {
      let value = try reader.expression(constant.value)
      program.constants.append(
        ConstantDeclaration(
          name: constant.name, module: constant.file.module.name,
          type: try reader.type(constant.variable, "interface_type"), value: value,
          location: reader.location(constant.variable)))
    } catch let refusal as NotProvable {
      constant.refusal = refusal.message
      refuse(refusal, constant.file, in: nil)
    } catch {}
  }

  /// The words of contracts are no functions of the program.
  private func isWord(_ callable: Callable) -> Bool {
    guard callable.file.module.name == "Contracts", callable.owner == nil else { return false }
    let name = callable.node.baseName ?? ""
    return name == "==>" || BodyReader.contractWords.contains(name)
  }

  private mutating func signature(_ callable: Callable) {
    let reader = reader(callable.file)
    do {
      var function = try reader.signature(callable)
      guard let body = callable.node["body"] else {
        throw NotProvable("a function without a body in Swift cannot be proved", callable.node)
      }
      let (contract, rest) = try reader.contract(body.nodes("elements"))
      function.contract = contract
      signatures[callable.usr] = (function, rest, reader)
    } catch var refusal as NotProvable {
      callable.refusal = refusal.message
      // Parameters have no place of their own.
      if refusal.offset < 0 { refusal.offset = callable.node.start }
      refuse(refusal, callable.file, in: callable.name)
    } catch {}
  }

  private mutating func body(_ signature: Function, _ nodes: [Node], _ reader: BodyReader) {
    var function = signature
    do {
      function.body = try reader.statements(nodes)
      for (name, node) in reader.assignedByGhost {
        // Parameters are the caller's, and `self` is whoever's the function works for.
        // A function of ghost values may make any.
        let isNew = name == "self" && function.isInitialiser && function.isGhost
        if !isNew && name == "self" || signature.parameters.contains(where: { $0.name == name }) {
          throw NotProvable(
            "ghost assigns \(name), which lives longer than the function and is no ghost state",
            node)
        }
        if reader.executed.contains(name) {
          throw NotProvable(
            "ghost assigns \(name), which is read outside of it and of contracts", node)
        }
      }
    } catch let refusal as NotProvable {
      function.body = nil
      refuse(refusal, reader.file, in: function.name)
    } catch {}
    program.functions.append(function)
  }
}

extension Type {
  fileprivate func mentions(_ name: String) -> Bool {
    switch self {
    case .named(let its): its == name
    case .optional(let inner), .inlineArray(_, let inner), .table(let inner), .ghostMap(let inner):
      inner.mentions(name)
    case .tuple(let elements): elements.contains { $0.type.mentions(name) }
    default: false
    }
  }
}
