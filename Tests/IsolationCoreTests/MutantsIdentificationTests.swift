import IsolationCore
import Testing

/// Identification registers field by field, from the manual's tables (Arm ARM D19.2).
@Suite struct MutantsIdentificationTests {
  /// What is shown of a register: fields of four bits as the hardware has them, others as constants.
  struct View: Sendable, CustomStringConvertible {
    var name: String
    /// CRm << 3 | op2
    var index: Int
    var kept: [UInt64]
    var constants: [UInt64: UInt64] = [:]
    var description: String { name }

    /// The bits that pass.
    var mask: UInt64 { kept.reduce(0) { $0 | 15 << (4 * $1) } }
    var made: UInt64 { constants.reduce(0) { $0 | $1.value << (4 * $1.key) } }
  }

  private static func all(but hidden: [UInt64]) -> [UInt64] {
    (0...15).filter { !hidden.contains($0) }
  }

  /// Neither EL2, EL3, AArch32, RAS, SVE, MPAM, AMU, RME, MTE, SME, TME, LS64, WFxT, fine-grained
  /// traps, VHE nor nested virtualisation.
  static let guest = [
    View(name: "PFR0", index: 0x20, kept: [4, 5, 12, 14, 15], constants: [0: 1, 1: 1, 6: 1]),
    View(name: "PFR1", index: 0x21, kept: [0, 1]),
    View(name: "ZFR0", index: 0x24, kept: []),
    View(name: "SMFR0", index: 0x25, kept: []),
    View(name: "DFR0", index: 0x28, kept: [], constants: [0: 6, 3: 1]),
    View(name: "DFR1", index: 0x29, kept: []),
    View(name: "ISAR0", index: 0x30, kept: all(but: [6])),
    View(name: "ISAR1", index: 0x31, kept: all(but: [15])),
    View(name: "ISAR2", index: 0x32, kept: [1, 2, 3]),
    View(name: "MMFR0", index: 0x38, kept: [0, 1, 2, 3, 4, 5, 6, 7, 11]),
    View(name: "MMFR1", index: 0x39, kept: [0, 3, 5, 9]),
    View(name: "MMFR2", index: 0x3a, kept: all(but: [3, 6, 10, 14])),
    View(name: "MMFR3", index: 0x3b, kept: []),
    View(name: "ID_PFR0, of AArch32", index: 0x08, kept: []),
  ]

  /// The host uses what the engine does not switch or keep for itself.
  static let host = [
    View(name: "PFR0", index: 0x20, kept: all(but: [8, 10, 11, 13])),
    View(name: "PFR1", index: 0x21, kept: [0, 1]),
    View(name: "ZFR0", index: 0x24, kept: []),
    View(name: "SMFR0", index: 0x25, kept: []),
    View(name: "DFR0", index: 0x28, kept: all(but: [1, 8, 10, 11, 13])),
    View(name: "DFR1", index: 0x29, kept: []),
    View(name: "ISAR0", index: 0x30, kept: all(but: [])),
    View(name: "ISAR1", index: 0x31, kept: all(but: [15])),
    View(name: "ISAR2", index: 0x32, kept: all(but: [4])),
    View(name: "ISAR3", index: 0x33, kept: []),
    View(name: "MMFR0", index: 0x38, kept: all(but: [])),
    View(name: "MMFR1", index: 0x39, kept: all(but: [])),
    View(name: "MMFR2", index: 0x3a, kept: all(but: [])),
    View(name: "MMFR3", index: 0x3b, kept: []),
    View(name: "ID_PFR0, of AArch32", index: 0x08, kept: all(but: [])),
    View(name: "the last of AArch32", index: 0x1f, kept: all(but: [])),
  ]

  @Test(arguments: MutantsIdentificationTests.guest)
  func aGuestSeesOfEachRegisterTheseFieldsAndNoBitMore(_ view: View) {
    for bit in 0..<UInt64(64) {
      let value = Identification.guestValue(view.index, hardware: 1 << bit)
      #expect(value == view.made | (1 << bit & view.mask), "bit \(bit)")
    }
    #expect(Identification.guestValue(view.index, hardware: ~0) == view.made | view.mask)
  }

  @Test(arguments: MutantsIdentificationTests.host)
  func theHostSeesOfEachRegisterTheseFieldsAndNoBitMore(_ view: View) {
    for bit in 0..<UInt64(64) {
      let value = Identification.hostValue(view.index, hardware: 1 << bit)
      #expect(value == 1 << bit & view.mask, "bit \(bit)")
    }
    #expect(Identification.hostValue(view.index, hardware: ~0) == view.mask)
  }

  @Test func theIndexOfARegisterIsCRmAndOp2() {
    #expect(Identification.processor0 == 0x20 && Identification.processor1 == 0x21)
    #expect(Identification.scalableVectors == 0x24 && Identification.scalableMatrices == 0x25)
    #expect(Identification.debug0 == 0x28)
    #expect(Identification.instructions0 == 0x30 && Identification.instructions1 == 0x31)
    #expect(Identification.instructions2 == 0x32)
    #expect(Identification.memory0 == 0x38 && Identification.memory1 == 0x39)
    #expect(Identification.memory2 == 0x3a)
  }
}
