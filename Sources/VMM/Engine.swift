import EngineABI

/// The engine as one VM's vmm sees it: one function for each call.
struct Engine: Sendable {
  let port: EnginePort
  /// The VM that calls are for.
  var vm: Int

  private func call(
    _ call: Call, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> EngineReply {
    port.call(CallWord(call, vm: vm), a, b, c)
  }

  /// A call that can only succeed or fail.
  private func demand(
    _ what: String, _ call: Call, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) throws(Failure) {
    let reply = self.call(call, a, b, c)
    guard reply.status == .ok else { throw Engine.failure(what, reply) }
  }

  /// What was asked, and what the engine said.
  static func failure(_ what: String, _ reply: EngineReply) -> Failure {
    .refused("the engine refused to \(what): \(describe(reply))")
  }

  static func describe(_ reply: EngineReply) -> String {
    switch reply.status {
    case .ok: "done"
    case .again: "not finished"
    case .notSupported: "no such call for this caller"
    case .invalidArgument: "an argument is out of range"
    case .denied: "not permitted"
    case .busy: "a vCPU is running"
    case .wrongState: "the VM is not in a state that allows it"
    case .notOwner: "the page is not the host's to give"
    case .noTable: "a table of level \(reply.x1) is missing"
    case .occupied: "it is taken already"
    case nil: "unknown status \(Int64(bitPattern: reply.x0))"
    }
  }

  func info(_ selector: InfoSelector) throws(Failure) -> EngineReply {
    let reply = call(.info, selector.rawValue)
    guard reply.status == .ok else { throw Engine.failure("describe itself", reply) }
    return reply
  }

  /// `nil` if the engine keeps no such counter for this VM now.
  func counter(_ counter: Counter) -> UInt64? {
    let reply = call(.counter, UInt64(counter.rawValue))
    return reply.status == .ok ? reply.x1 : nil
  }

  /// The VM's state, and the pages that it owns.
  func state() throws(Failure) -> (state: VMState, pages: UInt64) {
    let reply = call(.stateOfVM)
    guard reply.status == .ok, reply.x1 <= 255, let state = VMState(rawValue: UInt8(reply.x1))
    else { throw Engine.failure("tell the state of VM \(vm)", reply) }
    return (state, reply.x2)
  }
}

extension Engine {
  func createVM(root: UInt64) throws(Failure) {
    try demand("create VM \(vm)", .createVM, root)
  }

  func donateTable(_ page: UInt64, for guest: UInt64, level: UInt64) throws(Failure) {
    try demand(
      "take \(Text.hex(page)) as a table for guest address \(Text.hex(guest))", .donateTable,
      page, guest, level)
  }

  /// Gives 2 MiB to the VM.
  func donateBlock(_ block: UInt64, to guest: UInt64) throws(Failure) {
    try demand(
      "take \(Text.hex(block)) for guest address \(Text.hex(guest))", .donate, block, guest, 1)
  }

  func createVCPU(_ index: Int) throws(Failure) {
    try demand("create vCPU \(index)", .createVCPU, UInt64(index))
  }

  func setEntry(_ index: Int, pc: UInt64, argument: UInt64) throws(Failure) {
    try demand(
      "start vCPU \(index) at \(Text.hex(pc))", .setEntry, UInt64(index), pc, argument)
  }

  func seal() throws(Failure) { try demand("seal VM \(vm)", .seal) }

  /// Sets a device's interrupt line. Returns the vCPUs to wake; none if the VM takes no interrupts.
  func setInterrupt(_ interrupt: UInt32, isHigh: Bool) -> UInt64 {
    let reply = call(.setInterrupt, UInt64(interrupt), isHigh ? 1 : 0)
    return reply.status == .ok ? reply.x1 : 0
  }

  func destroyVM() -> EngineReply { call(.destroyVM) }

  func reclaim(from address: UInt64) -> EngineReply { call(.reclaim, address) }

  func run(_ index: Int, _ completion: Completion, _ value: UInt64) -> RunResult {
    RunResult(call(.run, UInt64(index), completion.rawValue, value))
  }
}

/// Why a run ended, with what the vmm must know of it.
enum RunResult: Equatable {
  case interrupted
  case deviceRead(address: UInt64, bytes: UInt64)
  case deviceWrite(address: UInt64, bytes: UInt64, value: UInt64)
  /// Ticks of the counter; `UInt64.max` for no deadline.
  case waitForInterrupt(deadline: UInt64)
  case wake(mask: UInt64)
  case systemEvent(SystemEvent)
  case off
  case refused(exceptionClass: UInt64)
  case hardwareError(syndrome: UInt64)
  /// The engine did not accept the call, or answered what no ABI names.
  case failed(EngineReply)

  init(_ reply: EngineReply) {
    switch Exit(rawValue: Int64(bitPattern: reply.x0)) {
    case .interrupted: self = .interrupted
    case .deviceRead: self = .deviceRead(address: reply.x1, bytes: reply.x2)
    case .deviceWrite: self = .deviceWrite(address: reply.x1, bytes: reply.x2, value: reply.x3)
    case .waitForInterrupt: self = .waitForInterrupt(deadline: reply.x1)
    case .wake: self = .wake(mask: reply.x1)
    case .systemEvent:
      if let event = SystemEvent(rawValue: reply.x1) {
        self = .systemEvent(event)
      } else {
        self = .failed(reply)
      }
    case .off: self = .off
    case .refused: self = .refused(exceptionClass: reply.x1)
    case .hardwareError: self = .hardwareError(syndrome: reply.x1)
    case nil: self = .failed(reply)
    }
  }
}
