import CRegisters

/// GICv3 at the addresses of the bare machine, which are also every guest's.
public enum InterruptController {
  public static let distributor: UInt64 = 0x0800_0000
  public static let redistributor: UInt64 = 0x080a_0000
  public static let redistributorStride: UInt64 = 0x2_0000

  public static let distributorType = distributor + 0x004
  /// SGI frame of a redistributor, behind its RD frame.
  public static let sgiFrame: UInt64 = 0x1_0000
  public static let setEnable0: UInt64 = sgiFrame + 0x100
  public static let virtualTimer: UInt64 = 27

  /// Distributor on: affinity routing, group 1.
  public static func enableDistributor() { store32(distributor, 0x12) }

  /// Wakes the redistributor of CPU `index`, enables its SGIs and the virtual timer in group 1,
  /// and opens this CPU's interface.
  public static func enableCPU(index: UInt64) {
    let frame = redistributor + index * redistributorStride
    let waker = frame + 0x14
    store32(waker, load32(waker) & ~2)
    while load32(waker) & 4 != 0 {}
    store32(frame + sgiFrame + 0x80, 0xffff_ffff)  // IGROUPR0
    for word in 0..<UInt64(8) {
      store32(frame + sgiFrame + 0x400 + word * 4, 0x8080_8080)  // IPRIORITYR
    }
    store32(frame + setEnable0, 0xffff | 1 << UInt32(virtualTimer))
    writeICC_SRE(7)
    writeICC_PMR(0xf0)
    writeICC_CTLR(0)
    writeICC_IGRPEN1(1)
  }

  /// ICC_SGI1R_EL1 for one target CPU of affinity 0.0.0.`target`.
  public static func softwareInterrupt(_ number: UInt64, target: UInt64) -> UInt64 {
    number << 24 | 1 << target
  }
}
