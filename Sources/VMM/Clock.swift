import CLinux

/// The counter that the engine's deadlines are in.
struct Clock: Sendable {
  /// Ticks now.
  var now: @Sendable () -> UInt64
  /// Ticks per second.
  var frequency: UInt64

  static func machine() -> Clock {
    Clock(now: { linux_counter() }, frequency: max(linux_counter_frequency(), 1))
  }

  /// Nanoseconds from `now` to a deadline, rounded up and at most an hour; `UInt64.max` for no
  /// deadline.
  func nanoseconds(until deadline: UInt64, now: UInt64) -> UInt64 {
    guard deadline != .max else { return .max }
    guard deadline > now else { return 0 }
    let ticks = min(deadline - now, frequency * 3600)
    let seconds = ticks / frequency
    let rest = ticks % frequency
    return seconds * 1_000_000_000 + (rest * 1_000_000_000 + frequency - 1) / frequency
  }

  func microseconds(_ ticks: UInt64) -> UInt64 {
    ticks / frequency * 1_000_000 + ticks % frequency * 1_000_000 / frequency
  }
}
