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
      // The locks of the lease are held until the engine has given everything back.
      withExtendedLifetime(held) {}
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
    let outcome: Outcome
    var report = Report()
    do throws(Failure) {
      outcome = try supervise(engine, console, signals, started: started, report: &report)
    } catch {
      try Collector.end(engine)
      throw error
    }
    try Collector.end(engine)
    say("VM \(engine.vm): ended")
    if let path = options.report {
      let file = try File.open(path, LINUX_OPEN_CREATE, role: "report")
      file.write(Array(report.text.utf8))
    }
    return outcome
  }

  private func supervise(
    _ engine: Engine, _ console: File?, _ signals: Int32, started: UInt64,
    report: inout Report
  ) throws(Failure) -> Outcome {
    let clock = Clock.machine()
    let output: Int32 = options.console == .stdio ? 1 : console?.number ?? -1
    let machine = try VirtualMachine(
      engine: engine, cpus: options.cpus, clock: clock, console: output,
      isVerbose: options.isVerbose)
    let readsInput = options.console == .stdio && linux_input_is_ours(0) != 0
    let isTerminal = readsInput && linux_terminal_raw(0) == 0
    defer { linux_terminal_restore() }
    let running = clock.now()
    let instructionsBefore = engine.counter(.engineInstructions) ?? 0
    say("VM \(engine.vm): running")
    try machine.start()
    var supervisor = Supervisor(
      machine: machine, signals: signals, input: readsInput ? 0 : -1, isTerminal: isTerminal)
    let outcome = supervisor.wait()
    machine.stop()
    // Counters end with the VM.
    report.add("vm", UInt64(engine.vm))
    report.add("outcome", outcome.name)
    report.add("load-microseconds", clock.microseconds(running - started))
    report.add("run-microseconds", clock.microseconds(clock.now() - running))
    report.add("engine-instructions-before", instructionsBefore)
    report.add(engine)
    report.add(machine.vcpus)
    return outcome
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
