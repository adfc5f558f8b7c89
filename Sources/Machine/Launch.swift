import Foundation

/// From a configuration to QEMU's command line, with all files that it names.
enum Launch {
  static func arguments(_ configuration: Configuration) throws -> [String] {
    let folder = try Files.folder(configuration.name)
    let arguments = ["qemu-system-aarch64"] + configuration.machineArguments()
    let console =
      configuration.isInteractive
      ? ["-serial", "mon:stdio"] : ["-serial", "stdio", "-monitor", "none"]
    return try arguments + console
      + (configuration.hasEngine
        ? underEngine(configuration, folder) : bare(configuration))
  }

  /// QEMU starts the engine, whose boot record names the host that lies in memory already.
  private static func underEngine(_ configuration: Configuration, _ folder: URL) throws -> [String]
  {
    let layout = configuration.layout
    let kernelFile: URL
    switch configuration.host {
    case .linux: kernelFile = Files.kernel
    case .image(let file): kernelFile = file
    }
    let kernel = try Files.read(kernelFile, builtBy: "make all")
    let header = try KernelImage(kernel, name: kernelFile.relativePath)
    let entry = layout.kernel + header.textOffset
    var arguments = load(kernelFile, at: entry)

    var ramDisk = layout.tree..<layout.tree
    if case .linux = configuration.host {
      let size = try Files.read(Files.hostRAMDisk, builtBy: "make initrds").count
      let start = layout.ramDisk(bytes: size)
      ramDisk = start..<start + UInt64(size)
      arguments += load(Files.hostRAMDisk, at: start)
    }
    guard layout.host.contains(entry + header.bytes), entry + header.bytes <= ramDisk.lowerBound
    else {
      throw Failure(
        "\(configuration.memory >> 20) MiB is too little memory for the host; give more by --memory"
      )
    }
    let tree = try HostTree.make(configuration, ramDisk: ramDisk, in: folder)
    arguments += load(tree, at: layout.tree)

    var engine = try Files.read(Files.engine, builtBy: "make engine")
    if let function = configuration.faultyFunction {
      engine = try FaultyEngine.make(engine, function: function)
    }
    let record = BootImage.record(
      layout: layout, cpus: configuration.cpus, hostEntry: entry, hostArgument: layout.tree)
    let image = folder.appendingPathComponent("engine.image")
    try BootImage.make(engine: engine, record: record).write(to: image)
    return ["-kernel", image.path] + arguments
  }

  private static func bare(_ configuration: Configuration) -> [String] {
    switch configuration.host {
    case .linux:
      return [
        "-kernel", Files.kernel.path, "-initrd", Files.hostRAMDisk.path,
        "-append", configuration.commandLine,
      ]
    case .image(let file): return ["-kernel", file.path]
    }
  }

  private static func load(_ file: URL, at address: UInt64) -> [String] {
    ["-device", "loader,file=\(file.path),addr=0x\(String(address, radix: 16)),force-raw=on"]
  }
}
