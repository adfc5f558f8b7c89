import Foundation
import IsolationCore
import Testing

/// Every field of the core's state is in the relation, or in its list of what is hidden.
@Suite struct RelationTests {
  @Test("the relation names every field of the core")
  func fields() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/IsolationSpec/Relation")
    var text = ""
    for file in [
      "Relation", "LifeRelation", "PageRelation", "MemoryRelation", "RegisterRelation",
      "RegisterDifferences",
    ] {
      let file = "\(file).swift"
      text += try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    }
    // The list of what is hidden comes first; what is related is read somewhere as `.field`.
    let list = text.range(of: "enum Field").map { text[..<$0.lowerBound] } ?? ""
    let hidden = Set(list.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    let states: [Any] = [
      PageState.host, BlockState.host, AddressSpace(), VirtualMachine(), InterruptBank(), VCPU(),
      DeviceAccess(),
      CPU(), Context(), Frame(), SystemRegisters(), VirtualTimer(), InterruptRegisters(),
      FloatingPoint(), Configuration(),
    ]
    for state in states {
      for child in Mirror(reflecting: state).children {
        let name = try #require(child.label)
        let isRelated = text.contains(".\(name)") || hidden.contains(name)
        if !isRelated { Issue.record("nothing about \(type(of: state)).\(name)") }
      }
    }
  }
}
