import Contracts
import EngineABI
import IsolationSpec

/// Numbers that look random and come again from the same seed (SplitMix64).
public struct Random: BitwiseCopyable {
  private var state: UInt64
  /// Not a multiple of the step below: sequences of neighbouring seeds must not overlap.
  public init(seed: UInt64) { state = seed &* 0xd134_2543_de82_ef95 &+ 1 }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  public mutating func below(_ limit: UInt64) -> UInt64 { next() % limit }
  public mutating func oneIn(_ count: UInt64) -> Bool { below(count) == 0 }
}

/// Thinks of steps: random ones that often go wrong, and often enough not. What it proposes depends
/// on the state of the abstract machine alone. (It is built for the device too: no allocation.)
public struct Generator: BitwiseCopyable {
  public var random: Random
  /// What there is to play with.
  public var cpus: UInt64
  public var vms: UInt64
  public var blocks: UInt64
  /// A guest on the device is a program that follows orders: not all that the hardware can do.
  public var isOnDevice: Bool
  /// A VM that is being built: its number, how far it is, and its block.
  private var building: UInt64 = 0
  private var built: UInt64 = 0
  private var block: UInt64 = 0
  private var entries: UInt64 = 0

  public init(seed: UInt64, cpus: UInt64, vms: UInt64, blocks: UInt64, isOnDevice: Bool = false) {
    random = Random(seed: seed)
    self.cpus = cpus
    self.vms = vms
    self.blocks = blocks
    self.isOnDevice = isOnDevice
  }

  /// Where guests have their memory, and a device of the vmm.
  public static let guestBase: UInt64 = 0x4000_0000
  public static let device: UInt64 = 0x0900_0000
  /// Loads and stores are of the last word of a page.
  static let word: UInt64 = PageSize.page - 8

  public mutating func next(_ spec: borrowing System) -> (step: Step, cpu: Int) {
    let cpu = Int(truncatingIfNeeded: random.below(cpus))
    if !spec.cpus[cpu].isOnline { return (.arrive, cpu) }
    if !isOnDevice && random.oneIn(40) { return (.time(random.below(1000)), cpu) }
    if spec.cpus[cpu].runs == Processor.host { return (hostStep(spec), cpu) }
    return (guestStep(spec, spec.cpus[cpu].runs), cpu)
  }

  // MARK: Values

  /// Mostly small, sometimes absurd.
  mutating func number(_ limit: UInt64) -> UInt64 {
    guard random.oneIn(30) else { return random.below(limit) }
    switch random.below(6) {
    case 0: return 8
    case 1: return 64
    case 2: return 65
    case 3: return 1 << 32
    case 4: return ~0
    default: return 1 << 63
    }
  }

  /// Mostly one of the first two: the last is to be whole now and then.
  private mutating func anyBlock() -> UInt64 { random.below(random.oneIn(8) ? blocks : 2) }

  /// A page of the carve-out: a few of each block, so that things meet.
  mutating func page(_ spec: borrowing System) -> UInt64 {
    let first = spec.constants.firstPage &* PageSize.page
    let block = anyBlock()
    let page = random.oneIn(6) ? random.below(511) : random.below(14)
    return first &+ block &* PageSize.block &+ page &* PageSize.page
  }

  mutating func physical(_ spec: borrowing System) -> UInt64 {
    let first = spec.constants.firstPage &* PageSize.page
    guard random.oneIn(40) else { return page(spec) }
    switch random.below(6) {
    case 0: return 0
    case 1: return first &- PageSize.page
    case 2: return ~0
    case 3: return 1 << 40
    case 4: return first | 0x10
    default: return spec.constants.engineBase
    }
  }

  mutating func place() -> UInt64 {
    if random.oneIn(40) {
      switch random.below(5) {
      case 0: return 0
      case 1: return GuestGIC.distributor
      case 2: return 1 << 40
      case 3: return ~0
      default: return 0x4000_0123
      }
    }
    let base: UInt64 = random.oneIn(8) ? 0x1_0000_0000 : Generator.guestBase
    return base &+ random.below(3) << 21 &+ random.below(6) << 12
  }

  mutating func vm() -> UInt64 { random.oneIn(50) ? random.below(70) : 1 &+ random.below(vms) }

