/// Numbers that look random and are the same in each run (SplitMix64).
struct RandomSource {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func percent(_ chance: Int) -> Bool { below(100) < chance }

  mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }

  /// A value of an integer type. Small ones and extremes, where mistakes are, come often.
  mutating func value(width: Int, isSigned: Bool) -> Int128 {
    let most = (Int128(1) << Int128(isSigned ? width - 1 : width)) - 1
    let least = isSigned ? -most - 1 : 0
    switch below(10) {
    case 0: return most - Int128(below(3))
    case 1: return least + Int128(below(3))
    case 2: return isSigned ? -Int128(1 + below(9)) : Int128(1) << Int128(below(width))
    case 3: return least + Int128(next()) % (most - least + 1)
    default: return Int128(below(20))
    }
  }
}
