import Foundation

/// `machine shell`: becomes QEMU, so the terminal, its signals and its end are QEMU's own.
enum ShellCommand {
  static func run(_ given: Arguments) throws {
    var arguments = given
    var configuration = Configuration(name: "shell", host: .linux(script: "shell"))
    configuration.isInteractive = true
    configuration.furtherWords = "quiet"
    try arguments.apply(to: &configuration)
    try arguments.finish()
    let words = try Launch.arguments(configuration)
    say("The machine starts; Ctrl-A X ends it.")
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execvp(words[0], &pointers)
    throw Failure("\(words[0]): \(String(cString: strerror(errno)))")
  }
}
