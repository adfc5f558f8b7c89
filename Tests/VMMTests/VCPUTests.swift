import CLinux
import EngineABI
import Foundation
import Testing

@testable import VMM

/// A machine whose runs are answered by the test, and whose console is a file.
private final class Rig {
  let engine = FakeEngine()
  let folder = TemporaryFolder()
  let machine: VirtualMachine
  private let console: File

  init(cpus: Int = 1) throws {
    console = try File.open(folder.path + "/console", LINUX_OPEN_CREATE, role: "console")
    engine.plant(vm: 1, .sealed, pages: 1)
    machine = try VirtualMachine(
      engine: engine.engine(vm: 1), cpus: cpus, clock: .machine(), console: console.number,
      isVerbose: false)
  }

  var printed: String { String(decoding: folder.read("console") ?? [], as: UTF8.self) }

  /// Starts it, waits for its end, and stops every thread.
  func run() throws -> Outcome? {
    try machine.start()
    let deadline = Date().addingTimeInterval(20)
    while machine.outcome == nil && Date() < deadline { linux_sleep(1_000_000) }
    machine.stop()
    return machine.outcome
  }
}

/// Answers one after the other, for one vCPU; then the guest powers off.
private final class Script: @unchecked Sendable {
  struct Step: Equatable {
    var completion: Completion
    var value: UInt64
  }
  private let lock = NSLock()
  private var answers: [EngineReply]
  private var asked: [Step] = []

  init(_ answers: [EngineReply]) { self.answers = answers }

  var completions: [Step] { lock.withLock { asked } }

  func next(_ completion: Completion, _ value: UInt64) -> EngineReply {
    lock.withLock {
      asked.append(Step(completion: completion, value: value))
      return answers.isEmpty
        ? EngineReply(.systemEvent, SystemEvent.off.rawValue) : answers.removeFirst()
    }
  }
}

private let uart: UInt64 = 0x900_0000

@Suite("A vCPU's loop", .timeLimit(.minutes(30)))
struct VCPUTests {
  private func play(_ rig: Rig, _ answers: EngineReply...) throws -> (Outcome?, Script) {
    let script = Script(answers)
    rig.engine.runs { _, completion, value in script.next(completion, value) }
    return (try rig.run(), script)
  }

  @Test("A load from a device is completed with its value")
  func deviceRead() throws {
    let (outcome, script) = try play(
      try Rig(), EngineReply(.deviceRead, uart + 0x18, 4), EngineReply(.interrupted))
    #expect(outcome == .poweredOff)
    #expect(
      script.completions == [
        .init(completion: .none, value: 0), .init(completion: .value, value: 0x97),
        .init(completion: .none, value: 0),
      ])
  }

  @Test("What the guest stores into the UART is printed")
  func deviceWrite() throws {
    let rig = try Rig()
    let (_, script) = try play(
      rig, EngineReply(.deviceWrite, uart, 1, 0x68), EngineReply(.deviceWrite, uart, 4, 0x69))
    #expect(script.completions.allSatisfy { $0.completion == .none })
    #expect(rig.printed == "hi")
  }

  @Test("An access that no device owns ends in an abort for the guest, and is counted")
  func refusedAccess() throws {
    let rig = try Rig()
    let (outcome, script) = try play(
      rig, EngineReply(.deviceRead, 0x1234, 4), EngineReply(.deviceWrite, uart + 0x18, 4, 0),
      EngineReply(.deviceWrite, uart, 8, 0))
    #expect(outcome == .poweredOff)
    #expect(script.completions.map(\.completion) == [.none, .abort, .abort, .abort])
    #expect(rig.machine.vcpus[0].counts.deviceRefused == 3)
    #expect(rig.printed == "")
  }

  @Test("An interrupted run is run again")
  func interrupted() throws {
    let rig = try Rig()
    let (outcome, script) = try play(
      rig, EngineReply(.interrupted), EngineReply(.interrupted), EngineReply(.refused, 0x18))
    #expect(outcome == .poweredOff)
    #expect(script.completions.count == 4)
    #expect(rig.machine.vcpus[0].counts.interrupted == 2)
    #expect(rig.machine.vcpus[0].counts.engineRefused == 1)
  }

  @Test("A halted vCPU sleeps until its deadline")
  func sleepsUntilDeadline() throws {
    let rig = try Rig()
    let clock = Clock.machine()
    let start = clock.now()
    let deadline = start + clock.frequency / 20
    let (outcome, _) = try play(rig, EngineReply(.waitForInterrupt, deadline))
    #expect(outcome == .poweredOff)
    #expect(clock.now() >= deadline)
  }

  @Test("A deadline that has passed is no sleep")
  func deadlineInThePast() throws {
    let (outcome, _) = try play(try Rig(), EngineReply(.waitForInterrupt, 1))
    #expect(outcome == .poweredOff)
  }

  @Test("A partial line is shown while the guest sleeps")
  func showsPrompt() throws {
    let rig = try Rig()
    let script = Script([
      EngineReply(.deviceWrite, uart, 1, 0x24), EngineReply(.waitForInterrupt, .max),
    ])
    rig.engine.runs { _, completion, value in script.next(completion, value) }
    try rig.machine.start()
    while rig.printed != "$" { linux_sleep(1_000_000) }
    #expect(rig.machine.outcome == nil)
    rig.machine.words.wake(mask: 1)
    rig.machine.stop()
    #expect(rig.printed == "$")
  }

  @Test("Power-off, reset and errors end the machine each in its way")
  func ends() throws {
    #expect(try play(try Rig(), EngineReply(.systemEvent, 0)).0 == .poweredOff)
    #expect(try play(try Rig(), EngineReply(.systemEvent, 1)).0 == .reset)
    #expect(
      try play(try Rig(), EngineReply(.hardwareError, 0x11)).0
        == .failed("the hardware reported an error: syndrome 0x11"))
    let refused = EngineReply(x0: UInt64(bitPattern: Status.wrongState.rawValue))
    #expect(
      try play(try Rig(), refused).0
        == .failed(
          "the engine refused to run vCPU 0: the VM is not in a state that allows it"))
  }

  @Test("Answers that no ABI names end the machine")
  func unknownAnswers() throws {
    for reply in [EngineReply(x0: 99), EngineReply(.systemEvent, 7), EngineReply(x0: 1 << 63)] {
      guard case .failed = try play(try Rig(), reply).0 else {
        Issue.record("\(reply) was accepted")
        continue
      }
    }
  }

  @Test("A machine whose every vCPU is off has halted")
  func halts() throws {
    let rig = try Rig(cpus: 4)
    rig.engine.runs { _, _, _ in EngineReply(.off) }
    #expect(try rig.run() == .halted)
  }
}

