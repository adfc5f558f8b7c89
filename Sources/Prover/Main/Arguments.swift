/// The command line of `prove`.
struct Arguments: Equatable {
  var modules: [Configuration.Module] = []
  var flags: [String] = []
  var compiler: String?
  var configuration: String?
  /// Parts of names of functions or files; empty: all.
  var only: [String] = []
  /// Part of what the goals are called that are asked; nil: all.
  var goal: String?
  var report: String?
  /// Where theorems are written for Coq, and which.
  var coq: String?
  var theorems: [String] = []
  var cache = ".build/proof"
  var jobs: Int?
  var effort = 2
  var seeksCounterexamples = true
  var isCold = false
  var isVerbose = false
  var keepsFiles = false
  var listsOpen = false
  var isHelp = false

  static let help = """
    prove: proves Swift functions against their contracts, with Why3, Z3 and cvc5

      prove [options]                      what proof.json in this folder says
      prove --module Name=folder[,folder]  a module, proved (in the order of dependencies)
            --import Name=folder[,folder]  a module whose contracts are believed
            --flag FLAG                    for the Swift compiler (once a word)
            --compiler PATH                the Swift compiler (swiftc)
            --configuration FILE           another file than proof.json

      --only TEXT      only functions with this in their name or file (may be repeated)
      --goal TEXT      of those only goals of bodies that are called so ("requires of f")
      --report FOLDER  write proof.json and proof.html there
      --coq FILE       prove nothing, but write the theorems that are named as a file for Coq
      --theorem NAME   a function whose contract is such a theorem (may be repeated)
      --effort N       0: quick, 1, 2: all that helps (2)
      --no-counterexamples  do not look for values that break what is not proved
      --jobs N         provers at a time (as many as processors)
      --cache FOLDER   where verdicts are kept between runs (.build/proof)
      --cold           prove everything again
      --keep           keep WhyML and the provers' files, and say where
      --open           print what is not proved as proof.json lists it
      --verbose        every function, and what is wrong with those that are listed
      --help           this text

    The exit status is 0 if all is proved but for what proof.json lists as open, 1 if not, and 2 if
    there is something wrong with what was asked for.
    """

  private var words: [String] = []
  private var next = 0

  static func parse(_ words: [String]) throws(CommandError) -> Arguments {
    var arguments = Arguments()
    arguments.words = words
    try arguments.parse()
    arguments.words = []
    arguments.next = 0
    return arguments
  }

  private mutating func parse() throws(CommandError) {
    while next < words.count {
      let word = words[next]
      next += 1
      // `--name=value` as well as `--name value`.
      var name = word
      var inline: String?
      if word.hasPrefix("--"), let equal = word.firstIndex(of: "=") {
        name = String(word[..<equal])
        inline = String(word[word.index(after: equal)...])
      }
      if try flag(name, inline) { continue }
      try option(name, inline)
    }
    guard configuration == nil || modules.isEmpty else {
      throw CommandError("'--configuration' names modules already; leave '--module' out")
    }
    guard goal == nil || report == nil && !listsOpen else {
      throw CommandError("'--goal' is no whole proof; leave '--report' and '--open' out")
    }
    guard (coq == nil) == theorems.isEmpty else {
      throw CommandError("'--coq' writes what '--theorem' names: give both")
    }
  }

  private mutating func flag(_ name: String, _ inline: String?) throws(CommandError) -> Bool {
    switch name {
    case "--cold": isCold = true
    case "--no-counterexamples": seeksCounterexamples = false
    case "--verbose": isVerbose = true
    case "--keep": keepsFiles = true
    case "--open": listsOpen = true
    case "--help", "-h": isHelp = true
    default: return false
    }
    guard inline == nil else {
      throw CommandError("'\(name)' takes no value, but got '\(inline!)'")
    }
    return true
  }

  private mutating func option(_ name: String, _ inline: String?) throws(CommandError) {
    switch name {
    case "--module": modules.append(try module(value(name, inline), isProved: true))
    case "--import": modules.append(try module(value(name, inline), isProved: false))
    case "--flag": flags.append(try value(name, inline))
    case "--compiler": compiler = try value(name, inline)
    case "--configuration": configuration = try value(name, inline)
    case "--only": only.append(try value(name, inline))
    case "--goal": goal = try value(name, inline)
    case "--report": report = try value(name, inline)
    case "--coq": coq = try value(name, inline)
    case "--theorem": theorems.append(try value(name, inline))
    case "--cache": cache = try value(name, inline)
    case "--jobs": jobs = try number(name, value(name, inline), 1...1024)
    case "--effort": effort = try number(name, value(name, inline), 0...2)
    default: throw CommandError("unknown option or argument '\(name)' (try: prove --help)")
    }
  }

  private mutating func value(_ name: String, _ inline: String?) throws(CommandError) -> String {
    if let inline, !inline.isEmpty { return inline }
    guard inline == nil, next < words.count, !words[next].isEmpty else {
      throw CommandError("'\(name)' needs a value (try: prove --help)")
    }
    // Flags of the compiler begin with a dash, nothing else does.
    guard name == "--flag" || !words[next].hasPrefix("--") else {
      throw CommandError("'\(name)' needs a value, but '\(words[next])' follows")
    }
    next += 1
    return words[next - 1]
  }

  private func number(_ name: String, _ text: String, _ range: ClosedRange<Int>)
    throws(CommandError) -> Int
  {
    guard let number = Int(text), range.contains(number) else {
      throw CommandError(
        "'\(name)' takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return number
  }

  private func module(_ text: String, isProved: Bool) throws(CommandError) -> Configuration.Module {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw CommandError("module '\(text)' is not Name=folder, like Core=Sources/Core")
    }
    return Configuration.Module(
      name: String(parts[0]), folders: parts[1].split(separator: ",").map(String.init),
      proved: isProved)
  }
}

/// What is wrong with what was asked for, and what to do.
struct CommandError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
