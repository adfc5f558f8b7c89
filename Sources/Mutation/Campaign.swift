import Foundation
import Synchronization

/// Tries mutants side by side, and tells how far it is.
final class Campaign: Sendable {
  private struct State {
    var next = 0
    var done = 0
    var store: ResultStore
    var failure: (any Error)?
  }
  private let state: Mutex<State>
  /// Mutants and their numbers in the program.
  private let open: [(number: Int, mutant: Mutant)]
  private let runner: Runner
  private let began = Date()

  init(_ open: [(number: Int, mutant: Mutant)], _ runner: Runner, _ store: ResultStore) {
    self.open = open
    self.runner = runner
    state = Mutex(State(store: store))
  }

  func run(jobs: Int) throws -> ResultStore {
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while let index = take() {
        do {
          try attempt(open[index])
        } catch {
          state.withLock { $0.failure = error }
        }
      }
    }
    return try state.withLock {
      if let failure = $0.failure { throw failure }
      return $0.store
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < open.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  private func attempt(_ item: (number: Int, mutant: Mutant)) throws {
    let start = Date()
    let outcome = try runner.verdict(item.number)
    let seconds = Date().timeIntervalSince(start)
    try state.withLock { state in
      try state.store.add(
        Result(
          name: item.mutant.name, key: item.mutant.key, core: state.store.core,
          tests: state.store.tests, verdict: outcome.verdict, test: outcome.test,
          message: outcome.message,
          replays: outcome.replays, seconds: seconds))
      state.done += 1
      if outcome.verdict != .rejected {
        tell("[mutate] \(outcome.verdict.rawValue): \(item.mutant.name)")
      }
      if state.done % 50 == 0 || state.done == open.count {
        let left =
          Date().timeIntervalSince(began) / Double(state.done)
          * Double(open.count - state.done)
        tell(
          "[mutate] \(state.done) of \(open.count), \(Int(left / 60)) min \(Int(left) % 60) s left")
      }
    }
  }
}
