import EngineABI
import Foundation
import IsolationCore
import Testing

/// Steps of each random sequence; the environment can ask for more.
private let steps =
  ProcessInfo.processInfo.environment["CORE_TEST_STEPS"].flatMap { Int($0) } ?? 26_000

@Suite struct ChaosTests {
  @Test func noSequenceOfEventsBreaksARule() async {
    let outcomes = await withTaskGroup(of: [String: Int].self) { group in
      for seed in UInt64(1)...8 { group.addTask { Chaos.play(seed: seed, steps: steps) } }
      return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    // Sequences in which nothing succeeds, or an error never comes, show nothing.
    let missing = expectedOutcomes.filter { outcomes[$0] == nil }
    #expect(missing == [], "outcomes: \(outcomes.sorted { $0.key < $1.key })")
  }
}

/// Calls with their statuses, exits, and shortcuts taken.
private let expectedOutcomes = [
  "createVM 0", "createVM -2", "createVM -6", "createVM -8", "donate 0", "donate -2",
  "donate -5", "donate -6", "donate -7", "donate -8", "donateTable 0", "donateTable -6",
  "donateTable -7", "donateTable -8", "seal 0", "seal -5", "destroyVM 0", "destroyVM -4",
  "reclaim 0", "reclaim 1", "reclaim -5", "createVCPU 0", "createVCPU -5", "createVCPU -8",
  "setEntry 0", "setEntry -5", "setInterrupt 0", "share -1", "run", "run -4", "run -5", "run -2",
  "guest share 0", "guest share -6", "guest unshare 0", "guest unshare -6", "exit 0", "exit 1",
  "exit 2", "exit 3", "exit 4", "exit 5", "exit 6", "exit 7", "exit 8", "readsAtOnce",
  "interruptsItselfAtOnce", "takesTimerAtOnce", "finishesAtOnce", "runsAtOnce", "asksAtOnce",
  "leavesAtOnce",
]

extension Chaos {
  /// Plays one sequence to its end, and tells what came of its calls.
  static func play(seed: UInt64, steps: Int) -> [String: Int] {
    let chaos = Chaos(
      seed: seed, cpus: 2 + Int(seed) % 3, listRegisters: seed % 4 == 0 ? 2 : 4)
    let machine = chaos.machine
    for step in 1...steps {
      chaos.step()
      if step % 250 == 0 { machine.checkAll() }
      if !machine.violations.isEmpty {
        Issue.record(
          "seed \(seed), step \(step): \(machine.violations); after \(chaos.history)")
        return chaos.outcomes
      }
    }
    chaos.end()
    for page in 0..<TestMachine.pages where machine.ownership(page) != .host {
      Issue.record("seed \(seed): page \(page) is \(machine.ownership(page)) in the end")
      break
    }
    machine.checkAll()
    #expect(machine.violations == [], "seed \(seed)")
    return chaos.outcomes.merging(machine.shortcuts) { $1 }
  }

  /// Stops every guest, destroys every VM and takes everything back.
  private func end() {
    for cpu in machine.processors.indices where !machine.isHost(cpu) {
      machine.guest(cpu).interrupt(30)
    }
    for vm in 1...Limits.vms where machine.machine.spaces[vm - 1].state != .free {
      machine.endVM(vm)
      machine.checkStep()
      #expect(machine.machine.spaces[vm - 1].state == .free)
    }
  }
}
