import CRegisters
import Runtime

/// Stage 1 of the host on and off: one level-1 table of 1 GiB blocks, virtual = physical. With it
/// on, TLBs hold entries of both stages, which a forgetful engine would leave behind.
enum IdentityMap {
  private static let table = Layout.work + 0x40_0000
  /// T0SZ and T1SZ 25: 39 bits, walks start at level 1.
  private static let sizes: UInt64 = 25 | 25 << 16
  /// Inner shareable, write-back walks for both halves; 4 KiB granules.
  private static let walks: UInt64 = 0x3500 | 0x3500 << 16 | 2 << 30
  private static let mmuAndCaches: UInt64 = 1 << 0 | 1 << 2 | 1 << 12

  /// `kernelTable` becomes TTBR1_EL1.
  static func turnOn(kernelTable: UInt64 = table) {
    for index in 0..<UInt64(512) {
      // Block, access flag; attribute 0 (device) for the first GiB, 1 (normal) for the rest.
      let attributes: UInt64 = index == 0 ? 0x401 : 0x401 | 3 << 8 | 1 << 2
      store64(table + index * 8, index << 30 | attributes)
    }
    barrier()
    writeMAIR(0xff04)
    writeTCR(sizes | walks | (readID_AA64MMFR0() & 7) << 32)
    writeTTBR0(table)
    writeTTBR1(kernelTable)
    invalidateAllTranslations()
    writeSCTLR(readSCTLR() | mmuAndCaches)
  }

  static func turnOff() {
    writeSCTLR(readSCTLR() & ~mmuAndCaches)
    invalidateAllTranslations()
  }
}
