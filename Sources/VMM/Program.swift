import CLinux

/// The program behind the command line.
public enum Program {
  /// Runs the command that the arguments, without the program's name, ask for.
  public static func run(_ arguments: [String]) -> ExitCode {
    do throws(Failure) {
      return try run(ArgumentParser.parse(arguments))
    } catch {
      Output.message(error.message)
      return error.code
    }
  }

  private static func run(_ command: Command) throws(Failure) -> ExitCode {
    switch command {
    case .help: Output.print(Usage.help)
    case .version: Output.print(Usage.version)
    case .start(let options): return try StartCommand(options: options).run()
    case .collect: Output.print(try queries().collect())
    case .list: Output.print(try queries().list())
    case .info: Output.print(try queries().info())
    case .counters(let vm): Output.print(try queries().counters(vm))
    }
    return .success
  }

  private static func queries() throws(Failure) -> QueryCommands {
    QueryCommands(management: try PhysicalMemory.device().engine(vm: 0))
  }
}
