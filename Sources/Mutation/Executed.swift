import Foundation
import SwiftSyntax

/// Which code of the core the device image is made of. The rest is there for proofs and tests, and a
/// mistake in it changes nothing that runs: lemmas, functions of ghost values, what only contracts
/// say. No name tells them apart, so the compiler is asked: it throws away what nothing calls, and
/// `ghost` with what is in it, and its intermediate language (SIL) of the glue says of each
/// instruction that is left from which place in the core it comes.
struct Executed {
  struct Place: Codable, Comparable {
    var line: Int
    var column: Int
    static func < (left: Place, right: Place) -> Bool {
      (left.line, left.column) < (right.line, right.column)
    }
  }
  /// By file, sorted.
  private let places: [String: [Place]]
  /// Values may have taken the place of what they were made of, at compile time. So constants, what
  /// their values are made of and the first values of properties count by names in what is executed:
  /// "Syndrome.isWrite", ".isWrite" where the type is left out, and "#firstShared" where there is none.
  private var names: Set<String> = []
  private var parts: Set<String> = []

  /// - Parameters:
  ///   - core: the files of the core.
  ///   - users: the glue, from which everything is reached.
  init(core: [(file: String, tree: SourceFileSyntax)], users: [SourceFileSyntax]) throws {
    places = try Executed.keptPlaces()
    let visitor = UseVisitor(viewMode: .sourceAccurate)
    for tree in users { visitor.walk(tree) }
    for (file, tree) in core {
      visitor.isUse = { [places] start, end in Executed.has(places[file], start, end) }
      visitor.lines = SourceLocationConverter(fileName: file, tree: tree)
      visitor.walk(tree)
    }
    names = visitor.uses
    var open = Array(names)
    while let name = open.popLast() {
      for part in visitor.parts[name] ?? [] where parts.insert(part).inserted {
        open.append(part)
      }
    }
    names.formUnion(parts)
  }

  /// Whether something between two places of a file is executed.
  func has(_ file: String, _ start: Place, _ end: Place) -> Bool {
    Executed.has(places[file], start, end)
  }

  private static func has(_ places: [Place]?, _ start: Place, _ end: Place) -> Bool {
    places?.first { $0 >= start }.map { $0 < end } ?? false
  }

  /// Whether what is executed names a constant; of no type if it is the module's.
  func has(constant name: String, of type: String?) -> Bool {
    guard let type else { return names.contains("#\(name)") }
    return names.contains("\(type).\(name)") || names.contains(".\(name)")
  }

  /// Whether what is executed makes values of a type by name.
  func makes(_ type: String) -> Bool { names.contains("#\(type)") }

  /// Whether a function gives a constant its value.
  func computesConstants(_ name: String, of type: String) -> Bool {
    parts.contains("\(type).\(name)")
  }

  // MARK: What the compiler says

  private struct Kept: Codable {
    var sources: String
    var places: [String: [Place]]
  }

  private static func keptPlaces() throws -> [String: [Place]] {
    let path = "\(Workspace.build)/executed.json"
    let modules = ["Contracts", "EngineABI", "IsolationCore", "Engine"]
    let sources = try Workspace.hash(
      modules.flatMap { Workspace.swiftFiles("Sources/\($0)") })
    if let data = FileManager.default.contents(atPath: path),
      let kept = try? JSONDecoder().decode(Kept.self, from: data), kept.sources == sources
    {
      return kept.places
    }
    tell("[mutate] which code is executed")
    let folder = "\(Workspace.build)/executed-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for module in modules.dropLast() {
      try compile(module, folder, ["-emit-module-path", "\(folder)/\(module).swiftmodule"])
    }
    let glue = "\(folder)/Engine.sil"
    try compile("Engine", folder, ["-emit-sil", "-Xllvm", "-sil-print-debuginfo", "-o", glue])
    let places = self.places(in: try Workspace.read(glue))
    guard !places.isEmpty else { throw Failure("\(glue) has no place of the core") }
    let data = try JSONEncoder().encode(Kept(sources: sources, places: places))
    try Workspace.write(String(decoding: data, as: UTF8.self), to: path)
    return places
  }

  /// For the device, but not optimised: nothing is moved or folded.
  private static func compile(_ module: String, _ folder: String, _ arguments: [String]) throws {
    try Tool.succeed(
      [
        "swiftc", "-enable-experimental-feature", "Embedded", "-target", "aarch64-none-none-elf",
        "-wmo", "-parse-as-library", "-swift-version", "6", "-no-allocations", "-Onone", "-g",
        "-suppress-warnings", "-Xcc", "-ffreestanding", "-I", folder, "-I",
        "Sources/Engine/Arch/arm64/CRegisters/include", "-module-name", module,
      ] + arguments + Workspace.swiftFiles("Sources/\(module)"), "compiling \(module)")
  }

  /// `loc "…/IsolationCore/Tables.swift":12:3`
  private static func places(in text: String) -> [String: [Place]] {
    var found: [String: Set<Int>] = [:]
    let mark = "/IsolationCore/"
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      guard let start = line.firstRange(of: mark.utf8)?.upperBound else { continue }
      let parts = line[start...].split(separator: UInt8(ascii: ":"), maxSplits: 2)
      guard parts.count == 3, parts[0].last == UInt8(ascii: "\"") else { continue }
      let file = String(decoding: parts[0].dropLast(), as: UTF8.self)
      let column = parts[2].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let line = Int(String(decoding: parts[1], as: UTF8.self)),
        let column = Int(String(decoding: column, as: UTF8.self))
      else { continue }
      found[file, default: []].insert(line << 16 | column)
    }
    return found.mapValues { $0.sorted().map { Place(line: $0 >> 16, column: $0 & 0xffff) } }
  }
}

