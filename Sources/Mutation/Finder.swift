import SwiftOperators
import SwiftParser
import SwiftSyntax

/// Finds what can be changed in a file of the core, in the order of its text.
///
/// Not changed: contracts, comments, types, attributes, raw values and default arguments, and what
/// only proofs and tests use.
final class Finder: SyntaxVisitor {
  let file: String
  let text: [UInt8]
  let lines: SourceLocationConverter
  let executed: Executed
  let families: ConstantFamilies
  private(set) var units: [Unit] = []
  private(set) var mutants: [Mutant] = []

  private var types: [String] = []
  private var scopes: [Scope] = []

  /// The body or initial value that is looked at.
  struct Scope {
    var unit: Int?
    var name: String
    /// Names of parameters by the text of their type, in order.
    var parameters: [(name: String, type: String)] = []
    /// The type of the result.
    var result: String?
  }

  var scope: Scope? { scopes.last }

  init(
    file: String, source: String, tree: SourceFileSyntax, executed: Executed,
    families: ConstantFamilies
  ) {
    self.file = file
    text = Array(source.utf8)
    lines = SourceLocationConverter(fileName: file, tree: tree)
    self.executed = executed
    self.families = families
    super.init(viewMode: .sourceAccurate)
  }

  static func find(
    file: String, source: String, tree: SourceFileSyntax, executed: Executed,
    families: ConstantFamilies
  ) -> CoreFile {
    let finder = Finder(
      file: file, source: source, tree: tree, executed: executed, families: families)
    finder.walk(tree)
    let sorted = finder.mutants.enumerated().sorted {
      ($0.element.start, $0.element.end, $0.offset) < ($1.element.start, $1.element.end, $1.offset)
    }
    return CoreFile(
      name: file, text: finder.text, units: finder.units,
      mutants: naming(sorted.map { $0.element }))
  }

  // MARK: What the rules say

  /// Adds a mutant that replaces a node by other text.
  func change(_ node: some SyntaxProtocol, _ kind: Kind, to changed: String) {
    change(
      from: node.positionAfterSkippingLeadingTrivia, to: node.endPositionBeforeTrailingTrivia,
      kind, changed)
  }

  func change(
    from start: AbsolutePosition, to end: AbsolutePosition, _ kind: Kind, _ changed: String
  ) {
    guard let scope, let unit = scope.unit else { return }
    let place = lines.location(for: start)
    let original = String(decoding: text[start.utf8Offset..<end.utf8Offset], as: UTF8.self)
    guard original != changed else { return }
    mutants.append(
      Mutant(
        kind: kind, file: file, line: place.line, column: place.column,
        function: (types + [scope.name]).joined(separator: "."), start: start.utf8Offset,
        end: end.utf8Offset, original: original, changed: changed, unit: unit))
  }

  // MARK: Where it is

  override func visit(_ node: StructDeclSyntax) -> SyntaxVisitorContinueKind {
    enter(node.name.text)
  }
  override func visitPost(_ node: StructDeclSyntax) { types.removeLast() }
  override func visit(_ node: EnumDeclSyntax) -> SyntaxVisitorContinueKind {
    enter(node.name.text)
  }
  override func visitPost(_ node: EnumDeclSyntax) { types.removeLast() }
  override func visit(_ node: ExtensionDeclSyntax) -> SyntaxVisitorContinueKind {
    enter(node.extendedType.trimmedDescription)
  }
  override func visitPost(_ node: ExtensionDeclSyntax) { types.removeLast() }

