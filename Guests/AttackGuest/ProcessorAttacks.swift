import CRegisters
import Runtime

/// PSCI with wrong arguments, and every error that it names.
enum ProcessorAttacks {
  private static let stackTop = Scratch.page(16)
  /// The second vCPU says here that it runs.
  private static let alive = Scratch.page(20)
  private static let partner: UInt64 = 1

  static func run(_ report: inout Report, _ tree: DeviceTree) {
    information(&report)
    wrongTargets(&report, tree)
    if tree.cpus > 1 { lifeOfPartner(&report, tree) }
  }

  private static func information(_ report: inout Report) {
    report.test("psci-features")
    let version = Firmware.psci(PSCI.version)
    report.expect(version >= 0x1_0000, "PSCI_VERSION", UInt64(bitPattern: version))
    each([
      PSCI.cpuOn64, PSCI.cpuOff, PSCI.affinityInfo64, PSCI.systemOff, PSCI.systemReset,
      PSCI.features,
    ]) { function in
      let status = Firmware.psci(PSCI.features, function)
      report.expect(status >= 0, "PSCI_FEATURES", function, UInt64(bitPattern: status))
    }
    each([0, 0x8400_001f, 0xc400_0002, 0xc600_0002]) { function in
      let status = Firmware.psci(PSCI.features, function)
      report.expect(status == PSCI.notSupported, "PSCI_FEATURES of nothing", function)
    }
  }

  private static func wrongTargets(_ report: inout Report, _ tree: DeviceTree) {
    report.test("psci-wrong-arguments")
    let entry = addressOfSecondaryEntry()
    let own = Firmware.psci(PSCI.cpuOn64, ThisCPU.affinity, entry, stackTop)
    report.expect(own == PSCI.alreadyOn, "CPU_ON of itself", UInt64(bitPattern: own))
    each([
      tree.cpus, 7, 8, 0x100, 0x1_0000, 0x100_0000, 0x8000_0000, 1 << 32, 1 << 40, UInt64.max,
    ]) { target in
      if target < tree.cpus { return }
      let on = Firmware.psci(PSCI.cpuOn64, target, entry, stackTop)
      report.expect(on == PSCI.invalidParameters, "CPU_ON", target, UInt64(bitPattern: on))
      let state = Firmware.psci(PSCI.affinityInfo64, target, 0)
      report.expect(
        state == PSCI.invalidParameters, "AFFINITY_INFO", target, UInt64(bitPattern: state))
    }
    let level = Firmware.psci(PSCI.affinityInfo64, 0, 4)
    report.expect(level == PSCI.invalidParameters, "affinity level 4", UInt64(bitPattern: level))
    let state = Firmware.psci(PSCI.affinityInfo64, ThisCPU.affinity, 0)
    report.expect(state == PSCI.isOn, "AFFINITY_INFO of itself", UInt64(bitPattern: state))
  }

  /// On, already on, off, on again; last an entry point where the guest has no memory.
  private static func lifeOfPartner(_ report: inout Report, _ tree: DeviceTree) {
    report.test("psci-second-cpu")
    expectState(&report, PSCI.isOff, "before CPU_ON")
    for round in 1...UInt64(20) {
      let on = Firmware.psci(PSCI.cpuOn64, partner, addressOfSecondaryEntry(), stackTop)
      report.expect(on == 0, "CPU_ON", round, UInt64(bitPattern: on))
      let again = Firmware.psci(PSCI.cpuOn64, partner, addressOfSecondaryEntry(), stackTop)
      let refused = again == PSCI.alreadyOn || again == PSCI.onPending
      report.expect(refused, "CPU_ON twice", round, UInt64(bitPattern: again))
      report.expect(wait { load64(alive) == round }, "did not start", round)
      expectState(&report, PSCI.isOn, "while it runs")
      store64(alive, UInt64.max - round)  // lets it go
      report.expect(
        wait { Firmware.psci(PSCI.affinityInfo64, partner, 0) == PSCI.isOff }, "did not stop", round
      )
    }

    report.test("psci-entry-outside-memory")
    let outside = tree.memory.base + tree.memory.bytes
    let on = Firmware.psci(PSCI.cpuOn64, partner, outside, 0)
    let harmless = on == PSCI.invalidAddress || on == PSCI.invalidParameters || on == 0
    report.expect(harmless, "CPU_ON", outside, UInt64(bitPattern: on))
  }

  private static func expectState(
    _ report: inout Report, _ state: Int64, _ what: StaticString
  ) {
    let seen = Firmware.psci(PSCI.affinityInfo64, partner, 0)
    report.expect(seen == state, what, UInt64(bitPattern: seen))
  }

  /// Polls for at most five seconds.
  private static func wait(_ condition: () -> Bool) -> Bool {
    let end = readCNTVCT() + 5 * readCNTFRQ()
    while readCNTVCT() < end {
      if condition() { return true }
    }
    return false
  }

  /// The second vCPU: counts its starts, waits to be let go, turns itself off.
  static func partnerMain() -> Never {
    let rounds = Scratch.page(21)
    let round = load64(rounds) + 1
    store64(rounds, round)
    store64(alive, round)
    while load64(alive) == round {}
    _ = Firmware.psci(PSCI.cpuOff)
    Console.write("bulkhead-test: psci-cpu-off: FAILED returned\n")
    while true { waitForInterrupt() }
  }
}

@c(secondaryMain)
public func secondaryMain() { ProcessorAttacks.partnerMain() }
