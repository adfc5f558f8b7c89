import EngineABI
import IsolationCore
import Testing

@Suite struct HostAbortTests {
  let machine = TestMachine()
  /// What a load from a page that it does not own does to the host: an alignment fault, which its
  /// user-copy routines survive.
  static let alignmentFault: UInt64 = 0x9200_0021
  static let externalFetch: UInt64 = 0x8200_0010

  private func pc() -> UInt64 { machine.machine.contexts[0].frame.pc }

  @Test(arguments: [TestMachine.engine.base, TestMachine.its.base, page(0), page(0, 4)])
  func whatTheHostHasNotIsRefused(address: UInt64) {
    machine.makeVM(1, block: 0)
    for write in [false, true] {
      let refused = machine.machine.cpus[0].refused
      machine.processors[0].exceptions = []
      machine.hostAbort(0, address, write: write)
      #expect(machine.processors[0].exceptions == [HostAbortTests.alignmentFault])
      #expect(machine.machine.cpus[0].refused == refused + 1)
    }
    machine.processors[0].exceptions = []
    machine.hostAbort(0, address, write: false, instruction: true)
    #expect(machine.processors[0].exceptions == [HostAbortTests.externalFetch])
    #expect(machine.violations == [])
  }

  @Test func whatTheHostHasAgainIsTriedAgain() {
    machine.makeVM(1, block: 0)
    machine.endVM(1)
    let before = Snapshot(machine)
    machine.hostAbort(0, page(0, 4), write: true)
    #expect(machine.performed.isEmpty)
    #expect(before.difference(machine, cpu: 0) == nil)
  }

  @Test func addressesBeyond40BitsAreNotThoseBelow() {
    for instruction in [false, true] {
      machine.processors[0].exceptions = []
      machine.hostAbort(
        0, GuestPage.limit | TestMachine.host.base, write: false, instruction: instruction)
      #expect(machine.processors[0].exceptions.count == 1, "rather than tried again for ever")
    }
  }

  @Test func onlyAnEightByteLoadIntoX0IsACall() {
    let address = AbsentPage.address(vm: 0)
    machine.setArguments(0, 0, CallWord(.info).raw, 0)
    machine.hostAbort(0, address, write: false, described: false)
    machine.hostAbort(0, address, write: false, tableWalk: true)
    machine.hostAbort(0, address, write: false, instruction: true)
    machine.hostAbort(0, address, write: true)
    machine.hostAbort(0, address, write: false, bytes: 4)
    machine.hostAbort(0, address, write: false, register: 1)
    machine.hostAbort(0, address, write: false, register: 31)
    #expect(machine.processors[0].exceptions.count == 7)
    #expect(machine.answer().x[1] == CallWord(.info).raw)
    #expect(machine.call(.info).status == .ok)
    machine.hostAbort(0, AbsentPage.base + AbsentPage.bytes, write: false)
    #expect(machine.performed.isEmpty, "the page behind them is a device's")
  }

  @Test func aCallStepsOverItsLoadAnywhereInThePage() {
    machine.hostFrame(0) { $0.pc = 0x4000 }
    machine.setArguments(0, 0, CallWord(.info).raw, 0)
    machine.hostAbort(0, AbsentPage.base + 0xff8, write: false)
    #expect(machine.answer().x[1] == abiVersion)
    #expect(pc() == 0x4004)
  }

  // MARK: Redistributors

  private let redistributor = TestMachine.redistributor + 0x2_0000

  @Test(arguments: [4, 8] as [UInt64])
  func redistributorReadsPass(bytes: UInt64) {
    let before = pc()
    machine.hostAbort(0, redistributor + 8, write: false, bytes: bytes, register: 3)
    #expect(machine.processors[0].deviceReads == [redistributor + 8])
    #expect(machine.answer().x[3] == 0xd0_0000 + bytes)
    #expect(pc() == before + 4)
  }

  @Test func lpisAreNeverEnabled() {
    machine.hostFrame(0) { $0.x[3] = 0xffff_ffff_ffff_ffff }
    let refused = machine.machine.cpus[0].refused
    machine.hostAbort(0, redistributor, write: true, bytes: 4, register: 3)
    #expect(machine.processors[0].deviceWrites.count == 1)
    #expect(machine.processors[0].deviceWrites[0].value == 0xffff_fffe)
    #expect(machine.machine.cpus[0].refused == refused + 1)
  }

  @Test func theWakerMayBeWritten() {
    machine.hostFrame(0) { $0.x[3] = 2 }
    machine.hostAbort(0, redistributor + 0x14, write: true, bytes: 4, register: 3)
    #expect(machine.processors[0].deviceWrites.map(\.address) == [redistributor + 0x14])
    #expect(machine.processors[0].deviceWrites.map(\.value) == [2])
  }

  @Test(arguments: [0x40, 0x48, 0x70, 0x78, 0xa0, 0xb0, 0x100, 0xffe8] as [UInt64])
  func writesThatCouldReachMemoryAreDropped(offset: UInt64) {
    let before = pc()
    for bytes in [4, 8] as [UInt64] where offset % bytes == 0 {
      machine.hostAbort(0, redistributor + offset, write: true, bytes: bytes, register: 3)
      #expect(machine.performed.isEmpty)
    }
    #expect(pc() > before)
    #expect(machine.processors[0].deviceWrites.isEmpty)
  }

  @Test func eightBytesAtTheControlRegisterDoNotPass() {
    machine.hostAbort(0, redistributor, write: true, bytes: 8, register: 3)
    machine.hostAbort(0, redistributor + 0x10, write: true, bytes: 8, register: 3)
    #expect(machine.processors[0].deviceWrites.isEmpty)
  }

  @Test func oddAccessesToRedistributorsAreRefused() {
    machine.hostAbort(0, redistributor, write: false, bytes: 1)
    machine.hostAbort(0, redistributor, write: false, bytes: 2)
    machine.hostAbort(0, redistributor + 2, write: false, bytes: 4)
    machine.hostAbort(0, redistributor + 4, write: false, bytes: 8)
    machine.hostAbort(0, redistributor, write: false, described: false)
    machine.hostAbort(0, redistributor, write: false, tableWalk: true)
    machine.hostAbort(0, redistributor, write: false, instruction: true)
    #expect(machine.processors[0].exceptions.count == 7)
    #expect(machine.processors[0].deviceReads.isEmpty)
  }

  @Test func behindTheLastRedistributorNothingIsPassedOn() {
    let behind = TestMachine.redistributor + 4 * 0x2_0000
    machine.hostAbort(0, behind, write: true, bytes: 4, register: 3)
    #expect(machine.processors[0].deviceWrites.isEmpty)
  }

  @Test(arguments: [0x00, 0x07, 0x0c, 0x15, 0x19, 0x1f, 0x2f, 0x3c] as [UInt64])
  func otherTrapsOfTheHostAreUndefined(exceptionClass: UInt64) {
    var trap = Trap()
    trap.syndrome = TestSyndrome.make(exceptionClass, 0)
    machine.trap(0, trap)
    #expect(machine.processors[0].exceptions == [1 << 25])
    #expect(machine.machine.cpus[0].refused == 1)
  }
}
