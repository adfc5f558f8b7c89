import CLinux
import EngineABI

/// Makes a VM of a lease: loads its images, then gives its memory to the engine.
struct Builder {
  var options: Options
  var lease: Lease
  var carveOut: CarveOut

  /// The images of a guest, checked and placed.
  struct Images {
    var kernel: File
    var kernelBytes: UInt64
    var initrd: File?
    var layout: GuestLayout
    var entry: UInt64 { layout.kernel }

    init(_ options: Options) throws(Failure) {
      kernel = try File.open(options.kernel, LINUX_OPEN_READ, role: "kernel")
      let header = try ImageHeader(kernel.read(ImageHeader.bytes), path: options.kernel)
      // Read anew from its start on.
      kernel = try File.open(options.kernel, LINUX_OPEN_READ, role: "kernel")
      kernelBytes = kernel.size
      if let path = options.initrd {
        initrd = try File.open(path, LINUX_OPEN_READ, role: "initrd")
      }
      layout = try GuestLayout(
        memoryBytes: options.memory, image: header, kernelBytes: kernelBytes,
        initrdBytes: initrd?.size)
    }

    func deviceTree(_ options: Options) throws(Failure) -> [UInt8] {
      var seed = [UInt8](repeating: 0, count: GuestTree.seedBytes)
      let status = seed.withUnsafeMutableBytes {
        linux_random($0.baseAddress, UInt64($0.count))
      }
      guard status == 0 else { throw .refused("the host gives no random numbers for a seed") }
      let tree = GuestTree(
        layout: layout, cpus: options.cpus, commandLine: options.commandLine, seed: seed)
      return try FlattenedTree.write(tree.root())
    }
  }

  /// Copies kernel, initrd and device tree into the chunks while they are the host's.
  func load(_ memory: PhysicalMemory) throws(Failure) -> Images {
    let images = try Images(options)
    let loader = Loader(memory: memory, carveOut: carveOut, chunks: Array(lease.memory))
    try loader.load(
      images.kernel, bytes: images.kernelBytes, path: options.kernel, at: images.layout.kernel)
    if let initrd = images.initrd, let place = images.layout.initrd {
      try loader.load(
        initrd, bytes: place.upperBound - place.lowerBound, path: options.initrd ?? "",
        at: place.lowerBound)
    }
    try loader.load(try images.deviceTree(options), at: images.layout.deviceTree)
    return images
  }

  /// Creates the VM, gives it its memory and vCPUs, and seals it. A VM half made is ended.
  func build(_ images: Images, management: Engine, engine: Engine) throws(Failure) {
    var creator = management
    creator.vm = lease.vm
    let tables = carveOut.address(chunk: lease.tables)
    try creator.createVM(root: tables)
    do throws(Failure) {
      try donate(engine, tables: tables + 2 * PageSize.page)
      for index in 0..<options.cpus { try engine.createVCPU(index) }
      try engine.setEntry(0, pc: images.entry, argument: images.layout.deviceTree)
      try engine.seal()
    } catch {
      try Collector.end(engine)
      throw error
    }
  }

  /// One level-2 table for each GiB of guest addresses, then the memory in blocks.
  private func donate(_ engine: Engine, tables: UInt64) throws(Failure) {
    let perTable = 512
    for (index, chunk) in lease.memory.enumerated() {
      let guest = GuestMap.memory + UInt64(index) * PageSize.block
      if index % perTable == 0 {
        let table = tables + UInt64(index / perTable) * PageSize.page
        try engine.donateTable(table, for: guest, level: 2)
      }
      try engine.donateBlock(carveOut.address(chunk: chunk), to: guest)
    }
  }
}
