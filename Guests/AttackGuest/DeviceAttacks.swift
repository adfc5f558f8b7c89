import CRegisters
import Runtime

/// Accesses to emulated devices that carry no syndrome (ISV = 0), and code there: each must abort,
/// none may be emulated by guesswork.
enum DeviceAttacks {
  static func run(_ report: inout Report) {
    report.test("device-accesses-without-syndrome")
    let registers: InlineArray<3, UInt64> = [
      Console.flagRegister, InterruptController.distributorType,
      InterruptController.redistributor + 8,
    ]
    for index in registers.indices {
      let address = registers[index]
      expectAbort(&report, probeReadPair(address & ~15, 0), "pair load", address)
      expectAbort(&report, probeWritePair(address & ~15, 0), "pair store", address)
      expectAbort(&report, probeReadPostIndexed(address, 0), "post-indexed load", address)
      expectAbort(&report, probeReadExclusive(address, 0), "exclusive load", address)
      expectAbort(&report, probeZeroLine(address, 0), "DC ZVA", address)
      expectAbort(&report, probeRead32(address + 1, 0), "unaligned load", address)
      expectAbort(&report, probeRead64(address + 4 | 1, 0), "unaligned 64-bit load", address)
    }

    report.test("code-in-devices")
    for index in registers.indices {
      let execute = probeExecute(registers[index] & ~0xfff, 0)
      report.expect(
        execute.isInstructionAbort, "executed", registers[index], execute.syndrome)
    }

    report.test("console-still-works")
    let flags = probeRead32(Console.flagRegister, 0)
    report.expect(flags.succeeded, "status register", flags.syndrome)
  }

  private static func expectAbort(
    _ report: inout Report, _ probe: Probe, _ what: StaticString, _ address: UInt64
  ) {
    report.expect(probe.isDataAbort, what, address, probe.syndrome)
  }
}
