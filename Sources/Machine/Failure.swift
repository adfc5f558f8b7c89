/// What stops a command: says what was asked, what was wrong and what to do.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
