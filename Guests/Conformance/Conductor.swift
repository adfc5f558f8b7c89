import CRegisters
import ConformanceAssembly
import Contracts
import EngineABI
import IsolationSpec
import Runtime

/// The abstract machine in this host's memory, beside the engine.
struct Conductor: ~Copyable {
  /// ID_AA64DFR0_EL1, which every guest finds the same: CRm 5, op2 0.
  static let debugFeatures: UInt64 = 5 << 3
  private static let debugFeaturesValue: UInt64 = 0x1006

  static let work: UInt64 = 0x4800_0000
  static let vms: UInt64 = 4
  /// Blocks to play with; one more is tracked, so that reclaim does not end with them.
  static let blocks: UInt64 = 3

  var spec: System
  var agents: Table<Agent>
  /// VMs whose first page is the agent's program.
  var hasProgram: InlineArray<65, Bool> = InlineArray(repeating: false)
  var generator: Generator
  var steps: UInt64 = 0
  var trace = Trace()
  /// How often each call of the host did what it was asked, and each order was carried out.
  var done: InlineArray<16, UInt64> = InlineArray(repeating: 0)
  var orders: InlineArray<16, UInt64> = InlineArray(repeating: 0)
  /// Pages that guests shared and took back.
  var shared: UInt64 = 0
  /// What differs, if anything does.
  var difference: StaticString?
  var wanted: UInt64 = 0
  var found: UInt64 = 0

  init(seed: UInt64) {
    generator = Generator(
      seed: seed, cpus: 1, vms: Conductor.vms, blocks: Conductor.blocks, isOnDevice: true)
    var next = Conductor.work
    let pages = Conductor.make(
      Page(), Int(truncatingIfNeeded: (Conductor.blocks + 1) * PageSize.pagesPerBlock), &next)
    let guests = Conductor.make(Guest(), Limits.vms, &next)
    let vcpus = Conductor.make(VirtualCPU(), Limits.vms * Limits.vcpusPerVM, &next)
    let cpus = Conductor.make(Processor(), Limits.cpus, &next)
    spec = System(
      constants: Conductor.constants(), pages: pages, vms: guests, vcpus: vcpus, cpus: cpus)
    agents = Conductor.make(
      Agent(), Int(truncatingIfNeeded: Conductor.vms) * Limits.vcpusPerVM, &next)
    spec.cpus[0].isOnline = true
    let refused = rawHVC(
      Call.hvcBase + UInt64(Call.counter.rawValue), UInt64(Call.counter.rawValue),
      UInt64(Counter.refused.rawValue), 0, 0, 0, 0)
    spec.cpus[0].refused = refused.x1
    for page in 0..<spec.pages.count {
      store64(Conductor.address(spec, page) + Conductor.word, 0)
    }
  }

  /// The word of a page that stands for its contents.
  private static let word: UInt64 = PageSize.page - 8

  private static func address(_ spec: borrowing System, _ page: Int) -> UInt64 {
    (spec.constants.firstPage + UInt64(truncatingIfNeeded: page)) * PageSize.page
  }

  private static func make<T: BitwiseCopyable>(_ value: T, _ count: Int, _ next: inout UInt64)
    -> Table<T>
  {
    let raw = UnsafeMutableRawPointer(bitPattern: UInt(next)).unsafelyUnwrapped
    let first = raw.assumingMemoryBound(to: T.self)
    for index in 0..<count { (first + index).initialize(to: value) }
    next += UInt64(truncatingIfNeeded: MemoryLayout<T>.stride * count + 4095) & ~4095
    return Table(unsafeAt: raw, count: count)
  }

  private static func info(_ selector: InfoSelector) -> CallResult {
    rawHVC(
      Call.hvcBase + UInt64(Call.info.rawValue), UInt64(Call.info.rawValue), selector.rawValue, 0,
      0, 0, 0)
  }

  private static func constants() -> Constants {
    var constants = Constants()
    let version = info(.version)
    let carveOut = info(.carveOut)
    let machine = info(.machine)
    constants.cpus = Int(truncatingIfNeeded: version.x3)
    constants.textBytes = version.x2
    constants.firstPage = carveOut.x1 / PageSize.page
    constants.engineBase = 0x4000_0000
    constants.engineBytes = carveOut.x3
    constants.features = machine.x1
    constants.counterFrequency = machine.x2
    constants.ticksToHost = machine.x3
    constants.guestIdentification[Int(truncatingIfNeeded: debugFeatures)] = debugFeaturesValue
    return constants
  }

  // MARK: Steps

  /// One step of the host on both sides, with all that the guest does after it. False if they
  /// differ.
  mutating func step() -> Bool {
    let (step, _) = generator.next(spec)
    switch step {
    case .call(let page, let word, let a, let b, let c):
      call(page, nil, word, a, b, c)
    case .hypervisorCall(_, let function, let word, let a, let b, let c):
      call(0, function, word, a, b, c)
    case .hostLoad(let address):
      let probe = probeRead64(address, 0)
      make(step)
      check(probe)
      if probe.succeeded && spec.page(at: address) != nil {
        expect("a load of the host", spec.cpus[0].registers.x[0], probe.value)
      }
    case .hostStore(let address, let value):
      let probe = probeWrite64(address, value)
      make(step)
      check(probe)
    default: return true
    }
    return difference == nil
  }

  private mutating func make(_ step: Step) {
    trace.note(step)
    steps += 1
    if !spec.make(step, on: 0) { expect("a step that cannot be", 1, 0) }
  }

