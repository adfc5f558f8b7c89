import CLinux
import EngineABI
import Testing

@testable import VMM

@Suite("Loading images")
struct LoaderTests {
  private let memory = FakeMemory()
  private let carveOut = CarveOut(base: 0x8000_0000, bytes: 64 << 20)

  @Test("An image that crosses chunks is spread over them in the guest's order")
  func spreads() throws {
    let loader = Loader(memory: memory.physical, carveOut: carveOut, chunks: [9, 4])
    let content = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 9) }
    try loader.load(content, at: GuestMap.memory)
    #expect(
      memory.bytes(carveOut.address(chunk: 9), 0, 2 << 20) == Array(content[..<(2 << 20)]))
    #expect(
      memory.bytes(carveOut.address(chunk: 4), 0, 1 << 20) == Array(content[(2 << 20)...]))
    #expect(memory.bytes(carveOut.address(chunk: 4), 1 << 20, 1) == [0xee])
    #expect(memory.mapped == 0, "every chunk is unmapped again")
  }

  @Test("A length that is no multiple of eight is filled up with zeros")
  func oddLength() throws {
    let loader = Loader(memory: memory.physical, carveOut: carveOut, chunks: [0])
    try loader.load([1, 2, 3], at: GuestMap.memory + 16)
    let expected: [UInt8] = [0xee, 1, 2, 3, 0, 0, 0, 0, 0, 0xee]
    #expect(memory.bytes(carveOut.base, 15, 10) == expected)
  }

  @Test("A file that is shorter than it was is an error")
  func shrunk() throws {
    let folder = TemporaryFolder()
    let path = folder.write("initrd", [1, 2, 3])
    let file = try File.open(path, LINUX_OPEN_READ, role: "initrd")
    let loader = Loader(memory: memory.physical, carveOut: carveOut, chunks: [0])
    let found = failure {
      try loader.load(file, bytes: 4, path: path, at: GuestMap.memory)
    }
    #expect(found?.message.contains("ends early") == true)
    #expect(memory.mapped == 0)
  }
}

@Suite("Building a VM", .enabled(if: linux_tree_available() != 0))
struct BuilderTests {
  private let engine = FakeEngine()
  private let memory = FakeMemory()
  private let folder = TemporaryFolder()
  private let kernel = arm64Image(bytes: 70_001)
  private let initrd: [UInt8] = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 3) }

  private func builder(memory bytes: UInt64 = 8 << 20, cpus: Int = 2) throws -> Builder {
    var options = Options()
    options.kernel = folder.write("Image", kernel)
    options.initrd = folder.write("initrd", initrd)
    options.memory = bytes
    options.cpus = cpus
    let collector = Collector(
      management: engine.engine(), locks: LockFolder(path: folder.path))
    let lease = try Lease.claim(options, collector: collector, carveOut: engine.carveOut)
    return Builder(options: options, lease: lease, carveOut: engine.carveOut)
  }

  private func build(_ builder: Builder) throws {
    let images = try builder.load(memory.physical)
    try builder.build(
      images, management: engine.engine(), engine: engine.engine(vm: builder.lease.vm))
  }

  @Test("Kernel, initrd and device tree are in place before anything is donated")
  func loads() throws {
    let builder = try builder()
    let images = try builder.load(memory.physical)
    #expect(engine.recorded(.createVM).isEmpty)
    let base = engine.carveOut.base
    // Chunk 0 is for tables.
    #expect(memory.bytes(base + 1 << 21, 0, kernel.count) == kernel)
    #expect(memory.bytes(base + 2 << 21, 0, initrd.count) == initrd)
    #expect(memory.bytes(base + 3 << 21, 0, 4) == [0xd0, 0x0d, 0xfe, 0xed])
    #expect(images.layout.deviceTree == 0x4040_0000)
    #expect(memory.mapped == 0)
  }

  @Test("The engine gets tables, blocks, vCPUs and an entry, and is told to seal")
  func builds() throws {
    let builder = try builder()
    try build(builder)
    let base = engine.carveOut.base
    let machine = engine.machine(1)
    #expect(machine.state == .sealed)
    #expect(machine.vcpus == 2)
    #expect(machine.entry?.pc == 0x4000_0000)
    #expect(machine.entry?.argument == 0x4040_0000)
    #expect(machine.pages.count == 3 + 4 * 512)
    #expect(engine.recorded(.createVM).map(\.a) == [base])
    #expect(
      engine.recorded(.donateTable)
        == [.init(call: .donateTable, vm: 1, a: base + 0x2000, b: 0x4000_0000, c: 2)])
    #expect(
      engine.recorded(.donate).map(\.b) == [0x4000_0000, 0x4020_0000, 0x4040_0000, 0x4060_0000])
    #expect(engine.recorded(.donate).allSatisfy { $0.c == 1 })
    #expect(engine.recorded.last?.call == .seal)
  }

  @Test(
    "Whatever the engine refuses on the way, nothing of the VM is left",
    arguments: [Call.donateTable, .donate, .createVCPU, .setEntry, .seal])
  func unwinds(call: Call) throws {
    let builder = try builder()
    engine.refuse(call, .notOwner)
    let found = failure { try build(builder) }
    #expect(found?.code == .refused)
    #expect(found?.message.contains("not the host's to give") == true)
    #expect(engine.machine(1).state == .free)
    #expect(engine.machine(1).pages.isEmpty)
  }

  @Test("A VM number that is taken is told as such, and its owner's VM stays")
  func occupied() throws {
    let builder = try builder()
    engine.plant(vm: 1, .sealed, pages: 3)
    #expect(failure { try build(builder) }?.message.contains("taken already") == true)
    #expect(engine.machine(1).state == .sealed)
  }

  @Test("Files that are not there are named by their role")
  func missingFiles() {
    var options = Options()
    options.kernel = folder.path + "/none"
    #expect(
      failure { _ = try Builder.Images(options) }?.message
        == "cannot open kernel '\(folder.path)/none': No such file or directory")
    options.kernel = folder.write("Image", kernel)
    options.initrd = "/nowhere"
    let found = failure { _ = try Builder.Images(options) }
    #expect(found?.message.contains("cannot open initrd '/nowhere'") == true)
    #expect(found?.code == .configuration)
  }
}
