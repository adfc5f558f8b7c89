import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// A million random calls, half plausible, half not. The engine must answer each, and at the end
/// every page of the carve-out must be the host's again.
enum CallFlood {
  static let calls: UInt64 = 1_000_000
  /// Pages and blocks that the plausible calls use.
  private static let blocks: UInt64 = 4
  private static let vms: UInt64 = 6
  /// As often a VM ends and one that can run takes its place: chance alone hardly makes one.
  private static let freshVMs: UInt64 = 2000

  static func run(_ report: inout Report) {
    report.test("million-random-calls")
    var random = Random(seed: 0xb01d)
    var accepted: UInt64 = 0
    var runs: UInt64 = 0
    for turn in 0..<calls {
      if turn % freshVMs == 0 { replaceOne(&report, &random) }
      let number = callNumber(&random)
      let vm = random.below(16) == 0 ? random.next() : 1 + random.below(vms)
      if number == UInt64(Call.run.rawValue) { HostTimer.arm(ticks: 20_000) }
      let answer = Host.call(
        number: number, vm: vm & 0xffff_ffff, first(&random, number), second(&random, number),
        third(&random), random.next())
      if answer.status >= 0 {
        accepted += 1
        if number == UInt64(Call.run.rawValue) { runs += 1 }
      } else {
        report.expect(answer.status >= Status.occupied.rawValue, "unknown status", answer.raw)
      }
      if number > UInt64(Call.stateOfVM.rawValue) {
        report.expect(answer.isRefused, "unknown call accepted", number, answer.raw)
      }
    }
    HostTimer.disarm()
    report.note("calls accepted", accepted)
    report.note("runs", runs)
    report.expect(accepted > calls / 100, "hardly anything was accepted", accepted)
    report.expect(runs > calls / 1000, "hardly anything ran", runs)

    report.test("every-page-back")
    for vm in 1...UInt64(Limits.vms) {
      if Host.state(vm: vm) == 0 { continue }
      report.expect(Host.destroy(vm: vm), "not destroyed", vm)
      report.expect(Host.state(vm: vm) == 0, "still there", vm, Host.state(vm: vm))
    }
    let end = Layout.carveOut + Layout.carveOutBytes
    var page = Layout.carveOut
    while page < end {
      let read = probeRead64(page, 0)
      report.expect(read.succeeded, "page not back", page, read.syndrome)
      page += PageSize.page
    }
  }

  private static func replaceOne(_ report: inout Report, _ random: inout Random) {
    let number = 1 + random.below(vms)
    if Host.state(vm: number) != 0 {
      report.expect(Host.destroy(vm: number), "not destroyed", number)
    }
    let code = random.below(2) == 0 ? addressOfSpinner() : addressOfActor()
    // A block that the random calls leave alone, so that every call must succeed.
    guard let vm = TestVM(&report, number: number, block: blocks + number, code: code) else {
      return
    }
    report.expect(vm.seal().isOK, "seal", number)
  }

  private static func callNumber(_ random: inout Random) -> UInt64 {
    if random.below(20) == 0 { return random.next() & 0xffff_ffff }
    let number = random.below(16)
    // An end is seldom, or nothing would live long enough to run.
    let isEnd = number == UInt64(Call.destroyVM.rawValue)
    return isEnd && random.below(32) != 0 ? UInt64(Call.run.rawValue) : number
  }

  private static func address(_ random: inout Random) -> UInt64 {
    switch random.below(16) {
    case 0: return random.next()
    case 1: return Layout.engineBase + random.below(512) * PageSize.page
    case 2: return Layout.carveOut + random.below(Layout.carveOutBytes)
    case 3: return Layout.block(random.below(blocks))
    default: return Layout.block(random.below(blocks)) + random.below(64) * PageSize.page
    }
  }

  private static func first(_ random: inout Random, _ number: UInt64) -> UInt64 {
    switch Call(rawValue: UInt32(truncatingIfNeeded: number)) {
    case .info, .counter, .createVCPU, .setEntry, .run:
      return random.below(16) == 0 ? random.next() : random.below(4) / 2
    case .setInterrupt: return random.below(128)
    case .reclaim: return random.below(2) == 0 ? 0 : address(&random)
    default: return address(&random)
    }
  }

  private static func second(_ random: inout Random, _ number: UInt64) -> UInt64 {
    if Call(rawValue: UInt32(truncatingIfNeeded: number)) == .run { return random.below(4) }
    switch random.below(16) {
    case 0: return random.next()
    case 1: return random.below(1 << 40) & ~0xfff
    case 2: return random.below(4) << 30
    case 3: return TestVM.guestBase + random.below(8) * PageSize.block
    default: return TestVM.guestBase + random.below(64) * PageSize.page
    }
  }

  /// Of a donation: mostly pages, blocks seldom (they take long to scrub), tables often.
  private static func third(_ random: inout Random) -> UInt64 {
    switch random.below(32) {
    case 0: return random.next()
    case 1: return 1
    case 2...11: return 2
    case 12...21: return 3
    default: return 0
    }
  }
}
