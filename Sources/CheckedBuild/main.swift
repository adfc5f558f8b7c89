// checked: copies Swift files so that their contracts are evaluated wherever they say something.
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 2, let folder = arguments.first, !folder.hasPrefix("-") else {
  print(
    """
    usage: checked FOLDER FILE.swift ...

    Writes a copy of each file to FOLDER. In the copies postconditions (`ensures`) are evaluated at
    every exit of their function, with `old` as it was at the entry; line numbers stay.
    """)
  exit(arguments.first == "--help" ? 0 : 2)
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("checked: \(message)\n".utf8))
  exit(1)
}

var total = 0
do {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for file in arguments.dropFirst() {
    let source = try String(contentsOfFile: file, encoding: .utf8)
    let name = URL(fileURLWithPath: file).lastPathComponent
    let result = Rewriter.rewrite(source, file: name)
    if let refusal = result.refused.first { fail(refusal) }
    total += result.checked
    let target = "\(folder)/\(name)"
    // An unchanged copy keeps its date, so that nothing is built for it.
    if (try? String(contentsOfFile: target, encoding: .utf8)) != result.text {
      try result.text.write(toFile: target, atomically: true, encoding: .utf8)
    }
  }
} catch {
  fail("\(error)")
}
print("checked: \(total) postconditions in \(arguments.count - 1) files are evaluated at each exit")
