import SwiftSyntax

/// The constants that stand beside each other in a namespace of the core, such as `Syndrome`.
struct ConstantFamilies {
  private var following: [String: String] = [:]

  init(_ trees: [SourceFileSyntax]) {
    let visitor = ConstantVisitor(viewMode: .sourceAccurate)
    for tree in trees { visitor.walk(tree) }
    for (type, names) in visitor.names where names.count > 1 {
      for (index, name) in names.enumerated() {
        following["\(type).\(name)"] = names[(index + 1) % names.count]
      }
    }
  }

  func next(_ type: String, _ name: String) -> String? { following["\(type).\(name)"] }
}

private final class ConstantVisitor: SyntaxVisitor {
  private(set) var names: [String: [String]] = [:]

  override func visit(_ node: EnumDeclSyntax) -> SyntaxVisitorContinueKind {
    for member in node.memberBlock.members {
      guard let variable = member.decl.as(VariableDeclSyntax.self),
        variable.modifiers.contains(where: { $0.name.tokenKind == .keyword(.static) }),
        variable.bindingSpecifier.tokenKind == .keyword(.let),
        let name = variable.bindings.first?.pattern.as(IdentifierPatternSyntax.self)
      else { continue }
      names[node.name.text, default: []].append(name.identifier.text)
    }
    return .visitChildren
  }
}

/// What an enumeration's case is mistaken for. The compiler says which of them there are where one
/// stands.
private let mistaken: [String: [(Kind, String)]] = [
  // Statuses.
  "ok": [(.changedError, "invalidArgument")],
  "invalidArgument": [(.changedError, "wrongState"), (.changedError, "ok")],
  "wrongState": [(.changedError, "busy"), (.changedError, "ok")],
  "notOwner": [(.changedError, "wrongState"), (.changedError, "ok")],
  "noTable": [(.changedError, "occupied"), (.changedError, "ok")],
  "occupied": [(.changedError, "noTable"), (.changedError, "ok")],
  "denied": [(.changedError, "notSupported"), (.changedError, "ok")],
  "busy": [(.changedError, "wrongState"), (.changedError, "ok")],
  "again": [(.changedError, "ok")],
  "notSupported": [(.changedError, "denied"), (.changedError, "ok")],
  // Owners and uses of pages, lives.
  "normal": [(.changedCase, "shared"), (.changedCase, "device")],
  "shared": [(.changedCase, "normal")],
  "table": [(.changedCase, "normal"), (.changedCase, "page")],
  "device": [(.changedCase, "normal")],
  "loading": [(.changedCase, "sealed")],
  "sealed": [(.changedCase, "loading")],
  "dying": [(.changedCase, "sealed")],
  "free": [(.changedCase, "loading")],
  "absent": [(.changedCase, "off")],
  "off": [(.changedCase, "starting"), (.changedCase, "absent")],
  "starting": [(.changedCase, "ready")],
  "ready": [(.changedCase, "halted")],
  "running": [(.changedCase, "ready")],
  "halted": [(.changedCase, "ready")],
  "read": [(.changedCase, "write")],
  "write": [(.changedCase, "read")],
  "page": [(.changedCase, "block")],
  "block": [(.changedCase, "page")],
  // Effects.
  "scrub": [(.missingScrub, "clean")],
  "clean": [(.missingScrub, "scrub")],
  "holdTimer": [(.changedCase, "admitTimer")],
  "admitTimer": [(.changedCase, "holdTimer")],
  // Answers, exits, completions.
  "done": [(.changedCase, "refused"), (.changedCase, "timerDone")],
  "timerDone": [(.changedCase, "done")],
  "notAtOnce": [(.changedCase, "done")],
  "refused": [(.changedCase, "done"), (.changedCase, "interrupted")],
  "needsLists": [(.changedCase, "done")],
  "none": [(.changedCase, "read"), (.changedCase, "abort")],
  "abort": [(.changedCase, "value")],
  "value": [(.changedCase, "none")],
  "interrupted": [(.changedCase, "refused")],
  "waitForInterrupt": [(.changedCase, "interrupted")],
  "deviceRead": [(.changedCase, "deviceWrite")],
  "deviceWrite": [(.changedCase, "deviceRead")],
  "wake": [(.changedCase, "interrupted")],
]

extension Finder {
  func changeMember(_ node: MemberAccessExprSyntax) {
    let name = node.declName.baseName
    if let base = node.base?.as(DeclReferenceExprSyntax.self)?.baseName.text {
      if let next = families.next(base, name.text) { change(name, .wrongConstant, to: next) }
      return
    }
    guard node.base == nil else { return }
    for (kind, other) in mistaken[name.text] ?? [] { change(name, kind, to: other) }
    // A narrower invalidation than is needed.
    guard name.text.hasPrefix("invalidate"), name.text != "invalidateLocal",
      let call = node.parent?.as(FunctionCallExprSyntax.self)
    else { return }
    change(call, .forgottenInvalidation, to: ".invalidateLocal")
  }
}
