/// The receive FIFO of a PL011: 16 bytes, or one while FIFOs are disabled (DDI 0183G, 2.4.2).
struct ReceiveFIFO: Sendable {
  private var bytes = InlineArray<16, UInt8>(repeating: 0)
  private var first = 0
  private(set) var count = 0
  private(set) var capacity = 1

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == capacity }

  /// Empties it and sets its depth.
  mutating func reset(isDeep: Bool) {
    first = 0
    count = 0
    capacity = isDeep ? 16 : 1
  }

  /// Whether there was room.
  mutating func append(_ byte: UInt8) -> Bool {
    guard !isFull else { return false }
    bytes[(first + count) % 16] = byte
    count += 1
    return true
  }

  /// The oldest byte; 0 if there is none.
  mutating func removeFirst() -> UInt8 {
    guard !isEmpty else { return 0 }
    let byte = bytes[first]
    first = (first + 1) % 16
    count -= 1
    return byte
  }
}
