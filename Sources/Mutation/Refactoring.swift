import Foundation
import SwiftParser
import SwiftSyntax

/// A change of the core that changes nothing of what it does. A proof that breaks with it depends on
/// how the core is written.
struct Refactoring: Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case rename, reorder, extract
  }
  /// `file:line:kind`
  var name: String
  var kind: Kind
  var file: String
  /// What is replaced: bytes of the source and the new text, in order.
  var edits: [(start: Int, end: Int, text: String)]

  func applied(to file: CoreFile) -> String {
    var text = file.text
    for edit in edits.reversed() {
      text.replaceSubrange(edit.start..<edit.end, with: Array(edit.text.utf8))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// As many of each kind, spread over all that can be made and in functions of their own.
  static func choose(_ count: Int, from files: [CoreFile]) -> [Refactoring] {
    var found: [(refactoring: Refactoring, function: String)] = []
    for file in files {
      let tree = Parser.parse(source: String(decoding: file.text, as: UTF8.self))
      let visitor = RefactoringVisitor(file: file.name, tree: tree)
      visitor.walk(tree)
      found += visitor.found
    }
    var used: Set<String> = []
    var chosen: [Refactoring] = []
    for kind in Kind.allCases {
      let candidates = found.filter { $0.refactoring.kind == kind }
      let wanted = count / Kind.allCases.count
      // Every n-th, then what is left over.
      let step = max(1, candidates.count / wanted)
      let order = (0..<step).flatMap { stride(from: $0, to: candidates.count, by: step) }
      var taken = 0
      for index in order where taken < wanted {
        let (refactoring, function) = candidates[index]
        guard used.insert(function).inserted else { continue }
        chosen.append(refactoring)
        taken += 1
      }
    }
    return chosen
  }
}

private final class RefactoringVisitor: SyntaxVisitor {
  private let file: String
  private let lines: SourceLocationConverter
  private(set) var found: [(refactoring: Refactoring, function: String)] = []

  init(file: String, tree: SourceFileSyntax) {
    self.file = file
    lines = SourceLocationConverter(fileName: file, tree: tree)
    super.init(viewMode: .sourceAccurate)
  }

  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
    guard let body = node.body else { return .skipChildren }
    let function = "\(file) \(node.name.text) \(node.position.utf8Offset)"
    let names = BodyNames(viewMode: .sourceAccurate)
    names.walk(body)
    if let edits = names.renaming() { add(.rename, node, function, edits) }
    for (first, second) in zip(body.statements, body.statements.dropFirst())
    where areIndependent(first, second) {
      add(.reorder, first, function, swapping(first, second))
      break
    }
    if let edits = extracting(node, body) { add(.extract, node, function, edits) }
    return .skipChildren
  }

  private func add(
    _ kind: Refactoring.Kind, _ node: some SyntaxProtocol, _ function: String,
    _ edits: [(start: Int, end: Int, text: String)]
  ) {
    let line = lines.location(for: node.positionAfterSkippingLeadingTrivia).line
    found.append(
      (
        Refactoring(
          name: "\(file):\(line):\(kind.rawValue)", kind: kind, file: file, edits: edits),
        function
      ))
  }

  // MARK: Two statements change places

  private func areIndependent(_ first: CodeBlockItemSyntax, _ second: CodeBlockItemSyntax) -> Bool {
    guard let one = Simple(first), let other = Simple(second) else { return false }
    return one.target != other.target && !one.reads.contains(other.target)
      && !other.reads.contains(one.target)
  }

  private func swapping(
    _ first: CodeBlockItemSyntax, _ second: CodeBlockItemSyntax
  ) -> [(start: Int, end: Int, text: String)] {
    [
      (
        first.positionAfterSkippingLeadingTrivia.utf8Offset,
        first.endPositionBeforeTrailingTrivia.utf8Offset, second.trimmedDescription
      ),
      (
        second.positionAfterSkippingLeadingTrivia.utf8Offset,
        second.endPositionBeforeTrailingTrivia.utf8Offset, first.trimmedDescription
      ),
    ]
  }

  // MARK: The body becomes a function of its own

  private func extracting(
    _ node: FunctionDeclSyntax, _ body: CodeBlockSyntax
  ) -> [(start: Int, end: Int, text: String)]? {
    let contract = body.statements.prefix {
      $0.item.as(FunctionCallExprSyntax.self).map { $0.isContract } ?? false
    }
    let rest = body.statements.dropFirst(contract.count)
    let parameters = node.signature.parameterClause.parameters
    let words = ["consuming", "borrowing", "->"]
    guard rest.count > 1, let first = rest.first, let last = rest.last,
      node.genericParameterClause == nil, node.signature.effectSpecifiers == nil,
      !parameters.contains(where: { parameter in
        words.contains { parameter.type.trimmedDescription.contains($0) }
      }),
      // A postcondition's `old` is of the whole function; a loop's would be of the part.
      !body.description.contains("old("), !node.name.text.hasPrefix("lock")
    else { return nil }
    let arguments = parameters.map { parameter in
      let label = parameter.firstName.text == "_" ? "" : "\(parameter.firstName.text): "
      let isInout = parameter.type.trimmedDescription.hasPrefix("inout ")
      return label + (isInout ? "&" : "") + (parameter.secondName ?? parameter.firstName).text
    }
    let isStatic = node.modifiers.contains { $0.name.tokenKind == .keyword(.static) }
    let isMutating = node.modifiers.contains { $0.name.tokenKind == .keyword(.mutating) }
    let name = "partOf" + node.name.text.prefix(1).uppercased() + node.name.text.dropFirst()
    let result = node.signature.returnClause.map { " " + $0.trimmedDescription } ?? ""
    let start = first.positionAfterSkippingLeadingTrivia.utf8Offset
    let end = last.endPositionBeforeTrailingTrivia.utf8Offset
    let text = rest.map { $0.description }.joined()
    let clause = parameters.map { parameter in
      parameter.with(\.defaultValue, nil).trimmedDescription
    }.map { $0.hasSuffix(",") ? String($0.dropLast()) : $0 }.joined(separator: ", ")
    let function =
      "\n\n  private \(isStatic ? "static " : "")\(isMutating ? "mutating " : "")func \(name)("
      + "\(clause))\(result) {\(text)\n  }"
    let call = "\(result.isEmpty ? "" : "return ")\(name)(\(arguments.joined(separator: ", ")))"
    let behind = node.endPositionBeforeTrailingTrivia.utf8Offset
    return [(start, end, call), (behind, behind, function)]
  }
}

