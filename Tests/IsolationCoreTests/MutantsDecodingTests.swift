import EngineABI
import Testing

@testable import IsolationCore

/// Syndromes bit by bit (Arm ARM D19.2.37): what each says, and which bits do not matter for it.
@Suite struct MutantsDecodingTests {
  // Fields of a syndrome, by their bits.
  private static let exceptionClass = Array(UInt64(26)...31)
  private static let status = Array(UInt64(2)...5)
  private static let size: [UInt64] = [22, 23]
  private static let register = Array(UInt64(16)...20)

  /// A predicate of data aborts: a syndrome of which it holds, and the bits that matter.
  struct Rule: Sendable, CustomStringConvertible {
    var description: String
    var holds: @Sendable (UInt64) -> Bool
    var example: UInt64
    var matters: [UInt64]
    init(
      _ description: String, _ example: UInt64, _ matters: [UInt64],
      _ holds: @escaping @Sendable (UInt64) -> Bool
    ) {
      (self.description, self.holds) = (description, holds)
      (self.example, self.matters) = (example, matters)
    }
  }

  static let rules = [
    Rule("described", 1 << 24, [24]) { DataAbort($0).isDescribed },
    Rule("signed", 1 << 21, [21]) { DataAbort($0).isSigned },
    Rule("wide", 1 << 15, [15]) { DataAbort($0).isWide },
    Rule("a table walk", 1 << 7, [7]) { DataAbort($0).isTableWalk },
    Rule("a write", 1 << 6, [6]) { DataAbort($0).isWrite },
    Rule("plain", 1 << 24, [24, 8, 7]) { DataAbort($0).isPlain },
    Rule("a translation fault", 4, status) { DataAbort($0).isTranslationFault },
    Rule("a plain miss", 0x24 << 26 | 1 << 24 | 4, exceptionClass + [24, 8, 7] + status) {
      DataAbort($0).isPlainMiss
    },
    Rule(
      "a call", 0x24 << 26 | 1 << 24 | 3 << 22,
      exceptionClass + [24] + size + register + [7, 6]
    ) { DataAbort($0).isCall },
    Rule(
      "a plain read of a word", 0x24 << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 4,
      exceptionClass + [25, 24] + size + [21, 9, 8, 7, 6] + status
    ) { DataAbort($0).isPlainWordRead },
    // MSR and MRS: op0 20...21, op2 17...19, op1 14...16, CRn 10...13, Rt 5...9, CRm 1...4.
    Rule("MRS", 1, [0]) { RegisterAccess(syndrome: $0).isRead },
    Rule(
      "an identification register", 3 << 20, [20, 21, 14, 15, 16, 10, 11, 12, 13, 4]
    ) { RegisterAccess(syndrome: $0).isIdentification },
    Rule(
      "the read of an identification register", 0x18 << 26 | 1 << 25 | 3 << 20 | 1,
      [0, 4] + Array(10...16) + Array(20...31)
    ) { RegisterAccess(syndrome: $0).isIdentificationRead },
    Rule("a debug register", 2 << 20, [20, 21, 14, 15, 16]) {
      RegisterAccess(syndrome: $0).isSelfHostedDebug
    },
    Rule(
      "the write of ICC_SGI1R_EL1",
      0x18 << 26 | 1 << 25 | 3 << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 11 << 1,
      Array(0...4) + Array(10...63)
    ) { RegisterAccess(syndrome: $0).isSoftwareInterrupt },
    Rule(
      "the name of ICC_SRE_EL1", 3 << 20 | 5 << 17 | 12 << 10 | 12 << 1,
      Array(1...4) + Array(10...21)
    ) { RegisterAccess(syndrome: $0).name == RegisterAccess.interruptEnable },
  ]

  @Test(arguments: MutantsDecodingTests.rules)
  func aSyndromeIsThisByTheseBitsAlone(_ rule: Rule) {
    #expect(rule.holds(rule.example))
    for bit in 0..<UInt64(32) {
      #expect(rule.holds(rule.example ^ 1 << bit) != rule.matters.contains(bit), "bit \(bit)")
    }
    // All that does not matter set at once.
    let others = (0..<UInt64(32)).filter { !rule.matters.contains($0) }
    #expect(rule.holds(others.reduce(rule.example) { $0 | 1 << $1 }))
  }

  @Test func fieldsOfADataAbortAreWhereTheManualHasThem() {
    for width in UInt64(0)...3 {
      #expect(DataAbort(width << 22 | ~(3 << 22)).bytes == 1 << width)
      #expect(DataAbort(width << 22).bytes == 1 << width)
    }
    for register in UInt64(0)...31 {
      #expect(DataAbort(register << 16 | ~(31 << 16)).register == register)
    }
    #expect(DataAbort(1 << 8).isMaintenance && !DataAbort(~(1 << 8)).isMaintenance)
  }

