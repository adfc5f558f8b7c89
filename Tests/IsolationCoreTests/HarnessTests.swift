import Contracts
import EngineABI
import IsolationCore
import Testing

@Suite struct HarnessTests {
  @Test func contractsAreEvaluatedInTests() async {
    await #expect(processExitsWith: .failure) { requires(1 > 2) }
    await #expect(processExitsWith: .failure) { invariant(1 > 2) }
  }

  @Test func theCoreChecksWhatItRequires() async {
    await #expect(processExitsWith: .failure) {
      let machine = TestMachine()
      var trap = Trap()
      machine.machine.handle(cpu: 4, &trap, &machine.effects)
    }
  }

  @Test func aVMComesAndGoesWithoutTrace() {
    let machine = TestMachine()
    machine.makeVM(1, block: 0, pages: 4, vcpus: 2)
    machine.checkAll()
    machine.run(1)
    #expect(!machine.isHost(0))
    machine.guest().hvc(0x8400_0008)
    #expect(machine.answer().exit == .systemEvent)
    machine.endVM(1)
    machine.checkStep()
    machine.checkAll()
    for page in 0..<TestMachine.pages { #expect(machine.ownership(page) == .host) }
    #expect(machine.violations == [])
  }
}
