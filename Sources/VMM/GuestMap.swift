import Devices
import EngineABI

/// Guest addresses and interrupts: the same for every guest.
enum GuestMap {
  static let memory: UInt64 = 0x4000_0000
  /// Stage 2 translates 40 bits.
  static let maximumMemory: UInt64 = (1 << 40) - memory
  static let uart: UInt64 = 0x0900_0000
  /// INTID: shared peripheral interrupt 1.
  static let uartInterrupt: UInt32 = 33

  static func bus() -> DeviceBus {
    DeviceBus(
      uart: DeviceRange(
        kind: .uart, base: uart, bytes: PL011.size, interrupt: uartInterrupt))
  }
}

/// Where the images of one guest lie in its memory.
struct GuestLayout: Equatable {
  var memoryBytes: UInt64
  var kernel: UInt64
  var initrd: Range<UInt64>?
  var deviceTree: UInt64

  /// The kernel at the start of memory, behind it initrd and device tree, each from a boundary of
  /// 2 MiB on: the device tree must not cross one (Documentation/arch/arm64/booting.rst).
  init(
    memoryBytes: UInt64, image: ImageHeader, kernelBytes: UInt64, initrdBytes: UInt64?
  ) throws(Failure) {
    self.memoryBytes = memoryBytes
    kernel = GuestMap.memory + image.textOffset
    let span = max(image.imageSize, kernelBytes)
    let room = GuestLayout.sum(
      image.textOffset, span, initrdBytes ?? 0, 3 * PageSize.block)
    let end = GuestLayout.aligned(kernel &+ span)
    var tree = end
    if let initrdBytes {
      initrd = end..<(end &+ initrdBytes)
      tree = GuestLayout.aligned(end &+ initrdBytes)
    }
    deviceTree = tree
    guard let room, room < GuestMap.maximumMemory,
      tree &- GuestMap.memory &+ PageSize.block <= memoryBytes
    else {
      let need = room.map { Text.size(GuestLayout.aligned($0)) } ?? "more"
      throw .configuration(
        "kernel and initrd do not fit into \(Text.size(memoryBytes)) of memory; "
          + "give at least \(need) (--memory)")
    }
  }

  private static func aligned(_ address: UInt64) -> UInt64 {
    (address &+ PageSize.block &- 1) & ~(PageSize.block &- 1)
  }

  /// `nil` if it overflows.
  private static func sum(_ values: UInt64...) -> UInt64? {
    var sum: UInt64 = 0
    for value in values {
      let (next, overflow) = sum.addingReportingOverflow(value)
      if overflow { return nil }
      sum = next
    }
    return sum
  }
}