/// A statement that gives one variable the value of an expression without calls.
private struct Simple {
  var target: String
  var reads: Set<String> = []

  init?(_ statement: CodeBlockItemSyntax) {
    let value: ExprSyntax
    if let variable = statement.item.as(VariableDeclSyntax.self), variable.bindings.count == 1,
      let binding = variable.bindings.first,
      let name = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier.text,
      let initial = binding.initializer?.value
    {
      target = name
      value = initial
    } else if let sequence = statement.item.as(SequenceExprSyntax.self),
      sequence.elements.dropFirst().first?.is(AssignmentExprSyntax.self) ?? false,
      let left = sequence.elements.first
    {
      target = left.trimmedDescription
      value = ExprSyntax(sequence)
      // The indices and the root of what is written.
      for token in left.tokens(viewMode: .sourceAccurate) { reads.insert(token.text) }
    } else {
      return nil
    }
    let finder = CallFinder(viewMode: .sourceAccurate)
    finder.walk(value)
    if finder.found { return nil }
    for token in value.tokens(viewMode: .sourceAccurate) { reads.insert(token.text) }
    // Paths of fields may be parts of each other.
    if target.contains(".") {
      guard let last = target.split(separator: ".").last else { return nil }
      target = String(last)
      reads.remove(target)
    }
  }
}

private final class CallFinder: SyntaxVisitor {
  private(set) var found = false
  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    // Initialisers of values have no effect.
    if node.calledExpression.trimmedDescription.first?.isUppercase ?? false {
      return .visitChildren
    }
    found = true
    return .skipChildren
  }
}

/// The local constants and variables of a body, and where they are named.
private final class BodyNames: SyntaxVisitor {
  private var bindings: [String: [TokenSyntax]] = [:]
  private var uses: [String: [TokenSyntax]] = [:]

  override func visit(_ node: IdentifierPatternSyntax) -> SyntaxVisitorContinueKind {
    // `if let name` without a value is a use too.
    let isShort =
      node.parent?.as(OptionalBindingConditionSyntax.self).map { $0.initializer == nil } ?? false
    let count = isShort ? 2 : 1
    for _ in 0..<count { bindings[node.identifier.text, default: []].append(node.identifier) }
    return .skipChildren
  }
  override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
    let isMember =
      node.parent?.as(MemberAccessExprSyntax.self).map { $0.declName.id == node.id } ?? false
    if !isMember { uses[node.baseName.text, default: []].append(node.baseName) }
    return .skipChildren
  }

  /// The first variable that is bound once and used gets another name.
  func renaming() -> [(start: Int, end: Int, text: String)]? {
    let once = bindings.filter { $0.value.count == 1 && uses[$0.key] != nil }
    guard
      let (name, tokens) = once.min(by: {
        $0.value[0].position.utf8Offset < $1.value[0].position.utf8Offset
      })
    else { return nil }
    // Not one whose own value has its name from outside.
    let first = tokens[0].positionAfterSkippingLeadingTrivia.utf8Offset
    let places = tokens + (uses[name] ?? [])
    guard (uses[name] ?? []).allSatisfy({ $0.position.utf8Offset > first }) else { return nil }
    return places.map {
      (
        $0.positionAfterSkippingLeadingTrivia.utf8Offset,
        $0.endPositionBeforeTrailingTrivia.utf8Offset, "\(name)Renamed"
      )
    }.sorted { $0.0 < $1.0 }
  }
}
