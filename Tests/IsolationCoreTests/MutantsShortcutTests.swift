import EngineABI
import Testing

@testable import IsolationCore

/// When a shortcut is taken: the comparison with the long way says only that it is right.
@Suite struct MutantsShortcutTests {
  private static let version = ExceptionClass.plainHypervisorCall
  /// MRS of ID_AA64PFR0_EL1.
  private static func identification(_ register: UInt64) -> UInt64 {
    TestSyndrome.make(ExceptionClass.systemRegister, 3 << 20 | 4 << 1 | register << 5 | 1)
  }
  /// MSR of ICC_SGI1R_EL1.
  private static func sgi(_ register: UInt64) -> UInt64 {
    TestSyndrome.make(
      ExceptionClass.systemRegister, 3 << 20 | 5 << 17 | 12 << 10 | 11 << 1 | register << 5)
  }
  private static func load(_ register: UInt64, bytes: UInt64 = 4) -> UInt64 {
    TestSyndrome.dataAbort(write: false, bytes: bytes, register: register, wide: false)
  }
  private static let distributorPage = GuestGIC.distributor >> 8

  @Test func noneIsTakenForTheHost() {
    let machine = TestMachine()
    machine.machine.contexts[0].frame.x[0] = 0x8400_0000
    let before = machine.machine.contexts[0].frame
    #expect(!machine.answersAtOnce(cpu: 0, syndrome: MutantsShortcutTests.version))
    #expect(
      !machine.answersAtOnce(cpu: 0, syndrome: MutantsShortcutTests.identification(1)))
    #expect(
      !machine.readsAtOnce(
        cpu: 0, syndrome: MutantsShortcutTests.load(1), faultAddress: 4,
        faultPage: MutantsShortcutTests.distributorPage))
    #expect(
      machine.interruptsItselfAtOnce(
        cpu: 0, syndrome: MutantsShortcutTests.sgi(1), empty: 15) == 0)
    #expect(machine.takesTimerAtOnce(cpu: 0, empty: 15) == 0)
    #expect(machine.finishesAtOnce(cpu: 0, empty: 15) == .notAtOnce)
    let departures = [
      machine.leavesAtOnce(cpu: 0, pendingInterrupt: 30),
      machine.asksAtOnce(
        cpu: 0, syndrome: MutantsShortcutTests.load(1), faultAddress: 0,
        faultPage: 0x9_0000),
    ]
    #expect(departures == [false, false])
    machine.checkLocksFree()
    for number in 0..<31 {
      #expect(machine.machine.contexts[0].frame.x[number] == before.x[number])
    }
    #expect(machine.violations == [])
  }

  /// VM n with all its vCPUs, of which one runs on CPU 2.
  private func running(_ vm: Int, _ vcpu: UInt64) -> TestMachine {
    let machine = TestMachine()
    machine.makeVM(vm, block: 0, vcpus: 8, seal: false)
    for number in 1..<UInt64(8) { machine.call(.setEntry, vm: vm, number, guestMemory) }
    machine.call(.seal, vm: vm)
    machine.run(vm, vcpu, cpu: 2)
    #expect(!machine.isHost(2))
    return machine
  }

  @Test(arguments: [(1, 0), (1, 1), (1, 7), (2, 0), (64, 0), (64, 7)] as [(Int, UInt64)])
  func constantsAreReadAtOnceByAnyVCPUIntoRegistersThatAreSaved(vm: Int, vcpu: UInt64) {
    let machine = running(vm, vcpu)
    let context = machine.guest(2).context
    #expect(context == 8 + (vm - 1) * 8 + Int(vcpu))
    for register in UInt64(0)...31 {
      let isSaved = register < 20
      let pc = machine.guest(2).frame.pc
      machine.guest(2).set(0, 0)
      let isTaken = machine.answersAtOnce(
        cpu: 2, syndrome: MutantsShortcutTests.identification(register))
      #expect(isTaken == isSaved, "x\(register)")
      guard isSaved else { continue }
      #expect(machine.guest(2).frame.x[Int(register)] == 0x1d20)
      #expect(machine.guest(2).frame.pc == pc + 4)
    }
    for (offset, value) in [
      (4, 9 << 19 | 2), (8, 0x43b), (0, nil), (12, nil), (0x104, nil),
    ] as [(UInt64, UInt64?)] {
      for register in [0, 19, 20, 31] as [UInt64] {
        let isTaken = machine.readsAtOnce(
          cpu: 2, syndrome: MutantsShortcutTests.load(register),
          faultAddress: 0xffff_0000_0000_0000 | offset,
          faultPage: MutantsShortcutTests.distributorPage)
        #expect(isTaken == (value != nil && register < 20), "\(offset) x\(register)")
        if isTaken { #expect(machine.guest(2).frame.x[Int(register)] == value) }
      }
    }
    #expect(
      !machine.readsAtOnce(
        cpu: 2, syndrome: MutantsShortcutTests.load(1, bytes: 8), faultAddress: 4,
        faultPage: MutantsShortcutTests.distributorPage))
    #expect(
      !machine.readsAtOnce(
        cpu: 2, syndrome: MutantsShortcutTests.load(1), faultAddress: 4,
        faultPage: MutantsShortcutTests.distributorPage + 16))
    machine.guest(2).set(0, 0x8400_0000)
    let pc = machine.guest(2).frame.pc
    #expect(machine.answersAtOnce(cpu: 2, syndrome: MutantsShortcutTests.version))
    #expect(machine.guest(2).frame.x[0] == 0x1_0001 && machine.guest(2).frame.pc == pc)
    machine.guest(2).set(0, 0x8400_0001)
    #expect(!machine.answersAtOnce(cpu: 2, syndrome: MutantsShortcutTests.version))
  }

  @Test(arguments: [(1, 0), (1, 7), (64, 3)] as [(Int, UInt64)])
  func aLoneInterruptIsListedAndFinishedAtOnce(vm: Int, vcpu: UInt64) {
    let machine = running(vm, vcpu)
    let index = machine.guest(2).vcpu
    machine.machine.vms[vm - 1].interruptsEnabled = true
    machine.machine.vcpus[index].own.enabled = 0xffff_ffff
    machine.machine.vcpus[index].priorities[9] = 0xa0
    machine.machine.vcpus[index].priorities[27] = 0x50
    for register in [0, 19, 20] as [UInt64] {
      machine.guest(2).set(Int(register), 9 << 24 | 1 << vcpu)
      let value = machine.interruptsItselfAtOnce(
        cpu: 2, syndrome: MutantsShortcutTests.sgi(register), empty: 15)
      #expect(value == (register < 20 ? 1 << 62 | 1 << 60 | 0xa0 << 48 | 9 : 0))
      guard value != 0 else { continue }
      #expect(machine.finishesAtOnce(cpu: 2, empty: 14) == .notAtOnce, "still there")
      #expect(machine.finishesAtOnce(cpu: 2, empty: 15) == .done)
      #expect(machine.finishesAtOnce(cpu: 2, empty: 15) == .notAtOnce, "nothing listed")
    }
    for bit in 0..<UInt64(64) where bit != vcpu && !(24...27 ~= bit) {
      machine.guest(2).set(1, 9 << 24 | 1 << vcpu | 1 << bit)
      #expect(
        machine.interruptsItselfAtOnce(cpu: 2, syndrome: MutantsShortcutTests.sgi(1), empty: 15)
          == 0, "not to itself alone, or not plainly: bit \(bit)")
    }
    let timer = machine.takesTimerAtOnce(cpu: 2, empty: 15)
    #expect(timer == 1 << 62 | 1 << 60 | 0x50 << 48 | 1 << 41 | 27)
    #expect(machine.takesTimerAtOnce(cpu: 2, empty: 14) == 0, "listed already")
    #expect(machine.finishesAtOnce(cpu: 2, empty: 15) == .timerDone)
    #expect(machine.machine.vcpus[index].own.level == 0)
    machine.checkLocksFree()
    #expect(machine.violations == [])
  }

  @Test func theCountsOfShortcutsAreThoseOfTheLongWay() {
    let machine = running(1, 2)
    func count(_ counter: Counter) -> UInt64 {
      machine.machine.vcpus[2].counters[Int(counter.rawValue)]
    }
    machine.machine.vms[0].interruptsEnabled = true
    machine.machine.vcpus[2].own.enabled = 0xffff_ffff
    let before = machine.machine.vcpus[2].counters
    _ = machine.answersAtOnce(cpu: 2, syndrome: MutantsShortcutTests.identification(3))
    machine.guest(2).set(0, 0x8400_0000)
    _ = machine.answersAtOnce(cpu: 2, syndrome: MutantsShortcutTests.version)
    _ = machine.readsAtOnce(
      cpu: 2, syndrome: MutantsShortcutTests.load(1), faultAddress: 4,
      faultPage: MutantsShortcutTests.distributorPage)
    machine.guest(2).set(1, 1 << 24 | 1 << 2)
    _ = machine.interruptsItselfAtOnce(
      cpu: 2, syndrome: MutantsShortcutTests.sgi(1), empty: 15)
    _ = machine.finishesAtOnce(cpu: 2, empty: 15)
    _ = machine.takesTimerAtOnce(cpu: 2, empty: 15)
    for counter in [
      Counter.systemRegister, .hypercall, .distributor, .softwareInterrupt, .maintenance, .timer,
    ] {
      #expect(count(counter) == before[Int(counter.rawValue)] + 1, "\(counter)")
    }
  }
}

