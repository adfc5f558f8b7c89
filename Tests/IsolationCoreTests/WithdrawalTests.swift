import EngineABI
import Testing

@testable import IsolationCore

private let distributor = GuestGIC.distributor

private enum Register {
  static let control = distributor
  static let clearEnable = distributor + 0x184
  static let setEnable = distributor + 0x104
  static let setPending = distributor + 0x204
  static let clearPending = distributor + 0x284
  static let clearActive = distributor + 0x384
  static let router = distributor + 0x6000
  static func frame(_ vcpu: UInt64) -> UInt64 {
    GuestGIC.redistributor + vcpu * GuestGIC.redistributorStride
  }
}

/// Writes that concern interrupts in list registers of other vCPUs, wherever those are.
@Suite struct WithdrawalTests {
  let machine: TestMachine
  let guest: Guest
  /// Runs on CPU 1.
  let other: Guest

  init() {
    machine = TestMachine()
    machine.runVM(vcpus: 3, running: 3)
    guest = machine.guest()
    other = machine.guest(1)
    guest.write(Register.control, 2)
    guest.write(Register.setEnable, 0xffff_ffff)
    for vcpu in UInt64(0)..<3 { guest.write(Register.frame(vcpu) + 0x1_0100, 0xffff_ffff) }
    // 40 and 41 are edges, 42 and 43 levels; all go to vCPU 1.
    guest.write(distributor + 0xc08, 0b1010 << 16)
    for interrupt in UInt64(40)..<44 { guest.write(Register.router + 8 * interrupt, 1, bytes: 8) }
    machine.processors[0].kicks = []
  }

  private func bit(_ interrupt: UInt64) -> UInt64 { 1 << (interrupt - 32) }

  /// The vmm moves a line; vCPU 1 comes out and in again for it.
  private func rise(_ interrupt: UInt64) {
    machine.call(.setInterrupt, vm: 1, interrupt, 1, cpu: 3)
    machine.processors[3].kicks = []
    again(1)
    #expect(other.pending.contains(interrupt))
  }

  private func out(_ cpu: Int) { machine.guest(cpu).interrupt(30) }
  private func again(_ cpu: Int) {
    if !machine.isHost(cpu) { out(cpu) }
    machine.run(1, UInt64(cpu), cpu: cpu)
  }
  /// Who was kicked since this was last asked.
  private func kicked() -> UInt64 {
    let cpus = machine.processors[0].kicks.reduce(0, |)
    machine.processors[0].kicks = []
    return cpus
  }
  private var isPendingWrite: Bool { (guest.read(Register.control) ?? 0) >> 31 != 0 }

  // MARK: Disabling

  @Test func whatIsDisabledIsTakenFromAVCPUThatRunsElsewhere() {
    for interrupt in [40, 42] as [UInt64] {
      rise(interrupt)
      guest.write(Register.clearEnable, bit(interrupt))
      #expect(kicked() == 0b10, "its run has to end")
      #expect(isPendingWrite, "until then it may take it")
      out(1)
      #expect(!isPendingWrite)
      machine.run(1, 1, cpu: 1)
      #expect(other.pending == [])
      #expect(!isPendingWrite)
      guest.write(Register.setEnable, bit(interrupt))
      again(1)
      #expect(other.pending == [interrupt], "nothing is lost")
      #expect(other.acknowledge() == interrupt)
      machine.call(.setInterrupt, vm: 1, interrupt, 0, cpu: 3)
      other.endInterrupt(interrupt)
    }
    #expect(machine.violations == [])
  }

  @Test func whatIsDisabledIsTakenFromAVCPUThatDoesNotRun() {
    rise(40)
    rise(42)
    out(1)
    guest.write(Register.clearEnable, bit(40) | bit(42))
    #expect(kicked() == 0 && !isPendingWrite)
    machine.run(1, 1, cpu: 1)
    #expect(other.pending == [])
    guest.write(Register.setEnable, bit(40) | bit(42))
    again(1)
    #expect(other.pending == [40, 42])
  }

