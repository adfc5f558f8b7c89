import EngineABI
import Foundation
import IsolationSpec
import Testing

@testable import ConformanceHarness

/// The theorems, sampled: random states of the abstract machine, made different where an
/// observer does not look, and one step on both.
@Suite struct NoninterferenceTests {
  @Test("a step shows the host nothing of guests' memory and registers but what it is told")
  func hostLearnsNothing() {
    sample { system, other, step, cpu in
      scramble(other)
      #expect(system.looks(to: .host, like: other), "not the same to begin with")
      let isGuests = system.system.cpus[cpu].runs != Processor.host
      let isSame =
        !isGuests || system.system.told(step, cpu) == other.system.told(step, cpu)
      if isGuests {
        let one = declassifies(step, cpu, system.system)
        let two = declassifies(step, cpu, other.system)
        #expect(isSame == (one == two), "\(describe(step)) tells otherwise than it declassifies")
        let isCount = one?.isCount ?? true && two?.isCount ?? true
        #expect(isSame || !isCount, "\(describe(step)) counts guests' secrets")
      }
      _ = system.system.make(step, on: cpu)
      _ = other.system.make(step, on: cpu)
      if !isSame { return }
      #expect(system.looks(to: .host, like: other), "\(describe(step)) tells the host")
    }
  }

  @Test("a step of others leaves what a VM sees as it was")
  func othersChangeNothing() {
    sample { system, other, step, cpu in
      let actor =
        system.system.cpus[cpu].runs == Processor.host
        ? 0 : System.vm(of: system.system.cpus[cpu].runs)
      var isInfluenced = [Bool](repeating: true, count: Comparison.vms + 1)
      for vm in 1...UInt64(Comparison.vms) where vm != actor {
        isInfluenced[Int(vm)] = influences(step, cpu, vm, system.system) != nil
      }
      _ = other.system.make(step, on: cpu)
      for vm in 1...UInt64(Comparison.vms) where !isInfluenced[Int(vm)] {
        #expect(
          system.looks(to: .vm(vm), like: other),
          "\(describe(step)) by \(actor) changes VM \(vm)")
      }
    }
  }

  @Test("views tell states apart that differ where they look")
  func viewsAreNotBlind() {
    let system = ConcreteMachine(cpus: 1).abstract()
    let other = system.copy()
    #expect(system.looks(to: .host, like: other))
    #expect(system.looks(to: .vm(1), like: other))
    other.system.pages[3].contents = 5
    #expect(!system.looks(to: .host, like: other))
    other.system.pages[3].owner = 1
    system.system.pages[3].owner = 1
    #expect(system.looks(to: .host, like: other))
    #expect(!system.looks(to: .vm(1), like: other))
    #expect(system.looks(to: .vm(2), like: other))
  }

  /// Random states on the way of random sequences: `body` gets two copies and the next step.
  private func sample(
    _ body: (AbstractMachine, AbstractMachine, Step, Int) -> Void
  ) {
    for seed in 1...2 as ClosedRange<UInt64> {
      let machine = ConcreteMachine(cpus: Comparison.cpus).abstract()
      var generator = Conformance.generator(seed: seed)
      for count in 0..<3000 {
        let (step, cpu) = generator.next(machine.system)
        if count % 5 == 0 { body(machine.copy(), machine.copy(), step, cpu) }
        _ = machine.system.make(step, on: cpu)
      }
    }
  }

  /// Changes all that the host must not see.
  private func scramble(_ machine: AbstractMachine) {
    for page in 0..<machine.system.pages.count where !machine.system.pages[page].isHosts {
      machine.system.pages[page].contents ^= 0x5ec1
    }
    for vcpu in 0..<machine.system.vcpus.count {
      for register in 0..<31 { machine.system.vcpus[vcpu].registers.x[register] ^= 0x5ec2 }
      machine.system.vcpus[vcpu].registers.pc ^= 0x5ec0
      machine.system.vcpus[vcpu].registers.system ^= 0x5ec3
      machine.system.vcpus[vcpu].registers.floatingPoint ^= 0x5ec4
      machine.system.vcpus[vcpu].registers.timerCompare ^= 0x5ec5
      machine.system.vcpus[vcpu].timerLine.toggle()
    }
  }
}
