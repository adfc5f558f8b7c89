import EngineABI

/// Names of the engine's counters, as people and scripts see them.
enum Counters {
  static let all: [(counter: Counter, name: String)] = [
    (.run, "runs"), (.interrupted, "interrupted"), (.hypercall, "hypercalls"),
    (.systemRegister, "system-registers"), (.distributor, "distributor"),
    (.redistributor, "redistributor"), (.softwareInterrupt, "software-interrupts"),
    (.timer, "timer-interrupts"), (.maintenance, "maintenance-interrupts"),
    (.waitForInterrupt, "wait-for-interrupt"), (.floatingPoint, "floating-point"),
    (.deviceRead, "device-reads"), (.deviceWrite, "device-writes"), (.retry, "retries"),
    (.refused, "refused"), (.engineInstructions, "engine-instructions"),
  ]

  /// Names and values of what the engine counts for its VM.
  static func read(_ engine: Engine) -> [(name: String, value: UInt64)] {
    var values: [(name: String, value: UInt64)] = []
    for (counter, name) in all {
      if let value = engine.counter(counter) { values.append((name, value)) }
    }
    return values
  }
}

/// What `--report` writes when a guest ends: one `name value` a line.
struct Report {
  private(set) var text = ""

  mutating func add(_ name: String, _ value: UInt64) { text += "\(name) \(value)\n" }
  mutating func add(_ name: String, _ value: String) { text += "\(name) \(value)\n" }

  mutating func add(_ engine: Engine) {
    for (name, value) in Counters.read(engine) { add(name, value) }
  }

  /// The vmm's own counts, of all vCPUs together.
  mutating func add(_ vcpus: [VCPU]) {
    var refused: UInt64 = 0
    var wakes: UInt64 = 0
    for vcpu in vcpus {
      refused += vcpu.counts.deviceRefused
      wakes += vcpu.counts.wakes
    }
    add("wakes", wakes)
    add("device-refused", refused)
  }
}
