/// Why a piece of a file is not provable Swift, and what to write instead.
struct NotProvable: Error {
  var message: String
  /// Bytes from the start of the file that is being read.
  var offset: Int
  init(_ message: String, _ node: Node) {
    self.message = message
    offset = node.start
  }
}
