import SwiftParser
import SwiftSyntax

/// Replaces each `old(x)` by a constant, and says how the constants are made at the entry.
///
/// Under a quantifier whose variable x mentions, a constant holds x for each number of the range,
/// which has to be defined at the entry.
final class OldCollector {
  /// `let old0 = x`
  private(set) var captures: [String] = []

  func condition(_ clause: (expression: FunctionCallExprSyntax, line: Int)) -> Condition {
    if let closure = clause.expression.trailingClosure {
      let text = replacing(in: closure.statements)
      return Condition(text: text, result: closure.boundNames.first, line: clause.line)
    }
    let argument = clause.expression.arguments.first.map { replacing(in: $0.expression) } ?? "true"
    return Condition(text: argument, result: nil, line: clause.line)
  }

  func replacing(in node: some SyntaxProtocol) -> String {
    let replacer = OldReplacer(collector: self)
    return replacer.rewrite(node).description
  }

  fileprivate func capture(_ expression: String) -> String {
    let name = "old\(captures.count)"
    captures.append("let \(name) = \(expression)")
    return name
  }

  fileprivate func capture(_ expression: String, over range: String, variable: String) -> String {
    let name = "old\(captures.count)"
    captures.append(
      "let \(name) = OldValues(over: \(range)) { \(variable) in \(expression) }")
    return "\(name)[\(variable)]"
  }
}

extension ClosureExprSyntax {
  /// The names of the parameters, as far as they have any.
  var boundNames: [String] {
    switch signature?.parameterClause {
    case .simpleInput(let list): list.map { $0.name.text }
    case .parameterClause(let clause):
      clause.parameters.map { ($0.secondName ?? $0.firstName).text }
    default: []
    }
  }
}

private final class OldReplacer: SyntaxRewriter {
  private let collector: OldCollector
  /// Quantifiers around: range and variable.
  private var quantifiers: [(range: String, variable: String)] = []

  init(collector: OldCollector) {
    self.collector = collector
    super.init()
  }

  override func visit(_ node: FunctionCallExprSyntax) -> ExprSyntax {
    if node.isAboutGhosts { return ExprSyntax(node) }
    if node.word == "old", let argument = node.arguments.first {
      return replaced(argument.expression, node)
    }
    guard let word = node.word, ["forall", "exists", "count"].contains(word),
      let range = node.arguments.first,
      let closure = node.trailingClosure
    else { return super.visit(node) }
    quantifiers.append((range.expression.trimmedDescription, closure.boundNames.first ?? "$0"))
    defer { quantifiers.removeLast() }
    return super.visit(node)
  }

  private func replaced(
    _ expression: ExprSyntax, _ node: FunctionCallExprSyntax
  ) -> ExprSyntax {
    let text = expression.trimmedDescription
    let names = Names(viewMode: .sourceAccurate)
    names.walk(expression)
    let around = quantifiers.filter { names.found.contains($0.variable) }
    let name: String
    if let quantifier = around.last {
      let variable = quantifier.variable == "$0" ? "index" : quantifier.variable
      let body = quantifier.variable == "$0" ? text.replacing("$0", with: variable) : text
      let access = collector.capture(body, over: quantifier.range, variable: variable)
      name = quantifier.variable == "$0" ? access.replacing("[index]", with: "[$0]") : access
    } else {
      name = collector.capture(text)
    }
    // Its text is all that matters.
    let replacement = ExprSyntax(DeclReferenceExprSyntax(baseName: .identifier(name)))
    return replacement.with(\.leadingTrivia, node.leadingTrivia)
      .with(\.trailingTrivia, node.trailingTrivia)
  }
}

private final class Names: SyntaxVisitor {
  private(set) var found: Set<String> = []
  override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
    found.insert(node.baseName.text)
    return .visitChildren
  }
}
