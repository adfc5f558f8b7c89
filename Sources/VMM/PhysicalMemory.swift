import CLinux
import EngineABI

/// Host access to physical addresses. Tests put ordinary memory behind it.
struct PhysicalMemory {
  /// Maps so many bytes at a physical address.
  var map: (_ address: UInt64, _ bytes: UInt64) throws(Failure) -> UnsafeMutableRawPointer
  var unmap: (_ pointer: UnsafeMutableRawPointer, _ bytes: UInt64) -> Void

  /// /dev/mem, open as long as this value lives.
  static func device() throws(Failure) -> PhysicalMemory {
    let number = linux_open("/dev/mem", LINUX_OPEN_DEVICE)
    guard number >= 0 else {
      throw .refused("cannot open /dev/mem: \(Text.error(Int(number)))" + Text.rootHint(number))
    }
    let file = File(number: number)
    return PhysicalMemory(
      map: { (address, bytes) throws(Failure) -> UnsafeMutableRawPointer in
        var error: Int32 = 0
        guard let pointer = linux_map(file.number, address, bytes, &error) else {
          throw .refused(
            "cannot map \(Text.hex(address)) of /dev/mem: \(Text.error(Int(error)))")
        }
        return pointer
      },
      unmap: { pointer, bytes in linux_unmap(pointer, bytes) })
  }

  /// The engine for one VM through its absent page, which stays mapped as long as somebody has the
  /// engine; number 0 manages any VM.
  func engine(vm: Int) throws(Failure) -> Engine {
    let page = MappedPage(try map(AbsentPage.address(vm: vm), PageSize.page))
    return Engine(port: try EnginePort.mapped(at: page), vm: vm)
  }
}
