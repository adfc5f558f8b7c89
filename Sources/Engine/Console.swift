import CRegisters

/// Writes to the machine's PL011, polling. Only boot and fault reports use it.
struct Console {
  let base: UInt64
  private static let flags: UInt64 = 0x18
  /// FR.TXFF
  private static let transmitFull: UInt32 = 1 << 5

  func put(_ byte: UInt8) {
    while load32(base &+ Console.flags) & Console.transmitFull != 0 {}
    store32(base, UInt32(byte))
  }

  func print(_ text: StaticString) {
    var pointer = text.utf8Start
    for _ in 0..<text.utf8CodeUnitCount {
      if pointer.pointee == 10 { put(13) }
      put(pointer.pointee)
      pointer += 1
    }
  }

  /// A zero-terminated text at an address of the image.
  func print(at address: UInt64) {
    var next = address
    while let pointer = UnsafePointer<UInt8>(bitPattern: UInt(next)), pointer.pointee != 0 {
      put(pointer.pointee)
      next &+= 1
    }
  }

  func print(hex value: UInt64, digits: UInt64 = 16) {
    for digit in 0..<digits {
      let nibble = UInt8(truncatingIfNeeded: value >> ((digits &- 1 &- digit) &* 4) & 15)
      put(nibble < 10 ? 48 &+ nibble : 87 &+ nibble)
    }
  }

  func print(decimal value: UInt64) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor &*= 10 }
    while divisor != 0 {
      put(48 &+ UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }
}
