import CLinux

/// Text as the vmm needs it, without Foundation.
enum Text {
  static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// Bytes in the largest unit that divides them: `256 MiB`.
  static func size(_ bytes: UInt64) -> String {
    let units: [(UInt64, String)] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    for (unit, name) in units where bytes >= unit && bytes % unit == 0 {
      return "\(bytes / unit) \(name)"
    }
    return "\(bytes) bytes"
  }

  /// What errno says.
  static func error(_ number: Int) -> String {
    guard let text = linux_error_text(Int32(truncatingIfNeeded: number)) else {
      return "error \(number)"
    }
    return String(cString: text)
  }

  /// What to do about a negative errno that means a lack of rights.
  static func rootHint(_ number: Int32) -> String {
    number == LINUX_NOT_PERMITTED.rawValue || number == LINUX_NO_ACCESS.rawValue
      ? "; run as root" : ""
  }

  /// Rows of cells as lines of aligned columns, two spaces apart.
  static func columns(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.utf8.count)
      }
    }
    var text = ""
    for row in rows {
      for (index, cell) in row.enumerated() {
        text += cell
        guard index + 1 < row.count else { continue }
        for _ in 0..<widths[index] - cell.utf8.count + 2 { text += " " }
      }
      text += "\n"
    }
    return text
  }

  /// The number that the text is: decimal digits only.
  static func decimal(_ text: String) -> UInt64? {
    guard !text.utf8.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in text.utf8 {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// Bytes written as a number with an optional unit K, M or G (1024 each).
  static func bytes(_ text: String) -> UInt64? {
    var digits = Array(text.utf8)
    var unit: UInt64 = 1
    switch digits.last {
    case UInt8(ascii: "K"): unit = 1 << 10
    case UInt8(ascii: "M"): unit = 1 << 20
    case UInt8(ascii: "G"): unit = 1 << 30
    default: break
    }
    if unit != 1 { digits.removeLast() }
    guard let count = decimal(String(decoding: digits, as: UTF8.self)) else { return nil }
    let (value, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : value
  }

  /// The parts between occurrences of an ASCII character.
  static func split(_ text: String, at separator: UInt8) -> [String] {
    var parts: [String] = []
    var part: [UInt8] = []
    for byte in text.utf8 {
      if byte == separator {
        parts.append(String(decoding: part, as: UTF8.self))
        part = []
      } else {
        part.append(byte)
      }
    }
    parts.append(String(decoding: part, as: UTF8.self))
    return parts
  }

  /// The text after a prefix, or `nil` if it has another.
  static func after(_ prefix: String, in text: String) -> String? {
    let wanted = Array(prefix.utf8)
    let bytes = Array(text.utf8)
    guard bytes.count >= wanted.count, Array(bytes[..<wanted.count]) == wanted else { return nil }
    return String(decoding: bytes[wanted.count...], as: UTF8.self)
  }
}
