/// xorshift64*: the same sequence for the same seed, so that a failure can be run again.
public struct Random {
  private var state: UInt64

  public init(seed: UInt64) { state = seed | 1 }

  public mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }

  /// A number below `bound`.
  public mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
}