  @Test func whatIsActiveStaysWhereItIs() {
    rise(42)
    #expect(other.acknowledge() == 42)
    guest.write(Register.clearEnable, bit(42))
    #expect(kicked() == 0b10)
    again(1)
    #expect(machine.processors[1].lists.filter { $0 >> 62 == 0b10 }.map { $0 & 0xff } == [42])
    other.endInterrupt(42)
    again(1)
    #expect(other.pending == [])
  }

  @Test func disablingTheGroupTakesEverythingFromEveryone() {
    rise(40)
    guest.sendInterrupt(5 << 24 | 0b101)
    again(2)
    #expect(guest.pending == [5] && machine.guest(2).pending == [5])
    _ = kicked()
    guest.write(Register.control, 0)
    #expect(guest.pending == [])
    #expect(kicked() == 0b110)
    #expect(isPendingWrite)
    again(1)
    #expect(isPendingWrite)
    again(2)
    #expect(!isPendingWrite)
    #expect(other.pending == [] && machine.guest(2).pending == [])
    guest.write(Register.control, 2)
    #expect(guest.pending == [5])
    #expect(kicked() == 0b110)
    again(1)
    again(2)
    #expect(other.pending == [40] && machine.guest(2).pending == [5])
    #expect(machine.violations == [])
  }

  @Test func privateInterruptsOfAnotherVCPUAreTakenBackToo() {
    guest.write(Register.frame(1) + 0x1_0200, 1 << 20)
    again(1)
    #expect(other.pending == [20])
    _ = kicked()
    guest.write(Register.frame(1) + 0x1_0180, 1 << 20)
    #expect(kicked() == 0b10)
    #expect(guest.read(Register.frame(1)) == 1 << 3, "GICR_CTLR.RWP")
    #expect(guest.read(Register.frame(0)) == 0, "of its redistributor alone")
    again(1)
    #expect(guest.read(Register.frame(1)) == 0)
    #expect(other.pending == [])
    guest.write(Register.frame(1) + 0x1_0100, 1 << 20)
    again(1)
    #expect(other.pending == [20], "a latch of a level is kept as well")
    #expect(machine.violations == [])
  }

  @Test func nothingNewIsListedWhileTheRunHasToEnd() {
    rise(40)
    guest.write(Register.clearEnable, bit(40))
    other.sendInterrupt(7 << 24 | 0b10)
    #expect(other.pending == [40])
    other.waitForInterrupt()
    #expect(!machine.isHost(1), "it has not been told yet")
    other.interrupt(25)
    #expect(machine.isHost(1), "nothing was done for this interrupt")
    machine.run(1, 1, cpu: 1)
    #expect(other.pending == [7])
    #expect(machine.violations == [])
  }

  // MARK: Pending and active states

  @Test(arguments: [true, false])
  func whatIsClearedIsForgottenElsewhere(runs: Bool) {
    rise(40)
    rise(42)
    if !runs { out(1) }
    guest.write(Register.clearPending, bit(40) | bit(42))
    #expect(kicked() == (runs ? 0b10 : 0))
    machine.call(.setInterrupt, vm: 1, 40, 0, cpu: 3)
    again(1)
    #expect(other.pending == [42], "a line stays high")
    #expect(machine.violations == [])
  }

  @Test func anEdgeAfterTheClearingCounts() {
    rise(40)
    guest.write(Register.clearPending, bit(40))
    machine.call(.setInterrupt, vm: 1, 40, 0, cpu: 3)
    machine.call(.setInterrupt, vm: 1, 40, 1, cpu: 3)
    again(1)
    #expect(other.pending == [40])
  }

  @Test(arguments: [true, false])
  func anActiveStateEndsElsewhere(runs: Bool) {
    rise(40)
    #expect(other.acknowledge() == 40)
    if !runs { out(1) }
    machine.call(.setInterrupt, vm: 1, 40, 0, cpu: 3)
    guest.write(Register.clearActive, bit(40))
    again(1)
    #expect(machine.processors[1].lists.allSatisfy { $0 >> 62 == 0 })
    rise(40)
    #expect(machine.violations == [])
  }

  @Test func statesShowWhatListRegistersHold() {
    rise(40)
    rise(42)
    #expect(other.read(Register.setPending) == bit(40) | bit(42))
    #expect(other.acknowledge() == 40)
    #expect(other.read(Register.setPending) == bit(42))
    #expect(other.read(distributor + 0x304) == bit(40))
    machine.guest(1).sendInterrupt(3 << 24 | 0b10)
    #expect(other.read(Register.frame(1) + 0x1_0200) == 1 << 3)
  }

