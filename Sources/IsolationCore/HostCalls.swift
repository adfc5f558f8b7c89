import Contracts
import EngineABI

/// Who of the host calls, and for which VM.
struct Caller {
  /// The VM number that the call is for, not yet checked.
  var vm: UInt32
  /// Through absent page 0 or from EL1: may create VMs and clean up after any.
  var mayManage: Bool
}

extension Machine {
  /// A call by the host. The caller's x2...x5 are the arguments a...d.
  mutating func hostCall(
    cpu: Int, _ caller: Caller, _ number: UInt32, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    guard let call = Call(rawValue: number) else {
      answer(cpu: cpu, .notSupported)
      return
    }
    switch call {
    case .info: info(cpu: cpu, &effects)
    case .counter: counter(cpu: cpu, caller, &effects)
    case .share, .unshare: answer(cpu: cpu, .notSupported)
    case .createVM, .donate, .donateTable, .seal, .destroyVM, .reclaim, .createVCPU, .setEntry,
      .run, .setInterrupt, .stateOfVM:
      guard let vm = VMID(caller.vm) else {
        answer(cpu: cpu, .invalidArgument)
        return
      }
      vmCall(cpu: cpu, call, vm, caller, &trap, &effects)
    }
  }

  /// A call by a load from an absent page.
  @inline(__always)
  mutating func absentPageCall(
    cpu: Int, page: UInt64, _ trap: inout Trap, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    contexts[cpu].frame.advance()
    let word = CallWord(raw: contexts[cpu].frame.x[1])
    if page != 0 && word.number == Call.run.rawValue
      && (word.vm == 0 || UInt64(word.vm) == page)
    {
      run(cpu: cpu, UInt32(truncatingIfNeeded: page), &trap, &effects)
    } else if page == 0 {
      hostCall(cpu: cpu, Caller(vm: word.vm, mayManage: true), word.number, &trap, &effects)
    } else if word.vm == 0 || UInt64(word.vm) == page {
      hostCall(
        cpu: cpu, Caller(vm: UInt32(truncatingIfNeeded: page), mayManage: false), word.number,
        &trap, &effects)
    } else {
      answer(cpu: cpu, .denied)
    }
  }

  private mutating func vmCall(
    cpu: Int, _ call: Call, _ vm: VMID, _ caller: Caller, _ trap: inout Trap,
    _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(cpus[cpu].running == 0)
    requires(effects.hasRoom(20))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    requires(ghost: ownership.tables.ofVMs().isIn(memory))
    ensures(effects.count <= old(effects.count) + 20)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    let a = contexts[cpu].frame.x[2]
    let b = contexts[cpu].frame.x[3]
    let c = contexts[cpu].frame.x[4]
    switch call {
    case .run: run(cpu: cpu, UInt32(vm.raw), &trap, &effects)
    case .createVM:
      guard caller.mayManage else {
        answer(cpu: cpu, .denied)
        return
      }
      lockMemory(&effects)
      lock(vm, &effects)
      answer(cpu: cpu, createVM(vm, root: a, &trap, &effects))
    case .donate:
      lockMemory(&effects)
      lock(vm, &effects)
      let result = donate(vm, a, to: b, kind: c, &effects)
      answer(cpu: cpu, result.status, result.level)
    case .donateTable:
      lockMemory(&effects)
      lock(vm, &effects)
      let result = donateTable(vm, a, for: b, level: c, &effects)
      answer(cpu: cpu, result.status, result.level)
    case .reclaim:
      lockMemory(&effects)
      lock(vm, &effects)
      let result = reclaim(vm, from: a, &effects)
      answer(cpu: cpu, result.status, result.next)
    case .seal:
      lock(vm, &effects)
      answer(cpu: cpu, seal(vm))
    case .destroyVM:
      lockMemory(&effects)
      lock(vm, &effects)
      answer(cpu: cpu, destroyVM(vm, &effects))
    case .createVCPU:
      lock(vm, &effects)
      answer(cpu: cpu, createVCPU(vm, a))
    case .setEntry:
      lock(vm, &effects)
      answer(cpu: cpu, setEntry(vm, a, pc: b, argument: c))
    case .setInterrupt:
      lock(vm, &effects)
      var notice = Notice()
      let status = setInterrupt(vm, a, level: b, &notice)
      if notice.kicks != 0 { effects.append(.kick(cpus: UInt64(notice.kicks))) }
      answer(cpu: cpu, status, notice.wakes)
    case .stateOfVM:
      lock(vm, &effects)
      answer(cpu: cpu, .ok, UInt64(spaces[vm.index].state.rawValue), spaces[vm.index].pages)
    case .info, .counter, .share, .unshare: answer(cpu: cpu, .notSupported)
    }
  }

  /// Puts status and results into the host's x0...x3; an error is a refused request.
  mutating func answer(
    cpu: Int, _ status: Status, _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0
  ) {
    requires(isProcessor(cpu))
    if status.rawValue < 0 { cpus[cpu].refused &+= 1 }
    contexts[cpu].frame.x[0] = UInt64(bitPattern: status.rawValue)
    contexts[cpu].frame.x[1] = first
    contexts[cpu].frame.x[2] = second
    contexts[cpu].frame.x[3] = third
  }

  private mutating func info(cpu: Int, _ effects: inout Effects) {
    requires(isProcessor(cpu) && effects.isUnlocked)
    guard let selector = InfoSelector(rawValue: contexts[cpu].frame.x[2]) else {
      answer(cpu: cpu, .invalidArgument)
      return
    }
    switch selector {
    case .version:
      answer(
        cpu: cpu, .ok, abiVersion, configuration.textBytes,
        UInt64(truncatingIfNeeded: configuration.cpuCount))
    case .carveOut:
      lockMemory(&effects)
      answer(
        cpu: cpu, .ok, ownership.page(at: 0).address,
        UInt64(truncatingIfNeeded: ownership.pages.count) &* PageSize.page,
        configuration.engineBytes)
    case .machine:
      answer(
        cpu: cpu, .ok, configuration.features, configuration.counterFrequency,
        configuration.ticksToHost)
    }
  }

  private mutating func answerInstructions(cpu: Int, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    answer(cpu: cpu, .ok)
    effects.append(.countInstructions(register: 1))
  }

  private mutating func counter(
    cpu: Int, _ caller: Caller, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    let number = contexts[cpu].frame.x[2]
    guard number <= UInt64(Counter.engineInstructions.rawValue),
      let counter = Counter(rawValue: UInt8(truncatingIfNeeded: number))
    else {
      answer(cpu: cpu, .invalidArgument)
      return
    }
    if caller.vm == 0 {
      switch counter {
      case .engineInstructions: answerInstructions(cpu: cpu, &effects)
      case .refused:
        var sum: UInt64 = 0
        for other in 0..<configuration.cpuCount { sum &+= cpus[other].refused }
        answer(cpu: cpu, .ok, sum)
      default: answer(cpu: cpu, .invalidArgument)
      }
      return
    }
    guard let vm = VMID(caller.vm) else {
      answer(cpu: cpu, .invalidArgument)
      return
    }
    lock(vm, &effects)
    guard spaces[vm.index].state != .free else {
      answer(cpu: cpu, .wrongState)
      return
    }
    if counter == .engineInstructions {
      answerInstructions(cpu: cpu, &effects)
      return
    }
    var sum: UInt64 = 0
    for index in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, index) { sum &+= vcpus[id.index].counters[Int(counter.rawValue)] }
    }
    answer(cpu: cpu, .ok, sum)
  }
}
