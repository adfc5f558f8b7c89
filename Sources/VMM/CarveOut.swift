import EngineABI

/// The memory that can be given to guests, in chunks of 2 MiB.
struct CarveOut: Equatable {
  var base: UInt64
  var bytes: UInt64

  init(base: UInt64, bytes: UInt64) {
    self.base = base
    self.bytes = bytes
  }

  init(_ engine: Engine) throws(Failure) {
    let reply = try engine.info(.carveOut)
    base = reply.x1
    bytes = reply.x2
  }

  var chunks: Int { Int(bytes / PageSize.block) }

  /// Physical address of a chunk.
  func address(chunk: Int) -> UInt64 { base + UInt64(chunk) * PageSize.block }
}
