import EngineABI
import IsolationCore
import Testing

/// SGIs, and who learns of an interrupt.
@Suite struct WakeTests {
  let machine: TestMachine
  let guest: Guest

  init() {
    machine = TestMachine()
    machine.runVM(vcpus: 3, running: 3)
    guest = machine.guest()
    guest.write(GuestGIC.distributor, 2)
    guest.write(GuestGIC.distributor + 0x104, 0xffff_ffff)
    for vcpu in UInt64(0)..<3 {
      guest.write(
        GuestGIC.redistributor + vcpu * GuestGIC.redistributorStride + 0x1_0100, 0xffff_ffff)
    }
    machine.processors[0].kicks = []
  }

  private func life(_ vcpu: Int) -> VCPULife { machine.machine.vcpus[vcpu].life }
  private func pending(_ vcpu: Int) -> UInt64 { machine.machine.vcpus[vcpu].own.pending }
  private func sgi(_ number: UInt64) -> UInt64 { number << 24 }

  @Test func anSGIToOneselfIsListedAtOnce() {
    guest.sendInterrupt(sgi(5) | 1)
    #expect(guest.pending == [5])
    #expect(machine.processors[0].kicks == [])
    #expect(machine.performed.count == 1)
  }

  @Test func anSGIIsDeliveredOnce() {
    guest.sendInterrupt(sgi(5) | 1)
    #expect(guest.acknowledge() == 5)
    guest.sendInterrupt(sgi(5) | 1)
    guest.endInterrupt(5)
    guest.interrupt(30)
    machine.run(1)
    #expect(guest.pending == [5], "once more for the one that came while it was active")
    #expect(guest.acknowledge() == 5)
    guest.endInterrupt(5)
    guest.interrupt(30)
    machine.run(1)
    #expect(guest.pending == [])
  }

  @Test func anSGIToARunningVCPUKicksItsCPU() {
    guest.sendInterrupt(sgi(5) | 0b100)
    #expect(machine.processors[0].kicks == [0b100])
    #expect(!machine.isHost(0))
    #expect(guest.pending == [])
    #expect(pending(2) == 1 << 5)
    machine.guest(2).interrupt(0)
    machine.run(1, 2, cpu: 2)
    #expect(machine.guest(2).pending == [5])
  }

  @Test func anSGIToAHaltedVCPUWakesIt() {
    machine.guest(2).waitForInterrupt()
    #expect(life(2) == .halted)
    let pc = guest.frame.pc
    guest.sendInterrupt(sgi(1) | 0b100)
    #expect(machine.answer().x == [4, 0b100, 0, 0])
    #expect(machine.processors[0].kicks == [])
    #expect(life(2) == .ready && life(0) == .ready)
    #expect(machine.machine.contexts[Limits.cpus].frame.pc == pc + 4)
    machine.run(1, 2, cpu: 2)
    #expect(machine.guest(2).pending == [1])
  }

  @Test func anSGIToAVCPUBetweenRunsWaitsThere() {
    machine.guest(1).interrupt(30)
    guest.sendInterrupt(sgi(1) | 0b10)
    #expect(!machine.isHost(0))
    #expect(machine.processors[0].kicks == [])
    machine.run(1, 1, cpu: 1)
    #expect(machine.guest(1).pending == [1])
  }

  @Test func anSGIToAllOthersReachesThemAndNotOneself() {
    machine.guest(2).waitForInterrupt()
    guest.sendInterrupt(sgi(3) | 1 << 40)
    #expect(machine.processors[0].kicks == [0b10])
    #expect(machine.answer().x == [4, 0b100, 0, 0])
    #expect(pending(0) == 0 && pending(1) == 1 << 3 && pending(2) == 1 << 3)
    #expect(pending(3) == 0, "there is no fourth")
  }

  @Test func anSGIToAListReachesEachOfIt() {
    guest.sendInterrupt(sgi(15) | 0b111)
    #expect(guest.pending == [15])
    #expect(machine.processors[0].kicks == [0b110])
  }

