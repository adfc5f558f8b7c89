import CRegisters
import Runtime

/// Repeats a measurement and prints `bench: NAME MIN MEDIAN`, the overhead taken off.
struct Bench {
  static let rounds: UInt64 = 1000
  /// Ticks between two readings of the counter with nothing in between.
  private(set) var overhead: UInt64 = 0

  /// The first row: what every other one is reduced by.
  mutating func measureOverhead(_ operation: () -> UInt64) {
    overhead = row("overhead", operation)
  }

  /// Runs `operation`, which returns ticks, `rounds` times; returns the minimum.
  @discardableResult
  func row(_ name: StaticString, _ operation: () -> UInt64) -> UInt64 {
    for round in 0..<Bench.rounds { set(round, operation()) }
    sort()
    let minimum = sample(0)
    Console.write("bench: ")
    Console.write(name)
    Console.write(" ")
    Console.write(decimal: reduced(minimum))
    Console.write(" ")
    Console.write(decimal: reduced(sample(Bench.rounds / 2)))
    Console.endLine()
    return minimum
  }

  private func reduced(_ ticks: UInt64) -> UInt64 { ticks > overhead ? ticks - overhead : 0 }

  private func sample(_ index: UInt64) -> UInt64 { load64(Scratch.base + index * 8) }
  private func set(_ index: UInt64, _ value: UInt64) { store64(Scratch.base + index * 8, value) }

  /// Shell sort: in place, and few enough steps for an emulated CPU.
  private func sort() {
    var gap = Bench.rounds / 2
    while gap > 0 {
      for start in gap..<Bench.rounds {
        let value = sample(start)
        var hole = start
        while hole >= gap && sample(hole - gap) > value {
          set(hole, sample(hole - gap))
          hole -= gap
        }
        set(hole, value)
      }
      gap /= 2
    }
  }
}
