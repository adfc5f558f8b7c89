import Devices

/// The devices of a running guest and the lines from them to the engine's interrupt controller.
final class Board: @unchecked Sendable {
  private let lock = Mutex()
  private var bus = GuestMap.bus()
  private var input = ConsoleInput()
  private let output: ConsoleOutput
  private let engine: Engine
  /// Called when ``wantsInput`` turns true again.
  private let onInputWanted: () -> Void

  /// Bytes of input that wait here before the vmm stops reading more.
  private static let inputLimit = 4096

  init(engine: Engine, output: ConsoleOutput, onInputWanted: @escaping () -> Void) {
    self.engine = engine
    self.output = output
    self.onInputWanted = onInputWanted
  }

  /// A load by the guest, and the vCPUs that it wakes.
  func read(address: UInt64, bytes: UInt64) -> (answer: ReadAnswer, wakes: UInt64) {
    lock.withLock {
      let answer = bus.read(address: address, bytes: bytes)
      return (answer, settle())
    }
  }

  /// A store by the guest, and the vCPUs that it wakes.
  func write(
    address: UInt64, bytes: UInt64, value: UInt64
  ) -> (answer: WriteAnswer, wakes: UInt64) {
    var isLine = false
    let result: (answer: WriteAnswer, wakes: UInt64) = lock.withLock {
      let answer = bus.write(address: address, bytes: bytes, value: value)
      if case .sent(let byte) = answer { isLine = output.append(byte) }
      return (answer, settle())
    }
    if isLine { output.flush() }
    return result
  }

  /// Bytes were typed. Returns the vCPUs that they wake.
  func type(_ bytes: [UInt8]) -> UInt64 {
    lock.withLock {
      input.append(bytes)
      return settle()
    }
  }

  var wantsInput: Bool { lock.withLock { input.count < Board.inputLimit } }

  /// The guest pauses: what it printed so far is shown.
  func pause() { output.flush() }

  /// Feeds the UART and tells the engine of a line that changed. Under the lock, so that the engine
  /// sees changes in their order.
  private func settle() -> UInt64 {
    if !input.isEmpty && bus.uart.acceptsInput {
      let wasFull = input.count >= Board.inputLimit
      while !input.isEmpty && bus.uart.acceptsInput { bus.uart.receive(input.removeFirst()) }
      if wasFull && input.count < Board.inputLimit { onInputWanted() }
    }
    guard let change = bus.takeLineChange() else { return 0 }
    return engine.setInterrupt(change.interrupt, isHigh: change.isHigh)
  }
}
