/// SHA-256 (FIPS 180-4) of a source file as it was read, so that others can say whether they have the
/// same one.
public struct SourceHash: Codable, Sendable, Equatable {
  public var module: String
  public var path: String
  public var sha256: String

  init(module: String, _ source: SourceText) {
    self.module = module
    path = source.path
    sha256 = SourceHash.sha256(source.bytes)
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    let primes = primes(64)
    let constants = primes.map { fraction(of: $0, cubic: true) }
    var state = primes.prefix(8).map { fraction(of: $0, cubic: false) }
    let padding = (119 - bytes.count % 64) % 64
    var message = bytes + [0x80] + Array(repeating: 0, count: padding)
    for shift in stride(from: 56, through: 0, by: -8) {
      message.append(UInt8(truncatingIfNeeded: (bytes.count * 8) >> shift))
    }
    for start in stride(from: 0, to: message.count, by: 64) {
      add(message[start..<start + 64], to: &state, constants)
    }
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  private static func add(
    _ block: ArraySlice<UInt8>, to state: inout [UInt32], _ constants: [UInt32]
  ) {
    func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
      word >> count | word << (32 - count)
    }
    var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { start in
      block[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let (a, b) = (words[index - 15], words[index - 2])
      words.append(
        words[index - 16] &+ words[index - 7]
          &+ (turned(a, 7) ^ turned(a, 18) ^ a >> 3)
          &+ (turned(b, 17) ^ turned(b, 19) ^ b >> 10))
    }
    var s = state
    for index in 0..<64 {
      let sum = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)
      let choice = (s[4] & s[5]) ^ (~s[4] & s[6])
      let first = s[7] &+ sum &+ choice &+ constants[index] &+ words[index]
      let other = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)
      let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2])
      s = [first &+ other &+ majority, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
    }
    for index in 0..<8 { state[index] &+= s[index] }
  }

  private static func primes(_ count: Int) -> [UInt64] {
    var primes: [UInt64] = []
    var next: UInt64 = 2
    while primes.count < count {
      if primes.allSatisfy({ next % $0 != 0 }) { primes.append(next) }
      next += 1
    }
    return primes
  }

  /// The first 32 bits behind the point of a prime's square or cube root.
  private static func fraction(of prime: UInt64, cubic: Bool) -> UInt32 {
    // The largest whole number whose power is not above prime * 2^64 or prime * 2^96.
    let bound = UInt128(prime) << (cubic ? 96 : 64)
    var root: UInt128 = 0
    for bit in stride(from: 36, through: 0, by: -1) {
      let next = root | 1 << UInt128(bit)
      if (cubic ? next * next * next : next * next) <= bound { root = next }
    }
    return UInt32(truncatingIfNeeded: root)
  }
}
