import CLinux

/// Where a guest's console output goes.
///
/// Bytes are written in order, by lines or when the guest pauses, and outside the lock under which
/// devices work: a slow terminal delays who prints, not who computes.
final class ConsoleOutput: @unchecked Sendable {
  private let file: Int32
  private let order = Mutex()
  private let guardian = Mutex()
  private let hasSome = Flag()
  private var buffer: [UInt8] = []
  /// Set when the guest is to end: a write that cannot go on is given up.
  let stopping: Flag

  /// Bytes after which a line is written before it ends.
  private static let limit = 4096

  /// Writes to an open file; -1 throws everything away.
  init(file: Int32, stopping: Flag) {
    self.file = file
    self.stopping = stopping
    buffer.reserveCapacity(ConsoleOutput.limit)
  }

  /// Takes a byte. Returns whether it is time to ``flush()``.
  func append(_ byte: UInt8) -> Bool {
    guard file >= 0 else { return false }
    return guardian.withLock {
      buffer.append(byte)
      hasSome.isSet = true
      return byte == UInt8(ascii: "\n") || buffer.count >= ConsoleOutput.limit
    }
  }

  /// Writes what there is.
  func flush() {
    guard hasSome.isSet else { return }
    order.withLock {
      let bytes = guardian.withLock {
        let taken = buffer
        buffer = []
        buffer.reserveCapacity(ConsoleOutput.limit)
        hasSome.isSet = false
        return taken
      }
      write(bytes)
    }
  }

  private func write(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        linux_write(file, $0.baseAddress! + done, UInt64(bytes.count - done))
      }
      if count > 0 {
        done += Int(count)
      } else if count == Int64(LINUX_INTERRUPTED.rawValue) && !stopping.isSet {
        continue
      } else {
        // Nobody reads any more, or the guest is to end: the rest is lost.
        return
      }
    }
  }
}
