/// What a vmm writes into its VM's lock file, one `name value` a line.
struct Holder: Equatable {
  var name: String
  var process: Int
  /// Bytes.
  var memory: UInt64
  var cpus: Int

  var text: String { "name \(name)\nprocess \(process)\nmemory \(memory)\ncpus \(cpus)\n" }

  init(name: String, process: Int, memory: UInt64, cpus: Int) {
    self.name = name
    self.process = process
    self.memory = memory
    self.cpus = cpus
  }

  /// Missing lines leave empty values: the file may just be being written.
  init(_ text: String) {
    self.init(name: "", process: 0, memory: 0, cpus: 0)
    for line in Text.split(text, at: UInt8(ascii: "\n")) {
      let parts = Text.split(line, at: UInt8(ascii: " "))
      guard parts.count == 2 else { continue }
      let number = Text.decimal(parts[1]) ?? 0
      switch parts[0] {
      case "name": name = parts[1]
      case "process": process = Int(truncatingIfNeeded: number)
      case "memory": memory = number
      case "cpus": cpus = Int(truncatingIfNeeded: number)
      default: continue
      }
    }
  }
}
