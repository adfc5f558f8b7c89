import CLinux
import Devices
import EngineABI

/// One vCPU: the loop of the thread that runs it.
final class VCPU {
  let index: Int
  private let machine: VirtualMachine
  private(set) var counts = Counts()

  /// What this vCPU's runs ended with.
  struct Counts: Equatable {
    var runs: UInt64 = 0
    var interrupted: UInt64 = 0
    var deviceReads: UInt64 = 0
    var deviceWrites: UInt64 = 0
    var deviceRefused: UInt64 = 0
    var waits: UInt64 = 0
    var wakes: UInt64 = 0
    var engineRefused: UInt64 = 0
  }

  init(index: Int, machine: VirtualMachine) {
    self.index = index
    self.machine = machine
  }

  /// Runs the vCPU until the machine is to end.
  func run() {
    var completion = Completion.none
    var value: UInt64 = 0
    while !machine.stopping.isSet {
      // Read before the run: a wake-up that comes between its exit and the sleep changes the word.
      let seen = machine.words.load(index)
      let result = machine.engine.run(index, completion, value)
      counts.runs += 1
      completion = .none
      value = 0
      switch result {
      case .interrupted:
        counts.interrupted += 1
        machine.board.pause()
      case .deviceRead(let address, let bytes):
        (completion, value) = read(address, bytes)
      case .deviceWrite(let address, let bytes, let stored):
        completion = write(address, bytes, stored)
      case .waitForInterrupt(let deadline):
        counts.waits += 1
        machine.board.pause()
        sleep(seen, until: deadline)
      case .wake(let mask):
        counts.wakes += 1
        machine.words.wake(mask: mask)
      case .off:
        machine.board.pause()
        guard machine.turnedOff(index, seen: seen) else { continue }
        machine.words.wait(index, seen: seen, nanoseconds: .max)
      case .refused(let exceptionClass):
        counts.engineRefused += 1
        machine.report("vCPU \(index): refused, exception class \(Text.hex(exceptionClass))")
      case .systemEvent(.off): machine.end(.poweredOff)
      case .systemEvent(.reset): machine.end(.reset)
      case .hardwareError(let syndrome):
        machine.end(.failed("the hardware reported an error: syndrome \(Text.hex(syndrome))"))
      case .failed(let reply):
        machine.end(.failed("the engine refused to run vCPU \(index): \(Engine.describe(reply))"))
      }
    }
  }

  private func read(_ address: UInt64, _ bytes: UInt64) -> (Completion, UInt64) {
    counts.deviceReads += 1
    let (answer, wakes) = machine.board.read(address: address, bytes: bytes)
    if wakes != 0 { machine.words.wake(mask: wakes) }
    switch answer {
    case .value(let value): return (.value, value)
    case .refused:
      refused("load", address, bytes)
      return (.abort, 0)
    }
  }

  private func write(_ address: UInt64, _ bytes: UInt64, _ value: UInt64) -> Completion {
    counts.deviceWrites += 1
    let (answer, wakes) = machine.board.write(address: address, bytes: bytes, value: value)
    if wakes != 0 { machine.words.wake(mask: wakes) }
    guard answer == .refused else { return .none }
    refused("store", address, bytes)
    return .abort
  }

  private func refused(_ access: String, _ address: UInt64, _ bytes: UInt64) {
    counts.deviceRefused += 1
    machine.report("vCPU \(index): refused, \(access) of \(bytes) bytes at \(Text.hex(address))")
  }

  private func sleep(_ seen: UInt32, until deadline: UInt64) {
    let clock = machine.clock
    let nanoseconds = clock.nanoseconds(until: deadline, now: clock.now())
    if nanoseconds > 0 { machine.words.wait(index, seen: seen, nanoseconds: nanoseconds) }
  }
}
