import CLinux

/// The main thread while a guest runs: signals, and input for the console.
struct Supervisor {
  let machine: VirtualMachine
  /// From `linux_signal_file`.
  let signals: Int32
  /// Standard input, or -1.
  var input: Int32
  /// Input comes from a terminal, where Ctrl-A X ends the guest.
  let isTerminal: Bool
  private var escape = Escape()

  init(machine: VirtualMachine, signals: Int32, input: Int32, isTerminal: Bool) {
    self.machine = machine
    self.signals = signals
    self.input = input
    self.isTerminal = isTerminal
  }

  /// Sleeps until something happens, and returns when the guest is to end.
  mutating func wait() -> Outcome {
    while true {
      if let outcome = machine.outcome { return outcome }
      let wanted = input >= 0 && machine.board.wantsInput
      let ready = UInt32(linux_wait_ready(signals, machine.event, wanted ? input : -1))
      if ready & LINUX_READY_EVENT.rawValue != 0 { linux_event_clear(machine.event) }
      if ready & LINUX_READY_SIGNAL.rawValue != 0 { takeSignal() }
      if ready & LINUX_READY_INPUT.rawValue != 0 { takeInput() }
    }
  }

  private func takeSignal() {
    let number = linux_signal_take(signals)
    guard number > 0, let code = ExitCode(rawValue: 128 + number) else { return }
    machine.end(.ended(code))
  }

  private mutating func takeInput() {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = bytes.withUnsafeMutableBytes { linux_read(input, $0.baseAddress, 1024) }
    guard count > 0 else {
      input = -1
      return
    }
    var typed = Array(bytes[..<Int(count)])
    if isTerminal {
      let (forGuest, ends) = escape.filter(typed)
      typed = forGuest
      if ends { machine.end(.ended(.interrupt)) }
    }
    if !typed.isEmpty { machine.words.wake(mask: machine.board.type(typed)) }
  }
}
