import Foundation

/// A goal as Why3 hands it over.
struct RawGoal {
  var explanation: String
  /// Number of the place, from 1 on (``PlacelessText``); nil if the goal has none in Swift.
  var place: Int?
  /// SMT-LIB, one a prover.
  var texts: [ProverName: String]
}

/// Runs Why3: WhyML in, goals with explanations and SMT-LIB out.
struct GoalGenerator {
  let tools: Toolchain
  let workspace: Workspace
  private let isShared: Bool

  init(tools: Toolchain, workspace: Workspace) throws {
    self.tools = tools
    self.workspace = workspace
    isShared = tools.z3Driver.essence == tools.cvc5Driver.essence
    if isShared {
      try workspace.write(tools.z3Driver.essence, to: "both.drv")
    } else {
      for prover in ProverName.allCases {
        try workspace.write(tools.driver(prover).text, to: "\(prover).drv")
      }
    }
    // Why3 tells a goal's explanation and place only when a prover has answered: here is one that
    // is content with anything, and nobody asks what it said. Of the user's own configuration
    // nothing is read.
    try workspace.write(
      "printer \"(null)\"\nfilename \"%f-%t-%g.why\"\nvalid \"read\"\n", to: "listing.drv")
    try workspace.write(
      """
      [main]
      magic = 14

      [prover]
      name = "Listing"
      version = "1"
      command = "echo read %f"
      driver = "\(workspace.path("listing.drv"))"
      editor = ""
      in_place = false
      interactive = false

      """, to: "why3.conf")
  }

  /// Goals of each way through a unit by itself. They are easier, but each condition on the way
  /// doubles their number.
  func goalsOfEachWay(of name: String) throws -> [RawGoal] {
    try together([name], eachWay: true)[0]
  }

  /// Goals of each of the files `NAME.mlw`, or what Why3 finds wrong with it. A goal is about all
  /// ways to its place at once.
  func goals(of names: [String]) throws -> [Result<[RawGoal], ProofError>] {
    do {
      return try together(names).map { .success($0) }
    } catch let error as ProofError where names.count > 1 {
      _ = error
      // One of them spoils it for all: each by itself.
      return try names.map { name in
        do { return .success(try together([name])[0]) } catch let error as ProofError {
          return .failure(error)
        }
      }
    } catch let error as ProofError {
      return [.failure(error)]
    }
  }

  private func together(_ names: [String], eachWay: Bool = false) throws -> [[RawGoal]] {
    let folder = names[0] + (eachWay ? ".ways" : ".goals")
    var printed: [ProverName: [PrintedGoals]] = [:]
    if isShared {
      let goals = try printGoals(names, driver: "both.drv", into: folder, eachWay)
      for prover in ProverName.allCases { printed[prover] = goals }
    } else {
      for prover in ProverName.allCases {
        printed[prover] = try printGoals(
          names, driver: "\(prover).drv", into: "\(folder).\(prover)", eachWay)
      }
    }
    var listed = try list(names, eachWay)[...]
    return try names.indices.map { unit in
      let count = printed[.z3]![unit].count
      let its = listed.prefix(count)
      listed = listed.dropFirst(count)
      return try its.map { goal in
        var texts: [ProverName: String] = [:]
        for prover in ProverName.allCases {
          guard let text = printed[prover]![unit].take(goal.name) else {
            throw ProofError("Why3 lists other goals of \(names[unit]) than it prints")
          }
          texts[prover] = isShared ? tools.driver(prover).prelude + text : text
        }
        return RawGoal(explanation: goal.explanation, place: goal.place, texts: texts)
      }
    }
  }

  private func run(_ arguments: [String], _ names: [String], _ eachWay: Bool) throws -> String {
    let result = try Subprocess.run(
      [tools.why3, "prove", "-C", workspace.path("why3.conf"), "-a", "split_vc"]
        + (eachWay ? [] : ["--debug", "vc_sp"]) + arguments
        + names.map { workspace.path($0 + ".mlw") }, guardSeconds: 900)
    guard result.status == 0 else {
      throw ProofError(
        "Why3 does not take it: "
          + (result.violence
            ?? result.complaints.split(separator: "\n").suffix(4).joined(separator: " ")))
    }
    return result.output
  }

  /// The texts of one unit's goals. Goals of one name come in the order in which Why3 made them.
  private struct PrintedGoals {
    private var texts: [String: [String]] = [:]
    private(set) var count = 0

    mutating func add(_ text: String) {
      texts[GoalGenerator.name(in: text), default: []].append(text)
      count += 1
    }
    mutating func take(_ name: String) -> String? {
      guard let first = texts[name]?.first else { return nil }
      texts[name]!.removeFirst()
      return first
    }
  }

  private func printGoals(
    _ names: [String], driver: String, into folder: String, _ eachWay: Bool
  ) throws -> [PrintedGoals] {
    try workspace.makeFolder(folder)
    _ = try run(["-D", workspace.path(driver), "-o", workspace.path(folder)], names, eachWay)
    var files = Dictionary(uniqueKeysWithValues: names.map { ($0, [(Int, String)]()) })
    for file in try workspace.list(folder) {
      // Goals of one name get numbers as they come.
      files[String(file.prefix { $0 != "-" })]?.append((GoalGenerator.number(of: file), file))
    }
    return try names.map { name in
      var goals = PrintedGoals()
      for (_, file) in files[name]!.sorted(by: <) {
        goals.add(try workspace.read("\(folder)/\(file)"))
        workspace.remove("\(folder)/\(file)")
      }
      return goals
    }
  }

  /// `12` of `u1-Unit-giveqtvc12.smt2`; -1 if there is none.
  private static func number(of file: String) -> Int {
    let stem = file.prefix { $0 != "." }
    return Int(String(stem.reversed().prefix { $0.isNumber }.reversed())) ?? -1
  }

  /// What stands behind `;; Goal`.
  private static func name(in text: String) -> String {
    guard let start = text.range(of: "\n;; Goal ", options: .backwards) else { return "" }
    return String(text[start.upperBound...].prefix { $0 != "\n" })
  }

  private struct ListedGoal {
    var name: String
    var explanation: String
    var place: Int?
  }

  private func list(_ names: [String], _ eachWay: Bool) throws -> [ListedGoal] {
    let output = try run(["-P", "Listing", "--json"], names, eachWay)
    // One object after the other, each from the start of a line on.
    return try output.split(separator: "\n{").map { part in
      let text = part.hasPrefix("{") ? String(part) : "{" + part
      guard let answer = try? JSONDecoder().decode(Listing.self, from: Data(text.utf8)) else {
        throw ProofError("Why3 answers what cannot be read: \(text.prefix(200))")
      }
      let term = answer.term
      let isSwift = term.loc?.filename == PlacelessText.file
      return ListedGoal(
        name: term.goal_name,
        explanation: term.explanations.isEmpty
          ? "goal" : term.explanations.joined(separator: ", "),
        place: isSwift ? term.loc?.line : nil)
    }
  }

  /// Why3's own names.
  private struct Listing: Decodable {
    struct Term: Decodable {
      var explanations: [String]
      var goal_name: String
      var loc: Loc?
    }
    struct Loc: Decodable {
      var filename: String
      /// A goal without a place of its own has only the file.
      var line: Int?
    }
    var term: Term
  }
}
