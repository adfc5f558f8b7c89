import CRegisters
import EngineABI
import Runtime

/// A hundred thousand random calls, against a model of the one thing that they may change: which
/// of eight pages are shared.
enum CallFlood {
  private static let calls: UInt64 = 100_000
  private static let firstPage: UInt64 = 4
  private static let pages: UInt64 = 8

  static func run(_ report: inout Report) {
    report.test("call-flood")
    for index in 0..<pages { store64(Scratch.page(firstPage + index), ~index) }
    var random = Random(seed: 6)
    var shared: UInt64 = 0
    var accepted: UInt64 = 0
    for _ in 0..<calls {
      let function = functionIdentifier(&random)
      if endsOrSleeps(function) { continue }
      if isSharing(function) {
        let index = random.below(pages)
        let bit: UInt64 = 1 << index
        let isShare = function & 0xff == UInt64(Call.share.rawValue)
        let status = Firmware.hvc(function, Scratch.page(firstPage + index), random.next())
        let mayPass = isShare == (shared & bit == 0)
        report.expect((status == 0) == mayPass, "against the model", function, index)
        if status == 0 { shared ^= bit }
        continue
      }
      let status = Firmware.hvc(
        function, random.next(), random.next(), random.next(), random.next(), random.next())
      if status >= 0 { accepted += 1 }
      if function >= Call.hvcBase + 1 && function < Call.hvcBase + 0x1_0000 {
        report.expect(status < 0, "accepted", function, UInt64(bitPattern: status))
      }
    }
    for index in 0..<pages {
      let page = Scratch.page(firstPage + index)
      report.expect(load64(page) == ~index, "page changed", page, load64(page))
      if shared & 1 << index != 0 {
        report.expect(SharingAttacks.unshare(page) == 0, "cannot be unshared", page)
      }
    }
    report.note("calls that were answered", accepted)
  }

  private static func functionIdentifier(_ random: inout Random) -> UInt64 {
    switch random.below(5) {
    case 0: return random.next()
    case 1: return Call.hvcBase + random.below(32)
    case 2: return Call.hvcBase + UInt64(Call.share.rawValue) + random.below(2)
    case 3: return 0x8400_0000 | random.below(2) << 30 | random.below(32)
    default: return 0x8000_0000 | random.below(2) << 30 | random.below(64) << 24 | random.below(64)
    }
  }

  private static func isSharing(_ function: UInt64) -> Bool {
    function == Call.hvcBase + UInt64(Call.share.rawValue)
      || function == Call.hvcBase + UInt64(Call.unshare.rawValue)
  }

  /// PSCI functions that are meant to stop, restart or suspend their caller, and CPU_ON, which
  /// ``ProcessorAttacks`` tests. The upper half of x0 does not count.
  private static func endsOrSleeps(_ function: UInt64) -> Bool {
    let low = function & 0xffff_ffff
    if low & ~0x4000_001f != 0x8400_0000 { return false }
    switch low & 0x1f {
    case 1, 2, 3, 8, 9, 0xc, 0xd, 0xe, 0x12: return true
    default: return false
    }
  }
}
