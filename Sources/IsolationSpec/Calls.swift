import Contracts
import EngineABI

// What the host may ask, and who asks for whom.

/// A call of the host, and for which VM it is.
struct HostCall {
  var number: UInt32
  var vm: UInt64
  var a: UInt64
  var b: UInt64
  var c: UInt64
  /// By page 0 or the host's kernel.
  var mayManage: Bool
  /// By the page of another VM; as no call.
  var isDenied = false
  var isNone = false

  /// A load from absent page n: page 0 serves any VM, page n VM n alone.
  init(page: UInt64, _ word: CallWord, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    number = word.number
    vm = page == 0 ? UInt64(word.vm) : page
    self.a = a
    self.b = b
    self.c = c
    mayManage = page == 0
    isDenied = page != 0 && word.vm != 0 && UInt64(word.vm) != page
  }

  /// HVC of the host's kernel.
  init(
    _ immediate: UInt64, _ function: UInt64, _ word: CallWord, _ a: UInt64, _ b: UInt64,
    _ c: UInt64
  ) {
    number = word.number
    vm = UInt64(word.vm)
    self.a = a
    self.b = b
    self.c = c
    mayManage = true
    isNone =
      immediate != 0 || function < Call.hvcBase
      || function &- Call.hvcBase != UInt64(word.number)
  }

  init(_ step: Step) {
    switch step {
    case .call(let page, let word, let a, let b, let c):
      self = HostCall(page: page, CallWord(raw: word), a, b, c)
    case .hypervisorCall(let immediate, let function, let word, let a, let b, let c):
      self = HostCall(immediate, function, CallWord(raw: word), a, b, c)
    default: self = HostCall(1, 0, CallWord(raw: 0), 0, 0, 0)
    }
  }
}

extension System {
  /// What the host is answered: where proofs speak of any step, a word.
  func answer(_ call: HostCall) -> Change {
    opaque()
    ensures { (result: Change) in fits(result) }
    ensures { (result: Change) in result == reply(call) }
    return reply(call)
  }

  func reply(_ call: HostCall) -> Change {
    ensures { (result: Change) in fits(result) }
    if call.isDenied { return Change.answering(.denied) }
    if call.isNone {
      return Change.answering(
        Answer(x0: UInt64(bitPattern: Status.notSupported.rawValue), isRefused: true))
    }
    return self.call(call.number, call.vm, call.a, call.b, call.c, mayManage: call.mayManage)
  }

  func call(
    _ number: UInt32, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, mayManage: Bool
  ) -> Change {
    ensures { (result: Change) in fits(result) }
    guard let call = Call(rawValue: number) else { return Change.answering(.notSupported) }
    switch call {
    case .info: return info(a)
    case .counter: return counter(vm, a)
    case .share, .unshare: return Change.answering(.notSupported)
    default:
      return System.isVM(vm)
        ? make(call, vm, a, b, c, mayManage) : Change.answering(.invalidArgument)
    }
  }

  /// A call for a VM: where proofs speak of any step, a word.
  func make(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) -> Change {
    opaque()
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    ensures(
      ghost: { (result: Change) in isMade(result, call, vm, a, b, c, mayManage, Before(self)) })
    let change = choose(call, vm, a, b, c, mayManage)
    ghost { means(change, call, vm, a, b, c, mayManage, Before(self)) }
    return change
  }

  func isMade(
    _ change: Change, _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64,
    _ mayManage: Bool, _ before: Before
  ) -> Bool {
    opaque()
    requires(System.isVM(vm))
    return change == choose(call, vm, a, b, c, mayManage)
  }

  private func means(
    _ change: Change, _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64,
    _ mayManage: Bool, _ before: Before
  ) {
    requires(System.isVM(vm) && change == choose(call, vm, a, b, c, mayManage))
    ensures(ghost: isMade(change, call, vm, a, b, c, mayManage, before))
  }

  private func choosesToDonate(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(choose(.donate, vm, a, b, c, mayManage) == donate(vm, a, b, c))
  }

  func donates(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool, _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(make(.donate, vm, a, b, c, mayManage) == donate(vm, a, b, c))
    choosesToDonate(vm, a, b, c, mayManage)
  }

