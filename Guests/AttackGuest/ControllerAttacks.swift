import CRegisters
import Runtime

/// Random accesses to the interrupt controller, and frames that the guest does not have.
enum ControllerAttacks {
  private static let accesses = 50_000

  static func run(_ report: inout Report, _ tree: DeviceTree) {
    foreignFrames(&report, tree)
    fuzz(&report, tree)
    stillWorks(&report)
    order(&report)
  }

  /// Redistributors beyond the guest's own vCPUs, and everything behind the distributor.
  private static func foreignFrames(_ report: inout Report, _ tree: DeviceTree) {
    report.test("foreign-controller-frames")
    let end =
      InterruptController.redistributor + tree.cpus * InterruptController.redistributorStride
    each([end, end + 0x1_0000, end + 0x2_0000, 0x0801_0000, 0x0809_0000]) { address in
      each([0, 8, 0x70, 0xffe8]) { offset in
        let read = probeRead32(address + offset, 0)
        report.expect(read.isDataAbort, "read", address + offset, read.value)
        let write = probeWrite32(address + offset, 1)
        report.expect(write.isDataAbort, "written", address + offset, write.syndrome)
      }
    }
  }

  /// Any outcome but a stop: a value, nothing, or an abort.
  private static func fuzz(_ report: inout Report, _ tree: DeviceTree) {
    report.test("controller-fuzz")
    var random = Random(seed: 3)
    var aborted: UInt64 = 0
    for _ in 0..<accesses {
      let inDistributor = random.below(2) == 0
      let base =
        inDistributor
        ? InterruptController.distributor
        : InterruptController.redistributor + random.below(tree.cpus)
          * InterruptController.redistributorStride + random.below(2)
          * InterruptController.sgiFrame
      let probe = access(&random, base)
      if probe.succeeded { continue }
      aborted += 1
      report.expect(probe.isDataAbort, "not a data abort", probe.syndrome, probe.address)
    }
    report.note("accesses that aborted", aborted)
  }

  private static func access(_ random: inout Random, _ base: UInt64) -> Probe {
    let offset = random.below(8) == 0 ? random.below(0x1_0000) : random.below(0x1000)
    let value = random.next() >> random.below(64)
    switch random.below(8) {
    case 0: return probeRead8(base + offset, 0)
    case 1: return probeRead16(base + offset, 0)
    case 2: return probeRead32(base + offset & ~3, 0)
    case 3: return probeRead64(base + offset & ~7, 0)
    case 4: return probeWrite8(base + offset, value)
    case 5: return probeWrite16(base + offset, value)
    case 6: return probeWrite32(base + offset & ~3, value)
    default: return probeWrite64(base + offset & ~7, value)
    }
  }

  /// After the storm the controller still serves its own vCPU.
  private static func stillWorks(_ report: inout Report) {
    report.test("controller-still-works")
    let distributor = InterruptController.distributor
    let frame = InterruptController.redistributor + InterruptController.sgiFrame
    for word in 1..<UInt64(32) {
      _ = probeWrite32(distributor + 0x180 + word * 4, 0xffff_ffff)  // ICENABLER
      _ = probeWrite32(distributor + 0x280 + word * 4, 0xffff_ffff)  // ICPENDR
    }
    store32(frame + 0x180, 0xffff_ffff)
    store32(frame + 0x280, 0xffff_ffff)  // ICPENDR0
    store32(frame + 0x380, 0xffff_ffff)  // ICACTIVER0
    InterruptController.enableDistributor()
    InterruptController.enableCPU(index: 0)
    for number in 0..<UInt64(16) {
      let taken = measureSelfSGI(InterruptController.softwareInterrupt(number, target: 0))
      report.expect(taken.intid == number, "wrong interrupt", number, taken.intid)
      writeICC_EOIR1(taken.intid)
    }
  }

  /// More interrupts than list registers, each more urgent than those before: the most urgent comes
  /// first, and none twice. What was disabled or cleared does not come.
  private static func order(_ report: inout Report) {
    report.test("controller-order")
    let frame = InterruptController.redistributor + InterruptController.sgiFrame
    let count: UInt64 = 12
    for number in 0..<count { _ = probeWrite8(frame + 0x400 + number, 0xe0 - number * 8) }
    for number in 0..<count {
      writeICC_SGI1R(InterruptController.softwareInterrupt(number, target: 0))
    }
    store32(frame + 0x180, 1 << 11 | 1 << 3)  // ICENABLER0
    store32(frame + 0x280, 1 << 10 | 1 << 2)  // ICPENDR0
    for number in (0..<count).reversed() where number & 7 != 3 && number & 7 != 2 {
      settle()
      let taken = readICC_IAR1()
      report.expect(taken == number, "not the most urgent", number, taken)
      if taken < 1020 { writeICC_EOIR1(taken) }
    }
    settle()
    let none = readICC_IAR1()
    report.expect(none == 1023, "disabled or cleared", none)
    store32(frame + 0x100, 1 << 11 | 1 << 3)  // ISENABLER0
    each([11, 3]) { number in
      settle()
      let taken = readICC_IAR1()
      report.expect(taken == number, "lost while disabled", number, taken)
      if taken < 1020 { writeICC_EOIR1(taken) }
    }
  }

  /// Time enough for an interrupt that is on its way.
  private static func settle() {
    for _ in 0..<1000 { barrier() }
  }
}
