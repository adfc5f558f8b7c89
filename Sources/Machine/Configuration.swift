import Foundation

/// A machine to be started: what QEMU emulates and what it boots.
struct Configuration {
  /// What the engine starts at EL1, or QEMU itself if there is no engine.
  enum Host {
    /// Debian's kernel with our RAM disk, which runs a script.
    case linux(script: String)
    /// An image of ours alone.
    case image(URL)
  }

  /// Names the log and the working files.
  var name: String
  var host: Host
  var cpus = 2
  /// QEMU's name for the CPU, with its options.
  var processor = "cortex-a76"
  var memory: UInt64 = 2 << 30
  /// Further words for the host kernel.
  var furtherWords = ""
  /// Without it the host kernel boots on the bare machine, for comparison.
  var hasEngine = true
  /// A function of the engine that is made to fault, to see what the engine does then.
  var faultyFunction: String?
  /// Counts instructions instead of time: deterministic, for one CPU only.
  var countsInstructions = false
  /// The user's terminal is the console.
  var isInteractive = false

  var layout: Layout { Layout(memory: memory) }

  var commandLine: String {
    guard case .linux(let script) = host else { return "" }
    let words = ["console=ttyAMA0", "panic=-1", "bulkhead.script=\(script)", furtherWords]
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The machine without what it boots.
  func machineArguments(furtherMachine: String? = nil) -> [String] {
    var machine = "virt,gic-version=3,dtb-randomness=off"
    machine += hasEngine ? ",virtualization=on" : ""
    machine += furtherMachine.map { ",\($0)" } ?? ""
    var arguments = [
      "-M", machine, "-cpu", processor, "-smp", "\(cpus)", "-m", "\(memory >> 20)M",
      "-display", "none", "-no-reboot", "-nic", "none",
    ]
    if countsInstructions {
      arguments += ["-accel", "tcg,thread=single", "-icount", "shift=4,sleep=off"]
      arguments += ["-rtc", "base=2026-01-01,clock=vm"]
    }
    return arguments
  }
}
