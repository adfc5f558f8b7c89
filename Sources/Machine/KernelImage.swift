import Foundation

/// The header of an arm64 Image (Linux, Documentation/arm64/booting.rst).
struct KernelImage {
  /// Bytes from a 2 MiB boundary to where the image wants to be.
  let textOffset: UInt64
  /// Memory that it needs from there, at least.
  let bytes: UInt64

  init(_ data: Data, name: String) throws {
    func word(_ offset: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(data[data.startIndex + offset + $1]) << (8 * UInt64($1)) }
    }
    guard data.count >= 64,
      Array(data[data.startIndex + 56..<data.startIndex + 60]) == Array("ARM\u{64}".utf8)
    else { throw Failure("'\(name)' is no arm64 Image") }
    textOffset = word(8)
    bytes = max(word(16), UInt64(data.count))
  }
}
