import EngineABI
import Testing

@testable import IsolationCore

/// The last of eight vCPUs is one like the others, and an interrupt is that interrupt alone.
@Suite struct MutantsVCPUTests {
  private let distributor = GuestGIC.distributor
  private let redistributor = GuestGIC.redistributor

  /// A VM whose vCPU 0 runs on CPU 0, and `other` has waited on CPU 1, with interrupts enabled.
  private func machine(waiting other: UInt64) -> TestMachine {
    let machine = TestMachine()
    machine.makeVM(1, block: 0, vcpus: 8, seal: false)
    for number in 1..<UInt64(8) { machine.call(.setEntry, vm: 1, number, guestMemory) }
    machine.call(.seal, vm: 1)
    machine.run(1)
    machine.run(1, other, cpu: 1)
    machine.guest(1).waitForInterrupt()
    #expect(machine.machine.vcpus[Int(other)].life == .halted)
    return machine
  }

  @Test(arguments: 1..<8 as Range<UInt64>)
  func aSharedInterruptWakesTheVCPUThatItIsRoutedTo(vcpu: UInt64) {
    for last in ["route", "enable", "pend", "group"] {
      let machine = machine(waiting: vcpu)
      let guest = machine.guest()
      guest.write(distributor + 0xc08, 2 << 16)  // an edge
      let steps: [(String, UInt64, UInt64, UInt64)] = [
        ("route", 0x6100 + 8 * 8, vcpu, 8), ("enable", 0x104, 1 << 8, 4),
        ("pend", 0x204, 1 << 8, 4), ("group", 0, 2, 4),
      ]
      for (name, offset, value, bytes) in steps where name != last {
        guest.write(distributor + offset, value, bytes: bytes)
        #expect(!machine.isHost(0), "\(name) alone wakes nobody")
      }
      let (_, offset, value, bytes) = steps.first { $0.0 == last }!
      guest.write(distributor + offset, value, bytes: bytes)
      #expect(machine.answer().x == [4, 1 << vcpu, 0, 0], "\(last)")
      #expect(machine.machine.vcpus[Int(vcpu)].life == .ready)
      #expect(machine.violations == [])
    }
  }

  @Test func anInterruptOfNobodyElseWakesNobody() {
    let machine = machine(waiting: 3)
    let guest = machine.guest()
    guest.write(distributor, 2)
    guest.write(distributor + 0x6100 + 8 * 8, 3, bytes: 8)
    guest.write(distributor + 0x104, 1 << 9)
    guest.write(distributor + 0x204, 1 << 9)
    #expect(!machine.isHost(0), "another interrupt, which is routed to vCPU 0")
    #expect(machine.machine.vcpus[3].life == .halted)
  }

