import CRegisters
import Runtime

/// Two vCPUs that wake each other: SGI 1 to the partner, WFI, SGI 1 back, WFI.
enum PingPong {
  private static let stackTop = Scratch.page(16)
  /// Set by the partner once its interrupt interface is open.
  private static let ready = Scratch.page(20)
  private static let partner: UInt64 = 1

  /// Starts the second vCPU; false if there is none.
  static func start() -> Bool {
    let status = Firmware.psci(PSCI.cpuOn64, partner, addressOfSecondaryEntry(), stackTop)
    if status != 0 { return false }
    while load64(ready) == 0 {}
    return true
  }

  /// One round trip, in ticks.
  static func roundTrip() -> UInt64 {
    let taken = sleepForInterrupt(InterruptController.softwareInterrupt(1, target: partner))
    writeICC_EOIR1(taken.intid)
    return taken.taken - taken.start
  }

  static func answerForever() -> Never {
    InterruptController.enableCPU(index: partner)
    store64(ready, 1)
    barrier()
    var answer: UInt64 = 0
    while true {
      let taken = sleepForInterrupt(answer)
      writeICC_EOIR1(taken.intid)
      answer = InterruptController.softwareInterrupt(1, target: 0)
    }
  }
}

@c(secondaryMain)
public func secondaryMain() { PingPong.answerForever() }
