import Foundation

/// The QEMU that runs now, for the signal handler: 0 if none.
private nonisolated(unsafe) var runningChild: pid_t = 0

/// A program with its input and output in our hands, that never outlives us: it is killed when we
/// end it, when we get a signal, and by the kernel (setpriv) should we be killed ourselves.
final class Child {
  private var pid: pid_t = 0
  /// False once it has been waited for; its input and output are closed then.
  var isRunning: Bool { pid != 0 }
  let input: Int32
  let output: Int32

  init(_ arguments: [String]) throws {
    Child.handleSignals()
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
      throw Failure("pipe: \(String(cString: strerror(errno)))")
    }
    // Only 0, 1 and 2 reach the program: QEMU must see the end of its input.
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)

    let all = ["setpriv", "--pdeathsig", "KILL"] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    let result = posix_spawnp(&pid, all[0], &actions, nil, &pointers, environ)
    close(toChild[0])
    close(fromChild[1])
    input = toChild[1]
    output = fromChild[0]
    guard result == 0 else { throw Failure("\(all[0]): \(String(cString: strerror(result)))") }
    runningChild = pid
  }

  /// Ends the program if it still runs. Returns its status as wait(2) gives it.
  @discardableResult
  func end() -> Int32 {
    guard pid != 0 else { return 0 }
    kill(pid, SIGKILL)
    return wait()
  }

  /// Waits until the program has ended by itself.
  @discardableResult
  func wait() -> Int32 {
    guard pid != 0 else { return 0 }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    runningChild = 0
    pid = 0
    close(input)
    close(output)
    return status
  }

  deinit { end() }

  private static func handleSignals() {
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        if runningChild != 0 { kill(runningChild, SIGKILL) }
        _exit(128 + number)
      }
    }
  }
}
