/// How the program ends, for scripts. `vmm --help` documents these; they never change meaning.
public enum ExitCode: Int32, Sendable {
  /// The guest powered itself off, or the command succeeded.
  case success = 0
  /// The command line, the configuration or a file that it names is wrong.
  case configuration = 1
  /// The engine or the host refused.
  case refused = 2
  /// The guest asked for a reset, and `--on-reset exit` was given.
  case reset = 3
  /// Every vCPU of the guest is off: nothing can turn one on again.
  case halted = 4
  /// Ended by SIGHUP.
  case hangup = 129
  /// Ended by SIGINT, or by Ctrl-A X at the console.
  case interrupt = 130
  /// Ended by SIGTERM.
  case terminate = 143
}

/// Why a command cannot go on: what was asked, what was wrong, what to do.
struct Failure: Error, Equatable {
  var code: ExitCode
  var message: String

  static func configuration(_ message: String) -> Failure {
    Failure(code: .configuration, message: message)
  }
  static func refused(_ message: String) -> Failure {
    Failure(code: .refused, message: message)
  }
}
