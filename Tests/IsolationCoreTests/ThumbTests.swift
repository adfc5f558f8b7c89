import EngineABI
import Testing

@testable import IsolationCore

/// AArch32 at a guest's EL0: instructions of 16 bits (ESR_EL2.IL clear), and IT blocks.
@Suite struct ThumbTests {
  let machine: TestMachine
  let guest: Guest

  init() {
    machine = TestMachine()
    machine.runVM()
    guest = machine.guest()
    machine.machine.contexts[Limits.cpus].frame.pstate = 0x30
  }

  private var pc: UInt64 { machine.machine.contexts[Limits.cpus].frame.pc }

  @Test func aShortInstructionThatAccessesTheInterruptControllerStepsByTwo() {
    let first = pc
    for (offset, write) in [(0x4, false), (0, false), (0x104, true)] as [(UInt64, Bool)] {
      let before = pc
      guest.access(GuestGIC.distributor + offset, write: write, short: true)
      #expect(pc == before + 2, "\(hex(offset))")
      guest.access(GuestGIC.distributor + offset, write: write)
      #expect(pc == before + 6, "\(hex(offset))")
    }
    #expect(pc == first + 18)
    #expect(machine.violations == [])
  }

  @Test func aShortInstructionThatAccessesADeviceStepsByTwo() {
    for (write, completion) in [(false, 1), (true, 0)] as [(Bool, UInt64)] {
      let before = pc
      guest.access(0x0900_0000, write: write, short: true)
      #expect(pc == before, "not before the vmm has completed it")
      machine.run(1, 0, completion)
      #expect(pc == before + 2)
    }
  }

  @Test func aShortWaitStepsByTwo() {
    let before = pc
    guest.waitForInterrupt()
    #expect(pc == before + 4)
    machine.run(1)
    guest.waitForInterrupt(short: true)
    #expect(pc == before + 6)
  }

  /// The block's conditions: the first four bits of PSTATE.IT, then those of the instructions left.
  @Test func aBlockGoesOnWithItsNextInstruction() {
    func state(_ block: UInt64) -> UInt64 {
      0x1000_0030 | (block & 0xfc) << 8 | (block & 0b11) << 25
    }
    // ITTET EQ: conditions EQ, EQ, NE, EQ, then none.
    for (block, next) in [
      (0x05, 0x0a), (0x0a, 0x14), (0x14, 0x08), (0x08, 0), (0, 0), (0xe8, 0), (0xe4, 0xe8),
    ] as [(UInt64, UInt64)] {
      machine.machine.contexts[Limits.cpus].frame.pstate = state(block)
      guest.access(GuestGIC.distributor, write: false, short: true)
      let after = machine.machine.contexts[Limits.cpus].frame.pstate
      #expect(after == state(next), "\(hex(block)): \(hex(after))")
    }
    let same = state(0x14) & ~0x10
    machine.machine.contexts[Limits.cpus].frame.pstate = same
    guest.access(GuestGIC.distributor, write: false)
    #expect(machine.machine.contexts[Limits.cpus].frame.pstate == same, "AArch64 has none")
  }
}
