/// Writes random functions.
struct FunctionWriter {
  private var writer: ExpressionWriter
  private var function: SampleFunction
  private var indent = 1
  private var names = 0
  /// What counts the passes of the loops around the statement being written; in the order from the
  /// outermost, and whether `continue` may stand in them.
  private var around: [(counter: SampleVariable, canContinue: Bool)] = []
  private var depth = 0
  /// What a `break` would leave instead of the loop.
  private var switches = 0

  static func function(_ number: Int, seed: UInt64) -> SampleFunction {
    var writer = FunctionWriter(number, seed)
    writer.write()
    return writer.function
  }

  private init(_ number: Int, _ seed: UInt64) {
    var random = RandomSource(seed: seed &+ UInt64(number) &* 7919)
    _ = random.next()
    writer = ExpressionWriter(random: random)
    function = SampleFunction(number: number)
  }

  private mutating func anyType() -> SampleType {
    if writer.random.percent(65) { return writer.random.element(of: SampleType.integers) }
    return writer.random.element(of: [
      .bool, .optional, .pair, .nest, .row, .line, .kind, .shape, .pair,
    ])
  }

  private mutating func line(_ text: String) {
    function.lines.append(String(repeating: "  ", count: indent) + text)
  }

  private mutating func name(_ letter: String) -> String {
    names += 1
    return "\(letter)\(names)"
  }

  private mutating func write() {
    for index in 0..<2 + writer.random.below(3) {
      let type = index == 0 ? writer.random.element(of: SampleType.integers) : anyType()
      let variable = SampleVariable(name: name("p"), type: type, isMutable: false)
      function.parameters.append(variable)
      let text = writer.literal(of: type)
      function.inputTexts.append(text)
      writer.scope.append(variable)
    }
    function.result = anyType()
    declare(isMutable: true)
    for _ in 0..<1 + writer.random.below(2) { statement() }
    line("return \(writer.expression(function.result, 2))")
  }

  private mutating func declare(isMutable: Bool) {
    let type = anyType()
    let name = name("v")
    line("\(isMutable ? "var" : "let") \(name): \(type.name) = \(writer.expression(type, 2))")
    writer.scope.append(SampleVariable(name: name, type: type, isMutable: isMutable))
  }

  /// Statements in a scope of their own.
  private mutating func block(_ body: (inout FunctionWriter) -> Void) {
    let scope = writer.scope
    indent += 1
    depth += 1
    body(&self)
    depth -= 1
    indent -= 1
    writer.scope = scope
  }

  private mutating func statement() {
    let nests = depth < 2
    switch writer.random.below(nests ? 15 : 8) {
    case 0: declare(isMutable: writer.random.percent(50))
    case 1...4: assign()
    case 5: exchange()
    case 6:
      if !around.isEmpty && writer.random.percent(50) { return leaveLoop() }
      assign()
    case 7:
      if writer.random.percent(40) && depth > 0 {
        line("if \(writer.boolean(1)) { return \(writer.expression(function.result, 1)) }")
      } else {
        assign()
      }
    case 8, 9: branch()
    case 10: choose()
    case 11, 12: countingLoop()
    case 13: conditionLoop()
    default: unwrap()
    }
  }

  private mutating func assign() {
    let types = (SampleType.integers + [.bool, .optional, .pair, .nest, .row, .kind, .shape])
      .filter { !writer.places(of: $0, mutable: true).isEmpty }
    if types.isEmpty { return declare(isMutable: true) }
    let type = writer.random.element(of: types)
    var place = writer.random.element(of: writer.places(of: type, mutable: true))
    if type == .row && writer.random.percent(70) {
      place += "[\(writer.index())]"
      let value = writer.expression(.integer(width: 16, isSigned: true), 2)
      return line("\(place) \(writer.random.element(of: ["=", "&+=", "&-="])) \(value)")
    }
    if case .integer = type, writer.random.percent(40) {
      let operation = writer.random.element(of: ["&+=", "&-=", "&*=", "+=", "&+=", "-="])
      return line("\(place) \(operation) \(writer.expression(type, 1))")
    }
    if type == .pair && writer.random.percent(25) {
      return line("\(place).lower = \(writer.expression(.byte, 1))")
    }
    let value = writer.expression(type, 2)
    // The compiler refuses to assign a variable to itself.
    let isItself = value.trimming(while: { "()".contains($0) }) == place[...]
    line("\(place) = \(isItself ? writer.literal(of: type) : value)")
  }

  /// A call with two places. The compiler refuses those that overlap.
  private mutating func exchange() {
    var found: [(String, String)] = []
    for type in SampleType.integers {
      let all = writer.places(of: type, mutable: true)
      for (index, first) in all.enumerated() {
        for second in all[(index + 1)...]
        where !(first.contains("[") && second.contains("[")) { found.append((first, second)) }
      }
    }
    if found.isEmpty { return assign() }
    let (first, second) = writer.random.element(of: found)
    line("exchange(&\(first), &\(second))")
  }

  private mutating func leaveLoop() {
    let (counter, canContinue) = around.last!
    if switches > 0 && !canContinue { return assign() }
    let leaves = switches == 0 && (!canContinue || writer.random.percent(50))
    line("if \(writer.boolean(1)) {")
    if !leaves {
      line("  continue")
    } else {
      line("  @ended\(counter.name) = false")
      line("  break")
    }
    line("}")
  }

