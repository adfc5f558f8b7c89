import Prover
import Testing

@Suite struct SyntaxTreeDeclarationTests {
  static let sample = Result {
    try Sample(
      """
      struct Outer: ~Copyable {
        enum Kind { case one(a: Int), two }
        public private(set) var table: Table<UInt64>
        let fixed: Int
        var kind = Kind.two
        init(table: consuming Table<UInt64>) { self.table = table; fixed = Outer.limit }
        static let limit = 3 << 2
        borrowing func read(_ index: Int) -> UInt64 { table[index] }
        mutating func write(_ index: Int, _ value: UInt64) { if index < table.count { table[index] = value } }
        var last: UInt64 { mutating get { kind = .two; return table[0] } }
      }
      struct Number {
        typealias Raw = UInt8
        var raw: Raw
        init?(_ value: Int) { guard value < 10 else { return nil }; raw = Raw(value) }
        init(small raw: Raw) { self.raw = raw }
        init() { self.init(small: 1) }
        static var zero: Number { .init(small: 0) }
        static func make(_ value: Int = .max, or other: Bool = true) -> Number? { Number(value) }
      }
      func over(_ a: Int) -> Int { a }
      func over(_ a: UInt8) -> Int { Int(a) }
      func overs() -> Int { over(1) + over(2 as UInt8) }
      func makes() -> Number? { Number.make(or: false) }
      extension UInt64 { var low: UInt64 { self & 0xff } }
      func lows(_ a: UInt64) -> UInt64 { a.low }
      let global: UInt16 = 32
      func globals() -> UInt16 { global }
      enum Failure: Error { case bad(Int) }
      func throwing(_ n: Int) throws(Failure) -> Int { if n > 3 { throw .bad(n) }; return n }
      func catching() -> Int { do { return try throwing(3) } catch { return 0 } }
      struct Wrapped { var lock = TicketLock2() }
      struct TicketLock2 { var x = 0 }
      func locked(_ lock: borrowing TicketLock) { lock.acquire() }
      """)
  }

  private func sample() throws -> Sample {
    let sample = try SyntaxTreeDeclarationTests.sample.get()
    #expect(sample.refusals == [])
    return sample
  }

  @Test func structsKnowTheirFieldsAndWhetherTheyAreCopied() throws {
    let outer = try #require(try sample().program.structs.first { $0.name == "Sample.Outer" })
    #expect(!outer.isCopyable)
    #expect(
      outer.fields.map { "\($0)" } == [
        "var table: Table<UInt64>", "let fixed: Int",
        "var kind: Sample.Outer.Kind = Sample.Outer.Kind.two",
      ])
    let number = try #require(try sample().program.structs.first { $0.name == "Sample.Number" })
    #expect(number.isCopyable)
    #expect(number.fields.map { "\($0)" } == ["var raw: UInt8"])
  }

  @Test func constantsAreNamedAfterTheirPlace() throws {
    let sample = try sample()
    #expect(
      sample.program.constants.filter { $0.module == "Sample" }.map { "\($0)" } == [
        "let Sample.Outer.limit: Int = (3 << 2)", "let Sample.global: UInt16 = 32",
      ])
    #expect(sample.body("globals()") == ["return global"])
  }

  @Test func methodsTakeSelfFirst() throws {
    let sample = try sample()
    let write = try #require(sample.function("Outer.write(_:_:)"))
    #expect(
      write.parameters.map { "\($0)" } == [
        "self: inout Sample.Outer", "index: Int", "value: UInt64",
      ])
    #expect(
      sample.body("Outer.write(_:_:)") == [
        "if (index < self.table.count) {", "  self.table[index] = value", "}",
      ])
    #expect(sample.function("Outer.read(_:)")?.parameters.first?.isInOut == false)
    #expect(sample.function("Outer.last.get")?.parameters.first?.isInOut == true)
    #expect(sample.function("Number.zero.get")?.parameters.isEmpty == true)
  }

  @Test func initialisersAssignSelf() throws {
    let sample = try sample()
    let failable = try #require(sample.function("Number.init(_:)"))
    #expect(failable.isInitialiser && failable.result == .optional(.named("Sample.Number")))
    #expect(
      sample.body("Number.init(_:)") == [
        "guard (value < 10) else {", "  return nil", "}", "self.raw = UInt8(value)",
      ])
    #expect(sample.body("Number.init()") == ["self = Number.init(small:)(1)"])
  }

  @Test func overloadsAreNamedByTheirTypes() throws {
    let sample = try sample()
    #expect(sample.body("over(_: Int)") == ["return a"])
    #expect(sample.body("overs()") == ["return (over(_: Int)(1) + over(_: UInt8)(2))"])
  }

  @Test func defaultsStandWhereNoArgumentDoes() throws {
    #expect(
      try sample().body("makes()") == [
        "return Number.make(_:or:)(9223372036854775807, false)"
      ])
  }

  @Test func extensionsOfIntegersAreFunctionsOfTheModule() throws {
    let sample = try sample()
    #expect(sample.body("UInt64.low.get") == ["return (self & 255)"])
    #expect(sample.body("lows(_:)") == ["return UInt64.low.get(a)"])
  }

  @Test func errorsAreTyped() throws {
    let sample = try sample()
    #expect(sample.function("throwing(_:)")?.throwsType == .named("Sample.Failure"))
    #expect(
      sample.body("catching()") == [
        "do {", "  return throwing(_:)(3)", "} catch let error {", "  return 0", "}",
      ])
  }

  @Test func ofUnprovedModulesOnlyContractsAreKnown() throws {
    let sample = try sample()
    let acquire = try #require(
      sample.program.functions.first { $0.name == "Contracts.TicketLock.acquire()" })
    #expect(acquire.body == nil)
    #expect(sample.body("locked(_:)") == ["Contracts.TicketLock.acquire()(lock)"])
  }

  @Test func theBinaryInterfaceOfTheEngineCanBeRead() throws {
    let folder = Sample.temporaryFolder()
    let (program, refused) = try SyntaxTree.program(
      of: [
        ModuleSources(name: "EngineABI", files: Sample.files(of: "EngineABI"), isProved: true)
      ], CompilerOptions(compiler: "swiftc", flags: ["-swift-version", "6"], folder: folder))
    #expect(refused.map(\.description) == [])
    #expect(program.functions.contains { $0.name == "EngineABI.CallWord.vm.get" })
  }
}
