import EngineABI
import Testing

@testable import VMM

private func options(memory: UInt64 = 8 << 20, name: String = "") -> Options {
  var options = Options()
  options.kernel = "Image"
  options.memory = memory
  options.name = name
  return options
}

@Suite("Claiming a VM and its memory")
struct LeaseTests {
  private let engine = FakeEngine()
  private let folder = TemporaryFolder()
  private var locks: LockFolder { LockFolder(path: folder.path) }
  private var collector: Collector { Collector(management: engine.engine(), locks: locks) }

  private func claim(_ options: Options) throws(Failure) -> Lease {
    try Lease.claim(options, collector: collector, carveOut: engine.carveOut)
  }

  @Test("The first free VM gets a chunk for tables and one for each 2 MiB")
  func first() throws {
    let lease = try claim(options(memory: 8 << 20))
    #expect(lease.vm == 1)
    #expect(lease.tables == 0)
    #expect(Array(lease.memory) == [1, 2, 3, 4])
  }

  @Test("A second VM takes what the first left")
  func second() throws {
    let first = try claim(options())
    let second = try claim(options())
    #expect(second.vm == 2)
    #expect(second.chunks == [5, 6, 7, 8, 9])
    #expect(Set(first.chunks).isDisjoint(with: second.chunks))
  }

  @Test("A lease that is gone leaves its VM and chunks to the next")
  func released() throws {
    do { _ = try claim(options()) }
    let next = try claim(options())
    #expect(next.vm == 1)
    #expect(next.chunks.first == 0)
  }

  @Test("Gaps that others left are used")
  func gaps() throws {
    let taken = try [0, 2, 4].map { try locks.tryChunk($0) }
    let lease = try claim(options(memory: 4 << 20))
    #expect(lease.chunks == [1, 3, 5])
    withExtendedLifetime(taken) {}
  }

  @Test("A VM number that the engine still has in use is passed over")
  func inUse() throws {
    let other = try #require(try locks.tryVM(1))
    engine.plant(vm: 1, .sealed, pages: 3)
    #expect(try claim(options()).vm == 2)
    withExtendedLifetime(other) {}
  }

  @Test("Dead VMs are cleaned up before memory is claimed")
  func cleansUp() throws {
    engine.plant(vm: 1, .sealed, pages: 1500)
    engine.plant(vm: 7, .dying, pages: 10)
    #expect(try claim(options()).vm == 1)
    #expect(engine.machine(1).state == .free)
    #expect(engine.machine(7).state == .free)
  }

  @Test("More memory than is free is refused, and claims nothing")
  func tooMuch() throws {
    let found = failure { _ = try claim(options(memory: 64 << 20)) }
    #expect(found?.code == .refused)
    #expect(
      found?.message
        == "64 MiB of memory are not free: 62 MiB of the carve-out's 64 MiB are; ask for less with "
        + "--memory, or end a guest (try: vmm list)")
    #expect(try claim(options(memory: 62 << 20)).vm == 1)
  }

  @Test("Sixty-four VMs are the most")
  func tooMany() throws {
    let held = try (1...Limits.vms).map { try locks.tryVM($0) }
    let found = failure { _ = try claim(options()) }
    #expect(found?.message.contains("all 64 VMs are in use") == true)
    withExtendedLifetime(held) {}
  }

  @Test("A name is for one guest at a time")
  func names() throws {
    let first = try claim(options(name: "web"))
    let found = failure { _ = try claim(options(name: "web")) }
    #expect(found?.message.contains("a guest named 'web' runs already (VM 1") == true)
    #expect(try claim(options(name: "db")).vm == 2)
    withExtendedLifetime(first) {}
  }

  @Test("The lock file tells others who has the VM")
  func holder() throws {
    let lease = try claim(options(name: "web"))
    let holder = Holder(try #require(locks.holder(vm: 1)))
    #expect(holder.name == "web")
    #expect(holder.process > 0)
    #expect(holder.memory == 8 << 20)
    #expect(locks.holder(vm: 2) == nil)
    withExtendedLifetime(lease) {}
  }

  @Test("A guest without a name is called after its number")
  func defaultName() throws {
    let lease = try claim(options())
    #expect(Holder(try #require(locks.holder(vm: 1))).name == "vm-1")
    withExtendedLifetime(lease) {}
  }

  @Test("A lock file that is just being written reads as nobody")
  func partial() {
    #expect(Holder("name web\nproc") == Holder(name: "web", process: 0, memory: 0, cpus: 0))
    #expect(Holder("") == Holder(name: "", process: 0, memory: 0, cpus: 0))
  }

  @Test("A lock folder that cannot be made is reported with its path")
  func noFolder() {
    let found = failure { try LockFolder(path: "/proc/bulkhead").prepare() }
    #expect(found?.code == .refused)
    #expect(found?.message.contains("/proc/bulkhead") == true)
  }
}
