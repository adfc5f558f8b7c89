import CRegisters
import Runtime

/// The interrupt controller as a way to write memory: LPI tables must not be configurable.
enum ControllerAttacks {
  private static let control: UInt64 = 0x00
  private static let propertyBase: UInt64 = 0x70
  private static let pendingBase: UInt64 = 0x78
  private static let setLPI: UInt64 = 0x40
  private static let clearLPI: UInt64 = 0x48
  private static let invalidateAll: UInt64 = 0xb0

  static func run(_ report: inout Report) {
    report.test("lpi-tables-refused")
    let frame = InterruptController.redistributor
    let table = Layout.engineBase | 0x1f
    each([propertyBase, pendingBase, setLPI, clearLPI, invalidateAll]) { register in
      let before = probeRead64(frame + register, 0)
      _ = probeWrite64(frame + register, table)
      _ = probeWrite32(frame + register, table & 0xffff_ffff)
      _ = probeWrite32(frame + register + 4, 0xffff_ffff)
      let after = probeRead64(frame + register, 0)
      report.expect(after.value == before.value, "LPI register changed", register, after.value)
    }
    _ = probeWrite32(frame + control, 1)
    let enabled = probeRead32(frame + control, 0)
    report.expect(enabled.value & 1 == 0, "EnableLPIs", enabled.value)
    // In forms without a syndrome nothing may pass either.
    _ = probeWritePair(frame + propertyBase, table)
    let pair = probeRead64(frame + propertyBase, 0)
    report.expect(pair.value != table, "LPI table by a pair store", pair.value)

    report.test("redistributor-still-serves-host")
    InterruptController.enableDistributor()
    InterruptController.enableCPU(index: 0)
    let taken = measureSelfSGI(InterruptController.softwareInterrupt(3, target: 0))
    report.expect(taken.intid == 3, "SGI", taken.intid)
    writeICC_EOIR1(taken.intid)
  }
}
