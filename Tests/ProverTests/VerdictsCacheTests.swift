import Foundation
import Testing

@testable import Prover

@Suite struct VerdictsCacheTests {
  @Test func `a second run starts no prover and says the same`() throws {
    try withFolder { folder in
      let first = try verify(Samples.share, folder)
      // Whoever is started now does not come back with an answer.
      let dead = try (
        z3: script("kill -9 $$", named: "z3", in: folder),
        cvc5: script("kill -9 $$", named: "cvc5", in: folder)
      )
      let second = try verify(Samples.share, folder, Toolchain(z3: dead.z3, cvc5: dead.cvc5))
      #expect(!first.isFromCache)
      #expect(second.isFromCache)
      #expect(second.goals == first.goals)
    }
  }

  @Test func `what does not hold is remembered with its counterexample`() throws {
    try withFolder { folder in
      let first = try verify(Samples.ensures("x + y > x"), folder)
      let second = try verify(Samples.ensures("x + y > x"), folder)
      #expect(second.isFromCache)
      #expect(second.goals == first.goals)
      #expect(second.goals.first?.counterexample != nil)
    }
  }

  @Test func `lines that move in a Swift file cost no proof`() throws {
    try withFolder { folder in
      _ = try verify(Samples.share, folder)
      let moved = Samples.share.replacingOccurrences(
        of: "[#\"Pages.swift\" 8 9 22]", with: "[#\"Pages.swift\" 18 9 22]")
      let verdict = try verify(moved, folder)
      #expect(verdict.isFromCache)
      #expect(verdict.goals.map(\.place.line) == [7, 18, 4])
    }
  }

  @Test func `another text is proved anew`() throws {
    try withFolder { folder in
      _ = try verify(Samples.ensures("x + y >= x"), folder)
      #expect(try !verify(Samples.ensures("x + y >= y"), folder).isFromCache)
    }
  }

  @Test func `another strategy is another verdict`() throws {
    try withFolder { folder in
      _ = try verify(Samples.share, folder)
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      options.strategy = .effort(0)
      let verdict = try #require(try Verifier(options).verify([unit(Samples.share)]).first)
      #expect(!verdict.isFromCache)
    }
  }

  @Test func `what a weaker strategy proved is proved, and costs no prover`() throws {
    try withFolder { folder in
      let first = try verify(Samples.share, folder, effort: 0)
      let dead = try Toolchain(
        why3: script("kill -9 $$", named: "why3", in: folder),
        z3: script("kill -9 $$", named: "z3", in: folder),
        cvc5: script("kill -9 $$", named: "cvc5", in: folder))
      let second = try verify(Samples.share, folder, dead, effort: 2)
      #expect(second.isFromCache)
      #expect(second.goals == first.goals)
      #expect(try verify(Samples.share, folder, dead, effort: 1).goals == first.goals)
    }
  }

  @Test func `a weaker strategy believes no stronger one`() throws {
    try withFolder { folder in
      _ = try verify(Samples.share, folder, effort: 1)
      #expect(try !verify(Samples.share, folder, effort: 0).isFromCache)
    }
  }

