import EngineABI
import IsolationCore
import Testing

@Suite struct LifeCycleTests {
  let machine = TestMachine()

  private func stateOfVM(_ vm: Int) -> (VMState?, UInt64) {
    let answer = machine.call(.stateOfVM, vm: vm)
    #expect(answer.status == .ok)
    return (VMState(rawValue: UInt8(answer.x[1])), answer.x[2])
  }

  private func counter(_ counter: Counter, vm: Int = 0) -> UInt64 {
    let answer = machine.call(.counter, vm: vm, UInt64(counter.rawValue))
    #expect(answer.status == .ok)
    return answer.x[1]
  }

  @Test func aVMGoesFromFreeToLoadingSealedDyingAndFree() {
    #expect(stateOfVM(1) == (.free, 0))
    machine.makeVM(1, block: 0, seal: false)
    #expect(stateOfVM(1) == (.loading, 8))
    machine.call(.seal, vm: 1)
    #expect(stateOfVM(1) == (.sealed, 8))
    #expect(machine.call(.destroyVM, vm: 1).status == .ok)
    #expect(stateOfVM(1) == (.dying, 8))
    #expect(machine.call(.reclaim, vm: 1).status == .again)
    #expect(stateOfVM(1) == (.dying, 7))
    machine.endVM(1)
    #expect(stateOfVM(1) == (.free, 0))
    #expect(machine.violations == [])
  }

  @Test func aLoadingVMCanBeDestroyed() {
    machine.makeVM(64, block: 0, seal: false)
    #expect(machine.call(.destroyVM, vm: 64, page: 64).status == .ok)
    machine.endVM(64)
    #expect(stateOfVM(64) == (.free, 0))
  }

  @Test func destroyForgetsTheVMsTranslations() {
    machine.runVM()
    machine.fill(0, 1, guestMemory / 4096)
    #expect(machine.caches.knows(vmid: 1))
    machine.guest().hvc(0x8400_0008)
    #expect(machine.call(.destroyVM, vm: 1).status == .ok)
    #expect(!machine.caches.knows(vmid: 1))
  }

  @Test func destroyIsBusyWhileAVCPURuns() {
    machine.runVM(vcpus: 2, running: 1)
    #expect(machine.call(.destroyVM, vm: 1, cpu: 1).status == .busy)
    machine.guest().interrupt(30)
    #expect(machine.call(.destroyVM, vm: 1, cpu: 1).status == .ok)
    #expect(machine.run(1).status == .wrongState)
  }

