// A host that runs the abstract machine (Sources/IsolationSpec) beside the engine: random calls and
// accesses of its own and of guests, and after each call what both say of it. A guest's part is told
// by what its program (Agent.S) stores in its device.
import CRegisters
import Contracts
import EngineABI
import IsolationSpec
import Runtime

/// Steps of the abstract machine, in sequences that each begin with the state left by the last.
private let steps: UInt64 = 50_000
private let seed: UInt64 = 1

@c(imageMain)
public func imageMain() {
  Console.enable()
  var report = Report()
  report.test("conformance")
  var conductor = Conductor(seed: seed)
  while conductor.steps < steps && conductor.step() {}
  report.note("steps", conductor.steps)
  report.note("runs", conductor.done[Int(Call.run.rawValue)])
  report.note("pages shared or taken back", conductor.shared)
  if let difference = conductor.difference {
    report.expect(false, difference, conductor.wanted, conductor.found)
    conductor.trace.write()
  }
  meetsEverything(&report, conductor)
  findsMistakes(&report, &conductor)
  report.finish()
  Firmware.systemOff()
}

/// Every call of the host was done at least once, and every order of a guest.
private func meetsEverything(_ report: inout Report, _ conductor: borrowing Conductor) {
  report.test("conformance-coverage")
  for call in 0...UInt64(Call.stateOfVM.rawValue)
  where call != Call.share.rawValue && call != Call.unshare.rawValue && call != Call.info.rawValue {
    report.expect(conductor.done[Int(truncatingIfNeeded: call)] > 0, "never done: call", call)
  }
  for order in 0..<UInt64(16) {
    report.expect(conductor.orders[Int(truncatingIfNeeded: order)] > 0, "never done: order", order)
  }
  report.expect(conductor.shared > 10, "pages are hardly shared", conductor.shared)
}

/// If the abstract machine is changed behind its own back, the engine is seen to differ.
private func findsMistakes(_ report: inout Report, _ conductor: inout Conductor) {
  report.test("conformance-can-fail")
  report.expect(conductor.difference == nil, "they differ already")
  for page in 0..<conductor.spec.pages.count { conductor.spec.pages[page].contents ^= 2 }
  let end = conductor.steps + 2_000
  while conductor.steps < end && conductor.step() {}
  report.expect(conductor.difference != nil, "other contents of all pages are not seen")
}
