import EngineABI

/// What a guest is started with.
struct Options: Equatable {
  enum Console: Equatable {
    case stdio
    case file(String)
    case none
  }
  enum Reset: Equatable {
    case restart
    case exit
  }

  var kernel = ""
  var initrd: String?
  /// Bytes, a multiple of 2 MiB.
  var memory: UInt64 = 256 << 20
  var cpus = 1
  var commandLine = "console=ttyAMA0"
  var console = Console.stdio
  /// Empty: `vm-N` after its number.
  var name = ""
  var onReset = Reset.restart
  /// Where counts of the guest go when it ends.
  var report: String?
  /// Where the device tree goes, instead of starting the guest.
  var dumpTree: String?
  var isVerbose = false
}

/// What the command line asks for.
enum Command: Equatable {
  case start(Options)
  case collect
  case list
  case info
  case counters(Int)
  case help
  case version
}