@Suite("vCPUs that wake each other", .timeLimit(.minutes(30)))
struct WakeTests {
  @Test("A vCPU that is turned on wakes from its sleep without deadline")
  func turnsOn() throws {
    let rig = try Rig(cpus: 2)
    let isOn = Flag()
    let script = Script([EngineReply(.interrupted), EngineReply(.wake, 0b10)])
    rig.engine.runs { vcpu, completion, value in
      if vcpu == 1 {
        guard isOn.isSet else { return EngineReply(.off) }
        return EngineReply(.systemEvent, SystemEvent.reset.rawValue)
      }
      guard script.completions.count < 2 else { return EngineReply(.waitForInterrupt, .max) }
      let reply = script.next(completion, value)
      if reply.x0 == UInt64(Exit.wake.rawValue) {
        linux_sleep(30_000_000)
        isOn.isSet = true
      }
      return reply
    }
    #expect(try rig.run() == .reset)
  }

  @Test("A wake-up while the vCPU is on its way to sleep is not lost")
  func wakeDuringRun() throws {
    let rig = try Rig()
    let machine = rig.machine
    let turns = Turns()
    rig.engine.runs { _, _, _ in
      guard turns.next() == 1 else {
        return EngineReply(.systemEvent, SystemEvent.off.rawValue)
      }
      machine.words.wake(mask: 1)
      return EngineReply(.waitForInterrupt, .max)
    }
    #expect(try rig.run() == .poweredOff)
  }

  @Test("vCPUs that wake each other in turn never sleep both")
  func noLostWakeUp() throws {
    let rig = try Rig(cpus: 2)
    let rounds = 2000
    let turns = Turns()
    // The vCPUs pass a turn back and forth: whoever has it wakes the other, then halts.
    rig.engine.runs { vcpu, _, _ in
      switch turns.step(vcpu, of: rounds) {
      case .pass: return EngineReply(.wake, vcpu == 0 ? 0b10 : 0b01)
      case .halt: return EngineReply(.waitForInterrupt, .max)
      case .finish: return EngineReply(.systemEvent, SystemEvent.off.rawValue)
      }
    }
    #expect(try rig.run() == .poweredOff)
    #expect(turns.count == rounds)
  }

  @Test("Halting the last vCPU after it turned another on is no halt of the machine")
  func offAfterOn() throws {
    let rig = try Rig(cpus: 2)
    let isOn = Flag()
    rig.engine.runs { vcpu, _, _ in
      if isOn.isSet {
        guard vcpu == 1 else { return EngineReply(.off) }
        // Runs for longer than the other takes to turn itself off.
        linux_sleep(20_000_000)
        return EngineReply(.systemEvent, SystemEvent.off.rawValue)
      }
      guard vcpu == 0 else { return EngineReply(.off) }
      // The other sleeps by now.
      linux_sleep(20_000_000)
      isOn.isSet = true
      return EngineReply(.wake, 0b10)
    }
    #expect(try rig.run() == .poweredOff)
  }

  @Test("Stopping wakes vCPUs from sleeps without end")
  func stops() throws {
    let rig = try Rig(cpus: 8)
    rig.engine.runs { _, _, _ in EngineReply(.waitForInterrupt, .max) }
    try rig.machine.start()
    linux_sleep(10_000_000)
    rig.machine.end(.ended(.terminate))
    rig.machine.stop()
    #expect(rig.machine.outcome == .ended(.terminate))
  }

  @Test("The first reason for an end counts")
  func firstReason() throws {
    let rig = try Rig()
    rig.machine.end(.reset)
    rig.machine.end(.poweredOff)
    #expect(rig.machine.outcome == .reset)
  }
}

/// A turn that two vCPUs pass to each other.
private final class Turns: @unchecked Sendable {
  enum Step {
    case pass
    case halt
    case finish
  }
  private let lock = NSLock()
  private(set) var count = 0

  func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }

  func step(_ vcpu: Int, of rounds: Int) -> Step {
    lock.withLock {
      guard count < rounds else { return .finish }
      guard count % 2 == vcpu else { return .halt }
      count += 1
      return .pass
    }
  }
}
