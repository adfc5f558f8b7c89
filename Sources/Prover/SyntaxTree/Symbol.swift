/// A demangled name as a tree, as `swift-demangle -tree-only` prints it.
final class Symbol {
  let kind: String
  let text: String?
  let index: Int?
  private(set) var children: [Symbol] = []

  init(kind: String, text: String?, index: Int?) {
    self.kind = kind
    self.text = text
    self.index = index
  }

  func child(_ kind: String) -> Symbol? { children.first { $0.kind == kind } }

  /// Trees by mangled name from the demangler's output.
  static func trees(_ output: String) -> [String: Symbol] {
    var result: [String: Symbol] = [:]
    var path: [Symbol] = []
    for line in output.split(separator: "\n") {
      let prefix = "Demangling for "
      if line.hasPrefix(prefix) {
        let root = Symbol(kind: "", text: nil, index: nil)
        result[String(line.dropFirst(prefix.count))] = root
        path = [root]
        continue
      }
      let indent = line.prefix { $0 == " " }.count
      guard indent % 2 == 0, indent / 2 + 1 <= path.count,
        let symbol = Symbol(line: line.dropFirst(indent))
      else { continue }
      path.removeSubrange((indent / 2 + 1)...)
      path[indent / 2].children.append(symbol)
      path.append(symbol)
    }
    return result
  }

  /// `kind=Identifier, text="UInt64"` or `kind=Integer, index=4`
  private convenience init?(line: Substring) {
    guard line.hasPrefix("kind=") else { return nil }
    let parts = line.dropFirst(5).split(separator: ",", maxSplits: 1)
    guard let kind = parts.first else { return nil }
    var text: String?
    var index: Int?
    if parts.count > 1 {
      let rest = parts[1].dropFirst()
      if rest.hasPrefix("text=\"") {
        text = String(rest.dropFirst(6).dropLast())
      } else if rest.hasPrefix("index=") {
        index = Int(rest.dropFirst(6))
      }
    }
    self.init(kind: String(kind), text: text, index: index)
  }
}

extension Symbol {
  /// The tree without the wrappers that say no more.
  private var stripped: Symbol {
    switch kind {
    case "", "Global", "TypeMangling", "Type", "Static":
      children.last { $0.kind != "LabelList" }?.stripped ?? self
    default: self
    }
  }

  /// A type's own tree, of a mangled type.
  var type: Symbol { stripped }

  /// Where a nominal type or a member stands: `Module.Outer.Name`. Names that are private to a file
  /// carry its mark after `@`.
  var path: String? {
    switch kind {
    case "Module": return text
    case "", "Global", "TypeMangling", "Type": return children.first?.path
    case "Extension": return children.dropFirst().first?.path
    case "BoundGenericStructure", "BoundGenericEnum": return children.first?.path
    case "Structure", "Enum", "Class", "Protocol", "TypeAlias":
      guard children.count >= 2, let outer = children[0].path, let name = children[1].memberName
      else { return nil }
      return outer + "." + name
    default: return nil
    }
  }

  private var memberName: String? {
    switch kind {
    case "Identifier": text
    case "PrivateDeclName":
      children.count == 2 ? (children[1].text ?? "") + "@" + (children[0].text ?? "") : nil
    case "InfixOperator": text.map { $0 + " infix" }
    case "PrefixOperator": text.map { $0 + " prefix" }
    case "PostfixOperator": text.map { $0 + " postfix" }
    default: nil
    }
  }

  /// What a declaration is, without the types of its parameters: `Swift.UInt64.& infix`,
  /// `Swift.FixedWidthInteger.init(truncatingIfNeeded:)`, `Contracts.requires`,
  /// `Swift.UInt64.trailingZeroBitCount`.
  var declaration: String? {
    let symbol = stripped
    guard let outer = symbol.children.first?.path else { return nil }
    var labels = ""
    if let list = symbol.child("LabelList"), !list.children.isEmpty {
      labels = "(" + list.children.map { ($0.text ?? "_") + ":" }.joined() + ")"
    }
    switch symbol.kind {
    case "Constructor", "Allocator": return outer + ".init" + labels
    case "Subscript": return outer + ".subscript" + labels
    case "Function", "Variable":
      guard symbol.children.count > 1, let name = symbol.children[1].memberName else { return nil }
      return outer + "." + name + labels
    case "Structure", "Enum": return symbol.path
    default: return nil
    }
  }
}
