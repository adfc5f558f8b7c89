import EngineABI
import IsolationCore
import Testing

private let distributor = GuestGIC.distributor

@Suite struct DistributorTests {
  let machine = TestMachine()
  let guest: Guest

  init() {
    machine.runVM(vcpus: 2)
    guest = machine.guest()
  }

  @Test func itSaysWhatItIs() {
    #expect(guest.read(distributor + 0x0004) == 9 << 19 | 2, "10 bits of INTID, 64 SPIs, no LPIs")
    #expect(guest.read(distributor + 0x0008) == 0x43b)
    #expect(guest.read(distributor + 0xffe8) == 0x3b, "GICv3")
  }

  @Test func group1IsEnabledAndDisabled() {
    #expect(guest.read(distributor) == 0x50, "one security state, affinity routing")
    #expect(guest.write(distributor, 0xffff_ffff))
    #expect(guest.read(distributor) == 0x52)
    #expect(guest.write(distributor, 0))
    #expect(guest.read(distributor) == 0x50)
  }

  @Test func enableBitsAreSetAndClearedByOnes() {
    guest.write(distributor + 0x104, 0xf0)
    guest.write(distributor + 0x104, 0x0f)
    #expect(guest.read(distributor + 0x104) == 0xff)
    guest.write(distributor + 0x184, 0x3c)
    #expect(guest.read(distributor + 0x104) == 0xc3)
    #expect(guest.read(distributor + 0x184) == 0xc3)
    guest.write(distributor + 0x108, 0x8000_0000)
    #expect(guest.read(distributor + 0x108) == 0x8000_0000)
    #expect(guest.read(distributor + 0x104) == 0xc3)
  }

  @Test func pendingBitsShowLatchesAndLines() {
    guest.write(distributor + 0x204, 0b1)
    #expect(guest.read(distributor + 0x204) == 0b1)
    machine.call(.setInterrupt, vm: 1, 33, 1, cpu: 1)
    #expect(guest.read(distributor + 0x204) == 0b11)
    guest.write(distributor + 0x284, 0b11)
    #expect(guest.read(distributor + 0x204) == 0b10, "a line is not cleared by a write")
    machine.call(.setInterrupt, vm: 1, 33, 0, cpu: 1)
    #expect(guest.read(distributor + 0x204) == 0)
  }

  @Test func whatBelongsToRedistributorsOrIsNotThereIsZeroAndIgnored() {
    for offset in [0x100, 0x180, 0x200, 0x10c, 0x17c, 0x400, 0x41c, 0x460, 0xc00, 0xc04, 0xc18] {
      #expect(guest.write(distributor + UInt64(offset), 0xffff_ffff))
      #expect(guest.read(distributor + UInt64(offset)) == 0, "\(hex(UInt64(offset)))")
    }
    #expect(guest.read(distributor + 0x084) == 0xffff_ffff, "all are in group 1")
    #expect(guest.read(distributor + 0x080) == 0)
    #expect(guest.read(distributor + 0x0f00) == 0, "GICD_SGIR")
  }

  @Test func prioritiesKeepFiveBitsByBytesAndWords() {
    guest.write(distributor + 0x420, 0xff)
    #expect(guest.read(distributor + 0x420) == 0xf8, "a word writes four")
    guest.write(distributor + 0x421, 0x47, bytes: 1)
    #expect(guest.read(distributor + 0x421, bytes: 1) == 0x40)
    #expect(guest.read(distributor + 0x420) == 0x40f8)
    guest.write(distributor + 0x45c, 0x1122_3344)
    #expect(guest.read(distributor + 0x45c) == 0x1020_3040)
    #expect(guest.read(distributor + 0x458) == 0)
  }

  @Test func configurationIsEdgeOrLevel() {
    guest.write(distributor + 0xc08, 0xffff_ffff)
    #expect(guest.read(distributor + 0xc08) == 0xaaaa_aaaa)
    guest.write(distributor + 0xc14, 0x8000_0002)
    #expect(guest.read(distributor + 0xc14) == 0x8000_0002)
    #expect(guest.read(distributor + 0xc0c) == 0)
  }

  @Test func routersNameAVCPU() {
    let router = distributor + 0x6100
    #expect(guest.read(router, bytes: 8) == 0, "vCPU 0 at first")
    guest.write(router, 1, bytes: 8)
    #expect(guest.read(router, bytes: 8) == 1)
    #expect(guest.read(router) == 1)
    #expect(guest.read(router + 4) == 0)
    guest.write(router + 4, 0xff)
    #expect(guest.read(router, bytes: 8) == 1)
    guest.write(router, 1 << 31, bytes: 8)
    #expect(guest.read(router, bytes: 8) == 0, "any: the first")
    #expect(guest.read(router + 8 * 63, bytes: 8) == 0)
  }

