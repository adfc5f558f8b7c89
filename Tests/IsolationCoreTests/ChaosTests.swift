import EngineABI
import Foundation
import IsolationCore
import Testing

/// Steps of each random sequence; the environment can ask for more.
private let steps =
  ProcessInfo.processInfo.environment["CORE_TEST_STEPS"].flatMap { Int($0) } ?? 26_000

@Suite struct ChaosTests {
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func noSequenceOfEventsBreaksARule(seed: UInt64) {
    let chaos = Chaos(
      seed: seed, cpus: 2 + Int(seed) % 3, listRegisters: seed % 4 == 0 ? 2 : 4)
    let machine = chaos.machine
    for step in 1...steps {
      chaos.step()
      if step % 250 == 0 { machine.checkAll() }
      if !machine.violations.isEmpty {
        Issue.record("step \(step): \(machine.violations); after \(chaos.history)")
        return
      }
    }
    chaos.end()
    for page in 0..<TestMachine.pages { #expect(machine.ownership(page) == .host) }
    machine.checkAll()
    #expect(machine.violations == [])
    chaos.expectVariety()
  }
}

extension Chaos {
  /// Stops every guest, destroys every VM and takes everything back.
  func end() {
    for cpu in machine.processors.indices where !machine.isHost(cpu) {
      machine.guest(cpu).interrupt(30)
    }
    for vm in 1...Limits.vms where machine.machine.vms[vm - 1].state != .free {
      machine.endVM(vm)
      machine.checkStep()
      #expect(machine.machine.vms[vm - 1].state == .free)
    }
  }

  /// A sequence in which nothing succeeds, or no error comes, shows nothing.
  func expectVariety() {
    let wanted = [
      "createVM 0", "createVM -2", "createVM -6", "createVM -8", "donate 0", "donate -2",
      "donate -5", "donate -6", "donate -7", "donate -8", "donateTable 0", "donateTable -6",
      "donateTable -7", "donateTable -8", "seal 0", "seal -5", "destroyVM 0", "destroyVM -4",
      "reclaim 0", "reclaim 1", "reclaim -5", "createVCPU 0", "createVCPU -5", "createVCPU -8",
      "setEntry 0", "setEntry -5", "setInterrupt 0", "share -1", "run", "run -4", "run -5",
      "run -2", "guest share 0", "guest share -6", "guest unshare 0", "guest unshare -6", "exit 0",
      "exit 1", "exit 2", "exit 3", "exit 4", "exit 5", "exit 6", "exit 7", "exit 8",
    ]
    for name in ["readsAtOnce", "interruptsItselfAtOnce", "takesTimerAtOnce"] {
      #expect(machine.shortcuts[name] != nil, "\(machine.shortcuts)")
    }
    let missing = wanted.filter { outcomes[$0] == nil }
    #expect(missing == [], "outcomes: \(outcomes)")
  }
}
