/// A node of the compiler's syntax tree: its kind, and its parts by name.
final class Node {
  let kind: String
  /// Bytes from the start of the file; the end is the start of the last token. -1 if the compiler
  /// gives none.
  let start: Int
  let end: Int
  let parts: [(name: String, value: Value)]

  enum Value {
    case text(String)
    case number(Int)
    case flag(Bool)
    case node(Node)
    case list([Value])
    case nothing
  }

  init(kind: String, start: Int, end: Int, parts: [(name: String, value: Value)]) {
    self.kind = kind
    self.start = start
    self.end = end
    self.parts = parts
  }

  private func value(_ name: String) -> Value? {
    for part in parts where part.name == name { return part.value }
    return nil
  }

  subscript(name: String) -> Node? {
    if case .node(let node)? = value(name) { return node }
    return nil
  }

  /// The nodes of a list; none if there is no such list.
  func nodes(_ name: String) -> [Node] {
    guard case .list(let values)? = value(name) else { return [] }
    return values.compactMap { if case .node(let node) = $0 { node } else { nil } }
  }

  func text(_ name: String) -> String? {
    if case .text(let text)? = value(name) { return text }
    return nil
  }

  /// Texts of a list, such as argument labels; an absent one is empty.
  func texts(_ name: String) -> [String] {
    guard case .list(let values)? = value(name) else { return [] }
    return values.map { if case .text(let text) = $0 { text } else { "" } }
  }

  func number(_ name: String) -> Int? {
    switch value(name) {
    case .number(let number): number
    case .text(let text): Int(text)
    default: nil
    }
  }

  /// A flag that is left out when it is not set; the compiler writes some of them as texts.
  func flag(_ name: String) -> Bool {
    switch value(name) {
    case .flag(let flag): flag
    case .text(let text): text == "true"
    default: false
    }
  }

  func has(_ name: String) -> Bool { value(name) != nil }

  var isImplicit: Bool { flag("implicit") }

  /// The base name of a declaration: `init` and `subscript` for the nameless ones.
  var baseName: String? {
    guard let name = self["name"]?["base_name"] else { return nil }
    return name.text("name") ?? name.text("special")
  }
}
