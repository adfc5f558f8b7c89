import CRegisters
import Runtime

/// The virtual timer, PPI 27.
enum Timer {
  private static let enabled: UInt64 = 1
  /// Long enough that the vCPU is asleep when the time comes.
  private static let sleepTicks: UInt64 = 200_000

  /// From enabling a timer that is already due to its handler, in ticks.
  static func now() -> UInt64 {
    writeCNTV_CVAL(0)
    let taken = measureTimer(enabled)
    acknowledge(taken)
    return taken.taken - taken.start
  }

  /// Sleeps in WFI until a deadline; how many ticks late the handler runs.
  static func sleepAndOvershoot() -> UInt64 {
    let deadline = readCNTVCT() + sleepTicks
    writeCNTV_CVAL(deadline)
    writeCNTV_CTL(enabled)
    let taken = sleepForInterrupt(0)
    acknowledge(taken)
    return taken.taken - deadline
  }

  /// Line down before the end of interrupt, or it would be pending again.
  private static func acknowledge(_ taken: TakenInterrupt) {
    writeCNTV_CTL(0)
    writeICC_EOIR1(taken.intid)
  }
}