  @Test func aNewVMHasNoneOfTheVCPUsOfTheLast() {
    let machine = machine(waiting: 7)
    machine.guest(0).interrupt(30)
    #expect(machine.machine.vcpus[7].counters[Int(Counter.run.rawValue)] == 1)
    machine.endVM(1)
    for vcpu in 0..<8 { #expect(machine.machine.vcpus[vcpu].life == .absent) }
    #expect(machine.call(.createVM, vm: 1, page(0)).status == .ok)
    for vcpu in 0..<8 {
      let state = machine.machine.vcpus[vcpu]
      #expect(state.life == .absent && state.routed == 0 && state.lists == 0)
      for counter in 0..<16 { #expect(state.counters[counter] == 0, "vCPU \(vcpu)") }
    }
  }

  @Test func countersSumOverAllEightVCPUs() {
    let machine = machine(waiting: 7)
    machine.guest(0).interrupt(30)
    for vcpu in 0..<8 {
      machine.machine.vcpus[vcpu].counters[Int(Counter.retry.rawValue)] = 1 << UInt64(4 * vcpu)
    }
    let answer = machine.call(.counter, vm: 1, UInt64(Counter.retry.rawValue), page: 1)
    #expect(answer.x == [0, 0x1111_1111, 0, 0])
  }

  @Test func clearingTheActiveStateEndsThatPrivateInterruptAlone() {
    let machine = TestMachine()
    machine.runVM()
    let guest = machine.guest()
    guest.write(distributor, 2)
    guest.write(redistributor + 0x1_0100, 0xffff_ffff)
    for number in [0, 3] as [UInt64] {
      guest.sendInterrupt(1 | number << 24)
      #expect(guest.acknowledge() == number)
    }
    let active = redistributor + 0x1_0300
    let clear = redistributor + 0x1_0380
    #expect(guest.read(active) == 0b1001 && guest.read(clear) == 0b1001)
    guest.write(clear, 0b0110)
    #expect(guest.read(active) == 0b1001, "others")
    guest.write(clear, 0b1000)
    #expect(guest.read(active) == 0b0001)
    guest.write(clear, 0b0001)
    #expect(guest.read(active) == 0)
    #expect(machine.processors[0].lists.allSatisfy { $0 >> 62 == 0 })
    guest.sendInterrupt(1 | 3 << 24)
    #expect(guest.pending == [3], "it comes again")
    #expect(machine.violations == [])
  }

  @Test func clearingTheActiveStateEndsThatSharedInterruptAlone() {
    let machine = TestMachine()
    machine.runVM()
    let guest = machine.guest()
    guest.write(distributor, 2)
    guest.write(distributor + 0xc08, 0xaaaa_aaaa)
    guest.write(distributor + 0x104, 0xffff_ffff)
    guest.write(distributor + 0x108, 0xffff_ffff)
    for number in [0, 33] as [UInt64] {
      guest.write(distributor + 0x204 + number / 32 * 4, 1 << (number % 32))
      #expect(guest.acknowledge() == number + 32)
    }
    #expect(guest.read(distributor + 0x304) == 1 && guest.read(distributor + 0x308) == 2)
    guest.write(distributor + 0x388, 1)
    guest.write(distributor + 0x384, 2)
    #expect(guest.read(distributor + 0x304) == 1 && guest.read(distributor + 0x308) == 2)
    guest.write(distributor + 0x388, 2)
    #expect(guest.read(distributor + 0x304) == 1 && guest.read(distributor + 0x308) == 0)
    guest.write(distributor + 0x384, 1)
    #expect(guest.read(distributor + 0x384) == 0)
    #expect(machine.processors[0].lists.allSatisfy { $0 >> 62 == 0 })
  }

  @Test func aLineThatFallsIsNotLookedAtAtTheEndOfItsHandler() {
    let machine = TestMachine()
    machine.runVM()
    let guest = machine.guest()
    guest.write(distributor, 2)
    guest.write(distributor + 0x104, 0b11)
    for line in [32, 33] as [UInt64] { machine.call(.setInterrupt, vm: 1, line, 1, cpu: 1) }
    guest.interrupt(25)
    #expect(guest.pending == [32, 33])
    guest.interrupt(30)
    let before = (0..<4).map { machine.machine.contexts[Limits.cpus].interrupts.lists[$0] }
    machine.call(.setInterrupt, vm: 1, 33, 0, cpu: 1)
    for list in 0..<4 {
      let value = machine.machine.contexts[Limits.cpus].interrupts.lists[list]
      let is33 = before[list] & 0xffff_ffff == 33
      #expect(value == (is33 ? before[list] & ~(1 << 41) : before[list]), "register \(list)")
    }
    #expect(before.contains { $0 >> 41 & 1 != 0 && $0 & 0xffff_ffff == 33 })
  }

  @Test func writesToARedistributorOfTheMachinePassAsTheyAreButForLPIs() {
    let machine = TestMachine()
    for (offset, value, passed, refused) in [
      (0, 0xffff_fffe, 0xffff_fffe, 0), (0, 0xffff_ffff, 0xffff_fffe, 1), (0, 2, 2, 0),
      (0x14, 0xffff_ffff, 0xffff_ffff, 0), (0x14, 1, 1, 0),
    ] as [(UInt64, UInt64, UInt64, UInt64)] {
      machine.processors[0].deviceWrites = []
      machine.machine.cpus[0].refused = 0
      machine.hostFrame(0) { $0.setRegister(7, 0xf_0000_0000 | value) }
      machine.hostAbort(
        0, TestMachine.redistributor + offset, write: true, bytes: 4, register: 7)
      #expect(machine.processors[0].deviceWrites.map(\.value) == [passed], "\(hex(offset))")
      #expect(machine.machine.cpus[0].refused == refused)
    }
  }
}
