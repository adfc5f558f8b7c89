/// What the prover refuses, and what to write instead.
public struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
  public var location: Location
  /// The function that is refused for it, by its unique name; `nil` if it concerns more than one.
  public var function: String?
  /// What was found, and what to write instead.
  public var message: String
  public init(_ message: String, at location: Location, in function: String? = nil) {
    self.location = location
    self.function = function
    self.message = message
  }
  public var description: String {
    "\(location.file):\(location.line):\(location.column): \(message)"
  }
}
