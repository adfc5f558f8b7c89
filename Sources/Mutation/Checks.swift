import Foundation

// Source trees with a change in them, for checkers other than the tests.

extension Commands {
  /// How many harmless changes there are.
  private static let harmless = 30

  var refactorings: [Refactoring] { Refactoring.choose(Commands.harmless, from: files) }

  /// The files that a mutant or a harmless change gives another text; "refactorings" is all of the
  /// harmless ones at once.
  private func changed(_ name: String) throws -> [String: String] {
    let harmless = refactorings
    if name == "refactorings" {
      return files.reduce(into: [:]) { texts, file in
        var all = Refactoring(name: name, kind: .rename, file: file.name, edits: [])
        all.edits = harmless.filter { $0.file == file.name }.flatMap { $0.edits }
          .sorted { $0.start < $1.start }
        texts[file.name] = all.applied(to: file)
      }
    }
    if let found = harmless.first(where: { $0.name == name }),
      let file = files.first(where: { $0.name == found.file })
    {
      return [file.name: found.applied(to: file)]
    }
    let mutant = try mutant(name)
    let file = try file(of: name)
    return [file.name: file.replacing(mutant.start, mutant.end, by: mutant.changed)]
  }

  func diff(_ name: String) throws -> String {
    var lines: [String] = []
    for (name, text) in try changed(name).sorted(by: { $0.key < $1.key }) {
      let path = "\(Workspace.core)/\(name)"
      let other = "\(Workspace.build)/shown/\(name)"
      try Workspace.write(text, to: other)
      lines.append(
        try Tool.run(["diff", "-u", "--label", "a/" + path, "--label", "b/" + path, path, other])
          .output)
    }
    return lines.joined()
  }

  func render() throws {
    guard arguments.names.count == 2 else { throw Failure("render needs a name and a folder") }
    try Rendering.render(try changed(arguments.names[0]), to: arguments.names[1])
  }

  /// Runs a command in the tree of each change. A status other than 0 is a rejection.
  func check() throws {
    guard !arguments.tool.isEmpty else { throw Failure("check needs a command behind --") }
    let unchanged = try check([:])
    guard unchanged.status == 0 else {
      throw Failure("the command fails without a change:\n\(unchanged.output.suffix(2000))")
    }
    let names = arguments.names.isEmpty ? refactorings.map { $0.name } : arguments.names
    var rejected = 0
    for name in names {
      let (status, output) = try check(try changed(name))
      if status != 0 { rejected += 1 }
      tell("\(status == 0 ? "accepted" : "rejected"): \(name)")
      if status != 0 { tell(String(output.suffix(1000))) }
    }
    tell("\(rejected) of \(names.count) rejected, \(names.count - rejected) accepted")
  }

  private func check(_ changed: [String: String]) throws -> (status: Int32, output: String) {
    let folder = "\(Workspace.build)/tree"
    try? FileManager.default.removeItem(atPath: folder)
    try Rendering.render(changed, to: folder)
    return try Tool.run(arguments.tool, in: folder)
  }
}
