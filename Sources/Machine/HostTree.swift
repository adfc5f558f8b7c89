import Foundation

/// The host's device tree: QEMU's own, less what the host must not have.
enum HostTree {
  /// Dumps and edits the tree; returns its file.
  static func make(_ configuration: Configuration, ramDisk: Range<UInt64>, in folder: URL) throws
    -> URL
  {
    let tree = folder.appendingPathComponent("host.dtb")
    let layout = configuration.layout
    try tool(
      ["qemu-system-aarch64"]
        + configuration.machineArguments(furtherMachine: "dumpdtb=\(tree.path)"))

    let children = try list(tree, "/")
    func child(_ prefix: String) throws -> String {
      guard let name = children.first(where: { $0.hasPrefix(prefix) }) else {
        throw Failure("QEMU's device tree has no node '\(prefix)…'")
      }
      return "/" + name
    }

    try put(
      tree, "x", child("memory@"), "reg", cells(layout.host.lowerBound) + cells(size(layout.host)))

    // The ITS reads and writes memory on its own; without it there are no message interrupts.
    let controller = try child("intc@")
    for node in try list(tree, controller) where node.hasPrefix("its@") {
      try tool(["fdtput", "-r", tree.path, "\(controller)/\(node)"])
    }
    for property in ["msi-map", "msi-parent"] {
      // Absent in some versions of QEMU, which is as well.
      _ = try? tool(["fdtput", "-d", tree.path, child("pcie@"), property])
    }
    try tool(["fdtput", "-r", tree.path, child("fw-cfg@")])
    if configuration.countsInstructions {
      // QEMU 7.2 lets EL1 stop the engine's own event counter (it does not apply MDCR_EL2.HPMN);
      // Linux does so when it finds a PMU.
      try tool(["fdtput", "-r", tree.path, child("pmu")])
    }

    // The host's timer is the physical one, so that guests can have the virtual one with nothing to
    // swap. Linux looks interrupts up by name if there are names (drivers/clocksource/arm_arch_timer.c).
    let timer = try child("timer")
    let interrupts = try tool(["fdtget", "-t", "x", tree.path, timer, "interrupts"]).split(
      separator: " ")
    try put(tree, "x", timer, "interrupts", interrupts.prefix(6).map(String.init))
    try put(tree, "s", timer, "interrupt-names", ["sec-phys", "phys"])

    try put(tree, "s", "/chosen", "bootargs", [configuration.commandLine])
    try put(tree, "x", "/chosen", "linux,initrd-start", cells(ramDisk.lowerBound))
    try put(tree, "x", "/chosen", "linux,initrd-end", cells(ramDisk.upperBound))
    return tree
  }

  /// A 64-bit number as two hexadecimal cells.
  static func cells(_ value: UInt64) -> [String] {
    [String(value >> 32, radix: 16), String(value & 0xffff_ffff, radix: 16)]
  }

  private static func size(_ range: Range<UInt64>) -> UInt64 { range.upperBound - range.lowerBound }

  private static func list(_ tree: URL, _ node: String) throws -> [String] {
    try tool(["fdtget", "-l", tree.path, node]).split(whereSeparator: \.isWhitespace).map(
      String.init)
  }

  private static func put(
    _ tree: URL, _ type: String, _ node: String, _ property: String, _ values: [String]
  )
    throws
  {
    try tool(["fdtput", "-t", type, tree.path, node, property] + values)
  }
}
