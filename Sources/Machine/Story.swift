import Foundation

/// Turns the console into numbered steps that a person can follow.
struct Story {
  static let titles = [
    1: "The engine starts", 2: "A stock Debian kernel comes up at EL1",
    3: "Two stock Debian guests, one vmm each", 4: "Isolation", 5: "End",
  ]
  private let cpus: Int
  private var step = 0
  private var isStepOpen = false
  private var succeeded: Set<Int> = []
  private var failures: [String] = []
  private var rows: [(String, String)] = []
  private var sawEL1 = false
  private var scriptStatus: Int?

  init(cpus: Int, hasEngine: Bool) {
    self.cpus = cpus
    begin(hasEngine ? 1 : 2)
  }

  var hasSucceeded: Bool { failures.isEmpty && succeeded.isSuperset(of: Story.titles.keys) }

  mutating func read(_ line: String, at time: Double) {
    switch Marker(line) {
    case .step(let number, .begin(let title)):
      if number != step { begin(number) }
      say("   \(title)")
    case .step(let number, .ok(let what)):
      succeeded.insert(number)
      say("   ✓ \(what)")
    case .step(let number, .failed(let why)): fail(number, why)
    case .row(let name, let value): rows.append((name, value))
    case .scriptEnded(let status): scriptStatus = status
    case .test(let name, .failed(let why)): fail(step, "\(name): \(why)")
    case .test(let name, .ok): say("   ✓ \(name)")
    case .test(_, .begin): break
    case nil: readPlain(line, at: time)
    }
  }

  private mutating func readPlain(_ line: String, at time: Double) {
    switch step {
    case 1 where line.contains("Booting Linux on physical CPU"):
      succeeded.insert(1)
      begin(2)
      show(line)
    case 1: if !line.isEmpty { show(line) }
    case 2:
      let words = [
        "Linux version", "Machine model", "psci:", "CPU features: detected", "GICv3: CPU",
        "arch_timer", "Brought up",
      ]
      if line.contains("started at EL1") { sawEL1 = true }
      if sawEL1 && line.contains("started at EL1") || words.contains(where: line.contains) {
        show(line)
      }
      if line.contains("bulkhead-host: user space") {
        if sawEL1 && line.contains("\(cpus) CPUs") {
          succeeded.insert(2)
          rows.append(
            ("host kernel in user space", String(format: "%.1f s after QEMU's start", time)))
          say("   ✓ the host is in user space, at EL1 on \(cpus) CPUs")
        } else {
          fail(2, "the host did not come up at EL1 on \(cpus) CPUs: \(line)")
        }
      }
    default: if line.hasPrefix("[") || line.contains("bulkhead-engine") { show(line) }
    }
  }

  mutating func end(stuckAfter seconds: Double? = nil) {
    if let seconds { fail(step, "nothing more came; ended after \(Int(seconds)) s") }
    if scriptStatus.map({ $0 != 0 }) ?? true, failures.isEmpty {
      fail(step, "the machine ended before its script did")
    }
    for number in Story.titles.keys.sorted() where !succeeded.contains(number) && failures.isEmpty {
      fail(number, "it was never reached")
    }
  }

  func printSummary(seconds: Double, log: URL) {
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    say("\nSummary")
    for (name, value) in rows { say("   \(name.padded(to: width))\(value)") }
    say("   \("whole demonstration".padded(to: width))\(String(format: "%.1f s", seconds))")
    if hasSucceeded {
      say("\nAll steps succeeded. Full log: \(log.path)")
    } else {
      for failure in failures { say("\nFAILED \(failure)") }
      say("Full log: \(log.path)")
    }
  }

  private mutating func begin(_ number: Int) {
    step = number
    say("\n\(number). \(Story.titles[number] ?? "")")
  }

  private mutating func fail(_ number: Int, _ why: String) {
    let text = "step \(number) (\(Story.titles[number] ?? "?")): \(why)"
    failures.append(text)
    say("   ✗ \(why)")
  }

  private func show(_ line: String) { say("   | \(line)") }
}
