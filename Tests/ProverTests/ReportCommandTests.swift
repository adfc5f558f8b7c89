import Foundation
import Testing

@testable import Prover
@testable import prove

@Suite struct ReportCommandTests {
  @Test func `options are read, in either form`() throws {
    let arguments = try Arguments.parse([
      "--only", "share", "--only=Ownership.swift", "--report", "out", "--jobs=3", "--effort", "0",
      "--cold", "--verbose", "--keep", "--cache", "c", "--open", "--flag", "-DX",
    ])
    #expect(arguments.only == ["share", "Ownership.swift"])
    #expect(arguments.report == "out")
    #expect(arguments.jobs == 3)
    #expect(arguments.effort == 0)
    #expect(arguments.cache == "c")
    #expect(arguments.flags == ["-DX"])
    #expect(
      arguments.isCold && arguments.isVerbose && arguments.keepsFiles && arguments.listsOpen)
  }

  @Test func `theorems for Coq are read with the file that gets them`() throws {
    let arguments = try Arguments.parse(["--coq", "T.v", "--theorem", "A.f", "--theorem=A.g(_:)"])
    #expect(arguments.coq == "T.v")
    #expect(arguments.theorems == ["A.f", "A.g(_:)"])
  }

  @Test func `modules are read with their folders`() throws {
    let arguments = try Arguments.parse(["--import", "Words=W", "--module", "Core=A,B"])
    #expect(
      arguments.modules == [
        .init(name: "Words", folders: ["W"], proved: false),
        .init(name: "Core", folders: ["A", "B"], proved: true),
      ])
  }

  @Test(arguments: [
    (["--jobs", "many"], "'--jobs' takes a number from 1 to 1024, not 'many'"),
    (["--jobs", "0"], "'--jobs' takes a number from 1 to 1024, not '0'"),
    (["--effort", "9"], "'--effort' takes a number from 0 to 2, not '9'"),
    (["--report"], "'--report' needs a value (try: prove --help)"),
    (["--report", "--cold"], "'--report' needs a value, but '--cold' follows"),
    (["--cold=yes"], "'--cold' takes no value, but got 'yes'"),
    (["--module", "Core"], "module 'Core' is not Name=folder, like Core=Sources/Core"),
    (["--fast"], "unknown option or argument '--fast' (try: prove --help)"),
    (["--coq", "T.v"], "'--coq' writes what '--theorem' names: give both"),
    (["--theorem", "A.f"], "'--coq' writes what '--theorem' names: give both"),
    (
      ["--goal", "ensures", "--report", "out"],
      "'--goal' is no whole proof; leave '--report' and '--open' out"
    ),
    (["core"], "unknown option or argument 'core' (try: prove --help)"),
    (
      ["--configuration", "f", "--module", "A=b"],
      "'--configuration' names modules already; leave '--module' out"
    ),
  ])
  func `what cannot be meant is refused`(words: [String], message: String) {
    let error = #expect(throws: CommandError.self) { try Arguments.parse(words) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    ("{", "not JSON"),
    ("{\"flags\": [], \"open\": []}", "'modules' is missing"),
    (
      "{\"modules\": [], \"flags\": [], \"open\": [], \"opne\": []}",
      "unknown key 'opne'; known here are modules, flags, open"
    ),
    (
      "{\"modules\": [], \"flags\": [], \"open\": [{\"function\": \"f\"}]}",
      "'reason' is missing in open.[0]"
    ),
    ("{\"modules\": 3, \"flags\": [], \"open\": []}", "modules: "),
  ])
  func `a configuration that is wrong is explained`(text: String, message: String) throws {
    try withFolder { folder in
      let path = folder + "/proof.json"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: CommandError.self) { try Configuration.load(path) }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func `a configuration that is not there is told`() {
    let error = #expect(throws: CommandError.self) { try Configuration.load("/no/proof.json") }
    #expect(error?.description.hasPrefix("there is no /no/proof.json") == true)
  }

  @Test func `the files of a module are found in all folders, in order`() throws {
    try withFolder { folder in
      for name in ["b.swift", "a.swift", "in/c.swift", "note.txt"] {
        try FileManager.default.createDirectory(
          atPath: folder + "/in", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let sources = try configuration([("Core", folder)]).sources()
      #expect(sources[0].files == ["a.swift", "b.swift", "in/c.swift"].map { "\(folder)/\($0)" })
      #expect(sources[0].isProved)
    }
  }

  @Test func `a module without files, named twice or without folder is refused`() throws {
    try withFolder { folder in
      #expect(throws: CommandError.self) { try configuration([("Core", folder)]).sources() }
      #expect(throws: CommandError.self) { try configuration([("Core", "/no")]).sources() }
      try Data().write(to: URL(fileURLWithPath: "\(folder)/a.swift"))
      #expect(throws: CommandError.self) {
        try configuration([("Core", folder), ("Core", folder)]).sources()
      }
      #expect(throws: CommandError.self) { try configuration([]).sources() }
    }
  }

  @Test func `only what has the text in its name or file is selected`() {
    let selection = Selection(["share", "Run.swift"])
    #expect(selection.contains("Core.share()", "A.swift"))
    #expect(selection.contains("Core.f()", "Sources/Run.swift"))
    #expect(!selection.contains("Core.f()", "A.swift"))
    #expect(Selection([]).contains("Core.f()", "A.swift"))
  }

  @Test func `help is no error, wrong input is status 2`() {
    #expect(ProveCommand.run(["--help"]) == 0)
    #expect(ProveCommand.run(["--nonsense"]) == 2)
    #expect(ProveCommand.run(["--configuration", "/no/such/file"]) == 2)
  }

  private func configuration(_ modules: [(name: String, folder: String)]) -> Configuration {
    Configuration(
      modules: modules.map { .init(name: $0.name, folders: [$0.folder], proved: true) }, flags: [],
      open: [])
  }
}