/// The shortcuts as functions, since the machine cannot be copied into an expectation.
extension TestMachine {
  fileprivate func answersAtOnce(cpu: Int, syndrome: UInt64) -> Bool {
    machine.answersAtOnce(cpu: cpu, syndrome: syndrome)
  }
  fileprivate func readsAtOnce(
    cpu: Int, syndrome: UInt64, faultAddress: UInt64, faultPage: UInt64
  ) -> Bool {
    machine.readsAtOnce(
      cpu: cpu, syndrome: syndrome, faultAddress: faultAddress, faultPage: faultPage)
  }
  fileprivate func interruptsItselfAtOnce(cpu: Int, syndrome: UInt64, empty: UInt64) -> UInt64 {
    machine.interruptsItselfAtOnce(cpu: cpu, syndrome: syndrome, empty: empty)
  }
  fileprivate func takesTimerAtOnce(cpu: Int, empty: UInt64) -> UInt64 {
    machine.takesTimerAtOnce(cpu: cpu, empty: empty)
  }
  fileprivate func finishesAtOnce(cpu: Int, empty: UInt64) -> Machine.Finish {
    machine.finishesAtOnce(cpu: cpu, empty: empty)
  }
  fileprivate func leavesAtOnce(cpu: Int, pendingInterrupt: UInt64) -> Bool {
    machine.leavesAtOnce(cpu: cpu, pendingInterrupt: pendingInterrupt) != nil
  }
  fileprivate func asksAtOnce(
    cpu: Int, syndrome: UInt64, faultAddress: UInt64, faultPage: UInt64
  ) -> Bool {
    machine.asksAtOnce(
      cpu: cpu, syndrome: syndrome, faultAddress: faultAddress, faultPage: faultPage) != nil
  }
}
