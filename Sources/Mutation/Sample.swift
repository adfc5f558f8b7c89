/// Random numbers that are the same for the same seed everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Array where Element == Mutant {
  /// All of them in a random order that a seed decides.
  func shuffled(seed: UInt64) -> [Mutant] {
    var generator = SeededGenerator(seed: seed)
    return sorted { $0.key < $1.key }.shuffled(using: &generator)
  }

  /// `count` of them that compile, chosen by a seed.
  func sample(_ count: Int, seed: UInt64, _ files: [CoreFile]) throws -> [Mutant] {
    var rest = shuffled(seed: seed)[...]
    var chosen: [Mutant] = []
    while chosen.count < count && !rest.isEmpty {
      let wanted = rest.prefix(count - chosen.count)
      rest = rest.dropFirst(wanted.count)
      chosen += try Compilation.valid(Array(wanted), files)
    }
    return chosen
  }
}
