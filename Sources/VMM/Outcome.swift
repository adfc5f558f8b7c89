/// How a guest's run came to its end.
enum Outcome: Equatable {
  case poweredOff
  case reset
  /// Every vCPU is off.
  case halted
  /// A signal, or Ctrl-A X as ``ExitCode/interrupt``.
  case ended(ExitCode)
  case failed(String)
}
