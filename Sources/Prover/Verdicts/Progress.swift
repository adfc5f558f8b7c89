import Foundation

/// How far the provers are: one line that is rewritten on a terminal, a line now and then elsewhere.
final class Progress: @unchecked Sendable {
  private let lock = NSLock()
  private let isShown: Bool
  private let isTerminal = isatty(2) != 0
  private let started = Subprocess.now()
  private var last = 0.0
  private var units = 0
  private var finished = 0
  private var goals = 0
  private var open = 0

  init(isShown: Bool) { self.isShown = isShown }

  func begin(units: Int) { lock.withLock { self.units = units } }

  func finish(_ verdict: UnitVerdict) {
    lock.withLock {
      finished += 1
      goals += verdict.goals.count
      open += verdict.goals.count { !$0.verdict.isGood }
      let now = Subprocess.now()
      guard isShown, now - last >= (isTerminal ? 0.1 : 5) else { return }
      // The first line of a run that ends at once would only be noise.
      if last == 0 && !isTerminal && now - started < 5 { return }
      last = now
      let percent = finished * 100 / max(units, 1)
      let line =
        "[prove] \(percent)% \(finished) of \(units) units, \(goals) goals, \(open) not proved, "
        + "\(Int(now - started)) s: \(verdict.unit.function)"
      write(isTerminal ? "\r\u{1b}[K" + line.prefix(100) : line + "\n")
    }
  }

  func end() {
    lock.withLock { if isShown && isTerminal && last > 0 { write("\r\u{1b}[K") } }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
