import CLinux
import EngineABI

/// What the engine answers in x0...x3.
struct EngineReply: Equatable {
  var x0: UInt64 = 0
  var x1: UInt64 = 0
  var x2: UInt64 = 0
  var x3: UInt64 = 0

  /// x0 as a status; `nil` if the engine gave one that this vmm does not know.
  var status: Status? { Status(rawValue: Int64(bitPattern: x0)) }
}

/// The raw call to the engine. Tests replace it by a recorded one.
struct EnginePort: Sendable {
  var call:
    @Sendable (
      _ word: CallWord, _ a: UInt64, _ b: UInt64, _ c: UInt64
    ) -> EngineReply

  init(
    _ call:
      @escaping @Sendable (
        _ word: CallWord, _ a: UInt64, _ b: UInt64, _ c: UInt64
      ) -> EngineReply
  ) {
    self.call = call
  }
}

/// A page of /dev/mem, mapped as long as this lives.
final class MappedPage: @unchecked Sendable {
  let address: UnsafeMutableRawPointer

  init(_ address: UnsafeMutableRawPointer) { self.address = address }
  deinit { linux_unmap(address, PageSize.page) }
}

extension EnginePort {
  /// Through an absent page that is mapped at `page`, after a first look whether an engine answers.
  static func mapped(at page: MappedPage) throws(Failure) -> EnginePort {
    var reply = linux_engine_reply()
    let word = CallWord(.info).raw
    let status = linux_engine_probe(page.address, word, InfoSelector.version.rawValue, &reply)
    guard status == 0, Int64(bitPattern: reply.x0) == Status.ok.rawValue else {
      throw .refused(
        "no engine answers on this machine; start the host under the Bulkhead engine first")
    }
    guard reply.x1 >> 16 == abiVersion >> 16 else {
      throw .refused(
        "the engine speaks ABI \(reply.x1 >> 16), this vmm ABI \(abiVersion >> 16); "
          + "install the vmm that came with the engine")
    }
    #if arch(arm64)
      return EnginePort { word, a, b, c in
        let reply = linux_engine_call(page.address, word.raw, a, b, c, 0)
        return EngineReply(x0: reply.x0, x1: reply.x1, x2: reply.x2, x3: reply.x3)
      }
    #else
      throw .refused("this build has no way to call an engine; it is for tests")
    #endif
  }
}