  @Test func aVCPUStartsWithNothingButItsEntry() {
    machine.makeVM(1, block: 0, vcpus: 0, seal: false)
    let context = Limits.cpus
    machine.machine.contexts[context].frame.x[7] = 0x5ec2e7
    machine.machine.contexts[context].system.tpidrEL1 = 0x5ec2e7
    machine.machine.contexts[context].system.keys[9] = 0x5ec2e7
    machine.machine.contexts[context].floatingPoint.v[63] = 0x5ec2e7
    machine.machine.contexts[context].interrupts.lists[3] = 0x5ec2e7
    machine.machine.contexts[context].timer.compare = 0x5ec2e7
    #expect(machine.call(.createVCPU, vm: 1, 0).status == .ok)
    #expect(machine.machine.contexts[context].frame.x[7] == 0, "scrubbed before it has an entry")
    #expect(machine.call(.setEntry, vm: 1, 0, 0x4000_1000, 0x77).status == .ok)
    let made = machine.machine.contexts[context]
    for register in 0..<31 { #expect(made.frame.x[register] == (register == 0 ? 0x77 : 0)) }
    #expect(made.frame.pc == 0x4000_1000)
    #expect(made.frame.pstate == 0x3c5, "EL1h, interrupts masked")
    #expect(made.system.tpidrEL1 == 0 && made.system.keys[9] == 0)
    #expect(made.system.sctlr & 1 == 0, "MMU off")
    #expect(made.floatingPoint.v[63] == 0)
    #expect(made.interrupts.lists[3] == 0 && made.timer.compare == 0)
  }

  @Test func anEntryCanBeSetAgainUntilTheVMIsSealed() {
    machine.makeVM(1, block: 0, vcpus: 2, seal: false)
    #expect(machine.call(.setEntry, vm: 1, 0, 0x1000, 1).status == .ok)
    #expect(machine.call(.setEntry, vm: 1, 0, 0x2000, 2).status == .ok)
    #expect(machine.machine.contexts[Limits.cpus].frame.pc == 0x2000)
    machine.call(.seal, vm: 1)
    #expect(machine.call(.setEntry, vm: 1, 0, 0x3000, 3).status == .wrongState)
    #expect(machine.call(.setEntry, vm: 1, 1, 0x3000, 3).status == .wrongState)
  }

  @Test func vcpusAreNumberedWithoutGapsUpToTheLimit() {
    machine.makeVM(1, block: 0, vcpus: 0, seal: false)
    for number in UInt64(0)..<8 {
      #expect(machine.call(.createVCPU, vm: 1, number + 1).status != .ok)
      #expect(machine.call(.createVCPU, vm: 1, number).status == .ok)
    }
    #expect(machine.call(.createVCPU, vm: 1, 8).status == .invalidArgument)
  }

  @Test func aNewVMKnowsNothingOfTheOneThatHadItsNumber() {
    // vCPU 1 dies with an interrupt in its list registers, and having counted.
    machine.runVM(vcpus: 2, running: 2)
    let guest = machine.guest(1)
    guest.write(GuestGIC.distributor, 2)
    guest.write(GuestGIC.distributor + 0x104, ~0 & 0xffff_ffff)
    guest.write(GuestGIC.distributor + 0x6100, 1, bytes: 8)
    machine.guest(0).interrupt(30)
    machine.call(.setInterrupt, vm: 1, 32, 1)
    guest.interrupt(30)
    machine.run(1, 1, cpu: 1)
    #expect(machine.guest(1).pending == [32])
    machine.guest(1).interrupt(30)
    machine.endVM(1)

    machine.runVM()
    #expect(machine.guest().read(GuestGIC.distributor + 0x304) == 0, "GICD_ISACTIVER1")
    machine.guest().interrupt(30)
    #expect(counter(.run, vm: 1) == 1)
    #expect(counter(.distributor, vm: 1) == 1)
  }

  // MARK: Info and counters

  @Test func infoTellsWhatTheConfigurationSays() {
    var answer = machine.call(.info, 0)
    #expect(answer.x == [0, abiVersion, 60_000, 4])
    answer = machine.call(.info, 1)
    #expect(answer.x == [0, 0x8000_0000, 16 << 20, 16 << 20])
    answer = machine.call(.info, 2)
    #expect(answer.x == [0, Feature.pointerAuthentication, 62_500_000, 4711])
    answer = machine.hvc(function: Call.hvcBase, word: 0, 0)
    #expect(answer.x == [0, abiVersion, 60_000, 4])
    answer = machine.call(.info, 0, page: 9)
    #expect(answer.x == [0, abiVersion, 60_000, 4])
  }

  @Test func countersSumOverVCPUs() {
    machine.runVM(vcpus: 2, running: 2)
    for cpu in 0..<2 { machine.guest(cpu).hvc(0x8400_0000) }
    #expect(machine.call(.counter, vm: 1, UInt64(Counter.hypercall.rawValue), cpu: 2).x[1] == 2)
    #expect(machine.call(.counter, vm: 1, UInt64(Counter.run.rawValue), cpu: 2).x[1] == 2)
  }

  @Test func theEnginesOwnCounters() {
    machine.call(.seal, vm: 0)
    machine.call(.seal, vm: 0, cpu: 3)
    #expect(counter(.refused) == 2, "of all CPUs")
    #expect(counter(.engineInstructions) == 12345)
    #expect(machine.performed.count == 1)
  }
}
