import CLinux
import EngineABI

/// `vmm --kernel …`: one guest from its start to its end.
struct StartCommand {
  var options: Options
  var locks = LockFolder()

  func run() throws(Failure) -> ExitCode {
    if let path = options.dumpTree { return try dumpTree(path) }
    // Before anything is claimed: what is wrong in the configuration needs no engine to say.
    _ = try Builder.Images(options)
    let signals = linux_signal_file()
    guard signals >= 0 else {
      throw .refused("cannot wait for signals: \(Text.error(Int(signals)))")
    }
    let console = try openConsole()
    var lease: Lease?
    while true {
      let started = Clock.machine().now()
      let (held, engine) = try build(lease)
      lease = held
      let outcome = try live(engine, console, signals, started: started)
      switch outcome {
      case .poweredOff: return .success
      case .halted: return .halted
      case .ended(let code): return code
      case .failed(let message): throw .refused(message)
      case .reset:
        guard options.onReset == .restart else { return .reset }
        say("the guest asked for a reset; starting it anew")
      }
    }
  }

  private func say(_ text: String) {
    if options.isVerbose { Output.message(text) }
  }

  private func dumpTree(_ path: String) throws(Failure) -> ExitCode {
    let tree = try Builder.Images(options).deviceTree(options)
    let file = try File.open(path, LINUX_OPEN_CREATE, role: "device tree")
    guard file.write(tree) else { throw .configuration("cannot write device tree '\(path)'") }
    return .success
  }

  private func openConsole() throws(Failure) -> File? {
    switch options.console {
    case .stdio, .none: return nil
    case .file(let path): return try File.open(path, LINUX_OPEN_CREATE, role: "console")
    }
  }

  /// Makes the VM, anew for a lease that is held already. /dev/mem is closed again at the end.
  private func build(_ held: Lease?) throws(Failure) -> (Lease, Engine) {
    let memory = try PhysicalMemory.device()
    let management = try memory.engine(vm: 0)
    let carveOut = try CarveOut(management)
    let lease: Lease
    if let held {
      lease = held
    } else {
      try locks.prepare()
      let claims = try locks.claims()
      lease = try Lease.claim(
        options, collector: Collector(management: management, locks: locks), carveOut: carveOut)
      withExtendedLifetime(claims) {}
    }
    say("VM \(lease.vm): loading")
    let builder = Builder(options: options, lease: lease, carveOut: carveOut)
    let images = try builder.load(memory)
    let engine = try memory.engine(vm: lease.vm)
    try builder.build(images, management: management, engine: engine)
    return (lease, engine)
  }

  /// Runs the VM to its end and gives everything back.
  private func live(
    _ engine: Engine, _ console: File?, _ signals: Int32, started: UInt64
  ) throws(Failure) -> Outcome {
    let clock = Clock.machine()
    let output: Int32 = options.console == .stdio ? 1 : console?.number ?? -1
    let machine = try VirtualMachine(
      engine: engine, cpus: options.cpus, clock: clock, console: output,
      isVerbose: options.isVerbose)
    let readsInput = options.console == .stdio && linux_input_is_ours(0) != 0
    let isTerminal = readsInput && linux_terminal_raw(0) == 0
    let running = clock.now()
    say("VM \(engine.vm): running")
    var outcome: Outcome
    do throws(Failure) {
      try machine.start()
      var supervisor = Supervisor(
        machine: machine, signals: signals, input: readsInput ? 0 : -1, isTerminal: isTerminal)
      outcome = supervisor.wait()
    } catch {
      outcome = .failed(error.message)
    }
    machine.stop()
    linux_terminal_restore()
    try writeReport(machine, clock, outcome, started: started, running: running)
    try Collector.end(engine)
    say("VM \(engine.vm): ended")
    return outcome
  }

  private func writeReport(
    _ machine: VirtualMachine, _ clock: Clock, _ outcome: Outcome, started: UInt64,
    running: UInt64
  ) throws(Failure) {
    guard let path = options.report else { return }
    var report = Report()
    report.add("vm", UInt64(machine.engine.vm))
    report.add("outcome", outcome.name)
    report.add("load-microseconds", clock.microseconds(running - started))
    report.add("run-microseconds", clock.microseconds(clock.now() - running))
    report.add(machine.engine)
    report.add(machine.vcpus)
    let file = try File.open(path, LINUX_OPEN_CREATE, role: "report")
    file.write(Array(report.text.utf8))
  }
}

extension Outcome {
  /// One word, for the report.
  var name: String {
    switch self {
    case .poweredOff: "powered-off"
    case .reset: "reset"
    case .halted: "halted"
    case .ended: "ended"
    case .failed: "failed"
    }
  }
}
