import EngineABI

/// Reads the command line, without the program's name.
struct ArgumentParser {
  private var arguments: [String]
  private var next = 0

  static func parse(_ arguments: [String]) throws(Failure) -> Command {
    var parser = ArgumentParser(arguments: arguments)
    return try parser.command()
  }

  private init(arguments: [String]) { self.arguments = arguments }

  private mutating func command() throws(Failure) -> Command {
    for argument in arguments {
      if argument == "--help" || argument == "-h" { return .help }
      if argument == "--version" { return .version }
    }
    guard let first = arguments.first else {
      throw .configuration("nothing to do; give a kernel (vmm --kernel Image) or see vmm --help")
    }
    switch first {
    case "gc": return try alone(.collect)
    case "list": return try alone(.list)
    case "info": return try alone(.info)
    case "counters": return try counters()
    default: return .start(try options())
    }
  }

  private func alone(_ command: Command) throws(Failure) -> Command {
    guard arguments.count == 1 else {
      throw .configuration("'\(arguments[0])' takes no arguments, but got '\(arguments[1])'")
    }
    return command
  }

  private func counters() throws(Failure) -> Command {
    guard arguments.count == 2, let number = Text.decimal(arguments[1]),
      number <= UInt64(Limits.vms)
    else {
      throw .configuration(
        "'counters' takes the number of a VM, 1 to \(Limits.vms), or 0 for the engine's own "
          + "(try: vmm list)")
    }
    return .counters(Int(number))
  }

  private mutating func options() throws(Failure) -> Options {
    var options = Options()
    while next < arguments.count {
      let (name, value) = try option()
      switch name {
      case "--kernel": options.kernel = try text(value, name)
      case "--initrd": options.initrd = try text(value, name)
      case "--memory": options.memory = try memory(value)
      case "--cpus": options.cpus = try cpus(value)
      case "--cmdline": options.commandLine = value
      case "--console": options.console = try console(value)
      case "--name": options.name = try guestName(value)
      case "--on-reset": options.onReset = try reset(value)
      case "--report": options.report = try text(value, name)
      case "--dump-dtb": options.dumpTree = try text(value, name)
      case "--verbose": options.isVerbose = true
      default: throw .configuration("unknown option '\(name)' (try: vmm --help)")
      }
    }
    guard !options.kernel.utf8.isEmpty else {
      throw .configuration("no kernel given; add --kernel and the path of an arm64 Image")
    }
    return options
  }

  /// The next option and its value, given as `--name value` or `--name=value`.
  private mutating func option() throws(Failure) -> (name: String, value: String) {
    let argument = arguments[next]
    next += 1
    guard Text.after("--", in: argument) != nil else {
      throw .configuration("unknown command or argument '\(argument)' (try: vmm --help)")
    }
    if argument == "--verbose" { return (argument, "") }
    var name: [UInt8] = []
    for byte in argument.utf8 {
      guard byte != UInt8(ascii: "=") else {
        let text = String(decoding: name, as: UTF8.self)
        return (text, Text.after(text + "=", in: argument) ?? "")
      }
      name.append(byte)
    }
    guard ArgumentParser.known.contains(argument) else {
      throw .configuration("unknown option '\(argument)' (try: vmm --help)")
    }
    guard next < arguments.count else {
      throw .configuration("option '\(argument)' needs a value")
    }
    next += 1
    return (argument, arguments[next - 1])
  }

  private static let known = [
    "--kernel", "--initrd", "--memory", "--cpus", "--cmdline", "--console", "--name",
    "--on-reset", "--report", "--dump-dtb",
  ]

  private func text(_ value: String, _ name: String) throws(Failure) -> String {
    guard !value.utf8.isEmpty else { throw .configuration("option '\(name)' needs a value") }
    return value
  }

  private func memory(_ value: String) throws(Failure) -> UInt64 {
    guard let bytes = Text.bytes(value) else {
      throw .configuration("memory '\(value)' is not a size; give one like 256M or 1G")
    }
    guard bytes > 0, bytes % PageSize.block == 0 else {
      throw .configuration(
        "memory '\(value)' is not a multiple of 2 MiB; give one like 256M or 1G")
    }
    guard bytes <= GuestMap.maximumMemory else {
      throw .configuration(
        "memory '\(value)' is more than a guest can address; give at most "
          + Text.size(GuestMap.maximumMemory))
    }
    return bytes
  }

  private func cpus(_ value: String) throws(Failure) -> Int {
    guard let count = Text.decimal(value), count >= 1, count <= UInt64(Limits.vcpusPerVM) else {
      throw .configuration("cpus '\(value)' is not a number from 1 to \(Limits.vcpusPerVM)")
    }
    return Int(count)
  }

  private func console(_ value: String) throws(Failure) -> Options.Console {
    if value == "stdio" { return .stdio }
    if value == "none" { return .none }
    if let path = Text.after("file:", in: value), !path.utf8.isEmpty { return .file(path) }
    throw .configuration("console '\(value)' is not one of stdio, file:PATH, none")
  }

  private func reset(_ value: String) throws(Failure) -> Options.Reset {
    if value == "restart" { return .restart }
    if value == "exit" { return .exit }
    throw .configuration("on-reset '\(value)' is not one of restart, exit")
  }

  private func guestName(_ value: String) throws(Failure) -> String {
    let allowed = value.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        return true
      default: return false
      }
    }
    guard allowed, (1...64).contains(value.utf8.count) else {
      throw .configuration(
        "name '\(value)' is not 1 to 64 letters, digits, dots, dashes or underscores")
    }
    return value
  }
}
