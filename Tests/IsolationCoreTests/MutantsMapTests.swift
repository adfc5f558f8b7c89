import EngineABI
import Testing

@testable import IsolationCore

/// The host's map where its parts lie apart, and what an entry of a table says.
@Suite struct MutantsMapTests {
  /// Redistributors in a block, and then in a gigabyte, where nothing else is absent.
  @Test(arguments: [0x1000_0000, 0x10_0000_0000] as [UInt64])
  func redistributorsAreSplitWhereverTheyLie(base: UInt64) {
    let machine = TestMachine()
    var map = machine.map
    map.redistributors.base = base
    let isBuilt = map.build(&machine.machine.memory)
    #expect(isBuilt)
    for cpu in UInt64(0)..<4 {
      for offset in [0, 0x1000, 0xf000, 0x1_0000, 0x1_f000] as [UInt64] {
        let address = base + cpu * 0x2_0000 + offset
        let guest = GuestPage(number: address / 4096)
        let found = machine.machine.memory.walk(root: map.root, guest)
        #expect(found.isMapped == (offset >= 0x1_0000), "\(hex(address))")
        #expect((map.kind(of: address) != nil) == (offset >= 0x1_0000))
        if found.isMapped { #expect(found.page(of: guest).number == guest.number) }
      }
    }
  }

  @Test func aPoolIsLargeEnoughOrTheBuildSaysThatItIsNot() {
    var results: [Bool] = []
    for pages in 0..<TestMachine.poolPages {
      let machine = TestMachine()
      var map = machine.map
      map.poolPages = pages
      let first = TestMachine.tables + (2 + pages) * 4096
      // What lies behind the pool stays as it is.
      for slot in 0..<UInt64(512) {
        machine.machine.memory.store(Descriptor(raw: 0x1234_0000), at: first + slot * 8)
      }
      results.append(map.build(&machine.machine.memory))
      for slot in 0..<UInt64(512) {
        let found = machine.descriptor(at: first + slot * 8).raw
        if found != 0x1234_0000 {
          Issue.record("\(pages) pages: entry \(slot) behind the pool is \(hex(found))")
          break
        }
      }
    }
    let needed = results.firstIndex(of: true) ?? 0
    #expect(needed > 0 && results[needed...].allSatisfy { $0 })
  }

  @Test func behindTheRedistributorsOfTheCPUsNothingIsMapped() {
    let machine = TestMachine(cpus: 2)
    var map = machine.map
    map.redistributors.bytes = 4 * GuestGIC.redistributorStride
    for cpu in UInt64(0)..<4 {
      let frames = map.redistributors.base + cpu * GuestGIC.redistributorStride
      #expect(map.kind(of: frames) == nil && map.kind(of: frames + 0xffff) == nil)
      #expect(map.kind(of: frames + 0x1_0000) == (cpu < 2 ? .device : nil))
      #expect(map.kind(of: frames + 0x1_ffff) == (cpu < 2 ? .device : nil))
    }
  }

  @Test func thePartsOfMemoryHaveTheirKinds() {
    let map = TestMachine().map
    for (range, kind) in [
      (TestMachine.engine, nil), (TestMachine.host, .normal), (TestMachine.carveOut, .normal),
      (TestMachine.its, nil), (TestMachine.firmwareConfiguration, nil),
      (AddressRange(base: AbsentPage.base, bytes: AbsentPage.bytes), nil),
    ] as [(AddressRange, MemoryKind?)] {
      #expect(
        map.kind(of: range.base) == kind && map.kind(of: range.base + range.bytes - 1) == kind)
    }
    #expect(map.kind(of: 0) == .device && map.kind(of: GuestPage.limit - 1) == .device)
    #expect(map.kind(of: TestMachine.carveOut.base + TestMachine.carveOut.bytes) == .device)
  }

