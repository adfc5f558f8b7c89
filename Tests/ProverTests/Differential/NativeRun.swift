import Foundation

@testable import Prover

/// What a generated function did when it ran.
struct NativeOutcome {
  /// Leaves of the parameters, in their order.
  var inputs: [Int128] = []
  /// Leaves of the result; nil if it trapped.
  var result: [Int128]?
  /// At each start of a pass: the loop's index in ``SampleFunction/loops`` and the leaves of its
  /// variables.
  var passes: [(loop: Int, values: [Int128])] = []
}

/// Compiles generated functions together and runs each once. A trap ends a child process; the
/// parent goes on with the next function.
struct NativeRun {
  static let support = """
    @_silgen_name("fork") func cFork() -> Int32

    @inline(never) func hidden<Value>(_ value: Value) -> Value { value }
    func number(_ value: Bool) -> Int128 { value ? 1 : 0 }
    func number<Value: FixedWidthInteger>(_ value: Value) -> Int128 { Int128(value) }

    func say(_ text: String) {
      var text = text + "\\n"
      text.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }

    func say(_ word: String, _ values: [Int128]) {
      say(values.reduce(into: word) { $0 += " \\($1)" })
    }

    @discardableResult func report(_ loop: Int, _ values: [Int128]) -> Bool {
      say("pass", [Int128(loop)] + values)
      return true
    }

    @main struct Run {
      static func main() {
        let done = mmap(
          nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0
        )!.assumingMemoryBound(to: Int.self)
        while done.pointee < cases.count {
          let child = cFork()
          if child == 0 {
            while done.pointee < cases.count {
              done.pointee += 1
              cases[done.pointee - 1]()
            }
            exit(0)
          }
          var status: Int32 = 0
          waitpid(child, &status, 0)
        }
      }
    }

    """

  static func outcomes(of functions: [SampleFunction], in folder: String, contracts: String) throws
    -> [NativeOutcome]
  {
    var files = ["support.swift": "import Glibc\n\n" + support]
    files["declarations.swift"] = "import Contracts\n\n" + SampleType.declarations
    var names: [String] = []
    // Several files, or there is nothing for the threads of the compiler to share.
    for (index, part) in chunks(functions, 8).enumerated() {
      files["functions\(index).swift"] = part.map { caller(of: $0) }.joined(separator: "\n")
      names += part.map { "case\($0.number)" }
    }
    files["cases.swift"] =
      "let cases: [@Sendable () -> Void] = [\n" + names.joined(separator: ",\n") + "\n]\n"
    for (name, text) in files {
      try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }
    let built = try Subprocess.run(
      [
        "swiftc", "-swift-version", "6", "-parse-as-library", "-Onone", "-suppress-warnings",
        "-wmo", "-num-threads", "\(ProgramRun.jobs)", "-module-name", "Generated", "-I", contracts,
        "-o",
        "\(folder)/run",
      ] + files.keys.sorted().map { "\(folder)/\($0)" }, guardSeconds: 600)
    guard built.status == 0 else {
      throw ProofError("the generated functions do not compile: \(built.complaints.prefix(3000))")
    }
    let run = try Subprocess.run(
      ["env", "SWIFT_BACKTRACE=enable=no", "\(folder)/run"], guardSeconds: 600)
    guard run.status == 0 else { throw ProofError("the generated functions do not run") }
    return read(run.output, functions)
  }

  private static func read(_ output: String, _ functions: [SampleFunction]) -> [NativeOutcome] {
    var outcomes = functions.map { _ in NativeOutcome() }
    var index = -1
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      let values = words.dropFirst().map { Int128($0)! }
      switch words[0] {
      case "case":
        index += 1
        outcomes[index].inputs = values
      case "pass": outcomes[index].passes.append((Int(values[0]), Array(values.dropFirst())))
      default: outcomes[index].result = values
      }
    }
    return outcomes
  }

  private static func leaves(_ name: String, _ type: SampleType) -> [String] {
    type.leaves.map { leaf in "number(\(leaf.path.reduce(name) { $1.text($0) }))" }
  }

  private static func caller(of function: SampleFunction) -> String {
    var text = function.text(isNative: true)
    text += "func case\(function.number)() {\n"
    for (parameter, value) in zip(function.parameters, function.inputTexts) {
      let value = SampleFunction.render(value, isNative: true)
      text += "  let \(parameter.name): \(parameter.type.name) = \(value)\n"
    }
    let inputs = function.parameters.flatMap { leaves($0.name, $0.type) }
    text += "  say(\"case\", [\(inputs.joined(separator: ", "))])\n"
    text += "  let result = \(function.name)("
    text += function.parameters.map(\.name).joined(separator: ", ") + ")\n"
    text += "  say(\"result\", [\(leaves("result", function.result).joined(separator: ", "))])\n}\n"
    return text
  }

  private static func chunks(_ functions: [SampleFunction], _ count: Int) -> [[SampleFunction]] {
    let size = max(1, (functions.count + count - 1) / count)
    return stride(from: 0, to: functions.count, by: size).map {
      Array(functions[$0..<min($0 + size, functions.count)])
    }
  }
}
