import Contracts
import EngineABI

// What the host may ask, and who asks for whom.

extension System {
  /// A load from absent page n: page 0 serves any VM, page n VM n alone.
  mutating func absentPageCall(_ cpu: Int, _ page: UInt64) {
    let word = CallWord(raw: cpus[cpu].registers.x[1])
    if page == 0 {
      call(cpu, word.number, UInt64(word.vm), mayManage: true)
    } else if word.vm == 0 || UInt64(word.vm) == page {
      call(cpu, word.number, page, mayManage: false)
    } else {
      answer(cpu, Answer(.denied))
    }
  }

  /// HVC of the host's kernel.
  mutating func hypervisorCall(_ cpu: Int, _ immediate: UInt64, _ function: UInt64) {
    let word = CallWord(raw: cpus[cpu].registers.x[1])
    guard immediate == 0, function >= Call.hvcBase,
      function &- Call.hvcBase == UInt64(word.number)
    else {
      cpus[cpu].refused = cpus[cpu].refused &+ 1
      cpus[cpu].registers.x[0] = UInt64(bitPattern: Status.notSupported.rawValue)
      return
    }
    call(cpu, word.number, UInt64(word.vm), mayManage: true)
  }

  private mutating func call(_ cpu: Int, _ number: UInt32, _ vm: UInt64, mayManage: Bool) {
    guard let call = Call(rawValue: number) else { return answer(cpu, Answer(.notSupported)) }
    let a = cpus[cpu].registers.x[2]
    switch call {
    case .info: return answer(cpu, info(a))
    case .counter: return answer(cpu, counter(vm, a))
    case .share, .unshare: return answer(cpu, Answer(.notSupported))
    default: break
    }
    guard vm >= 1, vm <= UInt64(Limits.vms) else { return answer(cpu, Answer(.invalidArgument)) }
    let b = cpus[cpu].registers.x[3]
    let c = cpus[cpu].registers.x[4]
    switch call {
    case .createVM: answer(cpu, mayManage ? createVM(vm, a) : Answer(.denied))
    case .donate: answer(cpu, donate(vm, a, b, c))
    case .donateTable: answer(cpu, donateTable(vm, a, b, c))
    case .seal: answer(cpu, seal(vm))
    case .destroyVM: answer(cpu, destroyVM(vm))
    case .reclaim: answer(cpu, reclaim(vm, a))
    case .createVCPU: answer(cpu, createVCPU(vm, a))
    case .setEntry: answer(cpu, setEntry(vm, a, b, c))
    case .run: run(cpu, vm, a, b, c)
    case .setInterrupt: answer(cpu, setInterrupt(vm, a, b))
    case .stateOfVM:
      answer(cpu, Answer(.ok, UInt64(guest(vm).state.rawValue), ownedPages(vm)))
    case .info, .counter, .share, .unshare: answer(cpu, Answer(.notSupported))
    }
  }

  /// x0...x3 of the host; an error is a refused request.
  mutating func answer(_ cpu: Int, _ answer: Answer) {
    if answer.status.rawValue < 0 { cpus[cpu].refused = cpus[cpu].refused &+ 1 }
    cpus[cpu].registers.x[0] = UInt64(bitPattern: answer.status.rawValue)
    cpus[cpu].registers.x[1] = answer.first
    cpus[cpu].registers.x[2] = answer.second
    cpus[cpu].registers.x[3] = answer.third
  }

  private func info(_ selector: UInt64) -> Answer {
    switch selector {
    case 0:
      Answer(.ok, abiVersion, constants.textBytes, UInt64(truncatingIfNeeded: constants.cpus))
    case 1:
      Answer(
        .ok, address(of: 0), UInt64(truncatingIfNeeded: pages.count) &* PageSize.page,
        constants.engineBytes)
    case 2:
      Answer(.ok, constants.features, constants.counterFrequency, constants.ticksToHost)
    default: Answer(.invalidArgument)
    }
  }

  private func counter(_ vm: UInt64, _ number: UInt64) -> Answer {
    guard number <= UInt64(Counter.engineInstructions.rawValue) else {
      return Answer(.invalidArgument)
    }
    if vm == 0 {
      switch number {
      case UInt64(Counter.engineInstructions.rawValue): return Answer(.ok, instructions)
      case UInt64(Counter.refused.rawValue):
        var sum: UInt64 = 0
        for cpu in 0..<constants.cpus { sum = sum &+ cpus[cpu].refused }
        return Answer(.ok, sum)
      default: return Answer(.invalidArgument)
      }
    }
    guard vm <= UInt64(Limits.vms) else { return Answer(.invalidArgument) }
    guard guest(vm).state != .free else { return Answer(.wrongState) }
    if number == UInt64(Counter.engineInstructions.rawValue) { return Answer(.ok, instructions) }
    var sum: UInt64 = 0
    for vcpu in 0..<UInt64(Limits.vcpusPerVM) {
      sum = sum &+ vcpus[System.vcpu(vm, vcpu)].counters[Int(truncatingIfNeeded: number)]
    }
    return Answer(.ok, sum)
  }

  /// Instructions of the engine on this CPU: the hardware counts them, so any value will do.
  private var instructions: UInt64 { 0 }
}
