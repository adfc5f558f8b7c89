import CRegisters

/// The PL011 that bare machine, host and guests all have at the same address.
public enum Console {
  public static let base: UInt64 = 0x0900_0000
  public static let flagRegister: UInt64 = base + 0x18
  private static let transmitFull: UInt32 = 1 << 5

  /// UARTCR: UARTEN, TXE, RXE.
  public static func enable() { store32(base + 0x30, 0x301) }

  public static func write(byte: UInt8) {
    while load32(flagRegister) & transmitFull != 0 {}
    store32(base, UInt32(byte))
  }

  public static func write(_ text: StaticString) {
    let start = text.utf8Start
    for index in 0..<text.utf8CodeUnitCount { write(byte: start[index]) }
  }

  public static func write(decimal value: UInt64) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      write(byte: UInt8(truncatingIfNeeded: value / divisor % 10) + UInt8(ascii: "0"))
      divisor /= 10
    }
  }

  public static func write(hex value: UInt64) {
    write("0x")
    var shift: UInt64 = 60
    while shift > 0 && value >> shift == 0 { shift -= 4 }
    while true {
      let digit = UInt8(truncatingIfNeeded: value >> shift & 0xf)
      write(byte: digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a"))
      if shift == 0 { return }
      shift -= 4
    }
  }

  public static func endLine() { write(byte: UInt8(ascii: "\n")) }
}
