import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// A guest that never ends a run by itself: interrupts for the host do, each time.
enum SpinningGuest {
  static func run(_ report: inout Report) {
    report.test("spinning-guest")
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfSpinner()) else { return }
    _ = vm.seal()
    for _ in 0..<50 {
      HostTimer.arm(ticks: 50_000)
      let exit = vm.run()
      HostTimer.disarm()
      report.expect(exit.status == Exit.interrupted.rawValue, "exit", exit.raw)
    }
    report.expect(Host.destroy(vm: 1), "not destroyed")
  }
}
