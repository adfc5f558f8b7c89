import Synchronization

/// A ticket lock: whoever asks first enters first, so a wait is bounded by the number of CPUs.
public struct TicketLock: ~Copyable {
  @usableFromInline let next: Atomic<UInt32>
  @usableFromInline let serving: Atomic<UInt32>

  public init() {
    next = Atomic(0)
    serving = Atomic(0)
  }

  @inlinable @inline(__always)
  public borrowing func acquire() {
    let ticket = next.wrappingAdd(1, ordering: .relaxed).oldValue
    while serving.load(ordering: .acquiring) != ticket {}
  }

  /// Only the holder writes `serving`, so a plain increment is enough.
  @inlinable @inline(__always)
  public borrowing func release() {
    serving.store(serving.load(ordering: .relaxed) &+ 1, ordering: .releasing)
  }
}
