import Foundation

/// Puts each fault into one file of the prover, which alone is compiled again, and asks whether the
/// programs named for it still come out as they say.
struct FaultRun {
  /// What the package's build left.
  var build: String
  /// For what is made here.
  var folder: String

  enum Outcome: Equatable {
    case caught(String)
    case missed
  }

  /// Whether the prover still has what each fault changes, also where few of them are tried.
  func checkTexts(_ faults: [Fault]) throws {
    for fault in faults {
      _ = try fault.changed(String(contentsOfFile: original(of: fault), encoding: .utf8))
    }
  }

  /// Whether a prover without faults takes the programs: nothing else makes a fault's verdict one.
  func checkUnchanged(_ faults: [Fault]) throws {
    let result = judge("\(folder)/unchanged", faults)
    guard result.status == 0 else {
      throw FaultError("without any fault, the programs do not come out: \(result.output)")
    }
  }

  func outcome(of fault: Fault) throws -> Outcome {
    try compile(fault)
    let result = judge("\(folder)/faulty", [fault])
    if result.status == 0 { return .missed }
    return .caught(result.output.split(separator: "\n").first.map(String.init) ?? "it breaks")
  }

  private func judge(_ program: String, _ faults: [Fault]) -> (status: Int32, output: String) {
    run(
      [program, "judge"] + Set(faults.flatMap(\.programs)).sorted() + ["--"]
        + Set(faults.flatMap(\.functions)).sorted())
  }

  private func sources() throws -> [String] {
    try String(contentsOfFile: "\(build)/Prover.build/sources", encoding: .utf8)
      .split(separator: "\n").map { $0.trimmingCharacters(in: ["'", "\""]) }
  }

  private func original(of fault: Fault) throws -> String {
    guard let file = try sources().first(where: { $0.hasSuffix("/Sources/Prover/" + fault.file) })
    else { throw FaultError("'\(fault.title)': there is no file \(fault.file)") }
    return file
  }

  private func compile(_ fault: Fault) throws {
    let original = try original(of: fault)
    let name = URL(fileURLWithPath: original).lastPathComponent
    let faulty = "\(folder)/\(name)"
    defer { try? FileManager.default.removeItem(atPath: faulty) }
    try fault.changed(String(contentsOfFile: original, encoding: .utf8))
      .write(toFile: faulty, atomically: true, encoding: .utf8)
    let compiled = try run(
      [
        "swiftc", "-frontend", "-c", "-primary-file", faulty, "-o", "\(folder)/faulty.o",
        "-module-name", "Prover", "-parse-as-library", "-swift-version", "6", "-Onone",
        "-enable-testing", "-suppress-warnings", "-module-cache-path", "\(build)/ModuleCache",
      ] + sources().filter { $0 != original })
    guard compiled.status == 0 else {
      throw FaultError("'\(fault.title)' does not compile: \(compiled.output.suffix(2000))")
    }
    let objects = try sources().filter { $0 != original }.map {
      "\(build)/Prover.build/\(URL(fileURLWithPath: $0).lastPathComponent).o"
    }
    let linked = run(
      ["swiftc", "-o", "\(folder)/faulty", "\(folder)/judge.o", "\(folder)/faulty.o"] + objects)
    guard linked.status == 0 else {
      throw FaultError("'\(fault.title)' does not link: \(linked.output.suffix(2000))")
    }
  }

  private func run(_ words: [String]) -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    guard (try? process.run()) != nil else { return (-1, "env cannot be started") }
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationReason == .exit ? process.terminationStatus : -1, output)
  }
}
