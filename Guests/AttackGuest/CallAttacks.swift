import CRegisters
import EngineABI
import Runtime

/// HVC and SMC with forged function identifiers and arguments.
enum CallAttacks {
  static func run(_ report: inout Report, _ tree: DeviceTree) {
    hostCalls(&report)
    unknownCalls(&report)
    secureMonitorCalls(&report)
  }

  /// What only the host may ask, in every form, must be refused.
  private static func hostCalls(_ report: inout Report) {
    report.test("host-calls")
    var random = Random(seed: 4)
    for number in Call.info.rawValue...Call.stateOfVM.rawValue {
      if number == Call.share.rawValue || number == Call.unshare.rawValue { continue }
      let function = Call.hvcBase + UInt64(number)
      each([0, 1, 2, 3, 64, 0xffff_ffff]) { vm in
        let word = UInt64(number) | vm << 32
        each([0, 1, 0x8000_0000, 0x4000_0000, random.next()]) { argument in
          let status = Firmware.hvc(function, word, argument, argument, 0, 0)
          report.expect(status < 0, "call accepted: number, VM", UInt64(number), vm)
        }
      }
    }
  }

  private static func unknownCalls(_ report: inout Report) {
    report.test("unknown-calls")
    let functions: InlineArray<20, UInt64> = [
      Call.hvcBase + 15, Call.hvcBase + 16, Call.hvcBase + 0xffff,
      Call.hvcBase & ~0x4000_0000,  // the same calls as SMC32
      0x8600_0000, 0x8600_ff01, 0xc300_0000, 0x8300_0000,  // vendor and OEM services
      0xc500_0020, 0xbf00_0000, 0xf200_0000, 0xffff_ffff,  // TA and trusted OS ranges
      0x8400_0005, 0x8400_0007, 0x8400_000f,  // MIGRATE, MIGRATE_INFO_UP_CPU, SET_SUSPEND_MODE
      0x8400_0013, 0x8400_001f, 0xc400_001f,  // MEM_PROTECT and beyond PSCI 1.1
      0, 1,
    ]
    for index in functions.indices {
      let status = Firmware.psci(functions[index], 1, 2, 3)
      report.expect(
        status == PSCI.notSupported, "not refused", functions[index], UInt64(bitPattern: status))
    }
    // The upper half of x0 is not part of a function identifier; it must not smuggle one in.
    let smuggled = Firmware.hvc(1 << 32 | Call.hvcBase + UInt64(Call.createVM.rawValue), 2, 0)
    report.expect(smuggled < 0, "upper half of x0", UInt64(bitPattern: smuggled))

    report.test("hvc-immediates")
    each([1, 2, 0x4b00, 0xea1, 0xffff]) { immediate in
      let probe = Snippet.hvc(immediate: UInt32(immediate), PSCI.cpuOn64)
      let refused = probe.isUndefined || Int32(truncatingIfNeeded: probe.value) < 0
      report.expect(refused, "hvc with an immediate", immediate, probe.value)
      let isThere = !probe.isUndefined || probe.value == Snippet.code
      report.expect(isThere, "exception of another instruction", immediate, probe.value)
    }
  }

  /// A guest's firmware is the engine: an SMC is undefined or refused, never forwarded.
  private static func secureMonitorCalls(_ report: inout Report) {
    report.test("smc")
    var random = Random(seed: 5)
    for round in 0..<UInt64(2000) {
      let kind = round % 4
      var function = random.next()
      if kind == 1 { function = 0x8400_0020 + random.below(0x40) }
      if kind == 2 { function = 0xc400_0020 + random.below(0x40) }
      if kind == 3 { function = 0xc200_0000 + random.below(0x200) }
      let probe = Snippet.smc(function)
      let refused = probe.isUndefined || Int32(truncatingIfNeeded: probe.value) == -1
      report.expect(refused, "smc answered", function, probe.value)
    }
    let immediate = Snippet.smc(immediate: 1, PSCI.version)
    report.expect(
      immediate.isUndefined || Int32(truncatingIfNeeded: immediate.value) == -1,
      "smc with an immediate", immediate.value)
  }
}
