struct BenchCommand {
  static func run(_ given: Arguments) throws -> Bool { throw Failure("later") }
}
