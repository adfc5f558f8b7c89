/// One WhyML file: all that is to be proved of one function, and nothing that does not concern it.
/// Its text alone decides its goals, so it serves as the key of the cache.
public struct ProofUnit: Sendable {
  public enum Kind: String, Sendable, Codable {
    /// No run-time error, termination, what the function ensures.
    case body
    /// The contract's own expressions are defined.
    case contract
    /// `false` at entry, exits and loop bodies: must not be provable.
    case smoke
  }
  /// ``Function/name``
  public var function: String
  public var module: String
  public var kind: Kind
  public var location: Location
  /// WhyML. Locations of Swift stand in it as `[#"file" line column column]`, what a goal is about
  /// as `[@expl:…]`.
  public var text: String
  public init(
    function: String, module: String, kind: Kind, location: Location, text: String
  ) {
    self.function = function
    self.module = module
    self.kind = kind
    self.location = location
    self.text = text
  }
}

/// What a program comes to for the provers.
public struct Translation: Sendable {
  public var units: [ProofUnit]
  /// Functions that could not be translated, and why.
  public var refused: [Diagnostic]
  public init(units: [ProofUnit], refused: [Diagnostic]) {
    self.units = units
    self.refused = refused
  }
}