  @Test func fieldsOfARegisterAccessAreWhereTheManualHasThem() {
    for number in UInt64(0)...31 {
      #expect(RegisterAccess(syndrome: number << 5 | ~(31 << 5)).target == number)
      #expect(RegisterAccess(syndrome: number << 5).target == number)
    }
    for number in UInt64(0)...15 {
      #expect(RegisterAccess(syndrome: number << 1 | ~(15 << 1)).crm == number)
    }
    for number in UInt64(0)...7 {
      #expect(RegisterAccess(syndrome: number << 17 | ~(7 << 17)).op2 == number)
      for crm in UInt64(0)...15 {
        let access = RegisterAccess(syndrome: number << 17 | crm << 1 | ~(7 << 17 | 15 << 1))
        #expect(access.identificationIndex == Int(crm & 7) * 8 + Int(number))
      }
    }
    #expect(RegisterAccess.name(3, 7, 15, 15, 7) == 0x3f_fc1e)
    #expect(RegisterAccess.name(1, 0, 0, 0, 0) == 1 << 20)
    #expect(RegisterAccess.name(0, 1, 0, 0, 0) == 1 << 14)
    #expect(RegisterAccess.name(0, 0, 1, 0, 0) == 1 << 10)
    #expect(RegisterAccess.name(0, 0, 0, 1, 0) == 1 << 1)
    #expect(RegisterAccess.name(0, 0, 0, 0, 1) == 1 << 17)
  }

  @Test func aTrapTellsItsClassAndItsAddress() {
    var trap = Trap()
    for number in UInt64(0)...63 {
      trap.syndrome = number << 26 | ~(63 << 26)
      #expect(trap.exceptionClass == number)
    }
    trap.syndrome = 0
    #expect(trap.exceptionClass == 0)
    // HPFAR_EL2.FIPA is 43:4 for bits 51:12 of the address; FAR_EL2 gives the rest.
    for bit in 0..<UInt64(64) {
      trap.faultPage = 1 << bit
      trap.faultAddress = 0
      #expect(trap.guestAddress == (4...43 ~= bit ? 1 << (bit + 8) : 0), "HPFAR \(bit)")
      #expect(Trap.page(1 << bit) == (4...43 ~= bit ? 1 << (bit - 4) : 0), "HPFAR \(bit)")
      trap.faultPage = 0
      trap.faultAddress = 1 << bit
      #expect(trap.guestAddress == (bit < 12 ? 1 << bit : 0), "FAR \(bit)")
    }
  }

  @Test func exceptionClassesAndSyndromesAreTheManuals() {
    #expect(ExceptionClass.waitFor == 0x01 && ExceptionClass.floatingPoint == 0x07)
    #expect(ExceptionClass.hypervisorCall == 0x16 && ExceptionClass.monitorCall == 0x17)
    #expect(ExceptionClass.systemRegister == 0x18)
    #expect(ExceptionClass.instructionAbort == 0x20 && ExceptionClass.dataAbort == 0x24)
    #expect(ExceptionClass.systemError == 0x2f)
    #expect(ExceptionClass.plainHypervisorCall == 0x5a00_0000)
    #expect(Syndrome.undefined == 0x0200_0000)
    #expect(Syndrome.dataExternal == 0x9200_0010)
    #expect(Syndrome.instructionExternal == 0x8200_0010)
    #expect(Syndrome.dataAlignment == 0x9200_0021)
    #expect(PhysicalInterrupt.maintenance == 25 && PhysicalInterrupt.virtualTimer == 27)
  }

  @Test func aLoadFillsItsRegisterAsItsWidthAndSignSay() {
    let value: UInt64 = 0xfedc_ba98_f6f4_f2f0
    for (bytes, low) in [(1, 0xf0), (2, 0xf2f0), (4, 0xf6f4_f2f0)] as [(UInt64, UInt64)] {
      func load(signed: UInt64, wide: UInt64) -> UInt64 {
        let width = UInt64(bytes.trailingZeroBitCount)
        return DataAbort(width << 22 | signed << 21 | wide << 15).loaded(value)
      }
      let sign = ~UInt64(0) << (8 * bytes)
      #expect(load(signed: 0, wide: 0) == low && load(signed: 0, wide: 1) == low)
      #expect(load(signed: 1, wide: 1) == sign | low)
      #expect(load(signed: 1, wide: 0) == (sign | low) & 0xffff_ffff)
    }
    for sign in UInt64(0)...1 {
      #expect(DataAbort(3 << 22 | sign << 21).loaded(value) == value, "64 bits are never cut")
    }
  }
}
