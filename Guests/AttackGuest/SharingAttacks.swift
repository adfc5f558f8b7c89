import CRegisters
import EngineABI
import Runtime

/// Sharing pages with the host: the calls, their errors, and a page the host may look at.
enum SharingAttacks {
  private static let pattern: UInt64 = 0x5348_4152_4544_2121

  static func share(_ address: UInt64) -> Int64 { call(.share, address) }
  static func unshare(_ address: UInt64) -> Int64 { call(.unshare, address) }

  private static func call(_ number: Call, _ address: UInt64) -> Int64 {
    Firmware.hvc(Call.hvcBase + UInt64(number.rawValue), address)
  }

  static func run(_ report: inout Report, _ tree: DeviceTree) {
    badAddresses(&report, tree)
    lifeOfSharedPage(&report)
  }

  private static func badAddresses(_ report: inout Report, _ tree: DeviceTree) {
    report.test("share-bad-addresses")
    let page = Scratch.page(2)
    let addresses: InlineArray<14, UInt64> = [
      page + 1, page + 8, page + 0x800,  // misaligned
      0, 0x0800_0000, 0x0900_0000, 0x0b00_1000,  // devices and holes
      tree.memory.base - 4096, tree.memory.base + tree.memory.bytes,
      1 << 39, 1 << 40, page | 1 << 40, page | 1 << 63, UInt64.max & ~0xfff,
    ]
    for index in addresses.indices {
      let address = addresses[index]
      expectRefused(&report, share(address), "shared", address)
      expectRefused(&report, unshare(address), "unshared", address)
    }
    expectRefused(&report, unshare(page), "unshared a private page", page)
  }

  private static func lifeOfSharedPage(_ report: inout Report) {
    report.test("share-and-unshare")
    let page = Scratch.page(2)
    for word in 0..<UInt64(512) { store64(page + word * 8, pattern ^ word) }
    expectOK(&report, share(page), "share")
    expectRefused(&report, share(page), "shared twice", page)
    expectIntact(&report, page)
    Console.write("bulkhead-share: shared ")
    Console.write(hex: page)
    Console.write(" pattern ")
    Console.write(hex: pattern)
    Console.endLine()
    let end = readCNTVCT() + readCNTFRQ() / 2
    while readCNTVCT() < end {}
    expectOK(&report, unshare(page), "unshare")
    expectRefused(&report, unshare(page), "unshared twice", page)
    Console.write("bulkhead-share: private again\n")
    expectIntact(&report, page)
    for _ in 0..<1000 {
      expectOK(&report, share(page), "share again")
      expectOK(&report, unshare(page), "unshare again")
    }
  }

  private static func expectIntact(_ report: inout Report, _ page: UInt64) {
    for word in 0..<UInt64(512) {
      let value = load64(page + word * 8)
      report.expect(value == pattern ^ word, "content changed: word, value", word, value)
    }
  }

  private static func expectOK(_ report: inout Report, _ status: Int64, _ what: StaticString) {
    report.expect(status == Status.ok.rawValue, what, UInt64(bitPattern: status))
  }

  private static func expectRefused(
    _ report: inout Report, _ status: Int64, _ what: StaticString, _ address: UInt64
  ) {
    report.expect(status < 0, what, address, UInt64(bitPattern: status))
  }
}
