import Foundation

/// A program run to its end, in a process group of its own that never outlives us.
struct Subprocess {
  struct Result {
    var output: String
    var complaints: String
    /// The exit status; nil if a signal ended it.
    var status: Int32?
    /// What ended it if it did not end by itself, else nil.
    var violence: String?
    /// Whether that was the guard.
    var isLate = false
    /// Of processors: what it took, however busy the machine is.
    var seconds: Double
  }

  /// The guard is no limit for proofs but for a program that hangs; whoever gets it sees an error.
  static func run(_ arguments: [String], guardSeconds: Double) throws -> Result {
    let (pid, ends) = try LiveGroups.start { try start(arguments) }
    defer { for end in ends { close(end) } }
    var texts: [[UInt8]] = [[], []]
    let isLate = !read(from: ends, into: &texts, until: now() + guardSeconds)
    if isLate { kill(-pid, SIGKILL) }
    let (status, seconds) = end(of: pid)
    let signal = status & 0x7f
    var violence: String?
    if isLate {
      violence = "still running after \(Int(guardSeconds)) seconds"
    } else if signal != 0 {
      violence = "killed by signal \(signal)"
    }
    return Result(
      output: String(decoding: texts[0], as: UTF8.self),
      complaints: String(decoding: texts[1], as: UTF8.self),
      status: violence == nil ? (status >> 8) & 0xff : nil, violence: violence,
      isLate: isLate, seconds: seconds)
  }

  /// The process and the ends to read its output and its complaints from. Nobody else may start
  /// one meanwhile: that would inherit the other ends and keep them open.
  private static func start(_ arguments: [String]) throws -> (pid_t, [Int32]) {
    var ends = [[Int32]](repeating: [0, 0], count: 2)
    for index in ends.indices {
      guard pipe(&ends[index]) == 0 else {
        throw ProofError("pipe: \(String(cString: strerror(errno)))")
      }
      for end in ends[index] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    defer { for end in ends { close(end[1]) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[0][1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1][1], 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that all of it can be killed; and none of the signals that we block.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, arguments[0], &actions, &attributes, &pointers, environ)
    guard result == 0 else {
      for end in ends { close(end[0]) }
      throw ProofError(
        "\(arguments[0]) cannot be started: \(String(cString: strerror(result))) (try: make setup)")
    }
    return (pid, ends.map { $0[0] })
  }

  /// Its status as wait(2) gives it, and its time. What it started and left behind is killed while
  /// its number cannot belong to anybody else yet.
  private static func end(of pid: pid_t) -> (status: Int32, seconds: Double) {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
    kill(-pid, SIGKILL)
    LiveGroups.remove(pid)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    let times = [usage.ru_utime, usage.ru_stime]
    return (status, times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 })
  }

  /// Returns false if the deadline came first.
  private static func read(
    from descriptors: [Int32], into texts: inout [[UInt8]], until deadline: Double
  ) -> Bool {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65536)
    while polled.contains(where: { $0.fd >= 0 }) {
      let left = deadline - now()
      guard left > 0 else { return false }
      let ready = poll(&polled, nfds_t(polled.count), Int32(min(left * 1000 + 1, 60_000)))
      if ready <= 0 { continue }
      for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
        let count = Foundation.read(polled[index].fd, &buffer, buffer.count)
        if count > 0 {
          texts[index] += buffer[..<count]
        } else if count == 0 || errno != EINTR {
          polled[index].fd = -1
        }
      }
    }
    return true
  }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// What stops the prover: says what was asked, what was wrong and what to do.
public struct ProofError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
