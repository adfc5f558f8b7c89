import EngineABI
import Testing

@testable import IsolationCore

/// Every function number near those that mean something (PSCI 1.1, SMCCC 1.2, TRNG 1.0).
@Suite struct MutantsFirmwareTests {
  /// Names of functions and their neighbours in either width.
  private static let numbers: [UInt64] = {
    var numbers: Set<UInt64> = []
    for base in [0x8000_0000, 0x8400_0000] as [UInt64] {
      for low in 0...0x60 as ClosedRange<UInt64> { numbers.insert(base + low) }
    }
    for low in [0x3ffe, 0x3fff, 0x4000, 0x7ffe, 0x7fff, 0x8000, 0x8001] as [UInt64] {
      numbers.insert(0x8000_0000 + low)
    }
    numbers.formUnion(numbers.map { $0 | 0x4000_0000 })
    return numbers.sorted()
  }()

  private static let psci: Set<UInt64> = [
    0x8400_0000, 0x8400_0001, 0xc400_0001, 0x8400_0002, 0x8400_0003, 0xc400_0003, 0x8400_0004,
    0xc400_0004, 0x8400_0006, 0x8400_0008, 0x8400_0009, 0x8400_000a, 0x8000_0000,
  ]
  private static let workarounds: [UInt64: Int] = [
    0x8000_8000: 0, 0x8000_7fff: 1, 0x8000_3fff: 2,
  ]

  @Test func guestsHaveTheseFunctionsOfPSCIAndNoOther() {
    let machine = TestMachine()
    machine.runVM()
    for number in MutantsFirmwareTests.numbers {
      let wanted: UInt64 = MutantsFirmwareTests.psci.contains(number) ? 0 : ~0
      #expect(machine.guest().hvc(0x8400_000a, number) == wanted, "\(hex(number))")
      #expect(machine.guest().hvc(0x8400_000a, 0xf_0000_0000 | number) == wanted, "32 bits")
    }
  }

  @Test func guestsHaveTheseFunctionsOfSMCCCAndTheFirmwaresWorkarounds() {
    let machine = TestMachine()
    machine.machine.configuration.workarounds = [0, 1, 7]
    machine.runVM()
    for number in MutantsFirmwareTests.numbers {
      let wanted: UInt64 =
        if let index = MutantsFirmwareTests.workarounds[number] {
          machine.machine.configuration.workarounds[index]
        } else {
          number == 0x8000_0000 || number == 0x8000_0001 ? 0 : ~0
        }
      #expect(machine.guest().hvc(0x8000_0001, number) == wanted, "\(hex(number))")
      #expect(machine.guest().hvc(0x8000_0001, 0xf_0000_0000 | number) == wanted, "32 bits")
    }
  }

  @Test(arguments: [0, 1, 2])
  func aWorkaroundIsAskedOfTheFirmwareIfItSaysThatItIsNeeded(index: Int) {
    let function = MutantsFirmwareTests.workarounds.first { $0.value == index }!.key
    for needed in [0, 1, 2, ~0] as [UInt64] {
      let machine = TestMachine()
      machine.machine.configuration.workarounds = [3, 3, 3]
      machine.machine.configuration.workarounds[index] = needed
      machine.runVM()
      let refused = machine.machine.vcpus[0].counters[Int(Counter.refused.rawValue)]
      let answer = machine.guest().hvc(function, 0xf_1234_5678, 9, 9)
      let asked = machine.processors[0].firmware
      #expect(answer == (needed == 0 ? 0 : ~0))
      #expect(asked.map(\.function) == (needed == 0 ? [function] : []))
      #expect(asked.allSatisfy { $0.a == 0x1234_5678 && $0.b == 0 && $0.c == 0 })
      let counted = machine.machine.vcpus[0].counters[Int(Counter.refused.rawValue)] - refused
      #expect(counted == (needed == 0 ? 0 : 1))
    }
  }

