import Foundation

/// A fixed number of threads that do jobs, each of which may add further ones.
final class WorkQueue: @unchecked Sendable {
  typealias Job = @Sendable () -> Void

  private let condition = NSCondition()
  /// The higher its number, the earlier a job is taken: long ones first, so that none is left alone
  /// at the end.
  private var waiting: [[Job]] = [[], [], [], []]
  private var running = 0

  func add(_ urgency: Int = 0, _ job: @escaping Job) {
    condition.withLock {
      waiting[urgency].append(job)
      condition.signal()
    }
  }

  /// Returns when all jobs and what they added are done.
  func work(threads: Int) {
    let done = DispatchGroup()
    for _ in 0..<threads {
      done.enter()
      Thread.detachNewThread {
        while let job = self.next() {
          job()
          self.finish()
        }
        done.leave()
      }
    }
    done.wait()
  }

  private func next() -> Job? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let urgency = waiting.indices.last(where: { !waiting[$0].isEmpty }) {
        running += 1
        return waiting[urgency].removeLast()
      }
      if running == 0 { return nil }
      condition.wait()
    }
  }

  private func finish() {
    condition.withLock {
      running -= 1
      if running == 0 { condition.broadcast() }
    }
  }
}