  // MARK: The host

  private mutating func hostStep(_ spec: borrowing System) -> Step {
    if building != 0 { return build(spec) }
    switch random.below(100) {
    case 0..<44: return run(spec)
    case 44..<54: return progress(spec)
    case 54..<83: return anyCall(spec)
    case 84..<87: return .hostLoad(hostAddress(spec))
    case 87..<90: return .hostStore(hostAddress(spec), value: random.next() | 1)
    case 90: return .hostFetch(hostAddress(spec))
    case 91:
      return .hostIdentification(random.below(64), register: random.below(32))
    case 92: return isOnDevice ? run(spec) : .hostOther(random.oneIn(2) ? 0x19 : 0x0c)
    case 83: return isOnDevice ? run(spec) : hostFirmware(spec)
    case 93..<96: return .hostRegisters(random.next() >> 1 | 1)
    case 96: return nonsense()
    default: return forged(spec)
    }
  }

  /// Where the host loads and stores: of the carve-out, or of the engine.
  private mutating func hostAddress(_ spec: borrowing System) -> UInt64 {
    if random.oneIn(20) { return spec.constants.engineBase &+ random.below(16) &* 8 }
    return page(spec) &+ Generator.word
  }

  private mutating func call(
    _ call: Call, _ vm: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> Step {
    let word = UInt64(call.rawValue) | vm << 32
    if random.oneIn(3) {
      return .hypervisorCall(
        immediate: 0, function: Call.hvcBase &+ UInt64(call.rawValue), word: word, a: a, b: b,
        c: c)
    }
    var page: UInt64 = 0
    if random.oneIn(3) && vm <= UInt64(Limits.vms) { page = vm }
    if random.oneIn(20) { page = 2 }
    return .call(page: page, word: word, a: a, b: b, c: c)
  }

  /// A word that means nothing, or a call through the page of another VM.
  private mutating func forged(_ spec: borrowing System) -> Step {
    .call(
      page: random.below(65), word: number(20) | number(5) << 32, a: physical(spec), b: place(),
      c: number(4))
  }

  private mutating func hostFirmware(_ spec: borrowing System) -> Step {
    var a = random.next()
    var b: UInt64 = 0
    var function: UInt64 = 0x8400_0000 &+ random.below(12)
    switch random.below(8) {
    case 0: function = 0x8400_0050 &+ random.below(5)
    case 1:
      function = random.oneIn(2) ? 0x8000_0001 : 0x8400_000a
      a = random.oneIn(2) ? 0x8000_0000 &+ random.below(3) : 0xc400_0000 &+ random.below(12)
    case 2: function = 0xc400_0001
    case 3, 4, 5:
      function = random.oneIn(2) ? 0xc400_0003 : 0x8400_0003
      a = random.below(4) << 8
      b = random.oneIn(2) ? 0x4200_0000 : random.oneIn(3) ? 0x4200_0002 : physical(spec)
    case 6: function = random.next()
    default: break
    }
    return .hostMonitorCall(function: function, a: a, b: b, c: random.next())
  }

  private mutating func nonsense() -> Step {
    .hypervisorCall(
      immediate: random.oneIn(3) ? random.below(0x1_0000) : 0,
      function: random.oneIn(2) ? random.next() : Call.hvcBase &+ number(20),
      word: number(20) | number(5) << 32, a: number(9), b: number(9), c: number(9))
  }

  /// Lets a vCPU run that can, as often as there is one.
  private mutating func run(_ spec: borrowing System) -> Step {
    let count = vms &* UInt64(Limits.vcpusPerVM)
    let start = random.below(count)
    for offset in 0..<count {
      let vcpu = Int(truncatingIfNeeded: (start &+ offset) % count)
      let life = spec.vcpus[vcpu].life
      let vm = System.vm(of: vcpu)
      if life == .starting || life == .ready || life == .halted,
        spec.vms[Int(truncatingIfNeeded: vm) - 1].state == .sealed
      {
        return run(spec, vm, System.number(of: vcpu))
      }
    }
    return progress(spec)
  }

  private mutating func run(_ spec: borrowing System, _ vm: UInt64, _ number: UInt64) -> Step {
    let request = spec.vcpus[System.vcpu(vm, number)].request
    var completion: UInt64 = request == .read ? 1 : 0
    if request != .none && random.oneIn(isOnDevice ? 25 : 4) { completion = 2 }
    if random.oneIn(30) { completion = self.number(4) }
    return call(.run, vm, random.oneIn(40) ? self.number(4) : number, completion, random.next())
  }

  /// Brings a VM nearer to running, or to its end.
  private mutating func progress(_ spec: borrowing System) -> Step {
    let vm = 1 &+ random.below(vms)
    switch spec.vms[Int(truncatingIfNeeded: vm) - 1].state {
    case .free:
      building = vm
      built = 0
      block = anyBlock()
      entries = 1 &+ random.below(3)
      return build(spec)
    case .loading: return random.oneIn(8) ? call(.destroyVM, vm) : call(.seal, vm)
    case .sealed: return random.oneIn(6) ? call(.destroyVM, vm) : anyCall(spec)
    case .dying: return call(.reclaim, vm, random.oneIn(4) ? physical(spec) : 0)
    }
  }

  /// The next call of those that make a VM.
  private mutating func build(_ spec: borrowing System) -> Step {
    let vm = building
    let step = built
    built = built &+ 1
    let base =
      spec.constants.firstPage &* PageSize.page &+ block &* PageSize.block
      &+ (200 &+ 8 &* vm) &* PageSize.page
    switch step {
    case 0: return call(.createVM, vm, base)
    case 1: return call(.donateTable, vm, base &+ 0x2000, Generator.guestBase, 2)
    case 2: return call(.donateTable, vm, base &+ 0x3000, Generator.guestBase, 3)
    case 3: return call(.donate, vm, base &+ 0x4000, Generator.guestBase, 0)
    case 4:
      let other = random.oneIn(2) ? random.below(blocks) : blocks &- 1
      return call(
        .donate, vm, spec.constants.firstPage &* PageSize.page &+ other &* PageSize.block,
        Generator.guestBase &+ PageSize.block, 1)
    case 5..<5 &+ entries: return call(.createVCPU, vm, step &- 5)
    case 5 &+ entries: return call(.setEntry, vm, 0, Generator.guestBase, Generator.device)
    default:
      building = 0
      return random.oneIn(4) ? anyCall(spec) : call(.seal, vm)
    }
  }

  private mutating func anyCall(_ spec: borrowing System) -> Step {
    let vm = vm()
    switch random.below(30) {
    case 0: return call(.createVM, vm, physical(spec) & ~0x1000)
    case 1..<8:
      if random.oneIn(5) {
        return call(
          .donate, vm, page(spec) & ~(PageSize.block &- 1), place() & ~(PageSize.block &- 1), 1)
      }
      return call(.donate, vm, physical(spec), place(), random.oneIn(40) ? number(9) : 0)
    case 8..<12:
      return call(
        .donateTable, vm, physical(spec), place(),
        random.oneIn(30) ? number(5) : 2 &+ random.below(2))
    case 12: return call(.seal, vm)
    case 13: return random.oneIn(4) ? call(.destroyVM, vm) : call(.stateOfVM, vm)
    case 14..<18: return call(.reclaim, vm, random.oneIn(3) ? physical(spec) : 0)
    case 18, 19: return call(.createVCPU, vm, number(4))
    case 20, 21:
      return call(
        .setEntry, vm, number(4), Generator.guestBase &+ (random.oneIn(9) ? 2 : 0),
        Generator.device)
    case 22: return call(.setInterrupt, vm, 30 &+ number(70), number(3))
    case 23: return call(.stateOfVM, vm)
    case 24, 25:
      let counter = number(17)
      // Instructions of the engine and of the host's own requests: not alike on the device.
      if isOnDevice && counter == 15 { return call(.stateOfVM, vm) }
      return call(.counter, random.oneIn(3) ? 0 : vm, counter)
    case 26: return isOnDevice ? call(.stateOfVM, vm) : call(.info, vm, number(4))
    case 27: return call(random.oneIn(2) ? .share : .unshare, vm, place())
    default: return call(.run, vm, number(4), number(4), random.next())
    }
  }
}
