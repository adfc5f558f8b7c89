import EngineABI

/// What lies where in the physical memory of the emulated machine (QEMU's `virt`), in bytes.
struct Layout: Equatable {
  static let ram: UInt64 = 0x4000_0000
  static let engineBytes: UInt64 = 16 << 20

  /// All memory. The upper half is the carve-out.
  var memory: UInt64

  var engine: Range<UInt64> { Layout.ram..<Layout.ram + Layout.engineBytes }
  var host: Range<UInt64> { engine.upperBound..<carveOut.lowerBound }
  var carveOut: Range<UInt64> {
    let middle = (Layout.ram + memory / 2) & ~(PageSize.block - 1)
    return middle..<Layout.ram + memory
  }

  /// Devices of QEMU's `virt` (hw/arm/virt.c) that the engine must know.
  static let distributor: UInt64 = 0x0800_0000
  static let redistributor: UInt64 = 0x080a_0000
  static let redistributorBytes: UInt64 = 0x00f6_0000
  static let uart: UInt64 = 0x0900_0000
  /// Devices that read memory on their own and that the host could make read the engine's: the
  /// interrupt translation service and fw_cfg.
  static let absent: [Range<UInt64>] = [0x0808_0000..<0x080a_0000, 0x0902_0000..<0x0902_1000]

  /// Where the host's kernel goes; its Image header gives the offset from here.
  var kernel: UInt64 { host.lowerBound }
  /// The device tree: the last 2 MiB, which it may not cross.
  var tree: UInt64 { (host.upperBound - 1) & ~(PageSize.block - 1) }
  /// The RAM disk ends where the device tree begins.
  func ramDisk(bytes: Int) -> UInt64 { (tree - UInt64(bytes)) & ~(PageSize.block - 1) }
}
