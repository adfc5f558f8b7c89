/// A unit's text without the places of Swift: each stands as a number, in the order of their first
/// appearance. So a line added elsewhere in a file changes no proof, and the cache still fits.
struct PlacelessText {
  /// What takes the file's name; the line is the number of a place, from 1 on.
  static let file = "Place"

  let text: String
  let places: [SourcePlace]

  init(_ original: String) {
    let bytes = Array(original.utf8)
    let opening = Array("[#\"".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var places: [SourcePlace] = []
    var numbers: [SourcePlace: Int] = [:]
    var index = 0
    while index < bytes.count {
      guard bytes[index] == opening[0], bytes[index...].starts(with: opening),
        let (place, end) = PlacelessText.place(in: bytes, at: index + opening.count)
      else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let number = numbers[place] ?? places.count + 1
      if numbers[place] == nil {
        numbers[place] = number
        places.append(place)
      }
      result += Array("[#\"\(PlacelessText.file)\" \(number) 0 0]".utf8)
      index = end
    }
    text = String(decoding: result, as: UTF8.self)
    self.places = places
  }

  /// `file" line column column]`
  private static func place(in bytes: [UInt8], at start: Int) -> (SourcePlace, end: Int)? {
    guard let quote = bytes[start...].firstIndex(of: UInt8(ascii: "\"")),
      let close = bytes[quote...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    let numbers = String(decoding: bytes[(quote + 1)..<close], as: UTF8.self)
      .split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 3 else { return nil }
    let file = String(decoding: bytes[start..<quote], as: UTF8.self)
    return (
      SourcePlace(file: file, line: numbers[0], column: numbers[1], endColumn: numbers[2]),
      close + 1
    )
  }
}
