import CLinux
import EngineABI

/// The commands that look at all VMs, through absent page 0.
struct QueryCommands {
  var management: Engine
  var locks = LockFolder()

  /// `vmm gc`
  func collect() throws(Failure) -> String {
    try locks.prepare()
    let claims = try locks.claims()
    let collected = try Collector(management: management, locks: locks).collect()
    withExtendedLifetime(claims) {}
    var text = ""
    for vm in collected { text += "VM \(vm): its vmm died; ended, every page is back\n" }
    return text
  }

  /// `vmm list`
  func list() throws(Failure) -> String {
    var rows = [["VM", "NAME", "PROCESS", "STATE", "PAGES", "MEMORY", "CPUS", "RUNS", "REFUSED"]]
    for vm in 1...Limits.vms {
      var engine = management
      engine.vm = vm
      let (state, pages) = try engine.state()
      let text = locks.holder(vm: vm)
      guard state != .free || text != nil else { continue }
      let holder = Holder(text ?? "")
      rows.append([
        "\(vm)", text == nil ? "-" : holder.name, text == nil ? "-" : "\(holder.process)",
        QueryCommands.name(state, isHeld: text != nil), "\(pages)",
        text == nil ? "-" : Text.size(holder.memory), text == nil ? "-" : "\(holder.cpus)",
        engine.counter(.run).map { "\($0)" } ?? "-",
        engine.counter(.refused).map { "\($0)" } ?? "-",
      ])
    }
    return Text.columns(rows)
  }

  /// A VM without vmm is dead, whatever the engine's state: `vmm gc` ends it.
  private static func name(_ state: VMState, isHeld: Bool) -> String {
    guard isHeld else { return "dead" }
    switch state {
    case .free, .loading: return "loading"
    case .sealed: return "running"
    case .dying: return "ending"
    }
  }

  /// `vmm counters N`
  func counters(_ vm: Int) throws(Failure) -> String {
    var engine = management
    engine.vm = vm
    if vm > 0 {
      guard try engine.state().state != .free else {
        throw .refused("there is no VM \(vm) (try: vmm list)")
      }
    }
    var report = Report()
    report.add(engine)
    return report.text
  }

  /// `vmm info`
  func info() throws(Failure) -> String {
    let version = try management.info(.version)
    let carveOut = try management.info(.carveOut)
    let machine = try management.info(.machine)
    let features = machine.x1
    var names: [String] = []
    if features & Feature.pointerAuthentication != 0 { names.append("pointer authentication") }
    if features & Feature.boundedDMA != 0 { names.append("bounded DMA") }
    if features & Feature.forcedWriteBack != 0 { names.append("forced write-back") }
    if names.isEmpty { names.append("none") }
    var list = names[0]
    for name in names.dropFirst() { list += ", " + name }
    let rows = [
      ["engine", "ABI \(version.x1 >> 16).\(version.x1 & 0xffff), \(version.x2) bytes of text"],
      ["memory", "\(Text.size(carveOut.x3)) for the engine"],
      ["CPUs", "\(version.x3)"],
      ["carve-out", "\(Text.size(carveOut.x2)) at \(Text.hex(carveOut.x1)), for guests"],
      ["features", list],
      ["counter", "\(machine.x2) Hz, \(machine.x3) ticks from the engine's start to the host's"],
      [
        "DMA",
        features & Feature.boundedDMA != 0
          ? "host DMA is bounded by the IOMMU" : "host DMA is not bounded",
      ],
    ]
    return Text.columns(rows)
  }
}
