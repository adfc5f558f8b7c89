import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// The second physical CPU: it must arrive at EL1, under the same stage 2, and lose a page at the
/// moment that the first CPU gives it away.
enum SecondCPU {
  // Words in host memory that both CPUs use.
  private static let mailbox = Layout.work + 0x10_0000
  private static var state: UInt64 { mailbox }
  private static var level: UInt64 { mailbox + 8 }
  private static var engineSyndrome: UInt64 { mailbox + 16 }
  private static var target: UInt64 { mailbox + 24 }
  private static var reads: UInt64 { mailbox + 32 }
  private static var lastValue: UInt64 { mailbox + 40 }
  private static var lastSyndrome: UInt64 { mailbox + 48 }
  private static let stackTop = Layout.work + 0x20_0000
  private static let running: UInt64 = 1
  private static let stop: UInt64 = 2
  private static let secret: UInt64 = 0x5345_4352_4554_2121

  static func run(_ report: inout Report) {
    if Host.call(.info, InfoSelector.version.rawValue).third < 2 { return }
    report.test("second-cpu")
    for word in 0..<UInt64(16) { store64(mailbox + word * 8, 0) }
    let on = Firmware.smc(PSCI.cpuOn64, 1, addressOfSecondaryEntry(), stackTop)
    report.expect(on == 0, "CPU_ON", UInt64(bitPattern: on))
    report.expect(wait { load64(state) == running }, "did not arrive")
    report.expect(load64(level) == 1 << 2, "CurrentEL", load64(level))
    let syndrome = load64(engineSyndrome)
    report.expect(syndrome >> 26 == 0x25, "second CPU reads the engine", syndrome)
    let again = Firmware.smc(PSCI.cpuOn64, 1, addressOfSecondaryEntry(), stackTop)
    report.expect(again == PSCI.alreadyOn, "CPU_ON twice", UInt64(bitPattern: again))

    raceForPages(&report)

    report.test("second-cpu-off")
    store64(state, stop)
    let off = wait { Firmware.smc(PSCI.affinityInfo64, 1, 0) == PSCI.isOff }
    report.expect(off, "did not go off")
  }

  /// While the second CPU reads a page in a loop, the first gives it to a VM whose guest writes a
  /// secret there. From the donation on the reader must get aborts, and never the secret.
  private static func raceForPages(_ report: inout Report) {
    report.test("stale-translation-on-second-cpu")
    guard let vm = TestVM(&report, number: 7, block: 6, code: addressOfActor()) else { return }
    for index in 8..<UInt64(40) {
      let page = vm.page(index)
      store64(page, 1)
      store64(target, page)
      report.expect(readsGoOn(), "reader stands still", page)
      report.expect(load64(lastValue) == 1, "reader sees", page, load64(lastValue))
      let donated = vm.donate(page: index, at: index)
      report.expect(donated.isOK, "donate", page, donated.raw)
      report.expect(readsGoOn(), "reader stands still", page)
      report.expect(load64(lastSyndrome) >> 26 == 0x25, "reader still reads", page)
    }
    _ = vm.seal()
    for index in 8..<UInt64(40) {
      store64(target, vm.page(index))
      let wrote = vm.act(.write, TestVM.guestPage(index), secret)
      report.expect(wrote.succeeded, "guest cannot write", index, wrote.fault)
      report.expect(readsGoOn(), "reader stands still")
      report.expect(load64(lastValue) != secret, "reader sees the secret", vm.page(index))
    }
    report.expect(Host.destroy(vm: 7), "not destroyed")
    for index in 8..<UInt64(40) {
      store64(target, vm.page(index))
      report.expect(readsGoOn(), "reader stands still")
      report.expect(load64(lastSyndrome) == UInt64.max, "page did not come back", vm.page(index))
      report.expect(load64(lastValue) == 0, "page is not zero", load64(lastValue))
    }
  }

  /// Waits until the reader has read the current target at least once from now on.
  private static func readsGoOn() -> Bool {
    let start = load64(reads)
    return wait { load64(reads) >= start + 3 }
  }

  private static func wait(_ condition: () -> Bool) -> Bool {
    let end = readCNTPCT() + 10 * readCNTFRQ()
    while readCNTPCT() < end {
      if condition() { return true }
    }
    return false
  }

  static func main() -> Never {
    store64(level, readCurrentEL())
    store64(engineSyndrome, probeRead64(Layout.engineBase, 0).syndrome)
    store64(target, Layout.work)
    store64(state, running)
    barrier()
    while load64(state) == running {
      let probe = probeRead64(load64(target), 0)
      store64(lastValue, probe.value)
      store64(lastSyndrome, probe.syndrome)
      barrier()
      store64(reads, load64(reads) + 1)
    }
    _ = Firmware.smc(PSCI.cpuOff)
    while true { waitForInterrupt() }
  }
}

@c(secondaryMain)
public func secondaryMain() { SecondCPU.main() }
