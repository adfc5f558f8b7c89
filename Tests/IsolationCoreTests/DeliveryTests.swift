import EngineABI
import IsolationCore
import Testing

private let distributor = GuestGIC.distributor

extension Guest {
  /// Everything on, as a kernel leaves it.
  fileprivate func setUp() {
    write(distributor, 2)
    write(distributor + 0x104, 0xffff_ffff)
    write(distributor + 0x108, 0xffff_ffff)
    for vcpu in UInt64(0)..<2 {
      let frame = GuestGIC.redistributor + vcpu * GuestGIC.redistributorStride
      write(frame + 0x1_0100, 0xffff_ffff)
    }
  }
  fileprivate func isEdge(_ interrupt: UInt64) {
    write(distributor + 0xc00 + interrupt / 16 * 4, 2 << (interrupt % 16 * 2))
  }
}

@Suite struct DeliveryTests {
  let machine: TestMachine
  let guest: Guest

  init() {
    machine = TestMachine()
    machine.runVM(vcpus: 2, running: 2)
    guest = machine.guest()
    guest.setUp()
  }

  /// The vmm moves a line, and the vCPU comes out and in again if that kicks it.
  private func line(_ interrupt: UInt64, _ level: UInt64) {
    machine.call(.setInterrupt, vm: 1, interrupt, level, cpu: 2)
    if machine.processors[2].kicks.popLast() == 1 { again() }
  }

  private func again(_ cpu: Int = 0) {
    machine.guest(cpu).interrupt(30)
    machine.run(1, UInt64(cpu), cpu: cpu)
  }

  @Test func aLineIsDeliveredAsThePendingInterruptItIs() {
    guest.write(distributor + 0x400 + 40, 0xa0, bytes: 1)
    line(40, 1)
    let list = machine.processors[0].lists[0]
    #expect(list & 0xffff_ffff == 40)
    #expect(list >> 62 == 0b01, "pending")
    #expect(list >> 60 & 1 == 1, "group 1")
    #expect(list >> 61 & 1 == 0, "not linked to a physical one")
    #expect(list >> 48 & 0xff == 0xa0)
  }

  @Test func aLevelComesAgainUntilItsLineIsLow() {
    line(40, 1)
    for _ in 0..<3 {
      #expect(guest.acknowledge() == 40)
      #expect(guest.pending == [], "once at a time")
      guest.endInterrupt(40)
      #expect(guest.pending == [40], "still high")
    }
    #expect(guest.acknowledge() == 40)
    line(40, 0)
    guest.endInterrupt(40)
    #expect(guest.pending == [])
    line(40, 1)
    #expect(guest.pending == [40])
  }

  @Test func anEdgeComesOnceForEachRise() {
    guest.isEdge(40)
    line(40, 1)
    #expect(guest.acknowledge() == 40)
    guest.endInterrupt(40)
    again()
    #expect(guest.pending == [])
    line(40, 1)
    again()
    #expect(guest.pending == [], "high already")
    line(40, 0)
    line(40, 1)
    again()
    #expect(guest.pending == [40])
    #expect(guest.acknowledge() == 40)
    line(40, 0)
    line(40, 1)
    guest.endInterrupt(40)
    again()
    #expect(guest.pending == [40], "a rise while it was active")
  }

  @Test func theMostUrgentComesFirstAndTheLowestNumberAmongEquals() {
    for (interrupt, priority) in [(50, 0x80), (51, 0x20), (52, 0x80), (53, 0x20), (54, 0)] {
      guest.write(distributor + 0x400 + UInt64(interrupt), UInt64(priority), bytes: 1)
    }
    guest.write(distributor, 0)
    for interrupt in [50, 52, 53, 51, 54] as [UInt64] { line(interrupt, 1) }
    #expect(guest.pending == [])
    guest.write(distributor, 2)
    #expect(guest.pending == [54, 51, 53, 50])
  }

  @Test(arguments: [2, 3, 4])
  func whatDoesNotFitComesWhenRegistersRunDry(registers: Int) {
    let machine = TestMachine(listRegisters: registers)
    machine.runVM(vcpus: 2)
    let guest = machine.guest()
    guest.setUp()
    guest.write(distributor, 0)
    guest.write(distributor + 0xc08, 0xffff_ffff)
    guest.write(distributor + 0x204, 0x7f00)
    guest.write(distributor, 2)
    var seen: [UInt64] = []
    while let number = guest.acknowledge() {
      #expect(machine.processors[0].lists.filter { $0 >> 62 != 0 }.count <= registers)
      seen.append(number)
      guest.endInterrupt(number)
      if guest.isDry { guest.interrupt(25) }
      machine.checkStep()
    }
    // Refilled while one is left, which goes on last among equals.
    #expect(seen.sorted() == Array(40..<47))
    #expect(!guest.isDry, "underflow is off when all fit")
    #expect(machine.violations == [])
  }

