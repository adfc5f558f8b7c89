import EngineABI
import IsolationCore
import Testing

/// PSCI and SMCCC as guests see them (PSCI 1.1, SMCCC 1.2).
@Suite struct GuestFirmwareTests {
  private let notSupported = ~UInt64(0)
  private let invalidParameters = ~UInt64(1)
  private let alreadyOn = ~UInt64(3)
  private let onPending = ~UInt64(4)
  private let invalidAddress = ~UInt64(8)
  private let cpuOn: UInt64 = 0xc400_0003
  private let affinityInfo: UInt64 = 0xc400_0004

  let machine: TestMachine
  let guest: Guest

  /// vCPU 0 runs, 1 runs, 2 is off, 3 is starting.
  init() {
    machine = TestMachine()
    machine.makeVM(1, block: 0, vcpus: 4, seal: false)
    machine.call(.setEntry, vm: 1, 1, guestMemory)
    machine.call(.setEntry, vm: 1, 3, guestMemory)
    machine.call(.seal, vm: 1)
    machine.run(1)
    machine.run(1, 1, cpu: 1)
    guest = machine.guest()
  }

  private func life(_ vcpu: Int) -> VCPULife { machine.machine.vcpus[vcpu].life }
  private func frame(_ vcpu: Int) -> Frame { machine.machine.contexts[Limits.cpus + vcpu].frame }

