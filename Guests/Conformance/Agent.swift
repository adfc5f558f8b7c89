import EngineABI
import IsolationSpec

/// What the program in a guest (Agent.S) does next: its orders, as the exits and steps that they
/// come to.
struct Agent: BitwiseCopyable {
  /// What one instruction of it is to the abstract machine.
  enum Instruction {
    /// A load or store of 8 bytes at an offset of the device.
    case take(UInt64, register: UInt64)
    case give(UInt64, register: UInt64)
    /// The order itself.
    case act
  }

  enum Order: UInt64 {
    case load = 0
    case store, hypervisorCall, monitorCall, wait, identification
    case loadByte, loadSignedByte, loadSignedHalf, loadWord, loadSignedWord
    case storeWord, storeHalf, storeByte
    case undefined, debug
  }

  private(set) var order = Order.wait
  /// Instructions of the order that are done; the first takes the order.
  private var done: UInt64 = 0
  /// It is in its handler of exceptions.
  private var isInHandler = false
  private var a: UInt64 = 0
  private var b: UInt64 = 0
  private var c: UInt64 = 0
  private var d: UInt64 = 0
  /// The value for the load that was left open, if it is one of an order or an argument.
  private(set) var answer: UInt64?

  /// Where the handler puts ESR_EL1, and what it finds there.
  static let handlerRegister: UInt64 = 9
  private(set) var syndrome: UInt64 = 0
  /// An external abort at EL1, and an instruction that does not exist (Arm ARM, ESR_EL1).
  private static let external: UInt64 = 0x25 << 26 | 1 << 25 | 0x10
  private static let undefined: UInt64 = 1 << 25
  static let device = Generator.device

  /// It was reset.
  mutating func restart() { self = Agent() }

  /// It took an exception instead of what it was doing.
  mutating func fault(_ fault: Fault) {
    if fault == .none { return }
    syndrome = fault == .external ? Agent.external : Agent.undefined
    isInHandler = true
    answer = nil
  }

  /// Whether the next instruction takes an order.
  var isIdle: Bool { done == 0 && !isInHandler }

  /// Takes an order from a step, if the program can make it.
  mutating func take(_ step: Step) -> Bool {
    switch step {
    case .guestLoad(let address):
      order = .load
      a = address
    case .guestStore(let address, let value):
      order = .store
      a = address
      b = value
    case .guestCall(let isSecure, _, let function, let x1, let x2, let x3):
      order = isSecure ? .monitorCall : .hypervisorCall
      (a, b, c, d) = (function, x1, x2, x3)
    case .guestWait: order = .wait
    case .guestIdentification: order = .identification
    case .guestAbort(_, let access):
      if access.isWrite {
        order = access.bytes == 1 ? .storeByte : access.bytes == 2 ? .storeHalf : .storeWord
      } else if access.isSigned {
        order =
          access.bytes == 1
          ? .loadSignedByte : access.bytes == 2 ? .loadSignedHalf : .loadSignedWord
      } else {
        order = access.bytes == 1 ? .loadByte : .loadWord
      }
    case .guestDebug: order = .debug
    case .guestOther: order = .undefined
    default: return false
    }
    return true
  }

  /// The next instruction; it counts as done.
  mutating func next() -> Instruction {
    answer = nil
    if isInHandler {
      isInHandler = false
      done = 0
      return .give(72, register: Agent.handlerRegister)
    }
    let instruction = instruction(done)
    done += 1
    if case .give = instruction { done = 0 }
    return instruction
  }

  private mutating func instruction(_ number: UInt64) -> Instruction {
    if number == 0 {
      answer = order.rawValue
      return .take(0, register: 10)
    }
    switch order {
    case .load:
      switch number {
      case 1: return take(8, a, register: 6)
      case 2: return .act
      default: return .give(24, register: 5)
      }
    case .store:
      switch number {
      case 1: return take(8, a, register: 6)
      case 2: return take(16, b, register: 5)
      case 3: return .act
      default: return .give(24, register: 5)
      }
    case .hypervisorCall, .monitorCall:
      switch number {
      case 1: return take(32, a, register: 0)
      case 2: return take(40, b, register: 1)
      case 3: return take(48, c, register: 2)
      case 4: return take(56, d, register: 3)
      case 5: return .act
      default: return .give(24, register: 0)
      }
    case .wait, .undefined: return number == 1 ? .act : .give(24, register: 10)
    case .identification, .debug: return number == 1 ? .act : .give(24, register: 7)
    default: return number == 1 ? .act : .give(24, register: 8)
    }
  }

  private mutating func take(_ offset: UInt64, _ value: UInt64, register: UInt64) -> Instruction {
    answer = value
    return .take(offset, register: register)
  }

  /// The step that an instruction is.
  func step(_ instruction: Instruction) -> Step {
    var access = Access()
    switch instruction {
    case .take(let offset, let register):
      access.register = register
      return .guestAbort(Agent.device + offset, access)
    case .give(let offset, let register):
      access.register = register
      access.isWrite = true
      return .guestAbort(Agent.device + offset, access)
    case .act: return act
    }
  }

  private var act: Step {
    var access = Access()
    access.register = 8
    access.isWide = false
    switch order {
    case .load: return .guestLoad(a)
    case .store: return .guestStore(a, value: b)
    case .hypervisorCall, .monitorCall:
      return .guestCall(
        isSecure: order == .monitorCall, immediate: 0, function: a, a: b, b: c, c: d)
    case .wait: return .guestWait
    case .identification: return .guestIdentification(Conductor.debugFeatures, register: 7)
    case .debug: return .guestDebug(isRead: true, register: 7)
    case .undefined:
      return .guestCall(isSecure: false, immediate: 1, function: 0, a: 0, b: 0, c: 0)
    case .loadByte: access.bytes = 1
    case .loadSignedByte:
      access.bytes = 1
      access.isSigned = true
      access.isWide = true
    case .loadSignedHalf:
      access.bytes = 2
      access.isSigned = true
    case .loadWord: access.bytes = 4
    case .loadSignedWord:
      access.bytes = 4
      access.isSigned = true
      access.isWide = true
    case .storeWord, .storeHalf, .storeByte:
      access.isWrite = true
      access.bytes = order == .storeWord ? 4 : order == .storeHalf ? 2 : 1
    }
    return .guestAbort(Agent.device + 64, access)
  }
}