  @Test func nothingComesThatIsDisabledRoutedElsewhereOrNotPending() {
    guest.write(distributor + 0x184, 1 << 8)
    line(40, 1)
    #expect(guest.pending == [], "disabled")
    guest.write(distributor + 0x104, 1 << 8)
    #expect(guest.pending == [40])
    guest.write(distributor + 0x6000 + 8 * 41, 1, bytes: 8)
    line(41, 1)
    #expect(guest.pending == [40], "routed to vCPU 1")
    again(1)
    #expect(machine.guest(1).pending == [41])
  }

  // MARK: Withdrawing

  @Test func disablingWithdrawsAndEnablingBringsBack() {
    for edge in [false, true] {
      let interrupt: UInt64 = edge ? 40 : 41
      if edge { guest.isEdge(interrupt) }
      line(interrupt, 1)
      #expect(guest.pending == [interrupt])
      guest.write(distributor + 0x184, 1 << (interrupt - 32))
      #expect(guest.pending == [], "withdrawn")
      guest.write(distributor + 0x104, 1 << (interrupt - 32))
      #expect(guest.pending == [interrupt], "nothing is lost")
      #expect(guest.acknowledge() == interrupt)
      line(interrupt, 0)
      guest.endInterrupt(interrupt)
    }
  }

  @Test func disablingLeavesWhatIsActive() {
    line(40, 1)
    #expect(guest.acknowledge() == 40)
    guest.write(distributor + 0x184, 1 << 8)
    #expect(machine.processors[0].lists.contains { $0 >> 63 == 1 && $0 & 0xffff == 40 })
    guest.endInterrupt(40)
    again()
    #expect(guest.pending == [])
    #expect(machine.violations == [])
  }

  @Test func clearingThePendingStateForgetsAnEdge() {
    guest.isEdge(40)
    line(40, 1)
    guest.write(distributor + 0x284, 1 << 8)
    #expect(guest.pending == [])
    again()
    #expect(guest.pending == [])
  }

  @Test func clearingTheActiveStateEndsAnInterrupt() {
    line(40, 1)
    #expect(guest.acknowledge() == 40)
    line(40, 0)
    guest.write(distributor + 0x384, 1 << 8)
    #expect(machine.processors[0].lists.allSatisfy { $0 >> 62 == 0 })
    line(40, 1)
    #expect(guest.pending == [40])
    machine.checkStep()
    #expect(machine.violations == [])
  }

  @Test func ppisAreWithdrawnToo() {
    let frame = GuestGIC.redistributor + 0x1_0000
    guest.write(frame + 0x200, 1 << 20)
    #expect(guest.pending == [20])
    guest.write(frame + 0x180, 1 << 20)
    #expect(guest.pending == [])
  }

  @Test func movingAPendingInterruptTellsItsNewVCPU() {
    line(40, 1)
    #expect(guest.pending == [40])
    machine.processors[0].kicks = []
    guest.write(distributor + 0x6000 + 8 * 40, 1, bytes: 8)
    #expect(guest.pending == [])
    #expect(machine.processors[0].kicks == [0b10])
    again(1)
    #expect(machine.guest(1).pending == [40])
  }

  @Test func movingToAVCPUThatIsNotThereLeavesItNowhere() {
    guest.write(distributor + 0x6000 + 8 * 40, 7, bytes: 8)
    line(40, 1)
    again()
    again(1)
    #expect(guest.pending == [] && machine.guest(1).pending == [])
  }

  // MARK: The virtual timer

  @Test func theTimersLineIsLookedAtAgainAfterEachInterrupt() {
    #expect(machine.processors[0].timerEnabled)
    guest.interrupt(27)
    #expect(guest.pending == [27])
    #expect(!machine.processors[0].timerEnabled, "held back while the guest handles it")
    #expect(guest.acknowledge() == 27)
    guest.endInterrupt(27)
    #expect(guest.pending == [])
    #expect(machine.processors[0].timerEnabled)
    guest.interrupt(27)
    #expect(guest.pending == [27])
  }

  @Test func aTimerInterruptOutlivesTheRun() {
    guest.interrupt(27)
    again()
    #expect(guest.pending == [27])
    #expect(!machine.processors[0].timerEnabled)
    #expect(guest.acknowledge() == 27)
    again()
    guest.endInterrupt(27)
    #expect(machine.processors[0].timerEnabled)
  }

  @Test func aTimerThatExpiredWhileDisabledComesWhenEnabled() {
    let frame = GuestGIC.redistributor + 0x1_0000
    guest.write(frame + 0x180, 1 << 27)
    guest.interrupt(27)
    #expect(guest.pending == [])
    #expect(!machine.processors[0].timerEnabled, "no storm")
    guest.write(frame + 0x100, 1 << 27)
    #expect(guest.pending == [27] || machine.processors[0].timerEnabled)
  }

  @Test func interruptsForTheHostEndTheRunAndAreLeftAlone() {
    for number in [0, 1, 26, 30, 33, 1000] as [UInt64] {
      guest.interrupt(number)
      #expect(machine.answer().x == [0, 0, 0, 0])
      machine.run(1)
    }
    guest.interrupt(1023)
    #expect(machine.isHost(0), "gone before it was looked at, or not of group 1: the host's")
    #expect(machine.machine.vcpus[0].counters[Int(Counter.interrupted.rawValue)] == 7)
  }
}
