import EngineABI
import IsolationCore
import Testing

@Suite struct SystemRegisterTests {
  let machine = TestMachine()

  init() { machine.runVM() }

  @Test func identificationRegistersAreThoseOfTheConfiguration() {
    let guest = machine.guest()
    for crm in UInt64(1)...7 {
      for op2 in UInt64(0)...7 {
        let pc = guest.frame.pc
        guest.register((3, 0, 0, crm, op2), read: true, 12)
        #expect(guest.frame.x[12] == 0x1d00 + crm << 3 + op2)
        #expect(guest.frame.pc == pc + 4)
      }
    }
    let before = guest.frame
    guest.register((3, 0, 0, 4, 0), read: true, 31)
    for register in 0..<31 { #expect(guest.frame.x[register] == before.x[register]) }
  }

  @Test(
    arguments: [
      (3, 0, 0, 8, 0), (3, 0, 0, 15, 7),  // no identification registers
      (3, 3, 9, 12, 0), (3, 0, 9, 14, 1),  // PMCR_EL0, PMINTENSET_EL1
      (3, 0, 1, 0, 1), (3, 0, 1, 2, 0), (3, 0, 1, 2, 6),  // ACTLR_EL1, ZCR_EL1, SMCR_EL1
      (3, 0, 12, 11, 6), (3, 0, 12, 11, 7),  // ICC_ASGI1R_EL1, ICC_SGI0R_EL1
      (3, 3, 14, 0, 1), (3, 3, 14, 2, 1),  // CNTPCT_EL0, CNTP_CTL_EL0
      (3, 0, 10, 4, 4), (3, 4, 1, 1, 0), (3, 0, 11, 0, 0), (3, 3, 13, 2, 0), (2, 1, 0, 0, 1),
      (1, 0, 7, 14, 2), (1, 0, 7, 6, 2),  // DC CISW, DC ISW
    ] as [(UInt64, UInt64, UInt64, UInt64, UInt64)])
  func registersThatNoRuleNamesAreUndefined(name: (UInt64, UInt64, UInt64, UInt64, UInt64)) {
    for read in [false, true] {
      machine.processors[0].exceptions = []
      let before = machine.guest().frame
      machine.guest().register(name, read: read)
      #expect(machine.processors[0].exceptions == [1 << 25])
      #expect(machine.answer().x == [7, 0x18, 0, 0])
      #expect(machine.machine.contexts[Limits.cpus].frame.x[5] == before.x[5])
      machine.run(1)
    }
  }

  @Test func identificationRegistersCannotBeWrittenAndSGIsNotRead() {
    machine.guest().register((3, 0, 0, 4, 0), read: false)
    #expect(machine.processors[0].exceptions == [1 << 25])
    machine.run(1)
    machine.guest().register((3, 0, 12, 11, 5), read: true)
    #expect(machine.processors[0].exceptions == [1 << 25, 1 << 25])
  }

  @Test func debugRegistersReadAsZeroAndIgnoreWrites() {
    let guest = machine.guest()
    for name in [(2, 0, 1, 0, 4), (2, 0, 1, 1, 4), (2, 0, 0, 2, 2), (2, 0, 0, 5, 5)]
      as [(UInt64, UInt64, UInt64, UInt64, UInt64)]
    {
      guest.set(5, 0xbad)
      guest.register(name, read: false)
      guest.register(name, read: true)
      #expect(guest.frame.x[5] == 0)
    }
    #expect(!machine.isHost(0))
  }

  @Test func theHostReadsItsOwnIdentificationRegistersAndNothingElse() {
    var trap = Trap()
    trap.syndrome = TestSyndrome.make(0x18, 3 << 20 | 6 << 5 | 4 << 1 | 1)
    machine.trap(1, trap)
    #expect(machine.machine.contexts[1].frame.x[6] == 0x2d20)
    #expect(machine.machine.contexts[1].frame.pc == 4)
    trap.syndrome &= ~1
    machine.trap(1, trap)
    #expect(machine.processors[1].exceptions == [1 << 25], "no writes")
    trap.syndrome = TestSyndrome.make(0x18, 3 << 20 | 1 << 10 | 6 << 5 | 4 << 1 | 1)
    machine.trap(1, trap)
    #expect(machine.processors[1].exceptions == [1 << 25, 1 << 25])
  }

  // MARK: What is hidden

  private func guest(_ index: Int) -> UInt64 { Identification.guestValue(index, hardware: ~0) }
  private func field(_ value: UInt64, _ bit: UInt64) -> UInt64 { value >> bit & 15 }

  @Test func guestsSeeNoFeatureThatIsNotSwitched() {
    let processor = guest(Identification.processor0)
    for (bit, name) in [
      (8, "EL2"), (12, "EL3"), (28, "RAS"), (32, "SVE"), (36, "SEL2"), (40, "MPAM"), (44, "AMU"),
      (52, "RME"),
    ]
      as [(UInt64, String)]
    { #expect(field(processor, bit) == 0, "\(name)") }
    #expect(field(processor, 0) == 1 && field(processor, 4) == 1, "AArch64 alone")
    #expect(field(processor, 24) == 1, "GIC system registers")
    #expect(guest(Identification.processor1) == 0xff, "no MTE, SME")
    #expect(field(guest(Identification.debug0), 8) == 0, "no PMU")
    #expect(guest(Identification.debug0) >> 32 == 0, "no SPE, trace")
    #expect(field(guest(Identification.instructions0), 24) == 0, "no TME")
    #expect(field(guest(Identification.instructions1), 60) == 0, "no LS64")
    #expect(field(guest(Identification.instructions2), 0) == 0, "no WFIT")
    #expect(field(guest(Identification.memory1), 8) == 0, "no VHE")
    #expect(field(guest(Identification.memory2), 24) == 0, "no nested virtualisation")
  }

  @Test func whatNoRuleNamesReadsAsZero() {
    let named = [
      Identification.processor0, Identification.processor1, Identification.debug0,
      Identification.instructions0, Identification.instructions1, Identification.instructions2,
      Identification.memory0, Identification.memory1, Identification.memory2,
    ]
    for index in 0..<64 where !named.contains(index) { #expect(guest(index) == 0, "\(index)") }
    for index in named where index != Identification.debug0 && index != Identification.processor0 {
      #expect(Identification.guestValue(index, hardware: 0) == 0, "nothing is made up")
    }
  }
}
