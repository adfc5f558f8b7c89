import Foundation

/// `machine bench`: one table of ours, the goals and the peers' figures, and the same as JSON.
enum BenchCommand {
  struct Measured: Encodable, Equatable {
    var minimum: Int
    var median: Int?
  }
  static let timeout = 900.0

  static func run(_ given: Arguments) throws -> Bool {
    var arguments = given
    let json =
      try arguments.value("--json") ?? Files.machine.appendingPathComponent("bench.json").path
    try arguments.finish()
    let data = try Files.read(
      URL(fileURLWithPath: "Benchmarks/reference.json"), builtBy: "git checkout")
    let reference = try JSONDecoder().decode(BenchReference.self, from: data)

    var configuration = Configuration(name: "bench", host: .linux(script: "bench"), cpus: 1)
    configuration.countsInstructions = true
    configuration.furtherWords = "quiet"
    let machine = try Machine(configuration)
    defer { machine.end() }
    say(
      "Measuring in instructions (icount); this takes a minute or two. Log: \(machine.log.relativePath)"
    )

    var measured: [String: Measured] = [:]
    var unit = "ticks"
    reading: while true {
      switch try machine.next(until: timeout) {
      case .line(let line):
        if line.contains("bench-unit: instructions") { unit = "instructions" }
        if let (name, value) = parse(line) { measured[name] = value }
      case .ended: break reading
      case .timeout: throw Failure("no end after \(Int(timeout)) s; see \(machine.log.path)")
      }
    }
    show(reference, measured, unit: unit)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(measured).write(to: URL(fileURLWithPath: json))
    say("JSON: \(json)")
    let missing = (reference.rows + reference.boot).map(\.name).filter { measured[$0] == nil }
    if !missing.isEmpty { say("FAILED not measured: \(missing.joined(separator: ", "))") }
    return missing.isEmpty
  }

  /// `bench: NAME MIN MEDIAN` or `bench-boot: NAME VALUE`.
  static func parse(_ line: String) -> (String, Measured)? {
    let words = line.split(separator: " ")
    if words.first == "bench:", words.count == 4, let minimum = Int(words[2]),
      let median = Int(words[3])
    {
      return (String(words[1]), Measured(minimum: minimum, median: median))
    }
    if words.first == "bench-boot:", words.count == 3, let value = Int(words[2]) {
      return (String(words[1]), Measured(minimum: value))
    }
    return nil
  }

  private static func show(
    _ reference: BenchReference, _ measured: [String: Measured], unit: String
  ) {
    let head = ["", "ours", "median", "goal", "", "floor", "Bao", "Xen", "KVM VHE", "KVM nVHE"]
    var table = [head]
    var goals = 0
    var met = 0
    func text(_ value: Int?) -> String { value.map(String.init) ?? "-" }
    for row in reference.rows + reference.boot {
      let ours = measured[row.name]
      var verdict = ""
      if let goal = row.goal {
        goals += 1
        let isMet = ours.map { $0.minimum <= goal } ?? false
        met += isMet ? 1 : 0
        verdict = isMet ? "met" : "missed"
      }
      table.append([
        row.name, text(ours?.minimum), text(ours?.median), text(row.goal), verdict, text(row.floor),
        text(row.bao), text(row.xen), text(row.kvm_vhe), text(row.kvm_nvhe),
      ])
    }
    say("\nRound trips in \(unit), minimum of 1,000, and a quiet boot of a stock Debian guest")
    for line in Table.aligned(table) { say(line) }
    let kinds = measured.filter { $0.key.hasPrefix("exits-") && $0.value.minimum > 0 }
    let list = kinds.sorted { $0.value.minimum > $1.value.minimum }
      .map { "\($0.key.dropFirst(6)) \($0.value.minimum)" }
    if !list.isEmpty { say("\nExits of that boot: \(list.joined(separator: ", "))") }
    say("\(met) of \(goals) goals met")
  }
}
