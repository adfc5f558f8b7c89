import Foundation

/// The process groups that run now, and the folders that shall not be left behind.
enum LiveGroups {
  private static let lock = NSLock()
  private nonisolated(unsafe) static var groups: Set<pid_t> = []
  private nonisolated(unsafe) static var folders: Set<String> = []
  private nonisolated(unsafe) static var isEnding = false

  /// Nothing is started any more once we are ending, so that nothing escapes.
  static func start(_ spawn: () throws -> (pid_t, [Int32])) throws -> (pid_t, [Int32]) {
    lock.lock()
    defer { lock.unlock() }
    guard !isEnding else { throw ProofError("interrupted") }
    let started = try spawn()
    groups.insert(started.0)
    return started
  }
  static func remove(_ pid: pid_t) { lock.withLock { _ = groups.remove(pid) } }
  static func add(folder: String) { lock.withLock { _ = folders.insert(folder) } }
  static func remove(folder: String) {
    lock.withLock { _ = folders.remove(folder) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  fileprivate static func end() {
    lock.withLock {
      isEnding = true
      for group in groups { kill(-group, SIGKILL) }
      for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
    }
  }
}

/// Ctrl-C and kill leave neither provers nor files.
public enum Interruption {
  /// Once, before any thread is started: they inherit that these signals are for ours alone.
  public static func handle() {
    signal(SIGPIPE, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waiting = signals
    Thread.detachNewThread {
      var signals = waiting
      var number: Int32 = 0
      sigwait(&signals, &number)
      LiveGroups.end()
      FileHandle.standardError.write(Data("\nprove: interrupted\n".utf8))
      _exit(128 + number)
    }
  }
}