extension SourceLocationConverter {
  func place(_ position: AbsolutePosition) -> Executed.Place {
    let location = location(for: position)
    return Executed.Place(line: location.line, column: location.column)
  }
}

/// Collects the names that stand in what is executed, outside of contracts, and those that the values
/// of constants are made of.
private final class UseVisitor: SyntaxVisitor {
  var isUse: (Executed.Place, Executed.Place) -> Bool = { _, _ in true }
  var lines: SourceLocationConverter?
  private(set) var uses: Set<String> = []
  /// By constant, as ``Executed`` names it.
  private(set) var parts: [String: Set<String>] = [:]
  private var types: [String] = []
  /// The constants whose value is looked at.
  private var constant: [String] = []

  override func visit(_ node: StructDeclSyntax) -> SyntaxVisitorContinueKind {
    types.append(node.name.text)
    return .visitChildren
  }
  override func visitPost(_ node: StructDeclSyntax) { types.removeLast() }
  override func visit(_ node: EnumDeclSyntax) -> SyntaxVisitorContinueKind {
    types.append(node.name.text)
    return .visitChildren
  }
  override func visitPost(_ node: EnumDeclSyntax) { types.removeLast() }
  override func visit(_ node: ExtensionDeclSyntax) -> SyntaxVisitorContinueKind {
    types.append(node.extendedType.trimmedDescription)
    return .visitChildren
  }
  override func visitPost(_ node: ExtensionDeclSyntax) { types.removeLast() }

  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    if let name = node.pattern.as(IdentifierPatternSyntax.self)?.identifier.text, node.isConstant {
      constant.append(types.last.map { "\($0).\(name)" } ?? "#\(name)")
    }
    return .visitChildren
  }
  override func visitPost(_ node: PatternBindingSyntax) {
    if node.isConstant { _ = constant.popLast() }
  }

  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    node.isContract ? .skipChildren : .visitChildren
  }
  override func visit(_ node: MemberAccessExprSyntax) -> SyntaxVisitorContinueKind {
    // Of `A.B.name` what stands before the name last.
    let base = node.base.map { base -> String in
      if let name = base.as(DeclReferenceExprSyntax.self)?.baseName.text { return name }
      return base.as(MemberAccessExprSyntax.self)?.declName.baseName.text ?? "?"
    }
    let type = base == "Self" ? types.last : base
    note("\(type ?? "").\(node.declName.baseName.text)", node)
    return .visitChildren
  }
  override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
    if node.parent?.as(MemberAccessExprSyntax.self)?.declName.id != node.id {
      if let type = types.last { note("\(type).\(node.baseName.text)", node) }
      note("#\(node.baseName.text)", node)
    }
    return .skipChildren
  }

  private func note(_ name: String, _ node: some SyntaxProtocol) {
    if let constant = constant.last {
      parts[constant, default: []].insert(name)
      // Its type may be left out where it is named.
      if let dot = constant.lastIndex(of: ".") {
        parts[String(constant[dot...]), default: []].insert(name)
      }
    } else if isExecuted(node) {
      uses.insert(name)
    }
  }

  /// Whether there is something executed in the body that a name stands in.
  private func isExecuted(_ node: some SyntaxProtocol) -> Bool {
    guard let lines else { return true }
    var current = Syntax(node)
    var outermost: Syntax?
    while let parent = current.parent {
      if parent.is(CodeBlockSyntax.self) || parent.is(AccessorBlockSyntax.self) {
        outermost = parent
      }
      current = parent
    }
    // Default arguments and initial values of properties are part of their users.
    guard let outermost else { return true }
    return isUse(
      lines.place(outermost.positionAfterSkippingLeadingTrivia),
      lines.place(outermost.endPositionBeforeTrailingTrivia))
  }
}

extension PatternBindingSyntax {
  /// Whether it is a stored property of a type itself, or of the module.
  var isConstant: Bool {
    guard accessorBlock == nil, let variable = parent?.parent?.as(VariableDeclSyntax.self) else {
      return false
    }
    return variable.modifiers.contains { $0.name.tokenKind == .keyword(.static) }
      || variable.parent?.parent?.parent?.is(SourceFileSyntax.self) ?? false
  }
}
