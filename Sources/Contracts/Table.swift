/// A fixed number of elements at a fixed place in memory: the only unsafe code under the core.
///
/// It is made once for each region, cannot be copied, and every access is checked against its bounds.
public struct Table<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  public let count: Int

  /// The caller vouches that the region is aligned, holds `count` initialised elements, and is
  /// in no other table.
  @inlinable
  public init(unsafeAt address: UnsafeMutableRawPointer, count: Int) {
    precondition(count >= 0)
    base = address.assumingMemoryBound(to: Element.self)
    self.count = count
  }

  @inlinable
  public subscript(index: Int) -> Element {
    @_transparent
    unsafeAddress {
      precondition(index >= 0 && index < count)
      return UnsafePointer(base + index)
    }
    @_transparent
    unsafeMutableAddress {
      precondition(index >= 0 && index < count)
      return base + index
    }
  }
}
