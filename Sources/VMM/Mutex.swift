import CLinux

/// A mutex that costs a few instructions while nobody waits for it.
final class Mutex: @unchecked Sendable {
  private let word: UnsafeMutablePointer<UInt32>

  init() {
    word = .allocate(capacity: 1)
    word.initialize(to: 0)
  }
  deinit { word.deallocate() }

  @inline(__always)
  func withLock<Result>(_ body: () -> Result) -> Result {
    linux_mutex_lock(word)
    defer { linux_mutex_unlock(word) }
    return body()
  }
}

/// Words that threads wait on (futex), one for each vCPU.
final class WakeWords: @unchecked Sendable {
  private let words: UnsafeMutablePointer<UInt32>
  let count: Int

  init(count: Int) {
    self.count = count
    words = .allocate(capacity: count)
    words.initialize(repeating: 0, count: count)
  }
  deinit { words.deallocate() }

  func load(_ index: Int) -> UInt32 { linux_word_load(words + index) }

  /// Sleeps until the word is no longer `seen`, at most so long.
  func wait(_ index: Int, seen: UInt32, nanoseconds: UInt64) {
    linux_futex_wait(words + index, seen, nanoseconds)
  }

  /// Wakes the vCPUs of the mask, whether they sleep already or are about to.
  func wake(mask: UInt64) {
    for index in 0..<count where mask >> UInt64(index) & 1 != 0 {
      linux_word_increment(words + index)
      linux_futex_wake(words + index)
    }
  }
}

/// A flag that any thread may set or look at.
final class Flag: @unchecked Sendable {
  private let word: UnsafeMutablePointer<UInt32>

  init() {
    word = .allocate(capacity: 1)
    word.initialize(to: 0)
  }
  deinit { word.deallocate() }

  var isSet: Bool {
    get { linux_word_load(word) != 0 }
    set { linux_word_store(word, newValue ? 1 : 0) }
  }
}
