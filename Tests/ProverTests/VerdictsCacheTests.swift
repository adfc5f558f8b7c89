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

  private func verify(_ text: String, _ folder: String, _ tools: Toolchain? = nil) throws
    -> UnitVerdict
  {
    var options = Verifier.Options()
    options.cacheFolder = folder + "/cache"
    let verdict = try #require(try Verifier(options, tools: tools).verify([unit(text)]).first)
    #expect(verdict.error == nil)
    #expect(!verdict.goals.isEmpty)
    return verdict
  }
}
