import CLinux
import EngineABI

/// A sealed VM while it runs: what its vCPU threads and the main thread share.
final class VirtualMachine: @unchecked Sendable {
  let engine: Engine
  let clock: Clock
  let board: Board
  let words: WakeWords
  let stopping: Flag
  private let isVerbose: Bool
  /// Raised when ``outcome`` is there, and when input is wanted again.
  let event: Int32

  private let lock = Mutex()
  private var first: Outcome?
  /// The wake word that each vCPU saw when it was turned off.
  private var off: [UInt32?]
  private(set) var vcpus: [VCPU] = []
  private var threads: [UInt64] = []

  /// `console` is an open file, or -1.
  init(
    engine: Engine, cpus: Int, clock: Clock, console: Int32, isVerbose: Bool
  ) throws(Failure) {
    self.engine = engine
    self.clock = clock
    self.isVerbose = isVerbose
    let number = linux_event_file()
    guard number >= 0 else {
      throw .refused("cannot make an event file: \(Text.error(Int(number)))")
    }
    event = number
    let flag = Flag()
    stopping = flag
    words = WakeWords(count: cpus)
    off = Array(repeating: nil, count: cpus)
    board = Board(
      engine: engine, output: ConsoleOutput(file: console, stopping: flag),
      onInputWanted: { linux_event_raise(number) })
  }

  deinit { _ = linux_close(event) }

  /// Starts a thread for each vCPU.
  func start() throws(Failure) {
    vcpus = (0..<words.count).map { VCPU(index: $0, machine: self) }
    for vcpu in vcpus {
      var thread: UInt64 = 0
      let argument = Unmanaged.passRetained(vcpu)
      let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
        Unmanaged<VCPU>.fromOpaque(argument!).takeRetainedValue().run()
      }
      let status = linux_thread_start(body, argument.toOpaque(), &thread)
      guard status == 0 else {
        argument.release()
        stop()
        throw .refused("cannot start a thread: \(Text.error(Int(status)))")
      }
      threads.append(thread)
    }
  }

  /// How it ended; `nil` while it runs.
  var outcome: Outcome? { lock.withLock { first } }

  /// Makes the machine end. The first reason counts.
  func end(_ outcome: Outcome) {
    lock.withLock {
      if first == nil { first = outcome }
    }
    stopping.isSet = true
    words.wake(mask: .max)
    linux_event_raise(event)
  }

  /// Ends every vCPU thread and waits for them. Nothing of the console is left unwritten.
  func stop() {
    stopping.isSet = true
    words.wake(mask: .max)
    for thread in threads { linux_thread_join(thread) }
    threads = []
    board.pause()
  }

  /// A vCPU is off. Returns whether it may sleep: not if none is left to turn another on.
  func turnedOff(_ index: Int, seen: UInt32) -> Bool {
    let allAreOff = lock.withLock {
      off[index] = seen
      for other in 0..<words.count {
        // Another word than the one it slept on: it was turned on and will run.
        guard let word = off[other], word == words.load(other) else { return false }
      }
      return true
    }
    if allAreOff { end(.halted) }
    return !allAreOff
  }

  func report(_ text: @autoclosure () -> String) {
    guard isVerbose else { return }
    Output.message(text())
  }
}
