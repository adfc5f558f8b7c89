/// A Swift module as the prover gets it.
public struct ModuleSources: Sendable {
  public var name: String
  /// Paths of its Swift files.
  public var files: [String]
  /// Whether its bodies are proved; of others the contracts are believed.
  public var isProved: Bool
  public init(name: String, files: [String], isProved: Bool) {
    self.name = name
    self.files = files
    self.isProved = isProved
  }
}

/// How the compiler is asked for its typed syntax tree.
public struct CompilerOptions: Sendable {
  /// Path of swiftc.
  public var compiler: String
  /// The target and the flags that the device image is built with.
  public var flags: [String]
  /// Where modules and trees are kept between runs.
  public var folder: String
  public init(compiler: String, flags: [String], folder: String) {
    self.compiler = compiler
    self.flags = flags
    self.folder = folder
  }
}
