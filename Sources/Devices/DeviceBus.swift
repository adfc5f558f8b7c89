/// A level-sensitive interrupt line that changed.
public struct LineChange: Equatable, Sendable {
  /// INTID of a shared peripheral interrupt.
  public var interrupt: UInt32
  public var isHigh: Bool
}

/// Where one device of a guest is.
public struct DeviceRange: Sendable {
  public enum Kind: Sendable {
    case uart
  }

  public var kind: Kind
  /// Guest address of its registers.
  public var base: UInt64
  public var bytes: UInt64
  /// INTID of its interrupt.
  public var interrupt: UInt32

  public init(kind: Kind, base: UInt64, bytes: UInt64, interrupt: UInt32) {
    self.kind = kind
    self.base = base
    self.bytes = bytes
    self.interrupt = interrupt
  }
}

/// The devices of one guest. An access that no device owns is refused.
public struct DeviceBus: Sendable {
  public var uart = PL011()
  private let uartRange: DeviceRange
  private var uartLine = false

  public init(uart range: DeviceRange) { uartRange = range }

  /// The device at an address, and the offset in its registers.
  private func device(at address: UInt64, bytes: UInt64) -> (DeviceRange.Kind, UInt64)? {
    let offset = address &- uartRange.base
    guard offset < uartRange.bytes, bytes <= uartRange.bytes - offset else { return nil }
    return (uartRange.kind, offset)
  }

  /// A load by the guest.
  public mutating func read(address: UInt64, bytes: UInt64) -> ReadAnswer {
    guard let (kind, offset) = device(at: address, bytes: bytes) else { return .refused }
    switch kind {
    case .uart: return uart.read(offset: offset, bytes: bytes)
    }
  }

  /// A store by the guest.
  public mutating func write(address: UInt64, bytes: UInt64, value: UInt64) -> WriteAnswer {
    guard let (kind, offset) = device(at: address, bytes: bytes) else { return .refused }
    switch kind {
    case .uart: return uart.write(offset: offset, bytes: bytes, value: value)
    }
  }

  /// The line that changed since this was asked last.
  public mutating func takeLineChange() -> LineChange? {
    guard uart.interruptLine != uartLine else { return nil }
    uartLine.toggle()
    return LineChange(interrupt: uartRange.interrupt, isHigh: uartLine)
  }
}
