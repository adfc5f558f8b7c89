import Foundation

/// The emulated machine that Bulkhead is shown, tested and measured on.
@main
enum Program {
  static let help = """
    machine: starts the emulated Arm machine with the engine and a stock host on it

      machine run                     the demonstration, step by step
      machine shell                   a shell on the host; Ctrl-A X ends the machine
      machine test [--filter TEXT] [--list]
                                      boots every scenario whose name contains TEXT
      machine bench [--json FILE]     instructions that each operation costs

    Options of the machine: --cpus N, --memory MEGABYTES, --cmdline WORDS (for the host kernel),
    --no-engine (the stock kernel alone, for comparison). Logs are in .build-machine/logs.
    """

  static func main() {
    var words = Array(CommandLine.arguments.dropFirst())
    let command = words.isEmpty ? "help" : words.removeFirst()
    do {
      let arguments = Arguments(words)
      switch command {
      case "run": exit(try RunCommand.run(arguments) ? 0 : 1)
      case "shell": try ShellCommand.run(arguments)
      case "test": exit(try TestCommand.run(arguments) ? 0 : 1)
      case "bench": exit(try BenchCommand.run(arguments) ? 0 : 1)
      case "help", "--help": say(help)
      default: throw Failure("there is no subcommand '\(command)'; see: machine help")
      }
    } catch {
      FileHandle.standardError.write(Data("machine: \(error)\n".utf8))
      exit(2)
    }
  }
}
