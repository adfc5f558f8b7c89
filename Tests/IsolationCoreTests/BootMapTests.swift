import EngineABI
import IsolationCore
import Testing

@Suite struct BootMapTests {
  let machine = TestMachine()

  /// What the host finds at an address: nothing, or its kind at the same physical address.
  private func host(_ address: UInt64) -> MemoryKind? {
    let page = GuestPage(number: address / PageSize.page)
    let found = machine.machine.memory.walk(root: machine.map.root, page)
    guard found.isMapped else { return nil }
    #expect(found.page(of: page).number == page.number, "\(hex(address)) leads elsewhere")
    switch found.descriptor.raw >> 2 & 0xf {
    case 0b1111: return .normal
    case 0b0001: return .device
    default:
      Issue.record("\(hex(address)) has descriptor \(hex(found.descriptor.raw))")
      return nil
    }
  }

  @Test func theHostSeesItsMemoryAndTheCarveOutOneToOne() {
    for range in [TestMachine.host, TestMachine.carveOut] {
      for address in [range.base, range.base + range.bytes / 2, range.base + range.bytes - 1] {
        #expect(host(address) == .normal, "\(hex(address))")
      }
    }
  }

  @Test func theHostSeesNothingOfTheEngine() {
    for offset in stride(from: UInt64(0), to: TestMachine.engine.bytes, by: 4096) {
      #expect(host(TestMachine.engine.base + offset) == nil)
    }
    #expect(host(TestMachine.engine.base - 1) == .device)
    #expect(host(TestMachine.engine.base + TestMachine.engine.bytes) == .normal)
  }

  @Test func absentPagesAreAbsentAndNothingBesides() {
    for page in 0...Limits.vms { #expect(host(AbsentPage.address(vm: page)) == nil) }
    #expect(host(AbsentPage.base - 4096) == .device)
    #expect(host(AbsentPage.base + AbsentPage.bytes) == .device)
  }

  @Test func theITSAndFirmwareConfigurationAreAbsent() {
    for range in [TestMachine.its, TestMachine.firmwareConfiguration] {
      for offset in stride(from: UInt64(0), to: range.bytes, by: 4096) {
        #expect(host(range.base + offset) == nil, "\(hex(range.base + offset))")
      }
      #expect(host(range.base - 1) == .device)
    }
    #expect(host(0x0902_1000) == .device)
    #expect(host(0x0900_0000) == .device, "the UART")
    #expect(host(GuestGIC.distributor) == .device, "the distributor")
  }

  @Test func ofEachRedistributorOnlyTheFrameOfSGIsIsMapped() {
    for cpu in 0..<4 {
      let frames = TestMachine.redistributor + UInt64(cpu) * 0x2_0000
      for offset in stride(from: UInt64(0), to: 0x1_0000, by: 4096) {
        #expect(host(frames + offset) == nil, "RD frame of CPU \(cpu) at \(hex(offset))")
        #expect(host(frames + 0x1_0000 + offset) == .device, "SGI frame of CPU \(cpu)")
      }
    }
  }

  @Test func theMapEndsAt40Bits() {
    #expect(host(GuestPage.limit - 4096) == .device)
    #expect(GuestPage(aligned: GuestPage.limit - 4096) != nil)
    #expect(GuestPage(aligned: GuestPage.limit) == nil)
  }

  @Test func theCarveOutIsMappedInBlocks() {
    for block in 0..<TestMachine.blocks {
      let found = machine.machine.memory.walk(
        root: machine.map.root, GuestPage(number: page(block) / 4096))
      #expect(found.level == 2)
      #expect(found.isMapped)
    }
  }

  @Test func tablesThatAreKeptForBlocksStartEmptyWhateverLiesThere() {
    let slots = (0..<UInt64(TestMachine.blocks) * 512).map { TestMachine.level3 + $0 * 8 }
    for slot in slots { machine.machine.memory.store(Descriptor(raw: ~0), at: slot) }
    let isBuilt = machine.map.build(&machine.machine.memory)
    #expect(isBuilt)
    #expect(slots.allSatisfy { machine.machine.memory.descriptor(at: $0) == .invalid })
  }

  @Test func nothingThatIsAbsentMayLieInTheCarveOut() {
    #expect(machine.map.isApart)
    let ranges: [(UInt64, UInt64)] = [
      (page(0), 4096), (page(7, 511), 4096), (page(0) - 4096, 8192),
    ]
    for (base, bytes) in ranges {
      var map = machine.map
      map.absent[3] = AddressRange(base: base, bytes: bytes)
      #expect(!map.isApart, "\(hex(base))")
    }
    var map = machine.map
    map.absent[3] = AddressRange(base: page(0) - 4096, bytes: 4096)
    map.absent[4] = AddressRange(base: page(8), bytes: 4096)
    #expect(map.isApart)
    map.absent[3].bytes = UInt64.max
    #expect(!map.isApart, "it ends behind all addresses")
    map = machine.map
    map.redistributors.base = page(4)
    #expect(!map.isApart)
  }

  @Test func descriptorsAreThoseOfTheArchitecture() {
    let page = PhysicalPage(number: 0x12345)
    // AF, inner shareable, read and write, write-back; page or block.
    #expect(Descriptor.page(page, .normal).raw == 0x1234_57ff)
    #expect(Descriptor.block(page, .normal).raw == 0x1234_57fd)
    // AF, read and write, Device-nGnRE.
    #expect(Descriptor.page(page, .device).raw == 0x1234_54c7)
    #expect(Descriptor.block(page, .device).raw == 0x1234_54c5)
    #expect(Descriptor.table(page).raw == 0x1234_5003)
    #expect(!Descriptor.invalid.isValid)
  }

  @Test func buildingSaysSoWhenThePoolIsTooSmall() {
    var map = machine.map
    var needed: UInt64 = 0
    for pages in UInt64(1)...TestMachine.poolPages where needed == 0 {
      map.poolPages = pages
      if map.build(&machine.machine.memory) { needed = pages }
    }
    // Level 2 of the gigabytes of devices and engine; level 3 of blocks with absent pages.
    #expect(needed > 3 && needed < TestMachine.poolPages)
  }

  @Test func walksOfEmptyTablesEndWhereTheEntryIsMissing() {
    machine.makeVM(1, block: 0)
    let root = PhysicalPage(number: page(0) / 4096)
    let walk = { (address: UInt64) in
      self.machine.machine.memory.walk(root: root, GuestPage(number: address / 4096))
    }
    #expect(walk(0).level == 1 && !walk(0).isMapped)
    #expect(walk(guestMemory + PageSize.block).level == 2)
    #expect(walk(guestMemory).level == 3 && walk(guestMemory).isMapped)
    #expect(walk(guestMemory + 4 * 4096).level == 3 && !walk(guestMemory + 4 * 4096).isMapped)
    // The second of the two tables at level 1.
    #expect(walk(1 << 39).slot.address == page(0, 1))
  }
}
