/// A program by its names, and what follows from it as a whole.
final class ProgramIndex {
  let program: Program
  let names: Names
  let structs: [String: StructDeclaration]
  let enums: [String: EnumDeclaration]
  let constants: [String: ConstantDeclaration]
  let functions: [String: Function]
  let writes: WriteSets
  /// Functions that call themselves, directly or through others, in their bodies or contracts.
  let recursive: Set<String>
  let guards: Guards
  /// What is known of whether functions can be defined in the logic.
  var definability: [String: Definability] = [:]
  /// Whether types have an invariant, as far as it was asked.
  var invariantTypes: [String: Bool] = [:]
  /// Types whose invariants are being written.
  var openInvariants: Set<String> = []
  /// Constants that were evaluated.
  var constantTerms: [String: Term] = [:]

  enum Definability {
    case defined(Interval)
    case refused(String)
    case inProgress
  }

  init(_ program: Program) {
    self.program = program
    names = Names(program)
    structs = Dictionary(program.structs.map { ($0.name, $0) }) { first, _ in first }
    enums = Dictionary(program.enums.map { ($0.name, $0) }) { first, _ in first }
    constants = Dictionary(program.constants.map { ($0.name, $0) }) { first, _ in first }
    functions = Dictionary(program.functions.map { ($0.name, $0) }) { first, _ in first }
    writes = WriteSets(functions)
    recursive = ProgramIndex.cycles(of: functions)
    guards = Guards(functions)
  }

  /// Whether the type's values are just values for the logic, rather than state that is passed by
  /// reference. What is ~Copyable but never changes (a lock, which is nothing but its calls) is one.
  func isCopyable(_ type: Type) -> Bool {
    switch type {
    case .table: false
    case .named(let name):
      structs[name].map { declaration in
        declaration.isCopyable
          || declaration.fields.allSatisfy { $0.isConstant && isCopyable($0.type) }
      } ?? true
    case .optional(let inner): isCopyable(inner)
    case .tuple(let elements): elements.allSatisfy { isCopyable($0.type) }
    case .inlineArray(_, let element): isCopyable(element)
    default: true
    }
  }

  /// Whether a parameter is written: otherwise its value is all that matters.
  func isWritten(_ parameter: Parameter, of function: Function) -> Bool {
    parameter.isInOut && !writes.of(function.name, parameter.name).isEmpty
  }

  func writesAnything(_ function: Function) -> Bool {
    function.parameters.contains { isWritten($0, of: function) }
  }

  /// Functions on a cycle of calls.
  private static func cycles(of functions: [String: Function]) -> Set<String> {
    var graph: [String: Set<String>] = [:]
    for (name, function) in functions {
      var callees: Set<String> = []
      let walker = TreeWalker { expression in
        if case .call(let call) = expression.kind { callees.insert(call.function) }
      }
      walker.walk(function)
      graph[name] = callees
    }
    var result: Set<String> = []
    for start in graph.keys {
      var seen: Set<String> = []
      var open = Array(graph[start] ?? [])
      while let next = open.popLast() {
        if next == start {
          result.insert(start)
          break
        }
        if seen.insert(next).inserted { open += graph[next] ?? [] }
      }
    }
    return result
  }
}
