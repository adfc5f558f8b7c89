import CRegisters
import Runtime

/// The system registers of the poison test and what host and guest write to them.
struct PoisonRegisters: ~Copyable {
  static let host: UInt64 = 0x4848_4848_4848_0000
  static let guest: UInt64 = 0x4747_4747_4747_0000
  private static let count = 33
  /// From here on the pointer-authentication keys.
  private static let firstKey = 23
  private static let vectorBase = 19
  private static let timer = 20

  /// The order of PoisonRegisters.inc.
  private let list: InlineArray<23, SystemRegister> = [
    SystemRegister(3, 0, 2, 0, 0), SystemRegister(3, 0, 2, 0, 1), SystemRegister(3, 0, 2, 0, 2),
    SystemRegister(3, 0, 10, 2, 0), SystemRegister(3, 0, 10, 3, 0), SystemRegister(3, 0, 13, 0, 1),
    SystemRegister(3, 0, 13, 0, 4), SystemRegister(3, 3, 13, 0, 2), SystemRegister(3, 3, 13, 0, 3),
    SystemRegister(3, 0, 4, 1, 0), SystemRegister(3, 0, 4, 0, 1), SystemRegister(3, 0, 4, 0, 0),
    SystemRegister(3, 0, 5, 2, 0), SystemRegister(3, 0, 6, 0, 0), SystemRegister(3, 0, 5, 1, 0),
    SystemRegister(3, 0, 5, 1, 1), SystemRegister(3, 0, 7, 4, 0), SystemRegister(3, 0, 14, 1, 0),
    SystemRegister(3, 2, 0, 0, 0), SystemRegister(3, 0, 12, 0, 0), SystemRegister(3, 3, 14, 3, 2),
    SystemRegister(3, 3, 4, 4, 0), SystemRegister(3, 3, 4, 4, 1),
  ]
  /// What reads back after the guest's and the host's pattern are written: some bits are fixed.
  private var guestReadBack: InlineArray<33, UInt64> = InlineArray(repeating: 0)
  private var hostReadBack: InlineArray<33, UInt64> = InlineArray(repeating: 0)
  private var original: InlineArray<33, UInt64> = InlineArray(repeating: 0)
  private let hasKeys = readID_AA64ISAR1() & 0xff0 != 0

  init() {}

  private func register(_ index: Int) -> SystemRegister {
    if index < PoisonRegisters.firstKey { return list[index] }
    let key = UInt32(index - PoisonRegisters.firstKey)
    return SystemRegister(3, 0, 2, 1 + key / 4, key % 4)
  }

  private var count: Int { hasKeys ? PoisonRegisters.count : PoisonRegisters.firstKey }

  private func pattern(_ base: UInt64, _ index: Int) -> UInt64 { base | 0x400 * UInt64(index + 1) }

  /// Writes both patterns on this CPU, which implements the same bits for host and guest.
  mutating func learn() {
    for index in 0..<count {
      original[index] = register(index).read().value
      _ = register(index).write(pattern(PoisonRegisters.guest, index))
      guestReadBack[index] = register(index).read().value
      _ = register(index).write(pattern(PoisonRegisters.host, index))
      hostReadBack[index] = register(index).read().value
      _ = register(index).write(original[index])
    }
    // The host goes on with its own vectors, and leaves the guests' timer alone.
    hostReadBack[PoisonRegisters.vectorBase] = readVBAR()
    hostReadBack[PoisonRegisters.timer] = readCNTV_CVAL()
  }

  func poisonHost() {
    for index in 0..<count
    where index != PoisonRegisters.vectorBase && index != PoisonRegisters.timer {
      _ = register(index).write(pattern(PoisonRegisters.host, index))
    }
  }

  func restore() {
    for index in 0..<count { _ = register(index).write(original[index]) }
  }

  /// Every register still holds what the host left there; the timer's at least nothing of a guest.
  func expectHost(_ report: inout Report) {
    for index in 0..<count {
      let value = register(index).read().value
      if index == PoisonRegisters.timer {
        report.expect(value >> 48 != 0x4747, "guest's timer visible", value)
      } else {
        report.expect(value == hostReadBack[index], "host lost a register", UInt64(index), value)
      }
    }
  }

  /// What a filled guest shows at `offset` of its device page.
  func guestValue(_ offset: UInt64) -> UInt64 {
    if offset < 256 { return PoisonRegisters.guest | offset / 8 }
    if offset < 768 { return PoisonRegisters.guest | 0x100 + (offset - 256) / 16 }
    return guestReadBack[Int((offset - 768) / 8)]
  }
}
