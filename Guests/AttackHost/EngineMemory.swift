import CRegisters
import EngineABI
import Runtime

/// Memory that the host must not reach: the engine's.
enum EngineMemory {
  /// Every way to touch `address` must abort, and the data abort must be one that a kernel's
  /// user-copy routines survive: an alignment fault.
  static func expectAbsent(_ report: inout Report, _ address: UInt64) {
    let read = probeRead64(address, 0)
    report.expect(read.isDataAbort, "read", address, read.value)
    report.expect(read.faultStatus == 0x21, "not an alignment fault", address, read.syndrome)
    report.expect(read.address == address, "FAR_EL1", address, read.address)
    let write = probeWrite64(address, 0x4e4f_5045)
    report.expect(write.isDataAbort, "written", address, write.syndrome)
    let execute = probeExecute(address, 0)
    report.expect(execute.isInstructionAbort, "executed", address, execute.syndrome)
  }

  /// Forms that the engine cannot decode are no way round.
  static func expectAbsentInEveryForm(_ report: inout Report, _ address: UInt64) {
    expectAbsent(&report, address)
    expectAbort(&report, probeRead8(address + 1, 0), "byte load", address)
    expectAbort(&report, probeRead16(address + 2, 0), "halfword load", address)
    expectAbort(&report, probeRead32(address + 4, 0), "word load", address)
    expectAbort(&report, probeWrite8(address + 1, 1), "byte store", address)
    expectAbort(&report, probeWrite16(address + 2, 1), "halfword store", address)
    expectAbort(&report, probeWrite32(address + 4, 1), "word store", address)
    expectAbort(&report, probeReadPair(address, 0), "pair load", address)
    expectAbort(&report, probeWritePair(address, 0), "pair store", address)
    expectAbort(&report, probeReadPostIndexed(address, 0), "post-indexed load", address)
    expectAbort(&report, probeReadExclusive(address, 0), "exclusive load", address)
    expectAbort(&report, probeZeroLine(address, 0), "DC ZVA", address)
    expectAbort(&report, probeRead64(address + 3, 0), "unaligned load", address)
  }

  private static func expectAbort(
    _ report: inout Report, _ probe: Probe, _ what: StaticString, _ address: UInt64
  ) {
    report.expect(probe.isDataAbort, what, address, probe.syndrome)
  }

  static func run(_ report: inout Report) {
    report.test("own-memory")
    let own = probeRead64(Layout.work, 0)
    report.expect(own.succeeded, "own memory not readable", Layout.work, own.syndrome)

    report.test("engine-memory")
    let bytes = Layout.engineBytes
    report.expect(bytes >= PageSize.block, "engine memory bytes", bytes)
    var address = Layout.engineBase
    expectAbsentInEveryForm(&report, address)
    while address < Layout.engineBase + bytes {
      expectAbsent(&report, address)
      address += PageSize.page
    }
    expectAbsentInEveryForm(&report, address - PageSize.page)
    let refused = Host.refused
    _ = probeRead64(Layout.engineBase, 0)
    report.expect(Host.refused == refused + 1, "not counted", refused, Host.refused)

    report.test("absent-devices")
    let devices: InlineArray<5, UInt64> = [
      0x0808_0000,  // ITS: it writes to memory by itself
      0x0809_0000,  // ITS translation frame
      0x0902_0000,  // fw_cfg data
      0x0902_0008,  // fw_cfg selector
      0x0902_0010,  // fw_cfg DMA
    ]
    for index in devices.indices { expectAbsent(&report, devices[index]) }
  }
}
