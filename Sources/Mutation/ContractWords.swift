import SwiftSyntax

extension FunctionCallExprSyntax {
  private static let contractWords: Set<String> = [
    "requires", "ensures", "invariant", "variant", "holds", "old", "ghost", "trusted", "opaque",
    "overBitVectors", "forall", "exists", "assert", "assume", "GhostMap",
  ]
  /// A call of one of the words of contracts, which the device image has nothing of.
  var isContract: Bool { word.map(FunctionCallExprSyntax.contractWords.contains) ?? false }
}