  func donatesTable(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool, _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(make(.donateTable, vm, a, b, c, mayManage) == donateTable(vm, a, b, c))
    holds(choose(.donateTable, vm, a, b, c, mayManage) == donateTable(vm, a, b, c))
  }

  func takesBack(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool, _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(make(.reclaim, vm, a, b, c, mayManage) == reclaim(vm, a))
    holds(choose(.reclaim, vm, a, b, c, mayManage) == reclaim(vm, a))
  }

  func answersAlone(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool, _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(make(.stateOfVM, vm, a, b, c, mayManage).isAnswer)
    holds(choose(.stateOfVM, vm, a, b, c, mayManage).isAnswer)
  }

  func choose(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    switch call {
    case .createVM: return mayManage ? createVM(vm, a) : Change.answering(.denied)
    case .donate: return donate(vm, a, b, c)
    case .donateTable: return donateTable(vm, a, b, c)
    case .seal: return seal(vm)
    case .destroyVM: return destroyVM(vm)
    case .reclaim: return reclaim(vm, a)
    case .createVCPU: return createVCPU(vm, a)
    case .setEntry: return setEntry(vm, a, b, c)
    case .run: return run(vm, a, b, c)
    case .setInterrupt: return setInterrupt(vm, a, b)
    case .stateOfVM:
      return Change.answering(.ok, UInt64(guest(vm).state.rawValue), ownedPages(vm))
    case .info, .counter, .share, .unshare: return Change.answering(.notSupported)
    }
  }

  func info(_ selector: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    switch selector {
    case 0:
      return Change.answering(
        .ok, abiVersion, constants.textBytes, UInt64(truncatingIfNeeded: constants.cpus))
    case 1:
      return Change.answering(
        .ok, address(of: 0), UInt64(truncatingIfNeeded: pages.count) &* PageSize.page,
        constants.engineBytes)
    case 2:
      return Change.answering(
        .ok, constants.features, constants.counterFrequency, constants.ticksToHost)
    default: return Change.answering(.invalidArgument)
    }
  }

  func counter(_ vm: UInt64, _ number: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    guard number <= UInt64(Counter.engineInstructions.rawValue) else {
      return Change.answering(.invalidArgument)
    }
    if vm == 0 { return hostCounter(number) }
    guard System.isVM(vm) else { return Change.answering(.invalidArgument) }
    guard guest(vm).state != .free else { return Change.answering(.wrongState) }
    if number == UInt64(Counter.engineInstructions.rawValue) {
      return Change.answering(.ok, System.instructions)
    }
    return counter(System.vcpu(vm, 0), Int(truncatingIfNeeded: number))
  }

  /// The sum over a VM's vCPUs.
  func counter(_ first: Int, _ index: Int) -> Change {
    requires(first >= 0 && first <= System.vcpuCount - 8 && index >= 0 && index < 16)
    ensures { (result: Change) in fits(result) }
    return Change.answering(
      .ok,
      counted(first, index) &+ counted(first + 1, index) &+ counted(first + 2, index)
        &+ counted(first + 3, index) &+ counted(first + 4, index) &+ counted(first + 5, index)
        &+ counted(first + 6, index) &+ counted(first + 7, index))
  }

  func counted(_ vcpu: Int, _ counter: Int) -> UInt64 {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && counter >= 0 && counter < 16)
    return vcpus[vcpu].counters[counter]
  }

  func hostCounter(_ number: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    switch number {
    case UInt64(Counter.engineInstructions.rawValue):
      return Change.answering(.ok, System.instructions)
    case UInt64(Counter.refused.rawValue):
      // CPUs that the machine does not have have had nothing refused.
      return Change.answering(
        .ok,
        cpus[0].refused &+ cpus[1].refused &+ cpus[2].refused &+ cpus[3].refused
          &+ cpus[4].refused &+ cpus[5].refused &+ cpus[6].refused &+ cpus[7].refused)
    default: return Change.answering(.invalidArgument)
    }
  }

  /// Instructions of the engine on this CPU: the hardware counts them, so any value will do.
  private static let instructions: UInt64 = 0
}
