/// A generated function. Lines that start with `@` are for the native build alone: they report what
/// the variables are at each pass of a loop. What stands between `⟪` and `⟫` is as well; lines that
/// start with `#` are for the prover alone.
struct SampleFunction {
  var number: Int
  var parameters: [SampleVariable] = []
  var result = SampleType.byte
  var lines: [String] = []
  var loops: [SampleLoop] = []
  /// One value a leaf of the parameters, in their order.
  var inputs: [Int128] = []
  /// The parameters as literals.
  var inputTexts: [String] = []

  var name: String { "sample\(number)" }

  var signature: String {
    "func \(name)("
      + parameters.map { "_ \($0.name): \($0.type.name)" }.joined(separator: ", ")
      + ") -> \(result.name) {"
  }

  func text(isNative: Bool) -> String {
    var text = signature + "\n"
    for line in lines {
      let bare = line.drop { $0 == " " }
      if bare.hasPrefix("@") {
        if isNative { text += bare.dropFirst() + "\n" }
      } else if bare.hasPrefix("#") {
        if !isNative { text += bare.dropFirst() + "\n" }
      } else {
        text += SampleFunction.render(line, isNative: isNative) + "\n"
      }
    }
    return text + "}\n"
  }

  static func render(_ line: String, isNative: Bool) -> String {
    var result = ""
    var rest = line[...]
    while let start = rest.firstIndex(where: { $0 == "«" || $0 == "⟪" }) {
      result += rest[..<start]
      let end = rest.firstIndex { $0 == (rest[start] == "«" ? "»" : "⟫") }!
      let inner = rest[rest.index(after: start)..<end]
      if rest[start] == "⟪" {
        if isNative { result += inner }
      } else if let space = inner.firstIndex(of: " ") {
        let number = inner[inner.index(after: space)...]
        result +=
          isNative ? "hidden(\(number) as \(inner[..<space]))" : "\(inner[..<space])(\(number))"
      } else {
        result += isNative ? "hidden(\(inner))" : inner
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}

/// A loop of a generated function: what is reported at each pass.
struct SampleLoop {
  /// The variable of a `for`, or the label of a `while`.
  var name: String
  /// The variables of the loops around it and of itself.
  var variables: [SampleVariable]
}