  @Test(
    arguments: [
      (0x0000, 1), (0x0000, 2), (0x0000, 8), (0x0002, 4), (0x0104, 8), (0x0104, 1), (0x0420, 2),
      (0x0420, 8), (0x0421, 4), (0x0c08, 2), (0x6100, 1), (0x6100, 2), (0x6104, 8), (0x6102, 4),
      (0xffe8, 8), (0xffe8, 2),
    ] as [(UInt64, UInt64)])
  func wrongWidthsAreAborted(offset: UInt64, bytes: UInt64) {
    for write in [false, true] {
      machine.processors[0].exceptions = []
      guest.access(distributor + offset, write: write, bytes: bytes)
      #expect(machine.processors[0].exceptions == [0x9200_0010])
      #expect(machine.answer().x == [7, 0x24, 0, 0])
      machine.run(1)
    }
    #expect(machine.violations == [])
  }

  @Test func accessesAreCountedOnce() {
    let count = { self.machine.machine.vcpus[0].counters[Int(Counter.distributor.rawValue)] }
    _ = guest.read(distributor)
    guest.write(distributor, 2)
    #expect(count() == 2)
    guest.write(distributor + 0x6100, 0, bytes: 8)
    #expect(count() == 3, "even if the list registers had to be read first")
  }

  @Test func theWindowEndsWhereItEnds() {
    guest.access(distributor + 0x1_0000, write: false)
    #expect(machine.answer().exit == .deviceRead)
  }
}

@Suite struct RedistributorTests {
  let machine = TestMachine()
  let guest: Guest

  init() {
    machine.runVM(vcpus: 2)
    guest = machine.guest()
  }

  private func frame(_ vcpu: UInt64) -> UInt64 {
    GuestGIC.redistributor + vcpu * GuestGIC.redistributorStride
  }

  @Test func typesNameTheVCPUsAndTheLast() {
    #expect(guest.read(frame(0) + 8, bytes: 8) == 0)
    #expect(guest.read(frame(1) + 8, bytes: 8) == 1 << 32 | 1 << 8 | 1 << 4)
    #expect(guest.read(frame(1) + 8) == 1 << 8 | 1 << 4)
    #expect(guest.read(frame(1) + 12) == 1)
    #expect(guest.read(frame(1) + 4) == 0x43b)
    #expect(guest.read(frame(1) + 0xffe8) == 0x3b)
    #expect(guest.read(frame(1)) == 0, "no LPIs")
  }

  @Test func thereAreNoMoreThanVCPUs() {
    for offset in [0, 8, 0x14, 0x1_0100] as [UInt64] {
      machine.processors[0].exceptions = []
      #expect(guest.read(frame(2) + offset) == nil)
      #expect(machine.processors[0].exceptions == [0x9200_0010])
      machine.run(1)
    }
    guest.access(frame(8), write: false)
    #expect(machine.answer().exit == .deviceRead, "behind the last possible one")
  }

  @Test func theWakerWakesAndSleeps() {
    #expect(guest.read(frame(0) + 0x14) == 0b110)
    guest.write(frame(0) + 0x14, 0)
    #expect(guest.read(frame(0) + 0x14) == 0)
    #expect(guest.read(frame(1) + 0x14) == 0b110)
    guest.write(frame(0) + 0x14, 0b10)
    #expect(guest.read(frame(0) + 0x14) == 0b110)
  }

  @Test func privateInterruptsAreEachVCPUsOwn() {
    guest.write(frame(0) + 0x1_0100, 0xffff_ffff)
    guest.write(frame(1) + 0x1_0100, 0x1)
    guest.write(frame(0) + 0x1_0180, 0xffff_0000)
    #expect(guest.read(frame(0) + 0x1_0100) == 0xffff)
    #expect(guest.read(frame(1) + 0x1_0100) == 1)
    #expect(guest.read(frame(0) + 0x1_0104) == 0)
    #expect(guest.read(frame(0) + 0x1_0080) == 0xffff_ffff)
    guest.write(frame(0) + 0x1_041b, 0xa7, bytes: 1)
    #expect(guest.read(frame(0) + 0x1_0418) == 0xa000_0000)
    #expect(guest.read(frame(1) + 0x1_0418) == 0)
  }

  @Test func sgisAreEdgesAndTheTimerALevel() {
    guest.write(frame(0) + 0x1_0c00, 0)
    #expect(guest.read(frame(0) + 0x1_0c00) == 0xaaaa_aaaa)
    guest.write(frame(0) + 0x1_0c04, 0xffff_ffff)
    #expect(guest.read(frame(0) + 0x1_0c04) == 0xaaaa_aaaa & ~(2 << 22))
  }

  @Test(
    arguments: [
      (0x14, 1), (0x14, 8), (0x14, 2), (0x16, 4), (0x00, 8), (0x1_0100, 8), (0x1_0100, 1),
      (0x1_0400, 2), (0x1_0401, 4), (0x1_0400, 8), (0x1_0c04, 8), (0x1_0c04, 1), (0x08, 2),
      (0x0c, 8),
    ] as [(UInt64, UInt64)])
  func wrongWidthsAreAborted(offset: UInt64, bytes: UInt64) {
    for write in [false, true] {
      machine.processors[0].exceptions = []
      guest.access(frame(0) + offset, write: write, bytes: bytes)
      #expect(machine.processors[0].exceptions == [0x9200_0010], "write \(write)")
      machine.run(1)
    }
    #expect(machine.violations == [])
  }
}