  // MARK: Moving

  @Test func whatIsMovedIsTakenOnceByItsNewVCPU() {
    for interrupt in [40, 42] as [UInt64] {
      rise(interrupt)
      let pc = guest.frame.pc
      guest.write(Register.router + 8 * interrupt, 2, bytes: 8)
      #expect(guest.frame.pc == pc, "made again until vCPU 1 has given it back")
      #expect(kicked() == 0b10)
      guest.write(Register.router + 8 * interrupt, 2, bytes: 8)
      #expect(guest.frame.pc == pc && kicked() == 0, "told once")
      again(2)
      #expect(machine.guest(2).pending == [])
      again(1)
      #expect(other.pending == [])
      guest.write(Register.router + 8 * interrupt, 2, bytes: 8)
      #expect(guest.frame.pc == pc + 4)
      #expect(kicked() == 0b100)
      #expect(guest.read(Register.router + 8 * interrupt, bytes: 8) == 2)
      again(2)
      #expect(machine.guest(2).pending == [interrupt])
      #expect(machine.guest(2).acknowledge() == interrupt)
      machine.call(.setInterrupt, vm: 1, interrupt, 0, cpu: 3)
      machine.guest(2).endInterrupt(interrupt)
    }
    #expect(machine.violations == [])
  }

  @Test func whatIsMovedFromAVCPUThatDoesNotRunComesAtOnce() {
    rise(40)
    out(1)
    let pc = guest.frame.pc
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    #expect(guest.frame.pc == pc + 4)
    #expect(guest.pending == [40])
    machine.run(1, 1, cpu: 1)
    #expect(other.pending == [])
  }

  @Test func aMoveEndsOnceTheVCPUHasLeft() {
    rise(40)
    let pc = guest.frame.pc
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    out(1)
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    #expect(guest.frame.pc == pc + 4)
    #expect(guest.pending == [40])
    machine.run(1, 1, cpu: 1)
    #expect(other.pending == [])
  }

  @Test func whatIsActiveElsewhereCanBeMoved() {
    rise(40)
    #expect(other.acknowledge() == 40)
    let pc = guest.frame.pc
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    again(1)
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    #expect(guest.frame.pc == pc + 4, "it stays with whom it is active")
    #expect(guest.pending == [])
    other.endInterrupt(40)
    #expect(machine.violations == [])
  }

  // MARK: Latches of levels, vCPUs that go off

  @Test func aLatchOfALevelSurvivesTheWithdrawal() {
    guest.write(Register.router + 8 * 43, 0, bytes: 8)
    guest.write(Register.setPending, bit(43))
    #expect(guest.pending == [43])
    guest.write(Register.clearEnable, bit(43))
    #expect(guest.pending == [])
    #expect(guest.read(Register.setPending) == bit(43))
    guest.write(Register.setEnable, bit(43))
    #expect(guest.pending == [43])
    guest.write(Register.clearPending, bit(43))
    #expect(guest.pending == [])
    #expect(guest.read(Register.setPending) == 0)
  }

  @Test func aLatchOfALevelDuringItsHandlerComesAfterIt() {
    guest.write(Register.router + 8 * 43, 0, bytes: 8)
    guest.write(Register.setPending, bit(43))
    #expect(guest.acknowledge() == 43)
    guest.write(Register.setPending, bit(43))
    guest.endInterrupt(43)
    #expect(guest.pending == [43])
    #expect(guest.acknowledge() == 43)
    guest.endInterrupt(43)
    #expect(guest.pending == [], "once for each")
  }

  @Test func anEdgeIsNotLostWithAVCPUThatGoesOff() {
    rise(40)
    other.sendInterrupt(6 << 24 | 0b10)
    #expect(other.pending.sorted() == [6, 40])
    other.hvc(0x8400_0002)
    #expect(machine.isHost(1))
    guest.hvc(0xc400_0003, 1, guestMemory, 0)
    machine.run(1, 0, cpu: 0)
    machine.run(1, 1, cpu: 1)
    #expect(other.pending.sorted() == [6, 40])
    #expect(machine.violations == [])
  }

