import Foundation

/// A running machine: its console line by line, a log of all of it, and input.
final class Machine {
  enum Event: Equatable {
    /// A full line of the console, without its end.
    case line(String)
    /// The machine is off.
    case ended
    case timeout
  }

  let log: URL
  private let child: Child
  private let logFile: FileHandle
  private var pending: [UInt8] = []
  private let start = ContinuousClock.now

  init(_ configuration: Configuration) throws {
    let arguments = try Launch.arguments(configuration)
    log = Files.log(configuration.name)
    try Data((arguments.joined(separator: " ") + "\n").utf8).write(to: log)
    logFile = try FileHandle(forWritingTo: log)
    try logFile.seekToEnd()
    child = try Child(arguments)
  }

  /// Seconds since the machine was started.
  var elapsed: Double {
    let parts = (ContinuousClock.now - start).components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }

  /// The next line, the end, or a timeout, in seconds since the start.
  func next(until deadline: Double) throws -> Event {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(
          decoding: pending[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        pending.removeSubrange(...end)
        return .line(line)
      }
      guard try receive(until: deadline) else {
        if elapsed >= deadline { return .timeout }
        guard !pending.isEmpty else { return .ended }
        pending.append(UInt8(ascii: "\n"))
        continue
      }
    }
  }

  /// Waits for a text anywhere in the console's output, at most so many seconds. False: it ended or
  /// never came. A prompt without a line end counts.
  func expect(_ text: String, timeout: Double) throws -> Bool {
    let deadline = elapsed + timeout
    let wanted = Array(text.utf8)
    while true {
      if let place = pending.firstRange(of: wanted) {
        pending.removeSubrange(..<place.upperBound)
        return true
      }
      // Keep what could be the beginning of the text.
      if pending.count > 1 << 16 { pending.removeFirst(pending.count - wanted.count) }
      guard try receive(until: deadline) else { return false }
    }
  }

  /// Types on the console.
  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
  }

  func end() { child.end() }

  /// Reads what there is. False at the end and at the deadline.
  private func receive(until deadline: Double) throws -> Bool {
    guard child.isRunning else { return false }
    var descriptor = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
    let left = max(0, deadline - elapsed)
    guard poll(&descriptor, 1, Int32(min(left * 1000, 1e9).rounded(.up))) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(child.output, &buffer, buffer.count)
    guard count > 0 else { return false }
    pending += buffer[..<count]
    try logFile.write(contentsOf: Data(buffer[..<count]))
    return true
  }
}