  private func enter(_ type: String) -> SyntaxVisitorContinueKind {
    types.append(type)
    return .visitChildren
  }

  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
    begin(
      node.name.text, node.body?.statements, node.signature.parameterClause,
      result: node.signature.returnClause?.type.trimmedDescription ?? "Void")
  }
  override func visitPost(_ node: FunctionDeclSyntax) { scopes.removeLast() }

  override func visit(_ node: InitializerDeclSyntax) -> SyntaxVisitorContinueKind {
    begin("init", node.body?.statements, node.signature.parameterClause, result: "Void")
  }
  override func visitPost(_ node: InitializerDeclSyntax) { scopes.removeLast() }

  private func begin(
    _ name: String, _ statements: CodeBlockItemListSyntax?,
    _ parameters: FunctionParameterClauseSyntax, result: String
  ) -> SyntaxVisitorContinueKind {
    var scope = Scope(name: name, result: result)
    scope.parameters = parameters.parameters.map {
      (($0.secondName ?? $0.firstName).text, $0.type.trimmedDescription)
    }
    let isPart = executed.computesConstants(name, of: types.last ?? "")
    scope.unit = statements.flatMap { body($0, result: result, isExecuted: isPart) }
    scopes.append(scope)
    return .visitChildren
  }

  override func visit(_ node: SubscriptDeclSyntax) -> SyntaxVisitorContinueKind {
    scopes.append(Scope(name: "subscript", result: node.returnClause.type.trimmedDescription))
    return .visitChildren
  }
  override func visitPost(_ node: SubscriptDeclSyntax) { scopes.removeLast() }

  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    // Variables of a body are part of it.
    guard scope == nil, let name = node.pattern.as(IdentifierPatternSyntax.self)?.identifier.text
    else {
      scopes.append(scope ?? Scope(name: ""))
      return .visitChildren
    }
    let type = node.typeAnnotation?.type.trimmedDescription
    var scope = Scope(name: name, result: type)
    if let value = node.initializer?.value {
      let isNamed =
        node.isConstant
        ? executed.has(constant: name, of: types.last) : types.last.map(executed.makes) ?? false
      scope.unit = unit(.value(type: type), value, value, isExecuted: isNamed)
    } else if case .getter(let statements) = node.accessorBlock?.accessors {
      scope.unit = body(statements, result: type ?? "Void")
    }
    scopes.append(scope)
    return .visitChildren
  }
  override func visitPost(_ node: PatternBindingSyntax) { scopes.removeLast() }

  override func visit(_ node: AccessorDeclSyntax) -> SyntaxVisitorContinueKind {
    var inner = scope ?? Scope(name: "")
    let isGetter = node.accessorSpecifier.tokenKind == .keyword(.get)
    inner.unit = node.body.flatMap {
      body($0.statements, result: isGetter ? inner.result ?? "Void" : "Void")
    }
    scopes.append(inner)
    return .visitChildren
  }
  override func visitPost(_ node: AccessorDeclSyntax) { scopes.removeLast() }

  private func body(
    _ statements: CodeBlockItemListSyntax, result: String, isExecuted: Bool = false
  ) -> Int? {
    let rest = statements.drop {
      $0.item.as(FunctionCallExprSyntax.self).map { $0.isContract } ?? false
    }
    guard let first = rest.first, let last = rest.last else { return nil }
    let isExpression =
      result != "Void" && rest.count == 1 && first.item.isValue
      && !containsReturn(first)
    return unit(
      .body(isExpression: isExpression, fallsThrough: result == "Void"), first, last,
      isExecuted: isExecuted)
  }

  /// What can be replaced as a whole, if it is executed.
  private func unit(
    _ form: Unit.Form, _ first: some SyntaxProtocol, _ last: some SyntaxProtocol, isExecuted: Bool
  ) -> Int? {
    let start = first.positionAfterSkippingLeadingTrivia
    let end = last.endPositionBeforeTrailingTrivia
    guard isExecuted || executed.has(file, lines.place(start), lines.place(end)) else { return nil }
    units.append(Unit(form: form, start: start.utf8Offset, end: end.utf8Offset))
    return units.count - 1
  }

  private func containsReturn(_ node: some SyntaxProtocol) -> Bool {
    node.tokens(viewMode: .sourceAccurate).contains { $0.tokenKind == .keyword(.return) }
  }

  // MARK: What is left alone

  override func visit(_ node: FunctionParameterSyntax) -> SyntaxVisitorContinueKind {
    .skipChildren
  }
  override func visit(_ node: AttributeListSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: EnumCaseDeclSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: TypeAnnotationSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: GenericArgumentClauseSyntax) -> SyntaxVisitorContinueKind {
    .skipChildren
  }

  // MARK: The rules, by what they look at

  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    if node.isContract { return .skipChildren }
    changeArguments(node)
    return .visitChildren
  }
  override func visit(_ node: SubscriptCallExprSyntax) -> SyntaxVisitorContinueKind {
    changeVariables(node.arguments)
    return .visitChildren
  }
  override func visit(_ node: CodeBlockItemSyntax) -> SyntaxVisitorContinueKind {
    if let unit = scope?.unit, case .body(isExpression: true, _) = units[unit].form,
      units[unit].start == node.positionAfterSkippingLeadingTrivia.utf8Offset,
      case .expr(let value) = node.item
    {
      changeResult(value)
    } else {
      dropStatement(node)
    }
    return .visitChildren
  }
  override func visit(_ node: ConditionElementSyntax) -> SyntaxVisitorContinueKind {
    changeCondition(node)
    return .visitChildren
  }
  override func visit(_ node: WhereClauseSyntax) -> SyntaxVisitorContinueKind {
    change(node.condition, .droppedCheck, to: "true")
    return .visitChildren
  }
  override func visit(_ node: TernaryExprSyntax) -> SyntaxVisitorContinueKind {
    change(node.condition, .forcedCheck, to: "true")
    change(node.condition, .forcedCheck, to: "false")
    return .visitChildren
  }
  override func visit(_ node: ForStmtSyntax) -> SyntaxVisitorContinueKind {
    changeBounds(node.sequence)
    return .visitChildren
  }
  override func visit(_ node: InfixOperatorExprSyntax) -> SyntaxVisitorContinueKind {
    changeOperator(node)
    return .visitChildren
  }
  override func visit(_ node: PrefixOperatorExprSyntax) -> SyntaxVisitorContinueKind {
    changePrefix(node)
    return .visitChildren
  }
  override func visit(_ node: IntegerLiteralExprSyntax) -> SyntaxVisitorContinueKind {
    changeNumber(node)
    return .skipChildren
  }
  override func visit(_ node: BooleanLiteralExprSyntax) -> SyntaxVisitorContinueKind {
    let isTrue = node.literal.tokenKind == .keyword(.true)
    change(node, .changedResult, to: isTrue ? "false" : "true")
    return .skipChildren
  }
  override func visit(_ node: MemberAccessExprSyntax) -> SyntaxVisitorContinueKind {
    changeMember(node)
    return .visitChildren
  }
  override func visit(_ node: ReturnStmtSyntax) -> SyntaxVisitorContinueKind {
    if let value = node.expression { changeResult(value) }
    return .visitChildren
  }
}

extension CodeBlockItemSyntax.Item {
  /// Whether it is an expression that may be a body's value, `if` and `switch` included.
  fileprivate var isValue: Bool {
    switch self {
    case .expr: true
    case .stmt(let statement): statement.is(ExpressionStmtSyntax.self)
    default: false
    }
  }
}
