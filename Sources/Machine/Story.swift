import Foundation

/// Turns the console into numbered steps that a person can follow.
struct Story {
  private static let titles = [
    1: "The engine starts",
    2: "A stock Debian kernel comes up at EL1",
    3: "Two stock Debian guests, one vmm each",
    4: "Isolation",
  ]
  /// Lines of the host kernel's start that say something about the engine's work.
  private static let telling = [
    "Booting Linux on", "Linux version", "psci: PSCIv", "psci: SMC", "GICv3: CPU", "arch_timer:",
    "Brought up", "started at EL1",
  ]

  private let cpus: Int
  private var step = 0
  private var succeeded: Set<Int> = []
  private var failures: [String] = []
  /// Of the whole machine, and of the guests.
  private var totals: [[String]] = []
  private var rows = [["", "guest one", "guest two"]]
  private var sawEL1 = false
  private var scriptStatus: Int?
  private let start = ContinuousClock.now

  init(cpus: Int) {
    self.cpus = cpus
    begin(1)
  }

  var hasSucceeded: Bool { failures.isEmpty && succeeded.isSuperset(of: Story.titles.keys) }

  mutating func read(_ line: String, at time: Double) {
    switch Marker(line) {
    case .step(let number, .begin(let what)):
      if number != step { begin(number) }
      say("   \(what)")
    case .step(let number, .ok(let what)): pass(number, what)
    case .step(let number, .failed(let why)): fail(number, why)
    case .test(_, .failed(let why)): fail(step, why)
    case .test: break
    case .row(let name, let value):
      let values = value.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if values.count > 1 { rows.append([name] + values) } else { totals.append([name] + values) }
    case .scriptEnded(let status): scriptStatus = status
    case nil: readPlain(line, at: time)
    }
  }

  private mutating func readPlain(_ line: String, at time: Double) {
    if line.contains("started at EL1") { sawEL1 = true }
    if line.contains("the engine has faulted") { fail(step, line) }
    switch step {
    case 1 where line.contains("Booting Linux on"):
      pass(1, "it hands over to the host's kernel")
      begin(2)
      show(line)
    case 1: show(line)
    case 2 where line.contains("bulkhead-host: user space"):
      totals.append(["host in user space after", String(format: "%.1f s", time)])
      if sawEL1 && line.contains(" \(cpus) CPUs") {
        pass(2, "the host is in user space, at EL1 on \(cpus) CPUs")
      } else {
        fail(2, "the host did not come up at EL1 on \(cpus) CPUs: \(line)")
      }
    case 2: if Story.telling.contains(where: line.contains) { show(line) }
    default: if !line.hasPrefix("[ ") { show(line) }
    }
  }

  /// The machine is off, or was ended because nothing more came.
  mutating func end(stuckAfter seconds: Double? = nil) {
    if let seconds {
      fail(step, "no end after \(Int(seconds)) s")
    } else if scriptStatus == nil, failures.isEmpty {
      fail(step, "the machine went off before its script ended")
    } else if scriptStatus != 0, failures.isEmpty {
      fail(step, "the host's script ended with status \(scriptStatus!)")
    }
    for number in Story.titles.keys.sorted() where !succeeded.contains(number) && failures.isEmpty {
      fail(number, "it was never reached")
    }
  }

  mutating func begin(hostileKernel name: String) {
    say("   now a hostile kernel takes the host's place")
  }

  mutating func end(hostileKernel result: Scenario.Result) {
    for failure in result.failures { fail(4, "hostile host: \(failure)") }
    // What the image calls its tests.
    let registers = ["poisoned-registers", "registers-after-guests"]
    if result.passed.filter(registers.contains).count == registers.count {
      pass(4, "registers of guests do not show in the host, nor the host's in them")
    } else if result.failures.isEmpty {
      fail(4, "the hostile host did not look at registers")
    }
    let others = result.passed.filter { !registers.contains($0) && $0 != "all" }
    if result.failures.isEmpty { pass(4, "its \(others.count) other kinds of attack are refused") }
  }

  func printSummary(logs: [URL]) {
    let seconds = (ContinuousClock.now - start).components.seconds
    say("\n5. Summary")
    for line in Table.aligned(rows + totals + [["whole demonstration", "\(seconds) s"]]) {
      say("   \(line)")
    }
    for failure in failures { say("\nFAILED \(failure)") }
    if hasSucceeded { say("\nAll steps succeeded.") }
    say("Full log: \(logs.map(\.path).joined(separator: ", "))")
  }

  private mutating func begin(_ number: Int) {
    step = number
    say("\n\(number). \(Story.titles[number] ?? "")")
  }

  private mutating func pass(_ number: Int, _ what: String) {
    succeeded.insert(number)
    say("   ✓ \(what)")
  }

  private mutating func fail(_ number: Int, _ why: String) {
    failures.append("step \(number) (\(Story.titles[number] ?? "?")): \(why)")
    say("   ✗ \(why)")
  }

  private func show(_ line: String) { if !line.isEmpty { say("   | \(line)") } }
}