  @Test(arguments: [1 << 16, 1 << 32, 1 << 48, 1 << 44, 0xf8, 0, 0xff00] as [UInt64])
  func anSGIToNobodyReachesNobody(where bits: UInt64) {
    for targets in bits > 0xffff ? [0b111, 0b001] as [UInt64] : [0] {
      guest.sendInterrupt(sgi(7) | bits | targets)
      #expect(machine.performed.isEmpty)
      for vcpu in 0..<8 { #expect(pending(vcpu) == 0) }
      #expect(!machine.isHost(0))
    }
    #expect(machine.violations == [])
  }

  @Test func allOthersDoesNotMeanOneselfWhateverTheTargetListSays() {
    guest.sendInterrupt(sgi(7) | 1 << 40 | 1)
    #expect(guest.pending == [])
    #expect(pending(1) == 1 << 7 && pending(2) == 1 << 7)
    #expect(machine.violations == [])
  }

  @Test func anSGIRightAfterTheTimersEndStillLooksAtTheTimer() {
    guest.interrupt(27)
    #expect(guest.acknowledge() == 27)
    guest.endInterrupt(27, maintenance: false)
    guest.sendInterrupt(sgi(4) | 1)
    #expect(guest.pending == [4])
    #expect(machine.processors[0].timerEnabled)
    #expect(machine.violations == [])
  }

  @Test func anIPIBeforeTheHaltIsNotMissed() {
    guest.sendInterrupt(sgi(2) | 0b10)
    machine.guest(1).waitForInterrupt()
    #expect(!machine.isHost(1))
    #expect(machine.guest(1).pending == [2])
  }

  @Test func theVMMsInterruptWakesAHaltedVCPU() {
    guest.waitForInterrupt()
    let answer = machine.call(.setInterrupt, vm: 1, 32, 1, cpu: 0)
    #expect(answer.x == [0, 0b1, 0, 0])
    #expect(life(0) == .ready)
    #expect(machine.call(.setInterrupt, vm: 1, 32, 1, cpu: 0).x == [0, 0, 0, 0], "once")
    machine.run(1)
    #expect(guest.pending == [32])
  }

  @Test func theVMMsInterruptKicksARunningVCPU() {
    let answer = machine.call(.setInterrupt, vm: 1, 32, 1, cpu: 3)
    #expect(answer.x == [0, 0, 0, 0])
    #expect(machine.processors[3].kicks == [0b1])
  }

  @Test func aDisabledInterruptWakesNobody() {
    guest.write(GuestGIC.distributor + 0x184, 1)
    guest.waitForInterrupt()
    #expect(machine.call(.setInterrupt, vm: 1, 32, 1, cpu: 0).x == [0, 0, 0, 0])
    #expect(life(0) == .halted)
  }

  @Test func enablingAnInterruptWakesWhoWaitsForIt() {
    guest.write(GuestGIC.distributor + 0x184, 1)
    guest.write(GuestGIC.distributor + 0x6100, 1, bytes: 8)
    machine.guest(1).waitForInterrupt()
    machine.call(.setInterrupt, vm: 1, 32, 1, cpu: 3)
    #expect(life(1) == .halted)
    guest.write(GuestGIC.distributor + 0x104, 1)
    #expect(machine.answer().x == [4, 0b10, 0, 0])
  }

  @Test func aWakeAndAKickInOneStep() {
    machine.guest(1).waitForInterrupt()
    guest.sendInterrupt(sgi(0) | 0b110)
    #expect(machine.processors[0].kicks == [0b100])
    #expect(machine.answer().x == [4, 0b10, 0, 0])
    #expect(machine.violations == [])
  }

  @Test func aHaltedVCPUCanBeRunAnyTime() {
    guest.waitForInterrupt()
    machine.run(1)
    #expect(!machine.isHost(0))
    #expect(life(0) == .running)
  }
}
