import Testing

@testable import Devices

/// A UART that its driver has enabled, with FIFOs, and both receive interrupts unmasked.
private func runningUART(fifo: Bool = true, mask: UInt64 = 0x50) -> PL011 {
  var uart = PL011()
  if fifo { _ = uart.write(offset: 0x2c, bytes: 2, value: 0x70) }
  _ = uart.write(offset: 0x30, bytes: 2, value: 0x301)
  _ = uart.write(offset: 0x38, bytes: 2, value: mask)
  return uart
}

extension PL011 {
  fileprivate mutating func load(_ offset: UInt64) -> UInt64? {
    if case .value(let value) = read(offset: offset, bytes: 2) { return value }
    return nil
  }
  fileprivate mutating func store(_ offset: UInt64, _ value: UInt64) {
    _ = write(offset: offset, bytes: 2, value: value)
  }
}

@Suite("PL011: sending")
struct PL011SendingTests {
  @Test("A stored character is sent, whatever the width of the store")
  func sends() {
    for bytes: UInt64 in [1, 2, 4] {
      var uart = PL011()
      #expect(uart.write(offset: 0, bytes: bytes, value: 0x41) == .sent(0x41))
    }
  }

  @Test("Only the low eight bits of a store are sent")
  func sendsEightBits() {
    var uart = runningUART()
    #expect(uart.write(offset: 0, bytes: 4, value: 0xffff_ff42) == .sent(0x42))
  }

  @Test("The transmit FIFO is never full and always empty")
  func neverFull() {
    var uart = runningUART()
    for _ in 0..<100 { uart.store(0, 0x2e) }
    #expect(uart.load(0x18).map { $0 & 0xa0 } == 0x80)
  }

  @Test("The transmit interrupt waits for a first character, and ends when it is cleared")
  func transmitInterrupt() {
    var uart = runningUART(mask: 0x20)
    #expect(!uart.interruptLine)
    uart.store(0, 0x41)
    #expect(uart.interruptLine)
    uart.store(0x44, 0x20)
    #expect(!uart.interruptLine)
    uart.store(0, 0x42)
    #expect(uart.interruptLine)
  }

  @Test("A masked transmit interrupt shows in RIS, and neither in MIS nor on the line")
  func maskedTransmit() {
    var uart = runningUART(mask: 0)
    uart.store(0, 0x41)
    #expect(uart.load(0x3c) == 0x20)
    #expect(uart.load(0x40) == 0)
    #expect(!uart.interruptLine)
  }

  @Test("In loopback what is sent is received, and nothing goes out")
  func loopback() {
    var uart = runningUART()
    uart.store(0x30, 0x381)
    #expect(uart.write(offset: 0, bytes: 2, value: 0x41) == .done)
    #expect(uart.load(0) == 0x41)
  }
}

@Suite("PL011: receiving")
struct PL011ReceivingTests {
  @Test("Bytes come out in the order in which they came in")
  func order() {
    var uart = runningUART()
    for byte: UInt8 in 1...16 { uart.receive(byte) }
    for byte: UInt64 in 1...16 { #expect(uart.load(0) == byte) }
    #expect(uart.load(0x18) == 0x97)
  }

  @Test("The receive interrupt comes at the trigger level and goes below it")
  func triggerLevel() {
    for (select, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14)] {
      var uart = runningUART(mask: 0x10)
      uart.store(0x34, UInt64(select << 3))
      for count in 1...16 {
        uart.receive(0x61)
        #expect(uart.interruptLine == (count >= level), "\(count) bytes, trigger \(level)")
      }
      for left in (0...15).reversed() {
        _ = uart.load(0)
        #expect(uart.interruptLine == (left >= level), "\(left) left, trigger \(level)")
      }
    }
  }

  @Test("A single byte below the trigger level raises the timeout interrupt until it is read")
  func timeout() {
    var uart = runningUART(mask: 0x40)
    uart.receive(0x61)
    #expect(uart.interruptLine)
    #expect(uart.load(0) == 0x61)
    #expect(!uart.interruptLine)
  }

  @Test("A timeout that is cleared with bytes left comes back when one of them is read")
  func timeoutAgain() {
    var uart = runningUART(mask: 0x40)
    for byte: UInt8 in [1, 2] { uart.receive(byte) }
    uart.store(0x44, 0x40)
    #expect(!uart.interruptLine)
    _ = uart.load(0)
    #expect(uart.interruptLine)
  }

  @Test("Without FIFOs one byte fills it and raises the receive interrupt")
  func withoutFIFO() {
    var uart = runningUART(fifo: false, mask: 0x10)
    uart.receive(0x61)
    #expect(uart.interruptLine)
    #expect(uart.load(0x18).map { $0 & 0x50 } == 0x40)
  }

