import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// Guests that use their interrupt controller in ways that the engine could stumble over.
enum InterruptAttacks {
  /// Runs until the guest stores to its device, answering its reads; what it stored.
  private static func next(_ vm: TestVM, _ value: UInt64) -> UInt64 {
    var exit = vm.run()
    for _ in 0..<50 {
      switch Exit(rawValue: exit.status) {
      case .deviceRead: exit = vm.run(.value, value)
      case .deviceWrite: return exit.third
      case .interrupted: exit = vm.run()
      default: return 0xdead_0000 | exit.raw
      }
    }
    return 0xdead_ffff
  }

  static func run(_ report: inout Report) {
    report.test("interrupt-again-while-active")
    if let vm = TestVM(&report, number: 1, block: 0, code: addressOfAgainGuest()) {
      _ = vm.seal()
      let first = next(vm, 0)
      let second = next(vm, 0)
      report.expect(
        first == 0x80, "SGI again while active: ISR after EOI, after next exit", first, second)
      _ = Host.destroy(vm: 1)
    }
    report.test("deferred-errors-of-another-guest")
    if let one = TestVM(&report, number: 1, block: 0, code: addressOfDisrGuest()),
      let two = TestVM(&report, number: 2, block: 2, code: addressOfDisrGuest())
    {
      _ = one.seal()
      _ = two.seal()
      _ = next(one, 0x8123_4567)
      let seen = next(two, 0)
      report.expect(seen == 0, "guest 2 reads DISR_EL1 of guest 1", seen)
      let back = next(one, 0)
      report.expect(back == 0x8123_4567, "guest 1 lost its DISR_EL1", back)
      _ = Host.destroy(vm: 1)
      _ = Host.destroy(vm: 2)
    }
    report.test("latched-maintenance-interrupt")
    if let vm = TestVM(&report, number: 1, block: 0, code: addressOfSpinner()) {
      _ = vm.seal()
      let frame = InterruptController.redistributor + InterruptController.setEnable0 - 0x100
      store32(frame + 0x200, 1 << 25)
      HostTimer.arm(ticks: 1_000_000)
      let exit = vm.run()
      HostTimer.disarm()
      store32(frame + 0x280, 1 << 25)
      report.expect(exit.status == Exit.interrupted.rawValue, "exit", exit.raw)
      _ = Host.destroy(vm: 1)
    }
    for active in UInt64(3)...4 {
      report.test(active == 3 ? "three-active-interrupts" : "four-active-interrupts")
      guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfStormGuest()) else {
        return
      }
      _ = vm.seal()
      report.expect(next(vm, active) == active, "set up")
      HostTimer.arm(ticks: 1_000_000)
      let exit = vm.run()
      HostTimer.disarm()
      report.expect(exit.status == Exit.interrupted.rawValue, "exit", exit.raw)
      _ = Host.destroy(vm: 1)
    }
  }
}
