/// Arm's PrimeCell UART (PL011, DDI 0183G), revision 1, with FIFOs of 16 bytes.
///
/// It sends at once, so its transmit FIFO is always empty, and it sends whether or not UARTCR
/// enables it, because an early console relies on firmware that did. Modem lines, DMA, IrDA and the
/// test registers are absent.
public struct PL011: Sendable {
  /// Bytes of its register frame.
  public static let size: UInt64 = 0x1000

  private var fifo = ReceiveFIFO()
  private var integerBaud: UInt32 = 0
  private var fractionalBaud: UInt32 = 0
  private var lineControl: UInt32 = 0
  private var control: UInt32 = PL011Control.transmitEnable | PL011Control.receiveEnable
  private var interruptLevel: UInt32 = 0x12
  private var interruptMask: UInt32 = 0
  private var raw: UInt32 = 0
  private var dmaControl: UInt32 = 0
  private var overrun = false
  /// Loads of UARTFR, one after the other, that found nothing received.
  private var emptyLooks = 0

  public init() {}

  /// UARTINTR, level sensitive.
  public var interruptLine: Bool { raw & interruptMask != 0 }

  /// Whether a byte given to ``receive(_:)`` now finds a driver that will read it: one that has
  /// enabled an interrupt for it, or that waits in a loop. A driver that is just starting throws
  /// away what it finds in the FIFO.
  public var acceptsInput: Bool {
    let enabled = PL011Control.enable | PL011Control.receiveEnable
    guard control & enabled == enabled, !fifo.isFull else { return false }
    let wanted = PL011Interrupt.receive | PL011Interrupt.receiveTimeout
    return interruptMask & wanted != 0 || emptyLooks >= 2
  }

  /// A byte arrives from outside. Lost, and noted as an overrun, if the FIFO is full.
  public mutating func receive(_ byte: UInt8) {
    guard fifo.append(byte) else {
      overrun = true
      raw |= PL011Interrupt.overrun
      return
    }
    if fifo.count >= trigger { raw |= PL011Interrupt.receive }
    // No further byte is on its way as far as the device knows: the 32 bit periods are over.
    raw |= PL011Interrupt.receiveTimeout
  }

  /// UARTIFLS, RXIFLSEL: 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO; one byte without FIFO.
  private var trigger: Int {
    guard fifo.capacity > 1 else { return 1 }
    switch interruptLevel >> 3 & 7 {
    case 0: return 2
    case 1: return 4
    case 3: return 12
    case 4: return 14
    default: return 8
    }
  }

  private static func register(_ offset: UInt64, _ bytes: UInt64) -> PL011Register? {
    guard let register = PL011Register(rawValue: offset) else { return nil }
    switch bytes {
    case 2, 4: return register
    // Early consoles store single characters.
    case 1: return register == .data ? register : nil
    default: return nil
    }
  }

  /// A load of `bytes` bytes at `offset`.
  public mutating func read(offset: UInt64, bytes: UInt64) -> ReadAnswer {
    guard let register = PL011.register(offset, bytes) else { return .refused }
    if register != .flags { emptyLooks = 0 }
    switch register {
    case .data: return .value(UInt64(readData()))
    case .receiveStatus: return .value(overrun ? 0b1000 : 0)
    case .flags: return .value(UInt64(readFlags()))
    case .integerBaud: return .value(UInt64(integerBaud))
    case .fractionalBaud: return .value(UInt64(fractionalBaud))
    case .lineControl: return .value(UInt64(lineControl))
    case .control: return .value(UInt64(control))
    case .interruptLevel: return .value(UInt64(interruptLevel))
    case .interruptMask: return .value(UInt64(interruptMask))
    case .rawInterrupts: return .value(UInt64(raw))
    case .maskedInterrupts: return .value(UInt64(raw & interruptMask))
    case .interruptClear: return .refused
    case .dmaControl: return .value(UInt64(dmaControl))
    case .peripheralID0: return .value(0x11)
    case .peripheralID1: return .value(0x10)
    case .peripheralID2: return .value(0x14)
    case .peripheralID3: return .value(0x00)
    case .cellID0: return .value(0x0d)
    case .cellID1: return .value(0xf0)
    case .cellID2: return .value(0x05)
    case .cellID3: return .value(0xb1)
    }
  }

  private mutating func readData() -> UInt32 {
    let byte = fifo.removeFirst()
    if fifo.count < trigger { raw &= ~PL011Interrupt.receive }
    if fifo.isEmpty {
      raw &= ~PL011Interrupt.receiveTimeout
    } else {
      raw |= PL011Interrupt.receiveTimeout
    }
    return UInt32(byte)
  }

  private mutating func readFlags() -> UInt32 {
    var flags = PL011Flag.connected | PL011Flag.transmitEmpty
    if fifo.isEmpty {
      flags |= PL011Flag.receiveEmpty
      emptyLooks = min(emptyLooks + 1, 2)
    }
    if fifo.isFull { flags |= PL011Flag.receiveFull }
    return flags
  }

  /// A store of the low `bytes` bytes of `value` at `offset`.
  public mutating func write(offset: UInt64, bytes: UInt64, value: UInt64) -> WriteAnswer {
    guard let register = PL011.register(offset, bytes) else { return .refused }
    emptyLooks = 0
    let value = UInt32(truncatingIfNeeded: value) & (bytes == 4 ? ~0 : 1 << (bytes * 8) - 1)
    switch register {
    case .data: return writeData(UInt8(truncatingIfNeeded: value))
    case .receiveStatus: overrun = false
    case .integerBaud: integerBaud = value & 0xffff
    case .fractionalBaud: fractionalBaud = value & 0x3f
    case .lineControl:
      let wasDeep = lineControl & PL011LineControl.fifoEnable != 0
      lineControl = value & PL011LineControl.mask
      let isDeep = lineControl & PL011LineControl.fifoEnable != 0
      if isDeep != wasDeep {
        fifo.reset(isDeep: isDeep)
        raw &= ~(PL011Interrupt.receive | PL011Interrupt.receiveTimeout)
      }
    case .control: control = value & PL011Control.mask
    case .interruptLevel: interruptLevel = value & 0x3f
    case .interruptMask: interruptMask = value & PL011Interrupt.mask
    case .interruptClear: raw &= ~value
    case .dmaControl: dmaControl = value & 0b111
    case .flags, .rawInterrupts, .maskedInterrupts, .peripheralID0, .peripheralID1,
      .peripheralID2, .peripheralID3, .cellID0, .cellID1, .cellID2, .cellID3:
      return .refused
    }
    return .done
  }

  /// The byte leaves at once: the FIFO falls through its trigger level, which is what raises the
  /// transmit interrupt (DDI 0183G, 2.8.3).
  private mutating func writeData(_ byte: UInt8) -> WriteAnswer {
    raw |= PL011Interrupt.transmit
    guard control & PL011Control.loopback == 0 else {
      receive(byte)
      return .done
    }
    return .sent(byte)
  }
}
