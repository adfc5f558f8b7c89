/// Bytes that were typed and that the guest's UART has not taken yet. Guarded by the board's lock.
struct ConsoleInput {
  private var bytes: [UInt8] = []
  private var first = 0

  var count: Int { bytes.count - first }
  var isEmpty: Bool { first == bytes.count }

  mutating func append(_ more: [UInt8]) {
    if isEmpty {
      bytes = []
      first = 0
    }
    bytes += more
  }

  mutating func removeFirst() -> UInt8 {
    let byte = bytes[first]
    first += 1
    return byte
  }
}

/// Finds Ctrl-A X, which ends the guest, in what is typed at a terminal. Ctrl-A Ctrl-A is one
/// Ctrl-A for the guest.
struct Escape {
  private var isPending = false
  private static let control: UInt8 = 0x01

  /// What the guest gets of it, and whether the guest is to end.
  mutating func filter(_ typed: [UInt8]) -> (input: [UInt8], ends: Bool) {
    var input: [UInt8] = []
    for byte in typed {
      if isPending {
        isPending = false
        switch byte {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return (input, true)
        case Escape.control: input.append(byte)
        default: input += [Escape.control, byte]
        }
      } else if byte == Escape.control {
        isPending = true
      } else {
        input.append(byte)
      }
    }
    return (input, false)
  }
}