  @Test("A byte too many is an overrun, which ECR clears, and the others stay")
  func overrun() {
    var uart = runningUART(mask: 0x400)
    for byte: UInt8 in 1...17 { uart.receive(byte) }
    #expect(uart.interruptLine)
    #expect(uart.load(0x04) == 8)
    uart.store(0x04, 0)
    #expect(uart.load(0x04) == 0)
    for byte: UInt64 in 1...16 { #expect(uart.load(0) == byte) }
    #expect(uart.load(0x18).map { $0 & 0x10 } == 0x10)
  }

  @Test("An empty FIFO reads as zero")
  func empty() {
    var uart = runningUART()
    #expect(uart.load(0) == 0)
  }

  @Test("Turning FIFOs off or on empties them and their interrupts")
  func flush() {
    var uart = runningUART()
    for byte: UInt8 in 1...10 { uart.receive(byte) }
    uart.store(0x2c, 0x60)
    #expect(!uart.interruptLine)
    #expect(uart.load(0x18).map { $0 & 0x10 } == 0x10)
  }

  @Test("Input waits for a driver: not before it is enabled, not while it starts")
  func acceptsInput() {
    var uart = PL011()
    #expect(!uart.acceptsInput)
    uart.store(0x2c, 0x70)
    uart.store(0x30, 0x301)
    #expect(!uart.acceptsInput)
    // Linux looks at the flags and clears interrupts before it unmasks them.
    _ = uart.load(0x18)
    uart.store(0x44, 0x50)
    _ = uart.load(0x18)
    #expect(!uart.acceptsInput)
    uart.store(0x38, 0x50)
    #expect(uart.acceptsInput)
    for byte: UInt8 in 1...16 { uart.receive(byte) }
    #expect(!uart.acceptsInput)
  }

  @Test("A driver that polls the flags in a loop is given input")
  func acceptsInputOfPoller() {
    var uart = runningUART(mask: 0)
    _ = uart.load(0x18)
    #expect(!uart.acceptsInput)
    _ = uart.load(0x18)
    #expect(uart.acceptsInput)
    uart.store(0, 0x41)
    #expect(!uart.acceptsInput)
  }
}

@Suite("PL011: registers")
struct PL011RegisterTests {
  @Test("It identifies itself as Arm's PL011")
  func identity() {
    var uart = PL011()
    let expected: [UInt64] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]
    for (index, value) in expected.enumerated() {
      #expect(uart.read(offset: 0xfe0 + UInt64(index) * 4, bytes: 4) == .value(value))
    }
  }

  @Test("After reset the receiver and the transmitter are on, the UART is off")
  func reset() {
    var uart = PL011()
    #expect(uart.load(0x30) == 0x300)
    #expect(uart.load(0x34) == 0x12)
    #expect(uart.load(0x38) == 0)
    #expect(uart.load(0x18) == 0x97)
  }

  @Test("Configuration registers keep what they hold and drop the rest")
  func masks() {
    let registers: [(UInt64, UInt64)] = [
      (0x24, 0xffff), (0x28, 0x3f), (0x2c, 0xff), (0x30, 0xff87), (0x34, 0x3f), (0x38, 0x7ff),
      (0x48, 0x7),
    ]
    for (offset, mask) in registers {
      var uart = PL011()
      _ = uart.write(offset: offset, bytes: 4, value: 0xffff_ffff)
      #expect(uart.load(offset) == mask, "offset \(offset)")
    }
  }

  @Test("Every access that the manual does not name is refused, and changes nothing")
  func refusals() {
    let known: Set<UInt64> = Set(
      [0x00, 0x04, 0x18, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48]
        + stride(from: 0xfe0, to: 0x1000, by: 4))
    let readOnly: Set<UInt64> = Set([0x18, 0x3c, 0x40] + stride(from: 0xfe0, to: 0x1000, by: 4))
    for offset: UInt64 in 0..<0x1000 {
      for bytes: UInt64 in [1, 2, 4, 8] {
        var uart = runningUART()
        let width = bytes == 2 || bytes == 4 || (bytes == 1 && offset == 0)
        let mayRead = known.contains(offset) && offset != 0x44 && width
        let mayWrite = known.contains(offset) && !readOnly.contains(offset) && width
        #expect(
          (uart.read(offset: offset, bytes: bytes) != .refused) == mayRead,
          "load of \(bytes) at \(offset)")
        #expect(
          (uart.write(offset: offset, bytes: bytes, value: 0) != .refused) == mayWrite,
          "store of \(bytes) at \(offset)")
      }
    }
  }
}
