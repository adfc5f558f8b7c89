import Foundation

/// A small mistake in the prover, and a program that comes out otherwise with it.
struct Fault {
  var title: String
  /// Within `Sources/Prover`.
  var file: String
  /// What stands in the file, once, and what shall stand there instead.
  var text: String
  var replacement: String
  /// Files of `Programs`, and names of functions in them.
  var programs: [String]
  var functions: [String]

  static let list = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/faults.txt"

  /// What the list says. Its lines begin with a word: `#` begins a fault with what is wrong, `in`
  /// names the file, `-` is what is there and `+` what comes instead (a line each), `seen` names a
  /// program and functions of it.
  static func read() throws -> [Fault] {
    var faults: [Fault] = []
    let text = try String(contentsOfFile: list, encoding: .utf8)
    for (number, line) in text.components(separatedBy: "\n").enumerated() where !line.isEmpty {
      let word = line.prefix { $0 != " " }
      let rest = String(line.dropFirst(word.count + 1))
      if word == "#" {
        faults.append(
          Fault(title: rest, file: "", text: "", replacement: "", programs: [], functions: []))
        continue
      }
      guard var fault = faults.popLast() else { throw FaultError("\(list): no fault yet") }
      switch word {
      case "in": fault.file = rest
      case "-": fault.text += (fault.text.isEmpty ? "" : "\n") + rest
      case "+": fault.replacement += (fault.replacement.isEmpty ? "" : "\n") + rest
      case "seen":
        let names = rest.split(separator: " ").map(String.init)
        fault.programs += names.prefix(1)
        fault.functions += names.dropFirst()
      default: throw FaultError("\(list):\(number + 1): a line begins with #, in, -, + or seen")
      }
      faults.append(fault)
    }
    return faults
  }

  /// The file's text with the mistake in it.
  func changed(_ source: String) throws -> String {
    let parts = source.components(separatedBy: text)
    guard !text.isEmpty, parts.count == 2 else {
      throw FaultError(
        "\(file) has the text of '\(title)' \(parts.count - 1) times; change \(Fault.list)")
    }
    return parts.joined(separator: replacement)
  }
}

struct FaultError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
