import EngineABI
import Testing

@testable import IsolationCore

/// What is locked until the effects of a request are done.
@Suite struct MutantsLockTests {
  struct Held: Equatable, CustomStringConvertible {
    var memory: Bool
    var vm: UInt8
    var description: String { "memory \(memory), VM \(vm)" }
  }

  let machine = TestMachine.zoo()

  /// Asks the core, and tells what is locked before the glue does anything.
  private func held(_ cpu: Int, _ trap: Trap) -> Held {
    var trap = trap
    var effects = Effects()
    machine.machine.handle(cpu: cpu, &trap, &effects)
    let held = Held(memory: effects.memoryLocked, vm: effects.lockedVM)
    machine.machine.release(&effects)
    #expect(!effects.memoryLocked && effects.lockedVM == 0)
    machine.checkLocksFree()
    return held
  }

  private func call(
    _ call: Call, _ vm: Int, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> Held {
    machine.setArguments(0, 0xdead, CallWord(call, vm: vm).raw, a, b, c)
    var trap = machine.makeTrap(TestSyndrome.dataAbort(write: false, bytes: 8, register: 0))
    machine.setAddress(&trap, AbsentPage.address(vm: 0))
    return held(0, trap)
  }

  @Test func callsAboutMemoryHoldTheMemoryAndTheVM() {
    #expect(call(.createVM, 4, page(7)) == Held(memory: true, vm: 4))
    #expect(call(.donate, 1, page(7, 2), guestMemory + 0x8000) == Held(memory: true, vm: 1))
    #expect(call(.donateTable, 1, page(7, 3), 0x6000_0000, 2) == Held(memory: true, vm: 1))
    #expect(call(.reclaim, 3) == Held(memory: true, vm: 3))
    #expect(call(.destroyVM, 7) == Held(memory: true, vm: 7))
  }

  @Test func callsAboutAVMHoldThatVM() {
    for (name, vm) in [
      (.seal, 1), (.createVCPU, 1), (.setEntry, 1), (.setInterrupt, 2), (.stateOfVM, 2),
      (.counter, 2), (.run, 7),
    ] as [(Call, Int)] {
      #expect(call(name, vm) == Held(memory: false, vm: UInt8(vm)), "\(name)")
    }
    #expect(call(.info, 0) == Held(memory: false, vm: 0))
    #expect(call(.createVM, 0) == Held(memory: false, vm: 0), "no VM is named")
  }

  @Test func theHostsAbortsAndCPUsHoldTheMemory() {
    var trap = machine.makeTrap(TestSyndrome.dataAbort(write: true, bytes: 4, register: 5))
    machine.setAddress(&trap, page(0))
    #expect(held(0, trap) == Held(memory: true, vm: 0))
    machine.setArguments(0, 0xc400_0003, TestMachine.affinity(3), 0x4200_0000, 0)
    #expect(
      held(0, machine.makeTrap(TestSyndrome.make(ExceptionClass.monitorCall, 0)))
        == Held(memory: true, vm: 0))
    var started = Trap()
    started.kind = .started
    #expect(held(3, started) == Held(memory: true, vm: 0))
  }

  @Test func whatAGuestAsksHoldsItsVM() {
    func guest(_ syndrome: UInt64, _ change: (inout Trap) -> Void = { _ in }) -> Held {
      let machine = TestMachine()
      machine.runVM(vcpus: 2)
      var trap = machine.makeTrap(syndrome)
      trap.emptyLists = 15
      change(&trap)
      var effects = Effects()
      machine.machine.handle(cpu: 0, &trap, &effects)
      let held = Held(memory: effects.memoryLocked, vm: effects.lockedVM)
      machine.machine.release(&effects)
      machine.checkLocksFree()
      #expect(machine.violations == [])
      return held
    }
    let own = Held(memory: false, vm: 1)
    #expect(guest(TestSyndrome.make(ExceptionClass.waitFor, 0)) == own)
    #expect(guest(TestSyndrome.make(0x3c, 0)) == own, "what no rule names")
    #expect(guest(0) { $0.kind = .systemError } == own)
    #expect(guest(0) { $0.kind = .fastInterrupt } == own)
    for number in [25, 27, 30] as [UInt64] {
      #expect(
        guest(0) {
          $0.kind = .interrupt
          $0.pendingInterrupt = number
        } == own)
    }
    let sgi: UInt64 = 3 << 20 | 5 << 17 | 12 << 10 | 11 << 1
    #expect(guest(TestSyndrome.make(ExceptionClass.systemRegister, sgi)) == own)
    for address in [GuestGIC.distributor, GuestGIC.redistributor, 0x0900_0000] {
      #expect(
        guest(TestSyndrome.dataAbort(write: true, bytes: 4, register: 5)) {
          machine.setAddress(&$0, address)
        } == own)
    }
    #expect(
      guest(TestSyndrome.make(ExceptionClass.instructionAbort, 0x07)) {
        machine.setAddress(&$0, 0x1000)
      } == own)
  }

  @Test func firmwareCallsOfAGuestHoldItsVMAndSharingTheMemoryToo() {
    for (function, memory) in [
      (0xc400_0003, false), (0xc400_0004, false), (0x8400_0002, false), (0x8400_0008, false),
      (Call.hvcBase + 12, true), (Call.hvcBase + 13, true),
    ] as [(UInt64, Bool)] {
      let machine = TestMachine()
      machine.runVM(vcpus: 2)
      for (register, value) in [function, 1, guestMemory, 0].enumerated() {
        machine.guest().set(register, value)
      }
      var trap = machine.makeTrap(TestSyndrome.make(ExceptionClass.hypervisorCall, 0))
      var effects = Effects()
      machine.machine.handle(cpu: 0, &trap, &effects)
      #expect(effects.memoryLocked == memory && effects.lockedVM == 1, "\(hex(function))")
      machine.machine.release(&effects)
    }
  }
}
