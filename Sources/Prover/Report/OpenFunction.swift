/// An entry of the list of functions that are not proved yet. The list only gets shorter.
public struct OpenFunction: Codable, Sendable, Equatable {
  /// ``Function/name``
  public var function: String
  public var reason: String
  public init(function: String, reason: String) {
    self.function = function
    self.reason = reason
  }
}
