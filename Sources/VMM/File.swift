import CLinux

/// An open file; closed when the last reference goes.
final class File {
  let number: Int32

  init(number: Int32) { self.number = number }
  deinit { _ = linux_close(number) }

  /// Opens `path`; `role` names the file in the message of a failure.
  static func open(
    _ path: String, _ mode: linux_open_mode, role: String
  ) throws(Failure) -> File {
    let number = linux_open(path, mode)
    guard number >= 0 else {
      throw .configuration("cannot open \(role) '\(path)': \(Text.error(Int(number)))")
    }
    return File(number: number)
  }

  var size: UInt64 { UInt64(max(linux_size(number), 0)) }

  /// Up to `bytes` bytes from the current position; fewer only at the end.
  func read(_ bytes: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
      count = 0
      while count < bytes {
        let got = linux_read(number, buffer.baseAddress! + count, UInt64(bytes - count))
        guard got > 0 else { return }
        count += Int(got)
      }
    }
  }

  /// Whether every byte was written.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        linux_write(number, $0.baseAddress! + done, UInt64(bytes.count - done))
      }
      guard count >= 0 else { return false }
      done += Int(count)
    }
    return true
  }
}

/// What the program says.
enum Output {
  static func print(_ text: String) { File.write(text, to: 1) }

  /// A message on standard error, under the program's name.
  static func message(_ text: String) { File.write("vmm: " + text + "\n", to: 2) }
}

extension File {
  fileprivate static func write(_ text: String, to number: Int32) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        linux_write(number, $0.baseAddress! + done, UInt64(bytes.count - done))
      }
      guard count > 0 else { return }
      done += Int(count)
    }
  }
}
