/// A device's answer to a load.
public enum ReadAnswer: Equatable, Sendable {
  case value(UInt64)
  /// No rule names this access: the guest gets an external abort.
  case refused
}

/// A device's answer to a store.
public enum WriteAnswer: Equatable, Sendable {
  case done
  /// Done, and the device sends this byte to the outside.
  case sent(UInt8)
  /// No rule names this access: the guest gets an external abort.
  case refused
}
