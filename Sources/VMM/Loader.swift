import CLinux
import EngineABI

/// Puts images into the chunks of a guest, before they are its own.
struct Loader {
  var memory: PhysicalMemory
  var carveOut: CarveOut
  /// The guest's chunks in the order of guest addresses.
  var chunks: [Int]

  /// Bytes that are copied at once.
  private static let piece: UInt64 = 256 << 10

  /// Copies `bytes` bytes of a file to a guest address, a multiple of 8.
  func load(_ file: File, bytes: UInt64, path: String, at guest: UInt64) throws(Failure) {
    try load(bytes: bytes, at: guest) { (_, count) throws(Failure) -> [UInt8] in
      let content = file.read(count)
      guard content.count == count else {
        throw .configuration("'\(path)' ends early; it changed while it was read")
      }
      return content
    }
  }

  /// Copies bytes to a guest address, a multiple of 8.
  func load(_ content: [UInt8], at guest: UInt64) throws(Failure) {
    try load(bytes: UInt64(content.count), at: guest) { (offset, count) throws(Failure) in
      Array(content[offset..<offset + count])
    }
  }

  /// One chunk is mapped at a time: the whole guest never is.
  private func load(
    bytes: UInt64, at guest: UInt64,
    _ content: (_ offset: Int, _ count: Int) throws(Failure) -> [UInt8]
  ) throws(Failure) {
    var done: UInt64 = 0
    while done < bytes {
      let position = guest - GuestMap.memory + done
      let chunk = carveOut.address(chunk: chunks[Int(position / PageSize.block)])
      let start = position % PageSize.block
      let window = try memory.map(chunk, PageSize.block)
      defer { memory.unmap(window, PageSize.block) }
      var offset = start
      while offset < PageSize.block && done < bytes {
        let count = min(Loader.piece, PageSize.block - offset, bytes - done)
        let part = try content(Int(done), Int(count))
        let status = part.withUnsafeBytes {
          linux_device_store(window + Int(offset), $0.baseAddress, count)
        }
        guard status == 0 else {
          throw .refused(
            "the chunk at \(Text.hex(chunk)) is not the host's to write; it belongs to a VM "
              + "(try: vmm gc)")
        }
        offset += count
        done += count
      }
    }
  }
}
