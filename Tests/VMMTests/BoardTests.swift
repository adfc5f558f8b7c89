import CLinux
import Foundation
import Testing

@testable import VMM

private let uart: UInt64 = 0x900_0000

/// A board whose guest has set the UART up, with its console in a file.
private final class Rig {
  let engine = FakeEngine()
  let folder = TemporaryFolder()
  let board: Board
  let wanted = Flag()
  private let console: File

  init(started: Bool = true) throws {
    console = try File.open(folder.path + "/console", LINUX_OPEN_CREATE, role: "console")
    engine.plant(vm: 1, .sealed, pages: 1)
    let wanted = wanted
    board = Board(
      engine: engine.engine(vm: 1),
      output: ConsoleOutput(file: console.number, stopping: Flag()),
      onInputWanted: { wanted.isSet = true })
    if started { start() }
  }

  func start() {
    for (offset, value): (UInt64, UInt64) in [(0x2c, 0x70), (0x30, 0x301), (0x38, 0x50)] {
      _ = board.write(address: uart + offset, bytes: 2, value: value)
    }
  }

  var printed: String { String(decoding: folder.read("console") ?? [], as: UTF8.self) }
  var lines: [UInt64] { engine.recorded(.setInterrupt).map(\.b) }

  func print(_ text: String) {
    for byte in text.utf8 { _ = board.write(address: uart, bytes: 1, value: UInt64(byte)) }
  }

  func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    while case .value(let flags) = board.read(address: uart + 0x18, bytes: 2).answer,
      flags & 0x10 == 0
    {
      if case .value(let byte) = board.read(address: uart, bytes: 2).answer {
        bytes.append(UInt8(byte))
      }
    }
    return bytes
  }
}

@Suite("Console")
struct BoardTests {
  @Test("Output is written by lines")
  func lines() throws {
    let rig = try Rig()
    rig.print("login")
    #expect(rig.printed == "")
    rig.print(":\nroot")
    #expect(rig.printed == "login:\n")
  }

  @Test("A pause of the guest shows the part of a line")
  func pause() throws {
    let rig = try Rig()
    rig.print("login: ")
    rig.board.pause()
    #expect(rig.printed == "login: ")
    rig.board.pause()
    #expect(rig.printed == "login: ")
  }

  @Test("A line without end is written when the buffer is full, and nothing is lost")
  func longLine() throws {
    let rig = try Rig()
    rig.print(String(repeating: "x", count: 10_000))
    #expect(rig.printed.utf8.count == 8192)
    rig.board.pause()
    #expect(rig.printed.utf8.count == 10_000)
  }

  @Test("A typed byte raises the line, and reading it lowers it")
  func input() throws {
    let rig = try Rig()
    rig.engine.interruptsWake(0b1)
    #expect(rig.board.type([0x61]) == 0b1)
    #expect(rig.lines == [1])
    #expect(rig.board.read(address: uart, bytes: 2).answer == .value(0x61))
    #expect(rig.lines == [1, 0])
  }

  @Test("Input that came before the driver started waits for it")
  func earlyInput() throws {
    let rig = try Rig(started: false)
    #expect(rig.board.type(Array("early".utf8)) == 0)
    #expect(rig.lines == [])
    rig.start()
    #expect(rig.lines == [1])
    #expect(rig.readAll() == Array("early".utf8))
  }

  @Test("Input longer than the FIFO arrives whole and in order")
  func longInput() throws {
    let rig = try Rig()
    let text = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    _ = rig.board.type(text)
    #expect(rig.readAll() == text)
    #expect(rig.lines.last == 0)
  }

  @Test("When much input waits no more is read, until the guest has taken some")
  func flowControl() throws {
    let rig = try Rig()
    #expect(rig.board.wantsInput)
    _ = rig.board.type([UInt8](repeating: 0x61, count: 5000))
    #expect(!rig.board.wantsInput)
    #expect(!rig.wanted.isSet)
    #expect(rig.readAll().count == 5000)
    #expect(rig.board.wantsInput)
    #expect(rig.wanted.isSet)
  }

  @Test("A console that nobody reads any more does not stop the guest")
  func brokenPipe() throws {
    let output = ConsoleOutput(file: 1_000_000, stopping: Flag())
    #expect(output.append(0x0a))
    output.flush()
    #expect(!output.append(0x61))
  }

  @Test("Without console nothing is kept")
  func noConsole() {
    let output = ConsoleOutput(file: -1, stopping: Flag())
    #expect(!output.append(0x0a))
    output.flush()
  }
}

@Suite("Ctrl-A")
struct EscapeTests {
  @Test("Ctrl-A X ends the guest, and what was typed before it arrives")
  func ends() {
    var escape = Escape()
    let (input, ends) = escape.filter([0x61, 0x01, 0x78, 0x62])
    #expect(input == [0x61])
    #expect(ends)
  }

  @Test("The two keys may come apart")
  func apart() {
    var escape = Escape()
    #expect(escape.filter([0x01]) == ([], false))
    #expect(escape.filter([0x58]) == ([], true))
  }

  @Test("Ctrl-A twice is one for the guest, with another key it is both")
  func others() {
    var escape = Escape()
    #expect(escape.filter([0x01, 0x01, 0x78]) == ([0x01, 0x78], false))
    #expect(escape.filter([0x01, 0x61]) == ([0x01, 0x61], false))
  }
}

@Suite("Deadlines")
struct ClockTests {
  private let clock = Clock(now: { 0 }, frequency: 62_500_000)

  @Test("Ticks become nanoseconds, rounded up")
  func conversion() {
    #expect(clock.nanoseconds(until: 101, now: 100) == 16)
    #expect(clock.nanoseconds(until: 62_500_100, now: 100) == 1_000_000_000)
    let odd = Clock(now: { 0 }, frequency: 3)
    #expect(odd.nanoseconds(until: 1, now: 0) == 333_333_334)
  }

  @Test("A deadline in the past or now is no time at all")
  func past() {
    #expect(clock.nanoseconds(until: 100, now: 100) == 0)
    #expect(clock.nanoseconds(until: 0, now: .max) == 0)
  }

  @Test("No deadline stays none, and a far one is cut to an hour")
  func far() {
    #expect(clock.nanoseconds(until: .max, now: 0) == .max)
    #expect(clock.nanoseconds(until: .max - 1, now: 0) == 3_600_000_000_000)
    let fast = Clock(now: { 0 }, frequency: 1_000_000_000)
    #expect(fast.nanoseconds(until: .max - 1, now: 0) == 3_600_000_000_000)
  }
}

@Suite("Mutex")
struct MutexTests {
  private final class Total: @unchecked Sendable {
    let mutex = Mutex()
    var value = 0
  }

  @Test("Threads that contend for a mutex hold it one at a time")
  func contention() async {
    let total = Total()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 {
            total.mutex.withLock {
              let value = total.value
              linux_sleep(1000)
              total.value = value + 1
            }
          }
        }
      }
    }
    #expect(total.value == 800)
  }
}
