/// Registers of Arm's PrimeCell UART (PL011, DDI 0183G, chapter 3): byte offsets from its base.
enum PL011Register: UInt64 {
  case data = 0x000  // UARTDR
  case receiveStatus = 0x004  // UARTRSR, UARTECR
  case flags = 0x018  // UARTFR
  case integerBaud = 0x024  // UARTIBRD
  case fractionalBaud = 0x028  // UARTFBRD
  case lineControl = 0x02c  // UARTLCR_H
  case control = 0x030  // UARTCR
  case interruptLevel = 0x034  // UARTIFLS
  case interruptMask = 0x038  // UARTIMSC
  case rawInterrupts = 0x03c  // UARTRIS
  case maskedInterrupts = 0x040  // UARTMIS
  case interruptClear = 0x044  // UARTICR
  case dmaControl = 0x048  // UARTDMACR
  case peripheralID0 = 0xfe0
  case peripheralID1 = 0xfe4
  case peripheralID2 = 0xfe8
  case peripheralID3 = 0xfec
  case cellID0 = 0xff0
  case cellID1 = 0xff4
  case cellID2 = 0xff8
  case cellID3 = 0xffc
}

/// UARTFR.
enum PL011Flag {
  /// CTS, DSR, DCD: the line is connected and its other end is ready.
  static let connected: UInt32 = 0b111
  static let receiveEmpty: UInt32 = 1 << 4
  static let receiveFull: UInt32 = 1 << 6
  static let transmitEmpty: UInt32 = 1 << 7
}

/// UARTCR.
enum PL011Control {
  static let enable: UInt32 = 1 << 0
  static let loopback: UInt32 = 1 << 7
  static let transmitEnable: UInt32 = 1 << 8
  static let receiveEnable: UInt32 = 1 << 9
  /// Everything but the reserved bits 6:3.
  static let mask: UInt32 = 0xff87
}

/// UARTLCR_H.
enum PL011LineControl {
  static let fifoEnable: UInt32 = 1 << 4
  static let mask: UInt32 = 0xff
}

/// UARTIMSC, UARTRIS, UARTMIS, UARTICR.
enum PL011Interrupt {
  static let receive: UInt32 = 1 << 4
  static let transmit: UInt32 = 1 << 5
  static let receiveTimeout: UInt32 = 1 << 6
  static let overrun: UInt32 = 1 << 10
  static let mask: UInt32 = 0x7ff
}
