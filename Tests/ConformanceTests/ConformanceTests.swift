import EngineABI
import IsolationSpec
import Testing

@testable import ConformanceHarness

/// The core beside the abstract machine. A million steps run from Scripts/test (`conformance`);
/// these are enough for an edit.
@Suite struct ConformanceTests {
  @Test("core and abstract machine agree after every step")
  func agree() {
    for seed in 1...2 as ClosedRange<UInt64> {
      if let failure = Conformance.run(seed: seed) {
        Issue.record("seed \(seed): \(Conformance.shrink(failure))")
      }
    }
  }

  @Test("a mistake below the core is found, and shown by a short sequence", arguments: Mistake.real)
  func mistakes(mistake: Mistake) {
    for seed in 1...20 as ClosedRange<UInt64> {
      guard let failure = Conformance.run(seed: seed, steps: 600, mistake: mistake)
      else { continue }
      let short = Conformance.shrink(failure, mistake: mistake)
      #expect(short.acts.count <= 20, "\(short)")
      return
    }
    Issue.record("\(mistake) is not found")
  }

  @Test("a mistake in the abstract machine is found too")
  func abstractMistakes() {
    for field in 0..<4 {
      let comparison = Comparison()
      switch field {
      case 0: comparison.abstract.system.pages[7].contents = 1
      case 1: comparison.abstract.system.pages[7].owner = 1
      case 2: comparison.abstract.system.vms[63].state = .loading
      default: comparison.abstract.system.cpus[1].registers.x[30] = 1
      }
      if field == 3 { _ = comparison.make(Act(step: .arrive, cpu: 1)) }
      #expect(comparison.differsAnywhere() != nil, "change \(field) is not seen")
    }
  }

  @Test("random sequences meet every answer of every call")
  func coverage() {
    var coverage = Coverage()
    let abstract = ConcreteMachine(cpus: Comparison.cpus).abstract()
    var generator = Conformance.generator(seed: 100)
    for _ in 0..<40_000 {
      let (step, cpu) = generator.next(abstract.system)
      guard abstract.system.make(step, on: cpu) else { continue }
      coverage.note(Act(step: step, cpu: cpu), abstract)
    }
    for answer in expected where coverage.counts[answer] == nil {
      Issue.record("never seen: \(answer)")
    }
  }

  /// Docs/calls.md, call by call.
  private var expected: [String] {
    let answers: [(String, [Int])] = [
      ("info", [0, -2, -3]), ("counter", [0, -2, -3, -5]), ("createVM", [0, -2, -3, -6, -8]),
      ("donate", [0, -2, -3, -5, -6, -7, -8]), ("donateTable", [0, -2, -3, -5, -6, -7, -8]),
      ("seal", [0, -3, -5]), ("destroyVM", [0, -3, -4, -5]), ("reclaim", [0, 1, -2, -3, -5]),
      ("createVCPU", [0, -2, -3, -5]), ("setEntry", [0, -2, -3, -5]),
      ("run", [6, -2, -3, -4, -5]), ("setInterrupt", [0, -2, -3, -5]), ("stateOfVM", [0, -3]),
      ("share", [-1, -3]), ("unshare", [-1, -3]),
      ("guest 0xc600000c", [0, -2, -6]), ("guest 0xc600000d", [0, -2, -6]),
      ("guest 0xc4000003", [-2, -4, -5, -9]), ("guest 0xc4000004", [0, 1, 2, -2]),
    ]
    var list = ["run starts", "guest 0x84000002 exits", "guest 0x84000008 exits"]
    for (name, values) in answers { list += values.map { "\(name) \($0)" } }
    return list
  }
}

extension Mistake {
  static var real: [Mistake] { allCases.filter { $0 != .none } }
}
