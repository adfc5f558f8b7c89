import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// Registers across world switches. The host fills all it has with one pattern (0x48…), the guest
/// with another (0x47…): at entry the guest must find nothing but zeros, after each run the host
/// must find all that it left, and nothing of the guest.
enum PoisonTest {
  private static let buffer = Layout.work + 0x30_0000
  /// Offsets of the guest's device page (PoisonGuest.S).
  private static let showVectors: UInt64 = 256
  private static let showSystem: UInt64 = 768
  private static let filled: UInt64 = 0x800
  private static let done: UInt64 = 0x808
  /// Exits of a whole life of the guest are fewer.
  private static let exitLimit = 1000

  static func run(_ report: inout Report) {
    report.test("poisoned-registers")
    var registers = PoisonRegisters()
    registers.learn()
    let sweep = RegisterSweep(at: Layout.work + 0x50_0000)
    sweep.record()
    // Both VMs live side by side: the second must find nothing of the first.
    guard let one = TestVM(&report, number: 1, block: 0, code: addressOfPoisonGuest()),
      let two = TestVM(&report, number: 2, block: 2, code: addressOfPoisonGuest())
    else { return }
    _ = one.seal()
    _ = two.seal()
    registers.poisonHost()
    live(&report, one, registers)
    registers.poisonHost()
    live(&report, two, registers)
    registers.restore()

    report.test("registers-after-guests")
    sweep.expectUnchanged(&report)
    report.expect(Host.destroy(vm: 1) && Host.destroy(vm: 2), "not destroyed")
  }

  private static func live(
    _ report: inout Report, _ vm: TestVM, _ registers: borrowing PoisonRegisters
  ) {
    var isFilled = false
    for _ in 0..<exitLimit {
      let exit = runOnce(&report, vm, registers)
      guard exit.status == Exit.deviceWrite.rawValue else {
        report.expect(false, "exit, address", exit.raw, exit.first)
        return
      }
      let offset = exit.first &- TestVM.device
      if offset == done { return }
      if offset == filled {
        isFilled = true
        report.expect(exit.third == 0, "value of the store of zero", exit.third)
      } else if isFilled {
        report.expect(
          exit.third == registers.guestValue(offset), "guest lost a register: offset, value",
          offset, exit.third)
      } else {
        report.expect(exit.third == 0, "not zero at entry: offset, value", offset, exit.third)
      }
    }
    report.expect(false, "the guest did not come to its end")
  }

  /// One run with poisoned general and vector registers, and a look at what is there afterwards.
  private static func runOnce(
    _ report: inout Report, _ vm: TestVM, _ registers: borrowing PoisonRegisters
  ) -> Answer {
    poisonedRun(CallWord(.run, vm: Int(vm.number)).raw, 0, buffer)
    registers.expectHost(&report)
    for index in 4..<UInt64(31) {
      let expected = index == 4 ? 0 : PoisonRegisters.host | index
      let value = load64(buffer + index * 8)
      report.expect(value == expected, "host register x", index, value)
    }
    for index in 0..<UInt64(64) {
      let value = load64(buffer + 256 + index * 8)
      let expected = PoisonRegisters.host | 0x100 + index / 2
      report.expect(value == expected, "host register v", index / 2, value)
    }
    return Answer(
      status: Int64(bitPattern: load64(buffer)), first: load64(buffer + 8),
      second: load64(buffer + 16), third: load64(buffer + 24))
  }
}
