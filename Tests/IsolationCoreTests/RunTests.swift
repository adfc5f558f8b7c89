import EngineABI
import IsolationCore
import Testing

@Suite struct RunTests {
  let machine = TestMachine()

  @Test func aRunEntersTheVCPUAndLeavesTheHostsRegistersBe() {
    machine.makeVM(1, block: 0)
    machine.hostFrame(0) { $0.x[9] = 99 }
    machine.run(1)
    #expect(!machine.isHost(0))
    #expect(machine.processors[0].loaded == 1)
    #expect(machine.machine.vcpus[0].life == .running)
    #expect(machine.guest().frame.x[0] == 0x1234)
    #expect(machine.processors[0].timerEnabled)
    machine.guest().interrupt(30)
    #expect(machine.answer().x == [0, 0, 0, 0])
    #expect(machine.machine.contexts[0].frame.x[9] == 99)
    #expect(machine.machine.vcpus[0].life == .ready)
    #expect(machine.violations == [])
  }

  @Test func aVCPUThatIsOffAnswersSo() {
    machine.makeVM(1, block: 0, vcpus: 2)
    #expect(machine.run(1, 1).exit == .off)
    #expect(machine.isHost(0))
  }

  @Test func aVCPURunsOnOneCPUAtATime() {
    machine.runVM()
    #expect(machine.run(1, cpu: 1).status == .busy)
    #expect(machine.isHost(1))
  }

  @Test func aVCPUMovesBetweenCPUs() {
    machine.runVM()
    machine.guest().interrupt(30)
    machine.run(1, cpu: 3)
    #expect(machine.machine.vcpus[0].cpu == 3)
    machine.guest(3).hvc(0x8400_0000)
    #expect(machine.guest(3).frame.x[0] == 0x1_0001)
  }

  @Test func anotherVCPUOfTheVMOnACPUForgetsWhatTheFirstLeftThere() {
    func invalidates() -> Bool {
      machine.performed.contains { if case .invalidateLocal = $0 { true } else { false } }
    }
    machine.runVM(vcpus: 2)
    #expect(!invalidates(), "the first on this CPU")
    machine.guest().interrupt(30)
    machine.run(1, 0)
    #expect(!invalidates(), "the same again")
    machine.guest().interrupt(30)
    machine.run(1, 1)
    #expect(invalidates(), "another")
    machine.guest().interrupt(30)
    machine.run(1, 0)
    #expect(invalidates(), "and back")
    machine.guest().interrupt(30)
    machine.run(1, 1, cpu: 2)
    #expect(!invalidates(), "on another CPU")
  }

  @Test func floatingPointComesAtItsFirstUseAndGoesWithTheRun() {
    machine.runVM()
    #expect(!machine.processors[0].hasGuestFloatingPoint)
    machine.guest().exception(ExceptionClass.floatingPoint)
    #expect(machine.processors[0].hasGuestFloatingPoint)
    #expect(machine.processors[0].exceptions == [])
    machine.guest().exception(ExceptionClass.floatingPoint)
    #expect(machine.processors[0].exceptions == [1 << 25], "trapped although loaded: UNDEFINED")
    #expect(!machine.processors[0].hasGuestFloatingPoint)
    machine.run(1)
    #expect(!machine.processors[0].hasGuestFloatingPoint)
    machine.guest().interrupt(30)
    #expect(machine.violations == [])
  }

  @Test func aFastInterruptEndsTheRun() {
    machine.runVM()
    machine.guest().fastInterrupt()
    #expect(machine.answer().x == [0, 0, 0, 0])
  }

  @Test func hardwareErrorsAreToldWithTheirSyndrome() {
    machine.runVM()
    machine.guest().systemError(0xbe00_0011)
    #expect(machine.answer().x == [8, 0x11, 0, 0])
  }

  @Test(arguments: [0x00, 0x03, 0x05, 0x0e, 0x12, 0x15, 0x19, 0x1c, 0x22, 0x26, 0x2c, 0x3c, 0x3f])
  func exceptionsThatNoRuleNamesAreUndefinedCountedAndTold(exceptionClass: UInt64) {
    machine.runVM()
    let pc = machine.guest().frame.pc
    machine.guest().exception(exceptionClass, 0x155)
    #expect(machine.processors[0].exceptions == [1 << 25])
    #expect(machine.answer().x == [7, exceptionClass, 0, 0])
    #expect(machine.machine.vcpus[0].counters[Int(Counter.refused.rawValue)] == 1)
    #expect(machine.machine.contexts[Limits.cpus].frame.pc == pc, "pc is the exception's to move")
  }

