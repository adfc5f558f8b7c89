import EngineABI

/// The device tree of a guest: its memory, vCPUs, firmware, interrupt controller, timer and console.
struct GuestTree {
  var layout: GuestLayout
  var cpus: Int
  var commandLine: String
  /// For `kaslr-seed`, 8 bytes, and `rng-seed`, 32 bytes: fresh for every start.
  var seed: [UInt8]

  static let seedBytes = 40

  private static let interruptController: UInt32 = 1
  private static let clock: UInt32 = 2
  /// Interrupt specifiers of a GICv3 (Linux, bindings/interrupt-controller/arm,gic-v3.yaml).
  private static let shared: UInt32 = 0
  private static let perCPU: UInt32 = 1
  private static let levelHigh: UInt32 = 4

  private static let serial = "/pl011@9000000"

  func root() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "",
      properties: [
        .cells("#address-cells", 2), .cells("#size-cells", 2),
        .text("compatible", "linux,dummy-virt"), .text("model", "Bulkhead guest"),
        .cells("interrupt-parent", GuestTree.interruptController),
      ],
      children: [
        chosen(), aliases(), memory(), processors(), firmware(), timer(), controller(), clock(),
        uart(),
      ])
  }

  private func chosen() -> DeviceTreeNode {
    var node = DeviceTreeNode(
      name: "chosen",
      properties: [
        .text("bootargs", commandLine), .text("stdout-path", GuestTree.serial),
        .bytes("kaslr-seed", Array(seed[..<8])), .bytes("rng-seed", Array(seed[8...])),
      ])
    if let initrd = layout.initrd {
      node.properties += [
        .wide("linux,initrd-start", initrd.lowerBound),
        .wide("linux,initrd-end", initrd.upperBound),
      ]
    }
    return node
  }

  private func aliases() -> DeviceTreeNode {
    DeviceTreeNode(name: "aliases", properties: [.text("serial0", GuestTree.serial)])
  }

  private func memory() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "memory@40000000",
      properties: [
        .text("device_type", "memory"),
        .wide("reg", GuestMap.memory, layout.memoryBytes),
      ])
  }

  private func processors() -> DeviceTreeNode {
    var node = DeviceTreeNode(
      name: "cpus", properties: [.cells("#address-cells", 1), .cells("#size-cells", 0)])
    for index in 0..<cpus {
      node.children.append(
        DeviceTreeNode(
          name: "cpu@\(index)",
          properties: [
            .text("device_type", "cpu"), .text("compatible", "arm,armv8"),
            .cells("reg", UInt32(index)), .text("enable-method", "psci"),
          ]))
    }
    return node
  }

  private func firmware() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "psci",
      properties: [
        .text("compatible", "arm,psci-1.0", "arm,psci-0.2"), .text("method", "hvc"),
      ])
  }

  /// Secure, physical, virtual and hypervisor timer; the engine provides the virtual one.
  private func timer() -> DeviceTreeNode {
    let (kind, level) = (GuestTree.perCPU, GuestTree.levelHigh)
    return DeviceTreeNode(
      name: "timer",
      properties: [
        .text("compatible", "arm,armv8-timer"), .flag("always-on"),
        .cells(
          "interrupts", kind, 13, level, kind, 14, level, kind, GuestGIC.virtualTimer - 16, level,
          kind, 10, level),
      ])
  }

  private func controller() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "intc@8000000",
      properties: [
        .text("compatible", "arm,gic-v3"), .flag("interrupt-controller"),
        .cells("#interrupt-cells", 3), .cells("#address-cells", 2), .cells("#size-cells", 2),
        .wide(
          "reg", GuestGIC.distributor, GuestGIC.distributorBytes, GuestGIC.redistributor,
          GuestGIC.redistributorStride * UInt64(cpus)),
        .cells("phandle", GuestTree.interruptController),
      ])
  }

  private func clock() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "apb-pclk",
      properties: [
        .text("compatible", "fixed-clock"), .cells("#clock-cells", 0),
        .cells("clock-frequency", 24_000_000), .text("clock-output-names", "clk24mhz"),
        .cells("phandle", GuestTree.clock),
      ])
  }

  private func uart() -> DeviceTreeNode {
    DeviceTreeNode(
      name: "pl011@9000000",
      properties: [
        .text("compatible", "arm,pl011", "arm,primecell"), .wide("reg", GuestMap.uart, 0x1000),
        .cells("interrupts", GuestTree.shared, GuestMap.uartInterrupt - 32, GuestTree.levelHigh),
        .cells("clocks", GuestTree.clock, GuestTree.clock),
        .text("clock-names", "uartclk", "apb_pclk"),
      ])
  }
}