  @Test func `only what is not proved twice is tried with more, from the next step on`() throws {
    try withFolder { folder in
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      options.strategy = .effort(1)
      options.strategy.seeksCounterexamples = false
      options.strategy.steps[0].cvc5.limit = 1
      var weaker = options
      weaker.strategy.steps.removeLast()
      let text = Samples.share
      let first = try #require(try Verifier(weaker).verify([unit(text)]).first)
      #expect(first.goals.map(\.verdict) == [.provedOnce, .provedOnce, .provedOnce])
      // Z3 has done its part.
      let dead = try script("kill -9 $$", named: "z3", in: folder)
      let second = try #require(
        try Verifier(options, tools: Toolchain(z3: dead)).verify([unit(text)]).first)
      #expect(second.error == nil)
      #expect(second.goals.map(\.verdict) == [.provedTwice, .provedTwice, .provedTwice])
      #expect(second.goals.allSatisfy { $0.attempts.map(\.step) == [0, 1] })
      #expect(second.goals.map(\.place) == first.goals.map(\.place))
    }
  }

  @Test func `what a weaker strategy left open is tried, way by way, and no other goal`() throws {
    try withFolder { folder in
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      options.strategy = .effort(1)
      options.strategy.seeksCounterexamples = false
      options.strategy.steps[0].z3.limit = 1
      options.strategy.steps[0].cvc5.limit = 1
      var weaker = options
      weaker.strategy.steps.removeLast()
      let text = Samples.share
      let first = try #require(try Verifier(weaker).verify([unit(text)]).first)
      #expect(first.goals.allSatisfy { !$0.verdict.isGood })
      let second = try #require(try Verifier(options).verify([unit(text)]).first)
      #expect(second.error == nil)
      #expect(second.goals.map(\.place) == first.goals.map(\.place))
      #expect(second.goals.allSatisfy { $0.verdict == .provedTwice })
      #expect(second.goals.allSatisfy { $0.attempts.map(\.step) == [1, 1] })
    }
  }

  @Test func `another prover's proofs are not believed by a stronger strategy`() throws {
    try withFolder { folder in
      _ = try verify(Samples.share, folder, effort: 0)
      let other = try script("exec z3 \"$@\"", named: "z3", in: folder)
      let edited = try Subprocess.run(
        ["sed", "-i", "s/exec z3 --version/exec echo another/", other], guardSeconds: 60)
      #expect(edited.status == 0)
      #expect(try !verify(Samples.share, folder, Toolchain(z3: other), effort: 1).isFromCache)
    }
  }

  @Test func `the kind of a unit is part of its key`() throws {
    try withFolder { folder in
      _ = try verify(Samples.smoke("x > 0"), folder)
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      let verdict = try #require(
        try Verifier(options).verify([unit(Samples.smoke("x > 0"), kind: .smoke)]).first)
      #expect(!verdict.isFromCache)
      #expect(verdict.goals.map(\.verdict) == [.reachable])
    }
  }

  @Test(arguments: ["empty", "cut", "changed", "nonsense"])
  func `a damaged entry is ignored and written again`(damage: String) throws {
    try withFolder { folder in
      let first = try verify(Samples.share, folder)
      let entry = try #require(try files(in: folder + "/cache").first)
      let data = try #require(FileManager.default.contents(atPath: entry))
      let text = String(decoding: data, as: UTF8.self)
      let damaged =
        switch damage {
        case "empty": ""
        case "cut": String(text.dropLast(40))
        case "changed": text.replacingOccurrences(of: "provedTwice", with: "provedOnce")
        default: "nonsense\n{}"
        }
      try Data(damaged.utf8).write(to: URL(fileURLWithPath: entry))
      let second = try verify(Samples.share, folder)
      #expect(!second.isFromCache)
      #expect(second.goals.map(\.verdict) == first.goals.map(\.verdict))
      #expect(try verify(Samples.share, folder).isFromCache)
    }
  }

  @Test func `a cold run proves all and renews the cache`() throws {
    try withFolder { folder in
      _ = try verify(Samples.share, folder)
      var options = Verifier.Options()
      options.cacheFolder = folder + "/cache"
      options.isCold = true
      let cold = try #require(try Verifier(options).verify([unit(Samples.share)]).first)
      #expect(!cold.isFromCache)
      #expect(try verify(Samples.share, folder).isFromCache)
    }
  }

  private func verify(
    _ text: String, _ folder: String, _ tools: Toolchain? = nil, effort: Int = 2
  ) throws -> UnitVerdict {
    var options = Verifier.Options()
    options.strategy = .effort(effort)
    options.cacheFolder = folder + "/cache"
    let verdict = try #require(try Verifier(options, tools: tools).verify([unit(text)]).first)
    #expect(verdict.error == nil)
    #expect(!verdict.goals.isEmpty)
    return verdict
  }
}
