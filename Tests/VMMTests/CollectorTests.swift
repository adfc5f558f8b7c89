import EngineABI
import Testing

@testable import VMM

@Suite("Cleaning up behind dead VMs")
struct CollectorTests {
  private let engine = FakeEngine()
  private let folder = TemporaryFolder()
  private var locks: LockFolder { LockFolder(path: folder.path) }
  private var collector: Collector { Collector(management: engine.engine(), locks: locks) }

  @Test("A VM without vmm is destroyed, and every page of it comes back", arguments: VMState.ended)
  func collects(state: VMState) throws {
    engine.plant(vm: 3, state, pages: 2000)
    #expect(try collector.collect() == [3])
    #expect(engine.machine(3).state == .free)
    #expect(engine.machine(3).pages.isEmpty)
    #expect(engine.recorded(.reclaim).count == 4)
  }

  @Test("Reclaiming goes on where the engine stopped")
  func goesOn() throws {
    engine.plant(vm: 3, .sealed, pages: 1300)
    _ = try collector.collect()
    let starts = engine.recorded(.reclaim).map(\.a)
    let base = engine.carveOut.base + 3 << 21
    #expect(starts == [0, base + 600 * 4096, base + 1200 * 4096])
  }

  @Test("A VM that a vmm holds is left alone")
  func alive() throws {
    engine.plant(vm: 3, .sealed, pages: 10)
    let held = try #require(try locks.tryVM(3))
    #expect(try collector.collect() == [])
    #expect(engine.machine(3).state == .sealed)
    withExtendedLifetime(held) {}
  }

  @Test("A free VM is not touched")
  func free() throws {
    #expect(try collector.collect() == [])
    #expect(engine.recorded(.destroyVM).isEmpty)
    #expect(engine.recorded(.reclaim).isEmpty)
  }

  @Test("Several dead VMs are all collected, and once")
  func several() throws {
    for vm in [1, 30, 64] { engine.plant(vm: vm, .loading, pages: 5) }
    #expect(try collector.collect() == [1, 30, 64])
    #expect(try collector.collect() == [])
  }

  @Test("A VM that is busy is asked again")
  func busy() throws {
    engine.plant(vm: 2, .sealed, pages: 5)
    engine.refuse(.destroyVM, .busy, times: 3)
    #expect(try collector.collect() == [2])
    #expect(engine.recorded(.destroyVM).count == 4)
  }

  @Test("An engine that refuses is an error that names the VM")
  func refused() throws {
    engine.plant(vm: 2, .sealed, pages: 5)
    engine.refuse(.reclaim, .denied)
    let found = failure { _ = try collector.collect() }
    #expect(found?.code == .refused)
    #expect(
      found?.message == "the engine refused to give back the pages of VM 2: not permitted")
  }

  @Test("What was collected can be locked by the next vmm")
  func unlocked() throws {
    engine.plant(vm: 2, .sealed, pages: 5)
    _ = try collector.collect()
    #expect(try locks.tryVM(2) != nil)
    #expect(locks.holder(vm: 2) == nil)
  }
}

extension VMState {
  fileprivate static let ended: [VMState] = [.loading, .sealed, .dying]
}

@Suite("Questions about VMs")
struct QueryTests {
  private let engine = FakeEngine()
  private let folder = TemporaryFolder()
  private var queries: QueryCommands {
    QueryCommands(management: engine.engine(), locks: LockFolder(path: folder.path))
  }

  @Test("The list tells running VMs from dead ones, with their pages and counts")
  func list() throws {
    engine.plant(vm: 1, .sealed, pages: 7)
    engine.plant(vm: 5, .sealed, pages: 9)
    let held = try #require(try LockFolder(path: folder.path).tryVM(1))
    held.write(Holder(name: "web", process: 42, memory: 256 << 20, cpus: 2).text)
    #expect(
      try queries.list() == """
        VM  NAME  PROCESS  STATE    PAGES  MEMORY   CPUS  RUNS  REFUSED
        1   web   42       running  7      256 MiB  2     1013  1012
        5   -     -        dead     9      -        -     1013  1012

        """)
    withExtendedLifetime(held) {}
  }

  @Test("A vmm that is still loading is listed as such")
  func loading() throws {
    let held = try #require(try LockFolder(path: folder.path).tryVM(2))
    held.write(Holder(name: "db", process: 1, memory: 2 << 20, cpus: 1).text)
    #expect(try queries.list().contains("2   db    1        loading"))
    withExtendedLifetime(held) {}
  }

  @Test("Counters are one name and value a line")
  func counters() throws {
    engine.plant(vm: 1, .sealed, pages: 7)
    let text = try queries.counters(1)
    #expect(text.contains("runs 1013\n"))
    #expect(text.contains("hypercalls 1000\n"))
    #expect(failure { _ = try queries.counters(9) }?.message == "there is no VM 9 (try: vmm list)")
  }

  @Test("Every counter of the engine has a name of its own")
  func names() {
    #expect(Set(Counters.all.map(\.counter.rawValue)) == Set(0...15))
    #expect(Set(Counters.all.map(\.name)).count == Counters.all.count)
  }

  @Test("Without an IOMMU, info says that host DMA is not bounded")
  func info() throws {
    let text = try queries.info()
    #expect(text.contains("host DMA is not bounded"))
    #expect(text.contains("64 MiB at 0x80000000"))
    #expect(text.contains("ABI 1.0, 20000 bytes of text"))
  }

  @Test("gc tells what it gave back")
  func collect() throws {
    engine.plant(vm: 4, .sealed, pages: 7)
    #expect(try queries.collect().contains("VM 4"))
    #expect(try queries.collect() == "")
  }
}
