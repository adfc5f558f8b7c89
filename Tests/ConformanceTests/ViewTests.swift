import EngineABI
import Foundation
import IsolationSpec
import Testing

@testable import ConformanceHarness

/// Who sees which part of a state, and what is declassified, as lists that are kept: a view that
/// becomes wider or narrower shows in review. `Golden/` holds them; a test that fails prints what
/// would have to be there.
@Suite struct ViewTests {
  @Test("who sees which field is as it is written down")
  func views() throws {
    try compare(
      Field.all.map { field in
        let one = Field.state()
        let other = one.copy()
        field.change(&other.system)
        let observers: [(String, Observer)] = [
          ("host", .host), ("VM 1", .vm(1)), ("VM 2", .vm(2)),
        ]
        let seeing = observers.filter { !one.looks(to: $0.1, like: other) }.map(\.0)
        return "\(field.name): \(seeing.isEmpty ? "nobody" : seeing.joined(separator: ", "))"
      }, with: "views")
  }

  @Test("what is declassified, and what others may change, is as it is written down")
  func declassifications() throws {
    let source = try String(
      contentsOf: folder.appendingPathComponent(
        "../../Sources/IsolationSpec/Declassification.swift"), encoding: .utf8)
    var lines: [String] = []
    for kind in ["Declassification", "Influence"] {
      let start = try #require(source.range(of: "public enum \(kind)"))
      let body = source[start.upperBound...].prefix { $0 != "}" }
      lines += body.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { $0.hasPrefix("case ") }.map { "\(kind): \($0.dropFirst(5))" }
    }
    try compare(lines, with: "declassifications")
  }

  private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private func compare(_ lines: [String], with name: String) throws {
    let text = lines.joined(separator: "\n") + "\n"
    let kept = try? String(
      contentsOf: folder.appendingPathComponent("Golden/\(name).txt"), encoding: .utf8)
    if text != kept { Issue.record("Golden/\(name).txt is to be:\n\(text)") }
  }
}

/// A part of the state, and a change of it.
private struct Field {
  var name: String
  var change: (inout System) -> Void

  /// VM 1 has a private page (3), a shared one (4) and a root (6), and a vCPU in the middle of a
  /// device read.
  static func state() -> AbstractMachine {
    let machine = ConcreteMachine(cpus: 2).abstract()
    for (page, use) in [(3, Use.memory), (4, .shared), (6, .root)] {
      machine.system.pages[page].owner = 1
      machine.system.pages[page].use = use
      machine.system.pages[page].place = UInt64(page)
    }
    machine.system.vms[0].state = .sealed
    machine.system.vcpus[0].life = .ready
    machine.system.vcpus[0].request = .read
    return machine
  }

  static var all: [Field] { machine + pages + vms + vcpus + cpus }

  private static var machine: [Field] { [Field(name: "time") { $0.now += 1 }] }

  private static var pages: [Field] {
    let kinds = [("the host's page", 7), ("private page", 3), ("shared page", 4), ("table", 6)]
    return kinds.flatMap { kind, page in
      [
        Field(name: "\(kind): owner") { $0.pages[page].owner = 3 },
        Field(name: "\(kind): use") { $0.pages[page].use = .table3 },
        Field(name: "\(kind): place") { $0.pages[page].place += 9 },
        Field(name: "\(kind): contents") { $0.pages[page].contents += 1 },
      ]
    }
  }

  private static var vms: [Field] {
    [
      Field(name: "VM: state") { $0.vms[0].state = .dying },
      Field(name: "VM: start") { $0.vms[0].start += 1 },
      Field(name: "VM: lines") { $0.vms[0].lines += 1 },
    ]
  }

  private static var vcpus: [Field] {
    [
      Field(name: "vCPU: runs rather than waits") { $0.vcpus[0].life = .running },
      Field(name: "vCPU: is off") { $0.vcpus[0].life = .off },
      Field(name: "vCPU: general register") { $0.vcpus[0].registers.x[7] += 1 },
      Field(name: "vCPU: program counter") { $0.vcpus[0].registers.pc += 4 },
      Field(name: "vCPU: system registers") { $0.vcpus[0].registers.system += 1 },
      Field(name: "vCPU: FP/SIMD registers") { $0.vcpus[0].registers.floatingPoint += 1 },
      Field(name: "vCPU: timer control") { $0.vcpus[0].registers.timerControl += 1 },
      Field(name: "vCPU: timer compare") { $0.vcpus[0].registers.timerCompare += 1 },
      Field(name: "vCPU: request") { $0.vcpus[0].request = .write },
      Field(name: "vCPU: width of its access") { $0.vcpus[0].access.bytes = 4 },
      Field(name: "vCPU: register of its access") { $0.vcpus[0].access.register = 9 },
      Field(name: "vCPU: virtual page of its access") { $0.vcpus[0].access.virtualPage = 9 },
      Field(name: "vCPU: fault address") { $0.vcpus[0].faultAddress += 1 },
      Field(name: "vCPU: uses FP/SIMD") { $0.vcpus[0].usesFloatingPoint = true },
      Field(name: "vCPU: timer line") { $0.vcpus[0].timerLine = true },
      Field(name: "vCPU: exception") { $0.vcpus[0].fault = .undefined },
      Field(name: "vCPU: counters") { $0.vcpus[0].counters[3] += 1 },
    ]
  }

  private static var cpus: [Field] {
    [
      Field(name: "CPU: who runs") { $0.cpus[1].runs = 0 },
      Field(name: "CPU: is online") { $0.cpus[1].isOnline.toggle() },
      Field(name: "CPU: the host's registers") { $0.cpus[1].registers.x[7] += 1 },
      Field(name: "CPU: refused requests") { $0.cpus[1].refused += 1 },
      Field(name: "CPU: exception") { $0.cpus[1].fault = .undefined },
    ]
  }
}