  // MARK: WFI

  @Test func waitingWithNothingPendingHaltsWithTheTimersDeadline() {
    machine.runVM()
    let pc = machine.guest().frame.pc
    machine.guest().waitForInterrupt()
    #expect(machine.answer().x == [3, ~0, 0, 0])
    #expect(machine.machine.vcpus[0].life == .halted)
    #expect(machine.machine.contexts[Limits.cpus].frame.pc == pc + 4)
    machine.run(1)
    // The guest's counter started when the VM was made.
    machine.guest().waitForInterrupt(
      timerControl: 1, timerCompare: 500, counter: machine.counter + 100)
    #expect(machine.answer().x == [3, machine.counter + 500, 0, 0])
    machine.run(1)
    machine.guest().waitForInterrupt(timerControl: 3, timerCompare: 500)
    #expect(machine.answer().x == [3, ~0, 0, 0], "masked")
  }

  @Test func aTimerThatExpiredBetweenRunsIsDeliveredAtTheNext() {
    machine.runVM()
    let guest = machine.guest()
    guest.write(GuestGIC.distributor, 2)
    guest.write(GuestGIC.redistributor + 0x1_0100, 1 << 27)
    let now = machine.counter - machine.machine.vms[0].counterOffset
    guest.waitForInterrupt(timerControl: 1, timerCompare: now + 1, counter: machine.counter)
    #expect(machine.answer().x == [3, machine.counter + 1, 0, 0])
    machine.machine.contexts[Limits.cpus].timer.compare = now
    machine.run(1)
    #expect(guest.pending == [27])
    #expect(!machine.processors[0].timerEnabled, "held back")
  }

  @Test func waitingForATimerThatHasExpiredGoesOn() {
    machine.runVM()
    machine.guest().waitForInterrupt(
      timerControl: 1, timerCompare: 100, counter: machine.counter + 100)
    #expect(!machine.isHost(0))
  }

  @Test func aTimerSetForTheEndOfTimeIsNoDeadline() {
    machine.runVM()
    machine.guest().waitForInterrupt(
      timerControl: 1, timerCompare: ~0, counter: machine.counter + 100)
    #expect(machine.answer().x == [3, ~0, 0, 0])
  }

  @Test func waitingWithAnInterruptToTakeGoesOn() {
    machine.runVM()
    let guest = machine.guest()
    guest.write(GuestGIC.distributor, 2)
    guest.write(GuestGIC.redistributor + 0x1_0100, 1)
    guest.sendInterrupt(1)
    guest.waitForInterrupt()
    #expect(!machine.isHost(0))
    #expect(guest.pending == [0])
  }

  // MARK: Devices

  @Test(arguments: [1, 2, 4, 8] as [UInt64])
  func deviceWritesTellWidthAndValue(bytes: UInt64) {
    machine.runVM()
    machine.guest().set(7, 0x8877_6655_4433_2211)
    machine.guest().access(0x0900_0018, write: true, bytes: bytes, register: 7)
    let mask = bytes == 8 ? ~0 : (UInt64(1) << (8 * bytes)) - 1
    #expect(machine.answer().x == [2, 0x0900_0018, bytes, 0x8877_6655_4433_2211 & mask])
    let pc = machine.machine.contexts[Limits.cpus].frame.pc
    machine.run(1)
    #expect(machine.guest().frame.pc == pc + 4)
  }

  @Test func theZeroRegisterStoresZero() {
    machine.runVM()
    machine.guest().access(0x0900_0000, write: true, register: 31)
    #expect(machine.answer().x == [2, 0x0900_0000, 4, 0])
  }