  @Test func everyPageOfTheMapIsWhatTheRulesSay() {
    let machine = TestMachine()
    let map = machine.map
    // The blocks that are split, by pages; the rest by blocks.
    var address: UInt64 = 0
    while address < 4 << 30 {
      let guest = GuestPage(number: address / 4096)
      let found = machine.machine.memory.walk(root: map.root, guest)
      let kind = map.kind(of: address)
      #expect(found.isMapped == (kind != nil), "\(hex(address))")
      if let kind {
        #expect(found.page(of: guest).number == guest.number)
        let attributes = found.descriptor.raw & 0x7fc
        #expect(attributes == (kind == .normal ? 0x7fc : 0x4c4), "\(hex(address))")
      }
      let isSplit = found.level == 3
      address += isSplit ? 4096 : PageSize.block
    }
  }

  @Test func anEntryCoversWhatItsLevelSays() {
    func translation(_ level: UInt8, _ raw: UInt64) -> Translation {
      Translation(
        level: level, descriptor: Descriptor(raw: raw),
        slot: Slot(PhysicalPage(number: 0), 0))
    }
    #expect(translation(1, 1).span == 1 << 30 && translation(2, 1).span == 2 << 20)
    #expect(translation(3, 3).span == 4096)
    let guest = GuestPage(number: 0x4_8765)
    #expect(translation(1, 0x1_4000_0001).page(of: guest).number == 0x14_8765)
    #expect(translation(2, 0x1_4060_0001).page(of: guest).number == 0x14_0765)
    #expect(translation(3, 0x1_4060_9003).page(of: guest).number == 0x14_0609)
    for level in UInt8(1)...3 {
      #expect(!translation(level, 0).isMapped && !translation(level, 2).isMapped)
      #expect(translation(level, 1).isMapped, "a block, or a page as the core reads it")
      #expect(translation(level, 3).isMapped == (level == 3))
    }
  }

  @Test func descriptorsHaveTheirFieldsWhereTheManualHasThem() {
    let page = PhysicalPage(number: 0x9_3456_7890)
    let address = page.address
    #expect(Descriptor.table(page).raw == address | 3)
    #expect(Descriptor.page(page, .normal).raw == address | 0x7ff)
    #expect(Descriptor.block(page, .normal).raw == address | 0x7fd)
    #expect(Descriptor.page(page, .device).raw == address | 0x4c7)
    #expect(Descriptor.block(page, .device).raw == address | 0x4c5)
    #expect(Descriptor.invalid.raw == 0 && !Descriptor.invalid.isValid)
    for bit in 0..<UInt64(64) {
      let descriptor = Descriptor(raw: 1 << bit)
      #expect(descriptor.address == (12...47 ~= bit ? 1 << bit : 0), "bit \(bit)")
      #expect(descriptor.isValid == (bit == 0) && !descriptor.isTable)
    }
    #expect(Descriptor(raw: 3).isTable && Descriptor(raw: ~0).isTable)
    #expect(!Descriptor(raw: ~2).isTable && !Descriptor(raw: ~1).isTable)
  }

  @Test func nothingIsReadOutsideTheRegionsOfTables() {
    let machine = TestMachine()
    let engine = TestMachine.tables
    let end = engine + TestMachine.tablePages * 4096
    #expect(machine.descriptor(at: engine).isValid)
    for address in [0, 8, engine - 8, end, end + 4096, TestMachine.carveOut.base - 8] {
      #expect(machine.descriptor(at: address) == .invalid, "\(hex(address))")
    }
    let last = TestMachine.carveOut.base + TestMachine.carveOut.bytes
    machine.memory[Int(TestMachine.carveOut.bytes / 8) - 1] = 0x77
    machine.memory[0] = 0x55
    #expect(machine.descriptor(at: last - 8).raw == 0x77)
    #expect(machine.descriptor(at: TestMachine.carveOut.base).raw == 0x55)
    for address in [last, last + 8, 1 << 47, ~7] as [UInt64] {
      #expect(machine.descriptor(at: address) == .invalid, "\(hex(address))")
    }
    machine.machine.memory.store(Descriptor(raw: 0x99), at: end - 8)
    #expect(machine.descriptor(at: end - 8).raw == 0x99)
  }
}

extension TestMachine {
  fileprivate func descriptor(at address: UInt64) -> Descriptor {
    machine.memory.descriptor(at: address)
  }
}