  @Test func whatAVCPUThatIsOffHasNotSeenCanBeMoved() {
    rise(40)
    other.hvc(0x8400_0002)
    guest.write(Register.router + 8 * 40, 0, bytes: 8)
    #expect(guest.pending == [40])
  }
}

/// More pending interrupts than list registers, by priority.
@Suite struct PriorityTests {
  let machine: TestMachine
  let guest: Guest

  init() {
    machine = TestMachine(listRegisters: 2)
    machine.runVM(vcpus: 2, running: 2)
    guest = machine.guest()
    guest.write(distributor, 2)
    guest.write(Register.setEnable, 0xffff_ffff)
    guest.write(Register.frame(0) + 0x1_0100, 0xffff_ffff)
    // 0xf8, 0xf0, ..., the higher the number the more urgent; SGIs come last.
    for number in UInt64(0)..<16 {
      guest.write(distributor + 0x400 + 40 + number, 0xf0 - number * 8, bytes: 1)
      guest.write(Register.frame(0) + 0x1_0400 + number, 0xf8, bytes: 1)
    }
  }

  private func again() {
    if !machine.isHost(0) { guest.interrupt(30) }
    machine.run(1)
  }

  @Test func theMoreUrgentTakesThePlaceOfTheLeastUrgent() {
    guest.write(Register.setPending, 0b11 << 8)
    #expect(guest.pending == [41, 40])
    guest.write(Register.setPending, 1 << 10)
    #expect(machine.processors[0].kicks == [0b1], "its own run has to end")
    again()
    #expect(guest.pending == [42, 41])
    #expect(guest.read(Register.setPending) == 0b111 << 8, "40 is still to come")
    for interrupt in [42, 41, 40] as [UInt64] {
      #expect(guest.acknowledge() == interrupt)
      guest.endInterrupt(interrupt)
      if guest.isDry { guest.interrupt(25) }
    }
    #expect(guest.pending == [] && machine.violations == [])
  }

  @Test func itTakesItsPlaceAtAnEntryToo() {
    for interrupt in UInt64(40)..<46 {
      machine.call(.setInterrupt, vm: 1, interrupt, 1, cpu: 3)
      again()
      let highest = interrupt == 40 ? [40] : [interrupt, interrupt - 1]
      #expect(guest.pending == highest)
    }
    #expect(machine.violations == [])
  }

  @Test func whatIsActiveKeepsItsPlace() {
    guest.write(Register.setPending, 0b1 << 8)
    #expect(guest.acknowledge() == 40)
    guest.write(Register.setPending, 0b110 << 8)
    #expect(guest.pending == [42])
    guest.write(Register.setPending, 1 << 11)
    again()
    #expect(guest.pending == [43])
    #expect(machine.processors[0].lists.count { $0 >> 62 == 0b10 } == 1)
    machine.processors[0].kicks = []
    again()
    #expect(machine.processors[0].kicks == [], "what is active does not make it leave at an entry")
    #expect(guest.pending == [43])
    for interrupt in [43, 42, 41] as [UInt64] {
      #expect(guest.acknowledge() == interrupt)
      guest.endInterrupt(interrupt)
      again()
    }
    #expect(machine.violations == [])
  }

  @Test func equalsWaitTheirTurn() {
    guest.write(Register.frame(0) + 0x1_0200, 0b11)
    #expect(guest.pending == [0, 1])
    guest.write(Register.frame(0) + 0x1_0200, 0b100)
    #expect(machine.processors[0].kicks == [])
    #expect(guest.pending == [0, 1])
  }

  @Test func shortcutsStayAwayUntilTheNextEntry() {
    guest.write(Register.frame(0) + 0x1_0200, 0b11)
    guest.write(Register.setPending, 1 << 10)
    #expect(machine.machine.vcpus[0].isRecalled)
    guest.sendInterrupt(9 << 24 | 1)
    #expect(guest.pending == [0, 1])
    again()
    #expect(guest.pending == [42, 0])
    #expect(!machine.machine.vcpus[0].isRecalled)
    #expect(machine.violations == [])
  }
}
