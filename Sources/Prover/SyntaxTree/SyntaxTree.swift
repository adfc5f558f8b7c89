/// From Swift files to the program that is proved.
public struct SyntaxTree {
  /// Compiles what the modules depend on, dumps each file's typed syntax tree, and reads it.
  /// - Parameter modules: in the order of their dependencies.
  /// - Returns: what could be read; and what could not, with what to write instead. A function whose
  ///   body is refused has none, and its contract if that could be read.
  public static func program(
    of modules: [ModuleSources], _ options: CompilerOptions
  ) throws -> (program: Program, refused: [Diagnostic]) {
    var compiler = try Compiler(options)
    var mangled: Set<String> = []
    var files: [SourceFile] = []
    for (index, module) in modules.enumerated() {
      let trees = try compiler.trees(of: module, isImported: index < modules.count - 1)
      for (source, json) in trees {
        let (tree, names) = try TreeParser.parse(json)
        mangled.formUnion(names)
        files.append(SourceFile(module: module, source: source, tree: tree))
      }
    }
    let types = TypeReader(try compiler.demangle(mangled))
    var reader = DeclarationReader(types)
    for file in files { reader.readTypes(file) }
    types.nominals = reader.declarations.nominals
    types.aliases = reader.declarations.aliases
    for file in files { reader.read(file) }
    reader.nameOverloads()
    var program = ProgramReader(types: types, declarations: reader.declarations)
    program.read()
    var result = program.program
    result.sources = files.map { SourceHash(module: $0.module.name, $0.source) }
    result.flags = compiler.flags
    return (result, program.refused)
  }
}
