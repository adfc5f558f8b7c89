import Foundation
import Testing

@testable import Prover

@Suite struct SourceHashTests {
  /// FIPS 180-4's own examples, and lengths around a block's end as coreutils says.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func isTheStandards(text: String, hash: String) {
    #expect(SourceHash.sha256(Array(text.utf8)) == hash)
  }

  @Test func isWhatTheSystemsProgramSays() throws {
    for count in [55, 56, 63, 64, 65, 119, 120, 1000] {
      let bytes = [UInt8](repeating: 0x61, count: count)
      let file = Sample.temporaryFolder()
      defer { try? FileManager.default.removeItem(atPath: file) }
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let said = try Tool("sha256sum").run([file]).output.prefix(64)
      #expect(SourceHash.sha256(bytes) == String(decoding: said, as: UTF8.self))
    }
  }

  @Test func allFilesThatAreReadAreNamed() throws {
    let sources = try Sample("func f() {}").program.sources
    #expect(sources.map(\.module) == Sample.contracts.files.map { _ in "Contracts" } + ["Sample"])
    #expect(
      sources.last?.sha256 == SourceHash.sha256(Array("import Contracts\nfunc f() {}".utf8)))
  }
}
