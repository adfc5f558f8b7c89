import Testing

@testable import Devices

@Suite("PL011 under the Linux driver")
struct LinuxReplayTests {
  private struct Step {
    var kind: Character
    var offset: UInt64
    var value: UInt64

    init(_ text: Substring) {
      kind = text.first!
      let parts = text.dropFirst().split(separator: "=")
      offset = kind == "I" ? 0 : UInt64(parts[0], radix: 16)!
      value = UInt64(parts.last!, radix: 16)!
    }
    var bytes: UInt64 { offset >= 0xfe0 ? 4 : 2 }
  }

  /// What may differ between models: modem lines that nobody wired, and when receive interrupts
  /// come (the recorded model ignores UARTIFLS and knows no timeout).
  private func mask(_ offset: UInt64) -> UInt64 {
    switch offset {
    case 0x18: return ~0x7
    case 0x3c: return ~0x50
    default: return ~0
    }
  }

  @Test("Every recorded access gets the recorded answer, and the same text is sent")
  func replay() {
    var uart = PL011()
    var sent: [UInt8] = []
    var steps = 0
    for word in LinuxTraffic.recording.split(whereSeparator: \.isWhitespace) {
      let step = Step(word)
      steps += 1
      switch step.kind {
      case "I": uart.receive(UInt8(step.value))
      case "R":
        guard case .value(let value) = uart.read(offset: step.offset, bytes: step.bytes) else {
          Issue.record("step \(steps), \(word): refused")
          continue
        }
        let mask = mask(step.offset)
        #expect(value & mask == step.value & mask, "step \(steps), \(word): \(value)")
      default:
        let answer = uart.write(offset: step.offset, bytes: step.bytes, value: step.value)
        #expect(answer != .refused, "step \(steps), \(word)")
        if case .sent(let byte) = answer { sent.append(byte) }
      }
    }
    #expect(steps > 300)
    #expect(String(decoding: sent, as: UTF8.self) == LinuxTraffic.output)
  }

  @Test("The driver's interrupt handler is called for input, and not again once it is done")
  func line() {
    var uart = PL011()
    var isHighAtInput = true
    for word in LinuxTraffic.recording.split(whereSeparator: \.isWhitespace) {
      let step = Step(word)
      switch step.kind {
      case "I":
        uart.receive(UInt8(step.value))
        isHighAtInput = isHighAtInput && uart.interruptLine
      case "R": _ = uart.read(offset: step.offset, bytes: step.bytes)
      default: _ = uart.write(offset: step.offset, bytes: step.bytes, value: step.value)
      }
    }
    #expect(isHighAtInput)
    #expect(!uart.interruptLine)
  }
}
