import SwiftParser
import SwiftSyntax

/// Rewrites a source file so that its postconditions are evaluated at every exit, and `old` is what
/// an expression was at the entry. Every line keeps its number.
///
///     func f() -> R { ensures(E) rest }
///
/// becomes, with each `old(x)` of E a constant,
///
///     func f() -> R { ensures(E) let old0 = x; let result: R = { () -> R in rest }(); check(E); return result }
final class Rewriter: SyntaxRewriter {
  let file: String
  private let lines: SourceLocationConverter
  /// Postconditions that are now evaluated.
  private(set) var checked = 0
  /// Postconditions that could not be, and why.
  private(set) var refused: [String] = []

  init(file: String, tree: SourceFileSyntax) {
    self.file = file
    lines = SourceLocationConverter(fileName: file, tree: tree)
    super.init()
  }

  /// The text of a checked file, from that of a source file.
  static func rewrite(_ source: String, file: String) -> (
    text: String, checked: Int, refused: [String]
  ) {
    let tree = Parser.parse(source: source)
    let rewriter = Rewriter(file: file, tree: tree)
    let text = rewriter.visit(tree).description
    return (text, rewriter.checked, rewriter.refused)
  }

  // MARK: What has a contract

  override func visit(_ node: FunctionDeclSyntax) -> DeclSyntax {
    guard let body = node.body, hasContract(body.statements) else { return DeclSyntax(node) }
    let result = node.signature.returnClause?.type.trimmedDescription ?? "Void"
    let thrown = node.signature.effectSpecifiers?.throwsClause?.trimmedDescription
    return DeclSyntax(
      node.with(
        \.body,
        body.with(\.statements, checking(body.statements, result: result, thrown: thrown))))
  }

  override func visit(_ node: PatternBindingSyntax) -> PatternBindingSyntax {
    guard let block = node.accessorBlock, let type = node.typeAnnotation?.type else { return node }
    return node.with(\.accessorBlock, checking(block, type.trimmedDescription))
  }

  override func visit(_ node: SubscriptDeclSyntax) -> DeclSyntax {
    guard let block = node.accessorBlock else { return DeclSyntax(node) }
    let type = node.returnClause.type.trimmedDescription
    return DeclSyntax(node.with(\.accessorBlock, checking(block, type)))
  }

  override func visit(_ node: InitializerDeclSyntax) -> DeclSyntax {
    guard let body = node.body, hasContract(body.statements) else { return DeclSyntax(node) }
    return DeclSyntax(
      node.with(\.body, body.with(\.statements, checkingAtEnd(body.statements))))
  }

  private func checking(_ block: AccessorBlockSyntax, _ type: String) -> AccessorBlockSyntax {
    switch block.accessors {
    case .getter(let statements):
      guard hasContract(statements) else { return block }
      return block.with(
        \.accessors, .getter(checking(statements, result: type, thrown: nil)))
    case .accessors(let list):
      let rewritten = list.map { accessor in
        guard let body = accessor.body, hasContract(body.statements) else { return accessor }
        let isGetter = accessor.accessorSpecifier.tokenKind == .keyword(.get)
        return accessor.with(
          \.body,
          body.with(
            \.statements,
            checking(body.statements, result: isGetter ? type : "Void", thrown: nil)))
      }
      return block.with(\.accessors, .accessors(AccessorDeclListSyntax(rewritten)))
    @unknown default: return block
    }
  }

  /// Whether there is a postcondition or an `old`; other bodies stay as they are.
  private func hasContract(_ statements: CodeBlockItemListSyntax) -> Bool {
    let finder = WordFinder(viewMode: .sourceAccurate)
    finder.walk(statements)
    return finder.found
  }

  // MARK: The new body