  @Test func versionsAndFeatures() {
    #expect(guest.hvc(0x8400_0000) == 0x1_0001)
    #expect(guest.hvc(0x8000_0000) == 0x1_0002)
    #expect(guest.hvc(0x8400_0006) == 2, "no trusted OS to migrate")
    for known in [
      0x8400_0000, 0x8400_0001, 0xc400_0001, 0x8400_0002, 0x8400_0003, 0xc400_0003, 0x8400_0004,
      0xc400_0004, 0x8400_0006, 0x8400_0008, 0x8400_0009, 0x8400_000a, 0x8000_0000,
    ] as [UInt64] { #expect(guest.hvc(0x8400_000a, known) == 0, "\(hex(known))") }
    for unknown in [0xc400_0002, 0x8400_0005, 0x8400_0012, 0xc400_0012, 0x8400_0050, 0] as [UInt64]
    { #expect(guest.hvc(0x8400_000a, unknown) == notSupported, "\(hex(unknown))") }
  }

  @Test func workaroundsAreThoseOfTheFirmware() {
    #expect(guest.hvc(0x8000_0001, 0x8000_0000) == 0)
    #expect(guest.hvc(0x8000_0001, 0x8000_8000) == 0, "as configured")
    #expect(guest.hvc(0x8000_0001, 0x8000_7fff) == 1)
    #expect(guest.hvc(0x8000_0001, 0x8000_3fff) == notSupported)
    #expect(guest.hvc(0x8000_0001, 0x8400_0050) == notSupported)
    #expect(guest.hvc(0x8000_8000) == 0)
    #expect(machine.processors[0].firmware.map(\.function) == [0x8000_8000])
    #expect(guest.hvc(0x8000_7fff) == notSupported, "not needed")
    #expect(guest.hvc(0x8000_3fff) == notSupported)
    #expect(machine.processors[0].firmware.count == 1)
  }

  @Test func cpuOnStartsAVCPUThatIsOff() {
    #expect(guest.hvc(cpuOn, 2, guestMemory + 0x1004, 0x1234_5678_9abc) == 0)
    #expect(machine.answer().x == [4, 0b100, 0, 0], "the vmm learns of it")
    #expect(life(2) == .starting)
    #expect(frame(2).pc == guestMemory + 0x1004)
    #expect(frame(2).x[0] == 0x1234_5678_9abc)
    #expect(frame(2).pstate == 0x3c5)
    machine.run(1, 2, cpu: 2)
    #expect(machine.guest(2).frame.pc == guestMemory + 0x1004)
  }

  @Test func cpuOnOf32BitsTakes32BitArguments() {
    guest.hvc(0x8400_0003, 0xf_0000_0002, 0xf_4000_0000, 0xf_0000_0005)
    #expect(frame(2).pc == guestMemory && frame(2).x[0] == 5)
  }

  @Test func cpuOnTellsEachErrorAndChangesNothing() {
    machine.guest(1).interrupt(30)
    for (affinity, entry, result, why) in [
      (0, guestMemory, alreadyOn, "itself"), (1, guestMemory, alreadyOn, "between runs"),
      (3, guestMemory, onPending, "not run since"), (4, guestMemory, invalidParameters, "none"),
      (8, guestMemory, invalidParameters, "beyond the limit"),
      (0x102, guestMemory, invalidParameters, "another cluster"),
      (1 << 32 | 2, guestMemory, invalidParameters, "affinity 3"),
      (2, 0x1000, invalidAddress, "not mapped"), (2, guestMemory + 2, invalidAddress, "odd"),
      (2, 1 << 40 | guestMemory, invalidAddress, "beyond 40 bits"), (2, ~0, invalidAddress, "no"),
    ] as [(UInt64, UInt64, UInt64, String)] {
      let lives = (0..<4).map(life)
      let frames = (1..<4).map { frame($0).pc }
      #expect(guest.hvc(cpuOn, affinity, entry, 7) == result, "\(why)")
      #expect((0..<4).map(life) == lives && (1..<4).map { frame($0).pc } == frames)
      #expect(machine.performed.isEmpty)
    }
    #expect(machine.violations == [])
  }

  @Test func aRunningAndAHaltedVCPUAreOn() {
    #expect(guest.hvc(cpuOn, 1, guestMemory) == alreadyOn)
    machine.guest(1).waitForInterrupt()
    #expect(guest.hvc(cpuOn, 1, guestMemory) == alreadyOn)
    #expect(life(1) == .halted)
  }

  @Test func cpuOffEndsAVCPUUntilItIsTurnedOnAgain() {
    machine.guest(1).set(9, 0x5ec2e7)
    machine.guest(1).hvc(0x8400_0002)
    #expect(machine.answer(1).x == [6, 0, 0, 0])
    #expect(life(1) == .off)
    #expect(machine.run(1, 1, cpu: 1).exit == .off)
    #expect(guest.hvc(affinityInfo, 1) == 1)
    guest.hvc(cpuOn, 1, guestMemory, 3)
    machine.run(1, 1, cpu: 1)
    #expect(machine.guest(1).frame.x[0] == 3)
    #expect(machine.guest(1).frame.x[9] == 0, "registers are those of a reset")
  }

  @Test func affinityInfoTellsOnOffAndPending() {
    #expect(guest.hvc(affinityInfo, 0) == 0)
    #expect(guest.hvc(affinityInfo, 1) == 0)
    #expect(guest.hvc(affinityInfo, 2) == 1)
    #expect(guest.hvc(affinityInfo, 3) == 2)
    #expect(guest.hvc(0x8400_0004, 0xf_0000_0002, 0xf_0000_0000) == 1)
    #expect(guest.hvc(affinityInfo, 4) == invalidParameters)
    #expect(guest.hvc(affinityInfo, 0x100) == invalidParameters)
    #expect(guest.hvc(affinityInfo, 0, 1) == invalidParameters)
    machine.guest(1).waitForInterrupt()
    #expect(guest.hvc(affinityInfo, 1) == 0, "halted is on")
  }

  @Test(arguments: [0x8400_0001, 0xc400_0001] as [UInt64])
  func suspendToStandbyMayEndAtOnce(function: UInt64) {
    #expect(guest.hvc(function, 0) == 0)
    #expect(!machine.isHost(0))
  }

  @Test func suspendToPowerDownIsRefused() {
    #expect(guest.hvc(0xc400_0001, 1 << 16, guestMemory) == invalidParameters)
    #expect(guest.hvc(0x8400_0001, 1 << 16, guestMemory) == invalidParameters)
    #expect(!machine.isHost(0))
  }

  @Test(arguments: [(0x8400_0008, 0), (0x8400_0009, 1)] as [(UInt64, UInt64)])
  func systemEventsAreExits(function: UInt64, event: UInt64) {
    guest.hvc(function)
    #expect(machine.answer().x == [5, event, 0, 0])
    #expect(machine.run(1).exit == .off)
  }

  @Test func callsAreCounted() {
    let count = { self.machine.machine.vcpus[0].counters[Int(Counter.hypercall.rawValue)] }
    guest.hvc(0x8400_0000)
    guest.hvc(0x8400_0000, secure: true)
    guest.hvc(0x8400_0006)
    #expect(count() == 3)
  }

  @Test func anSMCIsACallToo() {
    let pc = guest.frame.pc
    #expect(guest.hvc(0x8400_0000, secure: true) == 0x1_0001)
    #expect(guest.frame.pc == pc + 4, "an SMC traps before it is done")
    #expect(guest.hvc(0x8400_0000) == 0x1_0001)
    #expect(guest.frame.pc == pc + 4, "an HVC after")
  }

  @Test func anHVCWithAnImmediateIsUndefined() {
    let context = guest.context
    let next = guest.frame.pc
    guest.hvc(0x8400_0000, immediate: 1)
    #expect(machine.processors[0].exceptions == [1 << 25])
    #expect(machine.answer().x == [7, 0x16, 0, 0])
    let pc = machine.machine.contexts[context].frame.pc
    #expect(pc == next - 4, "an HVC is over when it traps; what is undefined is itself")
  }

  @Test func whatGuestsMayNotAskIsNotSupportedAndCounted() {
    var count: UInt64 = 0
    let calls = (0..<UInt64(16)).map { Call.hvcBase + $0 }.filter {
      $0 & 0xff != 12 && $0 & 0xff != 13
    }
    for function in calls + [0x8400_0050, 0x8400_0053, 0xc400_0012, 0, ~0, 0xf_8400_0000] {
      #expect(guest.hvc(function, 1, 2, 3) == notSupported, "\(hex(function))")
      #expect(machine.performed.isEmpty)
      count += 1
      #expect(machine.machine.vcpus[0].counters[Int(Counter.refused.rawValue)] == count)
    }
    #expect(machine.machine.vcpus[0].counters[Int(Counter.hypercall.rawValue)] == count)
  }
}
