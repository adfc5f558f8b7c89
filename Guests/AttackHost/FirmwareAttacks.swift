import CRegisters
import EngineABI
import Runtime

/// SMC: only what the allow list names goes on, and entry points are the engine's.
enum FirmwareAttacks {
  static func run(_ report: inout Report) {
    sweep(&report)
    entries(&report)
    SecondCPU.run(&report)
  }

  /// Functions that may be answered: SMCCC_VERSION and ARCH_*, PSCI of the allow list, TRNG.
  private static func isAllowed(_ function: UInt64) -> Bool {
    switch function {
    case 0x8000_0000, 0x8000_0001, 0x8000_8000, 0x8000_7fff, 0x8000_3fff: return true
    default: break
    }
    let service = function & ~0x4000_0000
    return service >= 0x8400_0000 && service <= 0x8400_000a
      || service >= 0x8400_0050 && service <= 0x8400_0053
  }

  /// All owners, both calling conventions, fast and yielding, 96 functions each.
  private static func sweep(_ report: inout Report) {
    report.test("smc-allow-list")
    let before = Host.refused
    var asked: UInt64 = 0
    for high in 0..<UInt64(256) {
      for low in 0..<UInt64(96) {
        let function = high << 24 | low
        if isAllowed(function) { continue }
        asked += 1
        let status = Firmware.smc(function, Layout.engineBase, Layout.engineBase, 0)
        report.expect(status == -1, "answered", function, UInt64(bitPattern: status))
      }
    }
    var random = Random(seed: 11)
    for _ in 0..<20_000 {
      let function = random.next()
      if isAllowed(function & 0xffff_ffff) { continue }
      asked += 1
      let status = Firmware.smc(function, random.next(), random.next(), random.next())
      report.expect(status == -1, "answered", function, UInt64(bitPattern: status))
    }
    // A call that the engine had passed on would not have been counted.
    report.expect(Host.refused == before + asked, "not all counted", Host.refused - before, asked)

    report.test("smc-upper-half")
    // Bits 63:32 of a function identifier do not count: they must not smuggle a call through.
    let status = Firmware.smc(1 << 32 | PSCI.cpuOn64, 1, Layout.engineBase, 0)
    report.expect(status < 0, "CPU_ON with upper bits", UInt64(bitPattern: status))
  }

  /// Entry points where the host has no memory.
  private static func entries(_ report: inout Report) {
    report.test("cpu-on-forged-entries")
    for index in 0..<UInt64(16) {
      let entry = Layout.engineBase + index * 0x1_0000
      let status = Firmware.smc(PSCI.cpuOn64, 1, entry, 0)
      report.expect(status < 0, "entry in the engine", entry, UInt64(bitPattern: status))
    }
    each([1, 0x41, 1 << 40, 1 << 48, 1 << 63, UInt64.max]) { entry in
      let status = Firmware.smc(PSCI.cpuOn64, 1, entry, 0)
      report.expect(status < 0, "entry nowhere", entry, UInt64(bitPattern: status))
    }
    each([8, 0x100, 0x1_0000, 1 << 32, UInt64.max]) { target in
      let status = Firmware.smc(PSCI.cpuOn64, target, addressOfSecondaryEntry(), 0)
      report.expect(status < 0, "no such CPU", target, UInt64(bitPattern: status))
    }
    let own = Firmware.smc(PSCI.cpuOn64, 0, addressOfSecondaryEntry(), 0)
    report.expect(own == PSCI.alreadyOn, "itself", UInt64(bitPattern: own))
  }
}