  @Test func functionsThatGuestsHaveNotAreNotSupportedAndCounted() {
    let machine = TestMachine()
    machine.runVM()
    var refused: UInt64 = 0
    let known = MutantsFirmwareTests.psci.union([0x8000_0001, 0x8000_8000])
    for number in MutantsFirmwareTests.numbers where !known.contains(number) {
      #expect(machine.guest().hvc(number, 1, 2, 3) == ~0, "\(hex(number))")
      refused += 1
      #expect(machine.machine.vcpus[0].counters[Int(Counter.refused.rawValue)] == refused)
    }
    #expect(!machine.isHost(0) && machine.violations == [])
  }

  @Test func aStandbyEndsAtOnceAndAPowerDownIsRefused() {
    let machine = TestMachine()
    machine.runVM()
    for function in [0x8400_0001, 0xc400_0001] as [UInt64] {
      for bit in 0..<UInt64(32) {
        let wanted: UInt64 = bit == 16 || bit == 30 ? ~1 : 0
        #expect(machine.guest().hvc(function, 1 << bit) == wanted, "bit \(bit)")
        machine.processors[1].firmware = []
        let refused = machine.machine.cpus[1].refused
        #expect(machine.smc(function, 1 << bit, cpu: 1).x[0] == wanted, "the host's, bit \(bit)")
        #expect(machine.processors[1].firmware.count == (wanted == 0 ? 1 : 0))
        #expect(machine.machine.cpus[1].refused == refused + (wanted == 0 ? 0 : 1))
      }
    }
  }

  // MARK: The host

  /// What of its calls the host's firmware sees: the function and how many arguments.
  private static let passed: [UInt64: Int] = [
    0x8400_0000: 1, 0x8400_0001: 1, 0xc400_0001: 1, 0x8400_0002: 0, 0x8400_0004: 2,
    0xc400_0004: 2, 0x8400_0006: 1, 0x8400_0008: 1, 0x8400_0009: 1, 0x8000_0000: 1,
    0x8000_8000: 1, 0x8000_7fff: 1, 0x8000_3fff: 1, 0x8400_0050: 1, 0x8400_0051: 1,
    0x8400_0052: 1, 0x8400_0053: 1, 0xc400_0053: 1,
  ]

  @Test func theHostsCallsOnTheListGoOnWithTheirArgumentsAndNoOther() {
    let others: Set<UInt64> = [0x8400_0003, 0xc400_0003, 0x8400_000a, 0x8000_0001]
    for number in MutantsFirmwareTests.numbers where !others.contains(number) {
      let machine = TestMachine()
      let answer = machine.smc(number, 0x11, 0x22, 0x33)
      let asked = machine.processors[0].firmware
      if let count = MutantsFirmwareTests.passed[number] {
        #expect(asked.count == 1, "\(hex(number))")
        #expect(asked.first?.function == number)
        #expect(asked.first?.a == (count > 0 ? 0x11 : 0), "\(hex(number))")
        #expect(asked.first?.b == (count > 1 ? 0x22 : 0) && asked.first?.c == 0, "\(hex(number))")
        #expect(machine.machine.cpus[0].refused == 0)
      } else {
        #expect(asked.count == 0 && answer.x[0] == ~0, "\(hex(number))")
        #expect(machine.machine.cpus[0].refused == 1)
      }
      #expect(machine.machine.cpus[0].online == (number != 0x8400_0002), "CPU_OFF")
    }
  }

  @Test(arguments: [0x8400_000a, 0x8000_0001] as [UInt64])
  func theHostMayAskForFeaturesOfWhatIsOnTheList(query: UInt64) {
    var known = Set(MutantsFirmwareTests.passed.keys)
    known.formUnion([0x8400_0003, 0x8400_000a, 0x8000_0001])
    // Either width of each may be asked for.
    known.formUnion(known.map { $0 | 0x4000_0000 })
    let machine = TestMachine()
    for number in MutantsFirmwareTests.numbers {
      machine.processors[0].firmware = []
      machine.machine.cpus[0].refused = 0
      let answer = machine.smc(query, number, 5, 6)
      let asked = machine.processors[0].firmware
      #expect(asked.count == (known.contains(number) ? 1 : 0), "\(hex(number))")
      #expect(asked.allSatisfy { $0.a == number && $0.b == 0 && $0.c == 0 })
      #expect(answer.x[0] == (known.contains(number) ? 0 : ~0))
      #expect(machine.machine.cpus[0].refused == (known.contains(number) ? 0 : 1))
    }
  }
}
