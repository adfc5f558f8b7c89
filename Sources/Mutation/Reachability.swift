import SwiftParser
import SwiftSyntax

/// Which declarations of the core the engine can reach, by their names: what only tests and
/// contracts use is no part of what is to be proved, and is not changed.
///
/// A name counts for every declaration that has it, so nothing that is reached is left out.
struct Reachability {
  private var uses: [String: Set<String>] = [:]
  private var roots: Set<String> = []
  private(set) var names: Set<String> = []

  /// - Parameters:
  ///   - core: the files of the core.
  ///   - users: files from which everything is reached: the glue.
  init(core: [SourceFileSyntax], users: [SourceFileSyntax]) {
    for tree in core {
      let visitor = UseVisitor(viewMode: .sourceAccurate)
      visitor.walk(tree)
      uses.merge(visitor.uses) { $0.union($1) }
      roots.formUnion(visitor.roots)
    }
    for tree in users {
      for token in tree.tokens(viewMode: .sourceAccurate) { roots.insert(token.identifierText) }
    }
    var open = Array(roots)
    names = roots
    while let name = open.popLast() {
      for used in uses[name] ?? [] where names.insert(used).inserted { open.append(used) }
    }
  }
}

extension TokenSyntax {
  fileprivate var identifierText: String {
    if case .identifier(let text) = tokenKind { return text.filter { $0 != "`" } }
    return ""
  }
}

/// Collects for each declaration the names that its text has outside of contracts.
private final class UseVisitor: SyntaxVisitor {
  private(set) var uses: [String: Set<String>] = [:]
  private(set) var roots: Set<String> = []
  private var declarations: [String] = []

  private func enter(_ name: String) -> SyntaxVisitorContinueKind {
    declarations.append(name)
    return .visitChildren
  }

  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
    enter(node.name.text)
  }
  override func visitPost(_ node: FunctionDeclSyntax) { declarations.removeLast() }
  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    guard let name = node.pattern.as(IdentifierPatternSyntax.self)?.identifier.text,
      declarations.isEmpty
    else { return enter(declarations.last ?? "") }
    return enter(name)
  }
  override func visitPost(_ node: PatternBindingSyntax) { declarations.removeLast() }
  override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
    node.isContract ? .skipChildren : .visitChildren
  }
  override func visit(_ token: TokenSyntax) -> SyntaxVisitorContinueKind {
    let text = token.identifierText
    if text.isEmpty { return .skipChildren }
    if let name = declarations.last, !name.isEmpty {
      if name != text { uses[name, default: []].insert(text) }
    } else if !isDeclaredName(token) {
      roots.insert(text)
    }
    return .skipChildren
  }

  /// The name that a declaration outside of functions gives to itself is no use of it.
  private func isDeclaredName(_ token: TokenSyntax) -> Bool {
    token.parent?.is(FunctionDeclSyntax.self) ?? false
      || token.parent?.is(IdentifierPatternSyntax.self) ?? false
  }
}

extension FunctionCallExprSyntax {
  private static let contractWords: Set<String> = [
    "requires", "ensures", "invariant", "variant", "holds", "old", "ghost", "trusted", "opaque",
    "overBitVectors", "forall", "exists", "assert", "assume", "GhostMap",
  ]
  /// A call of one of the words of contracts, which the device image has nothing of.
  var isContract: Bool { word.map(FunctionCallExprSyntax.contractWords.contains) ?? false }
}
