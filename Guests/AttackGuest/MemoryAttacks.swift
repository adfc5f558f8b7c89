import CRegisters
import Runtime

/// Reads, writes and executes outside the guest's memory.
enum MemoryAttacks {
  static func run(_ report: inout Report, _ tree: DeviceTree) {
    ownMemory(&report, tree)
    edges(&report, tree)
    namedAddresses(&report, tree)
    randomAddresses(&report, tree)
    lowSweep(&report, tree)
  }

  /// All three ways to touch `address` must abort.
  private static func expectAbsent(_ report: inout Report, _ address: UInt64) {
    let read = probeRead64(address & ~7, 0)
    report.expect(read.isDataAbort, "read", address, read.value)
    let write = probeWrite64(address & ~7, 0x4e4f_5045)
    report.expect(write.isDataAbort, "written", address, write.syndrome)
    let execute = probeExecute(address & ~3, 0)
    report.expect(execute.isInstructionAbort, "executed", address, execute.syndrome)
  }

  /// The probes themselves: the guest's own memory does not abort.
  private static func ownMemory(_ report: inout Report, _ tree: DeviceTree) {
    report.test("own-memory")
    let memory = tree.memory
    report.expect(memory.contains(addressOfImage()), "image outside memory", memory.base)
    each([memory.base, Scratch.page(1), memory.base + memory.bytes - 8]) { address in
      let old = probeRead64(address, 0)
      report.expect(old.succeeded, "own memory not readable", address, old.syndrome)
      let write = probeWrite64(address, ~old.value)
      report.expect(write.succeeded, "own memory not writable", address, write.syndrome)
      report.expect(load64(address) == ~old.value, "own memory lost a write", address)
      store64(address, old.value)
    }
    let pair = probeReadPair(Scratch.page(1), 0)
    report.expect(pair.succeeded, "pair load of own memory", pair.syndrome)
    let returned = Snippet.run(0xd503_201f, 7)  // nop
    report.expect(returned.succeeded && returned.value == 7, "own code", returned.syndrome)
  }

  private static func edges(_ report: inout Report, _ tree: DeviceTree) {
    report.test("memory-edges")
    expectAbsent(&report, tree.memory.base - 8)
    expectAbsent(&report, tree.memory.base + tree.memory.bytes)
    expectAbsent(&report, tree.memory.base + tree.memory.bytes + 0x1f_fff8)
  }

  /// Where the machine has something of which guests must see nothing.
  private static func namedAddresses(_ report: inout Report, _ tree: DeviceTree) {
    report.test("host-addresses")
    let addresses: InlineArray<12, UInt64> = [
      0x0801_0000,  // GICC
      0x0803_0000,  // GICH
      0x0804_0000,  // GICV
      0x0808_0000,  // ITS
      0x0902_0000,  // fw_cfg
      0x0b00_0000,  // absent page 0
      0x0b00_1000,  // absent page 1
      0x3eff_0000,  // PCI I/O
      0x8000_0000,  // carve-out
      0xbfff_f000,  // last page of the carve-out
      0x40_1000_0000,  // PCI configuration space
      0x80_0000_0000,  // PCI memory
    ]
    for index in addresses.indices where !tree.memory.contains(addresses[index]) {
      expectAbsent(&report, addresses[index])
    }
    // The engine's image lies at this physical address; the guest's own page must be there.
    if addressOfImage() != 0x4020_0000 {
      report.expect(load32(0x4020_0038) != 0x644d_5241, "image header of the engine", 0x4020_0000)
    }
  }

  private static func randomAddresses(_ report: inout Report, _ tree: DeviceTree) {
    report.test("random-addresses")
    var random = Random(seed: 1)
    var tried = 0
    while tried < 2000 {
      // As likely short as long: up to 48 bits, past the 40 of stage 2 too.
      let address = random.next() >> (16 + random.below(20)) & ~7
      if address < 0x4000_0000 || tree.memory.contains(address) || tree.names(address) { continue }
      tried += 1
      expectAbsent(&report, address)
    }
  }

  /// Below RAM only what the device tree names may answer.
  private static func lowSweep(_ report: inout Report, _ tree: DeviceTree) {
    report.test("unnamed-devices")
    var random = Random(seed: 2)
    for frame in 0..<UInt64(0x4000) {
      let address = frame << 16 | random.below(0x1_0000) & ~7
      if tree.names(address) || tree.memory.contains(address) { continue }
      let read = probeRead32(address, 0)
      report.expect(read.isDataAbort, "read", address, read.value)
    }
  }
}