  @Test(
    arguments: [
      (1, false, false, 0xffff_ff85, 0x85), (2, false, false, 0xffff_ff85, 0xff85),
      (4, false, false, 0x1_8000_0000, 0x8000_0000), (8, false, true, ~0 - 1, ~0 - 1),
      (1, true, false, 0x85, 0xffff_ff85), (1, true, true, 0x85, 0xffff_ffff_ffff_ff85),
      (1, true, true, 0x75, 0x75), (2, true, true, 0x8000, 0xffff_ffff_ffff_8000),
      (2, true, false, 0x8000, 0xffff_8000), (4, true, true, 0x8000_0000, 0xffff_ffff_8000_0000),
      (4, false, true, 0xffff_ffff_8000_0000, 0x8000_0000),
    ] as [(UInt64, Bool, Bool, UInt64, UInt64)])
  func deviceReadsPutTheValueIntoTheRegister(
    bytes: UInt64, signed: Bool, wide: Bool, value: UInt64, result: UInt64
  ) {
    machine.runVM()
    machine.guest().set(9, 0xbad)
    machine.guest().access(
      0x0900_0000, write: false, bytes: bytes, register: 9, signed: signed, wide: wide)
    #expect(machine.answer().x == [1, 0x0900_0000, bytes, 0])
    let pc = machine.machine.contexts[Limits.cpus].frame.pc
    machine.run(1, 0, 1, value)
    #expect(machine.guest().frame.x[9] == result)
    #expect(machine.guest().frame.pc == pc + 4)
  }

  @Test func aReadIntoTheZeroRegisterChangesNone() {
    machine.runVM()
    let before = machine.guest().frame
    machine.guest().access(0x0900_0000, write: false, register: 31)
    machine.run(1, 0, 1, 0x1234)
    for register in 0..<31 { #expect(machine.guest().frame.x[register] == before.x[register]) }
  }

  @Test(arguments: [false, true])
  func theVMMCanAbortAnAccess(write: Bool) {
    machine.runVM()
    let pc = machine.guest().frame.pc
    machine.guest().access(0x0900_0000, write: write)
    machine.run(1, 0, 2)
    #expect(machine.processors[0].exceptions == [0x9200_0010], "synchronous external abort")
    #expect(machine.guest().frame.pc == pc)
    machine.guest().interrupt(30)
    #expect(machine.run(1, 0, 2).status == .wrongState, "once")
  }

  @Test func accessesThatTheHardwareDoesNotDescribeAreAborted() {
    for (described, tableWalk, fault, maintenance) in [
      (false, false, 7, false), (true, true, 7, false), (true, false, 0x0f, false),
      (true, false, 0x21, false), (true, false, 0x07, true),
    ] as [(Bool, Bool, UInt64, Bool)] {
      let machine = TestMachine()
      machine.runVM()
      machine.guest().access(
        0x0900_0000, write: true, described: described, tableWalk: tableWalk, fault: fault,
        maintenance: maintenance)
      #expect(machine.processors[0].exceptions == [0x9200_0010])
      #expect(machine.answer().x == [7, 0x24, 0, 0])
      #expect(machine.machine.vcpus[0].access.kind == .none)
    }
  }

  @Test func aFaultOfAPageThatIsThereNowIsTriedAgain() {
    machine.runVM()
    let pc = machine.guest().frame.pc
    machine.guest().access(guestMemory, write: true)
    machine.guest().instructionAbort(guestMemory)
    machine.guest().access(guestMemory + 8, write: false, described: false)
    #expect(!machine.isHost(0))
    #expect(machine.guest().frame.pc == pc)
    #expect(machine.machine.vcpus[0].counters[Int(Counter.retry.rawValue)] == 3)
  }

  @Test func executingWhatIsNotMappedIsAborted() {
    machine.runVM()
    machine.guest().instructionAbort(0x0900_0000)
    #expect(machine.processors[0].exceptions == [0x8200_0010])
    #expect(machine.answer().x == [7, 0x20, 0, 0])
  }

  @Test func addressesBeyond40BitsAreNotThoseBelow() {
    let beyond = GuestPage.limit | guestMemory
    machine.runVM()
    machine.guest().access(beyond, write: false, described: false)
    #expect(machine.answer().exit == .refused, "rather than tried again for ever")
    machine.run(1)
    machine.guest().instructionAbort(beyond)
    #expect(machine.answer().exit == .refused)
  }
}