  private mutating func some(_ count: Int) {
    for _ in 0..<1 + writer.random.below(count) { statement() }
  }

  private mutating func branch() {
    line("if \(writer.boolean(2)) {")
    block { $0.some(2) }
    if writer.random.percent(60) {
      line("} else {")
      block { $0.some(2) }
    }
    line("}")
  }

  private mutating func unwrap() {
    let found = writer.places(of: .optional)
    let value = found.isEmpty ? writer.expression(.optional, 2) : writer.random.element(of: found)
    let name = name("u")
    line("if let \(name) = \(value) {")
    block {
      $0.writer.scope.append(SampleVariable(name: name, type: .byte, isMutable: false))
      $0.some(2)
    }
    line("}")
  }

  private mutating func choose() {
    switches += 1
    defer { switches -= 1 }
    let kinds = writer.places(of: .kind)
    let shapes = writer.places(of: .shape)
    let types = SampleType.integers.filter { !writer.places(of: $0).isEmpty }
    if !shapes.isEmpty && writer.random.percent(60) {
      let (length, width) = (name("u"), name("u"))
      line("switch \(writer.random.element(of: shapes)) {")
      line("case .line(let \(length)) where \(length) > «\(writer.random.below(9))»:")
      block {
        $0.writer.scope.append(
          SampleVariable(name: length, type: .integer(width: 8, isSigned: true), isMutable: false))
        $0.some(2)
      }
      line("case .box(let \(width), \(writer.random.element(of: ["_", "true"]))):")
      block {
        $0.writer.scope.append(
          SampleVariable(name: width, type: .integer(width: 16, isSigned: false), isMutable: false))
        $0.some(1)
      }
    } else if !kinds.isEmpty && writer.random.percent(60) {
      line("switch \(writer.random.element(of: kinds)) {")
      line("case .\(writer.random.element(of: ["red", "blue"])):")
      block { $0.some(2) }
    } else {
      let type = writer.random.element(of: types)
      line("switch \(writer.random.element(of: writer.places(of: type))) {")
      line("case \(writer.random.below(4))...\(4 + writer.random.below(9)):")
      block { $0.some(2) }
      line("case \(writer.random.below(20)), ..<\(writer.random.below(2)):")
      block { $0.some(1) }
      let name = name("u")
      line("case let \(name) where \(name) > «\(writer.random.below(100))»:")
      block {
        $0.writer.scope.append(SampleVariable(name: name, type: type, isMutable: false))
        $0.some(1)
      }
    }
    line("default:")
    block { $0.some(1) }
    line("}")
  }

  /// What the native build reports at the start of a pass: numbers of the loop variables around
  /// it, then all leaves of what may change.
  private func report(_ key: String) -> String {
    let leaves = changing().flatMap { variable in
      variable.type.leaves.map { leaf in leaf.path.reduce(variable.name) { $1.text($0) } }
    }
    let keys = around.dropLast().map(\.counter.name) + [key]
    return "report(\(function.loops.count - 1), ["
      + (keys + leaves).map { "number(\($0))" }.joined(separator: ", ") + "])"
  }

  private func changing() -> [SampleVariable] { writer.scope.filter(\.isMutable) }

  /// What the loop's body says of `break` is about the loop again.
  private mutating func enter(_ counter: SampleVariable, canContinue: Bool) -> Int {
    around.append((counter, canContinue))
    function.loops.append(
      SampleLoop(name: counter.name, variables: around.map(\.counter) + changing()))
    line("@var ended\(counter.name) = true")
    defer { switches = 0 }
    return switches
  }

  private mutating func countingLoop() {
    let type = writer.random.element(of: SampleType.integers)
    let counter = SampleVariable(name: name("i"), type: type, isMutable: false)
    let low = type.isSigned ? writer.random.below(5) - 2 : writer.random.below(3)
    let isClosed = writer.random.percent(30)
    let high = low + writer.random.below(4) + (isClosed ? 1 : 0)
    let outer = enter(counter, canContinue: true)
    let atEnd = report("\(high)")
    let atStart = report(counter.name)
    let last = isClosed ? "...(\(high - 1))" : "..<(\(high))"
    line("for \(counter.name): \(type.name) in (\(low))\(last) {")
    line("  @\(atStart)")
    block {
      $0.writer.scope.append(counter)
      $0.some(2)
    }
    line("}")
    line("@if ended\(counter.name) { \(atEnd) }")
    around.removeLast()
    switches = outer
  }

  private mutating func conditionLoop() {
    let counter = SampleVariable(
      name: name("k"), type: .integer(width: 64, isSigned: true), isMutable: false)
    line("var \(counter.name): Int = «\(writer.random.below(4))»")
    let outer = enter(counter, canContinue: false)
    let condition = writer.random.percent(50) ? "" : ", \(writer.boolean(1))"
    line("while ⟪\(report(counter.name)), ⟫\(counter.name) > 0\(condition) {")
    line("  #variant(\(counter.name))")
    block { $0.some(2) }
    line("  \(counter.name) -= 1")
    line("}")
    line("@_ = ended\(counter.name)")
    around.removeLast()
    switches = outer
  }
}

extension String {
  fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    var rest = drop(while: isTrimmed)
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