  private mutating func expect(_ what: StaticString, _ wanted: UInt64, _ found: UInt64) {
    guard wanted != found, difference == nil else { return }
    difference = what
    self.wanted = wanted
    self.found = found
  }

  /// An access of the host: succeeds, or ends with an alignment fault.
  private mutating func check(_ probe: Probe) {
    switch spec.cpus[0].fault {
    case .none: expect("an access of the host faults", 1, probe.succeeded ? 1 : probe.syndrome)
    default:
      expect("fault status of the host", 0x21, probe.succeeded ? 0 : probe.faultStatus)
    }
  }

  // MARK: Calls

  private mutating func call(
    _ page: UInt64, _ function: UInt64?, _ word: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    let number = word & 0xffff_ffff
    // The spec knows a part of the carve-out only, and counts no instructions.
    if number == UInt64(Call.info.rawValue) && a == 1 { return }
    if number == UInt64(Call.counter.rawValue) && a == UInt64(Counter.engineInstructions.rawValue) {
      return
    }
    var c = c
    // The VM that the call is for.
    var vm = word >> 32
    if page != 0 && vm == 0 { vm = page }
    let isRun = number == UInt64(Call.run.rawValue) && vm >= 1 && vm <= UInt64(Limits.vms)
    if isRun && a < UInt64(Limits.vcpusPerVM) {
      // Without its program a guest would never come back.
      if !hasProgram[Int(truncatingIfNeeded: vm)] || vm > Conductor.vms { return }
      let vcpu = System.vcpu(vm, a)
      if spec.vcpus[vcpu].life == .starting { agents[vcpu].restart() }
      if spec.vcpus[vcpu].request == .read { c = agents[vcpu].answer ?? c }
    }
    if number == UInt64(Call.donate.rawValue) && b == Generator.guestBase && c == 0 {
      putProgram(a)
    }
    if let function {
      make(
        .hypervisorCall(
          immediate: 0, function: function, word: word, a: a, b: b, c: c))
    } else {
      make(.call(page: page, word: word, a: a, b: b, c: c))
    }
    if spec.cpus[0].runs != Processor.host { follow() }
    let answer = ask(page, function, word, a, b, c)
    expect("x0 of a call", spec.cpus[0].registers.x[0], answer.x0)
    expect("x1 of a call", spec.cpus[0].registers.x[1], answer.x1)
    expect("x2 of a call", spec.cpus[0].registers.x[2], answer.x2)
    expect("x3 of a call", spec.cpus[0].registers.x[3], answer.x3)
    noteProgram(number, vm, a, b, c)
    if number < 16 && Int64(bitPattern: answer.x0) >= 0 {
      done[Int(truncatingIfNeeded: number)] += 1
    }
  }

  private func ask(
    _ page: UInt64, _ function: UInt64?, _ word: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) -> CallResult {
    if let function { return rawHVC(function, word, a, b, c, 0, 0) }
    let buffer = Scratch.page(0)
    store64(buffer, AbsentPage.base + page * PageSize.page)
    store64(buffer + 8, word)
    store64(buffer + 16, a)
    store64(buffer + 24, b)
    store64(buffer + 32, c)
    store64(buffer + 40, 0)
    absentPageCall(buffer)
    return CallResult(
      x0: load64(buffer), x1: load64(buffer + 8), x2: load64(buffer + 16), x3: load64(buffer + 24))
  }

  // MARK: Guests

  /// The agent's program, but for the last word, into a page of the host that is to be donated.
  private func putProgram(_ address: UInt64) {
    guard address % PageSize.page == 0, let page = spec.page(at: address),
      spec.pages[page].owner == 0
    else { return }
    for word in 0..<UInt64(511) {
      store64(address + word * 8, load64(addressOfAgent() + word * 8))
    }
    barrier()
  }

  private mutating func noteProgram(
    _ number: UInt64, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    guard spec.cpus[0].registers.x[0] == 0, vm >= 1, vm <= UInt64(Limits.vms) else { return }
    let index = Int(truncatingIfNeeded: vm)
    if number == UInt64(Call.createVM.rawValue) { hasProgram[index] = false }
    if number == UInt64(Call.donate.rawValue) && b == Generator.guestBase && c == 0
      && spec.vms[index - 1].state == .loading
    {
      hasProgram[index] = true
    }
  }

  private mutating func note(_ step: Step, _ vcpu: Int) {
    orders[Int(truncatingIfNeeded: agents[vcpu].order.rawValue)] += 1
    if case .guestCall(_, _, let function, _, _, _) = step, function >= Call.hvcBase,
      spec.cpus[0].runs == vcpu, spec.vcpus[vcpu].registers.x[0] == 0
    {
      shared += 1
    }
  }

  /// What the guest's program does until the host has the CPU again.
  private mutating func follow() {
    let vcpu = spec.cpus[0].runs
    agents[vcpu].fault(spec.vcpus[vcpu].fault)
    while spec.cpus[0].runs != Processor.host && difference == nil {
      if agents[vcpu].isIdle {
        while !agents[vcpu].take(generator.guestStep(spec, vcpu)) {}
      }
      let instruction = agents[vcpu].next()
      if case .give(_, let register) = instruction, register == Agent.handlerRegister {
        spec.vcpus[vcpu].registers.x[Int(register)] = agents[vcpu].syndrome
      }
      let step = agents[vcpu].step(instruction)
      make(step)
      if case .act = instruction { note(step, vcpu) }
      agents[vcpu].fault(spec.vcpus[vcpu].fault)
    }
  }
}
