import EngineABI
import IsolationCore
import Testing

/// SMCs of the host.
@Suite struct HostFirmwareTests {
  let machine = TestMachine()
  private var asked: [UInt64] { machine.processors[0].firmware.map(\.function) }

  @Test(
    arguments: [
      0x8400_0000, 0x8400_0004, 0xc400_0004, 0x8400_0006, 0x8400_0008, 0x8400_0009, 0x8000_0000,
      0x8000_8000, 0x8000_7fff, 0x8000_3fff, 0x8400_0050, 0x8400_0051, 0x8400_0052, 0x8400_0053,
      0xc400_0053, 0x8400_0001, 0xc400_0001,
    ] as [UInt64])
  func whatIsOnTheListGoesOn(function: UInt64) {
    machine.hostFrame(0) { $0.pc = 0x1000 }
    let answer = machine.smc(function, 1, 0, 3)
    #expect(asked == [function])
    #expect(answer.x[0] == 0)
    #expect(machine.machine.contexts[0].frame.pc == 0x1004)
    let isRandom = function & 0xff >= 0x50 && function & 0xff <= 0x53 && function & 0xff00 == 0
    #expect(answer.x[1] == (isRandom ? 0x77 : 1))
  }

  @Test(
    arguments: [
      0x8400_0005, 0x8400_0007, 0xc400_0012, 0x8400_0012, 0x8400_000c, 0x8400_000e, 0xc400_000e,
      0x8400_0013, 0xc400_0014, 0x8400_0060, 0xc400_00e0, 0x8300_0000, 0xc200_0000, 0xb200_0000,
      0xbf00_ff01, 0x8600_ff01, 0xc600_0000, 0x8000_0002, 0x0000_0000, ~0, 0xf_8400_0000,
    ] as [UInt64])
  func theRestIsNotSupportedAndCounted(function: UInt64) {
    let answer = machine.smc(function, 1, 2, 3)
    #expect(answer.x == [~0, 1, 2, 3])
    #expect(machine.performed.isEmpty)
    #expect(machine.machine.cpus[0].refused == 1)
  }

  @Test func featuresOfTheRestAreNotAskedFor() {
    for query in [0x8400_000a, 0x8000_0001] as [UInt64] {
      #expect(machine.smc(query, 0xc400_0012).x[0] == ~0)
      #expect(machine.smc(query, 0x8400_0013).x[0] == ~0)
      #expect(asked == [])
      #expect(machine.smc(query, 0x8000_8000).x[0] == 0)
      #expect(asked == [query])
      machine.processors[0].firmware = []
    }
  }

  @Test func suspendThatLosesStateIsRefused() {
    #expect(machine.smc(0xc400_0001, 1 << 16, 0x4200_0000).x[0] == ~1)
    #expect(asked == [])
  }

  // MARK: CPU_ON

  @Test func cpuOnEntersByWayOfTheEngine() {
    machine.smc(0x8400_0002, cpu: 3)
    #expect(!machine.machine.cpus[3].online)
    machine.machine.contexts[3].frame.x[5] = 0x5ec2e7
    #expect(machine.smc(0xc400_0003, TestMachine.affinity(3), 0x4200_0000, 0x77).x[0] == 0)
    let call = machine.processors[0].firmware[0]
    #expect(call.function == 0xc400_0003)
    #expect(call.a == TestMachine.affinity(3))
    #expect(call.b == machine.machine.configuration.secondaryEntry, "never the host's own")
    #expect(call.c == 3)
    let frame = machine.machine.contexts[3].frame
    #expect(frame.pc == 0x4200_0000 && frame.x[0] == 0x77 && frame.x[5] == 0)
    #expect(frame.pstate == 0x3c5)
    machine.start(3)
    #expect(machine.machine.cpus[3].online)
  }

  @Test func cpuOnRefusesEntriesThatTheHostHasNot() {
    machine.smc(0x8400_0002, cpu: 3)
    machine.makeVM(1, block: 0)
    let pc = machine.machine.contexts[3].frame.pc
    for entry in [
      TestMachine.engine.base, page(0, 4), 0x4200_0002, 1 << 40 | 0x4200_0000, ~0,
    ] as [UInt64] {
      #expect(machine.smc(0xc400_0003, TestMachine.affinity(3), entry).x[0] == ~8, "\(hex(entry))")
    }
    #expect(asked == [])
    #expect(machine.machine.contexts[3].frame.pc == pc)
  }

  @Test func cpuOnTellsItsErrors() {
    #expect(machine.smc(0xc400_0003, TestMachine.affinity(1), 0x4200_0000).x[0] == ~3)
    #expect(machine.smc(0xc400_0003, 0x777, 0x4200_0000).x[0] == ~1)
    #expect(machine.smc(0xc400_0003, ~0, 0x4200_0000).x[0] == ~1)
    #expect(asked == [])
    #expect(machine.violations == [])
  }
}