  private func checking(
    _ statements: CodeBlockItemListSyntax, result: String, thrown: String?
  ) -> CodeBlockItemListSyntax {
    let parts = split(statements)
    let old = OldCollector()
    let conditions = parts.postconditions.map { old.condition($0) }
    let rest = parts.rest.map { old.replacing(in: $0) }
    let attempt = thrown == nil ? "" : "try "
    var text = parts.contract
    for capture in old.captures { text += " \(capture);" }
    text +=
      " let resultOfBody: \(result) = \(attempt){ () \(thrown.map { $0 + " " } ?? "")-> \(result) in"
    text += rest.joined()
    text += " }();" + checks(conditions)
    text += result == "Void" || result == "()" ? " _ = resultOfBody" : " return resultOfBody"
    return Parser.parse(source: text).statements
  }

  /// In an initialiser the checks stand at the end: there it may still assign `self`.
  private func checkingAtEnd(_ statements: CodeBlockItemListSyntax) -> CodeBlockItemListSyntax {
    let parts = split(statements)
    let old = OldCollector()
    let conditions = parts.postconditions.map { old.condition($0) }
    for condition in conditions where condition.result != nil {
      refused.append("\(place(condition.line)): an initialiser's ensures speaks of self")
    }
    let rest = parts.rest.map { old.replacing(in: $0) }
    var text = parts.contract
    for capture in old.captures { text += " \(capture);" }
    text += rest.joined() + ";" + checks(conditions.filter { $0.result == nil })
    return Parser.parse(source: text).statements
  }

  private func checks(_ conditions: [Condition]) -> String {
    checked += conditions.count
    return conditions.map { condition in
      let message = "\"ensures at \(place(condition.line))\""
      guard let name = condition.result else {
        return " precondition(\(condition.text), \(message));"
      }
      return " do { let \(name) = resultOfBody; precondition(\(condition.text), \(message)) };"
    }.joined()
  }

  private func place(_ line: Int) -> String { "\(file):\(line)" }

  // MARK: The old body

  private struct Parts {
    /// The text of what stands first: the contract, still there for the type checker.
    var contract = ""
    var postconditions: [(expression: FunctionCallExprSyntax, line: Int)] = []
    var rest: [CodeBlockItemSyntax] = []
  }

  private func split(_ statements: CodeBlockItemListSyntax) -> Parts {
    var parts = Parts()
    for statement in statements {
      if parts.rest.isEmpty, let call = statement.item.as(FunctionCallExprSyntax.self),
        let word = call.word, ContractWord.opening.contains(word)
      {
        parts.contract += statement.withoutComment + ";"
        if word == "ensures", !call.isAboutGhosts {
          let line = lines.location(for: call.positionAfterSkippingLeadingTrivia).line
          parts.postconditions.append((call, line))
        }
      } else {
        parts.rest.append(statement)
      }
    }
    if let last = parts.rest.popLast() { parts.rest.append(last.with(\.trailingTrivia, [])) }
    return parts
  }
}

/// A postcondition as text, `old` replaced.
struct Condition {
  var text: String
  /// What it calls the result, if it does.
  var result: String?
  var line: Int
}

enum ContractWord {
  /// Words that stand at the start of a body.
  static let opening: Set<String> = [
    "requires", "ensures", "trusted", "opaque", "overBitVectors", "variant",
  ]
}

extension SyntaxProtocol {
  /// Its text without a comment behind it, which would hide what is put there.
  fileprivate var withoutComment: String { with(\.trailingTrivia, []).description }
}

extension FunctionCallExprSyntax {
  /// The plain name that is called.
  var word: String? { calledExpression.as(DeclReferenceExprSyntax.self)?.baseName.text }
  /// `ghost { … }` and `ensures(ghost: …)`, which no build evaluates.
  var isAboutGhosts: Bool { word == "ghost" || arguments.first?.label?.text == "ghost" }
}

/// Whether a body has a postcondition, or an `old` in an invariant.
final class WordFinder: SyntaxVisitor {
  private(set) var found = false
  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    if node.isAboutGhosts { return .skipChildren }
    if node.word == "ensures" || node.word == "old" { found = true }
    return found ? .skipChildren : .visitChildren
  }
}
