import Contracts
import EngineABI

// What a step changes, as a value. A step first decides, which changes nothing, and then makes the
// change: all that is not named in it stays as it is. Of a guest's step a change is all that others
// can learn or feel of it; what else it does is to the guest's own registers (``Own``).

/// What becomes of pages that lie side by side.
public struct PageChange: BitwiseCopyable, Equatable, Sendable {
  var first = 0
  var count = 0
  var owner: UInt8 = 0
  var use = Use.memory
  var place: UInt64 = 0
  /// Each page's place is the one after that of the page before.
  var isRow = false
  /// They keep what is in them; otherwise all get these contents.
  var keepsContents = false
  var contents: UInt64 = 0
  init() {}
  init(_ owner: UInt8, _ use: Use, _ place: UInt64, _ first: Int, _ count: Int) {
    self.owner = owner
    self.use = use
    self.place = place
    self.first = first
    self.count = count
  }

  var isSound: Bool {
    guard first >= 0, first <= 1 << 34 else { return false }
    return count >= 0 && count <= 512
  }

  /// Nothing of what was in the pages is left.
  var isWiped: Bool { !keepsContents && contents == 0 }

  func isOf(_ page: Int) -> Bool {
    requires(isSound)
    return page >= first && page < first + count
  }

  /// What becomes of a page.
  func changed(_ page: Page, _ index: Int) -> Page {
    requires(isSound)
    if !isOf(index) { return page }
    var result = page
    result.owner = owner
    result.use = use
    result.place = isRow ? place &+ UInt64(truncatingIfNeeded: index - first) : place
    result.contents = keepsContents ? page.contents : contents
    return result
  }
}

/// What becomes of the life of vCPUs.
public enum LifeChange: UInt8, BitwiseCopyable, Sendable {
  /// They are as if they had never been.
  case clear
  /// They are no more.
  case end
  /// It is there, and off.
  case create
  /// It is on, as after reset.
  case turnOn
  /// It runs.
  case run
}

/// What becomes of vCPUs that lie side by side in the table.
public struct VCPUChange: BitwiseCopyable, Equatable, Sendable {
  var kind = LifeChange.clear
  var first = 0
  var count = 0
  /// Where one that is turned on starts, and its x0.
  var pc: UInt64 = 0
  var argument: UInt64 = 0
  /// How the last exit of one that runs is completed, and at which time of its own it begins.
  var completion = Completion.none
  var value: UInt64 = 0
  var time: UInt64 = 0
  init() {}
  init(_ kind: LifeChange, _ first: Int, _ count: Int) {
    self.kind = kind
    self.first = first
    self.count = count
  }

  var isSound: Bool {
    guard first >= 0, count >= 0 else { return false }
    return (count <= 1 || count == 8 && (kind == .clear || kind == .end))
      && first <= System.vcpuCount - count
  }

  /// One vCPU gets a CPU.
  func isRun(_ vcpu: Int) -> Bool { kind == .run && first == vcpu && count == 1 }

  func isOf(_ vcpu: Int) -> Bool {
    requires(isSound)
    return vcpu >= first && vcpu < first + count
  }

  /// What becomes of a vCPU.
  func changed(_ vcpu: VirtualCPU, _ index: Int) -> VirtualCPU {
    requires(isSound)
    if !isOf(index) { return vcpu }
    switch kind {
    case .clear: return VirtualCPU()
    case .end: return vcpu.living(.absent)
    case .create: return VirtualCPU().living(.off)
    case .turnOn: return vcpu.turnedOn(pc, argument)
    case .run: return vcpu.running(completion, value, time)
    }
  }
}

/// What a step writes into the registers of the host on its CPU.
public enum AnswerKind: UInt8, BitwiseCopyable, Sendable {
  case none
  /// One register.
  case register
  /// x0...x3.
  case full
}

/// What the host gets.
public struct Answer: BitwiseCopyable, Equatable, Sendable {
  var kind = AnswerKind.none
  var register: UInt64 = 0
  /// The register's, or x0.
  var value: UInt64 = 0
  var first: UInt64 = 0
  var second: UInt64 = 0
  var third: UInt64 = 0
  /// A request that was refused, which is counted.
  var isRefused = false
  /// The exception that the host takes; its instruction is not done.
  var fault = Fault.none
  init() {}
  /// x0 alone.
  init(x0: UInt64, isRefused: Bool = false) {
    kind = .register
    value = x0
    self.isRefused = isRefused
  }
  init(full value: UInt64, _ first: UInt64, _ second: UInt64, _ third: UInt64) {
    kind = .full
    self.value = value
    self.first = first
    self.second = second
    self.third = third
  }
}

/// All that a step changes, but for the actor's own registers.
public struct Change: BitwiseCopyable, Equatable, Sendable {
  var answer = Answer()
  var pages = PageChange()
  var vcpus = VCPUChange()
  /// The VM that changes, and what it becomes; 0 for none.
  var vm: UInt64 = 0
  var guest = Guest()
  /// The vCPU that gets the CPU.
  var enters = Processor.host
  /// The CPU goes off.
  var isLast = false
  /// The CPU that is turned on, where it starts, and its x0.
  var target = -1
  var entry: UInt64 = 0
  var argument: UInt64 = 0

  // Of a guest's step.

  /// What is counted: a counter's number, or -1; and whether the step was refused.
  var counter = -1
  var isRefused = false
  /// What its vmm has to complete.
  var request = Request.none
  var access = Access()
  /// The run ends, and what the vCPU is then.
  var ends = false
  var life = Life.ready
  init() {}

  init(_ answer: Answer) { self.answer = answer }
  var isSound: Bool {
    guard pages.isSound, vcpus.isSound else { return false }
    return vm <= UInt64(Limits.vms) && System.isVCPU(enters) && target >= -1
      && target < Limits.cpus && counter >= -1 && counter < 16
  }

  /// It changes no page.
  var isQuiet: Bool {
    guard isSound else { return false }
    return pages.first == 0 && pages.count == 0
  }

  /// What becomes of the vCPU that has made the step.
  func changed(_ vcpu: VirtualCPU, _ own: Own) -> VirtualCPU {
    opaque()
    requires(isSound)
    ensures { (result: VirtualCPU) in isSame(result.registers, own.registers) }
    ensures { (result: VirtualCPU) in
      result.faultAddress == own.faultAddress && result.timerLine == own.timerLine
        && result.usesFloatingPoint == (own.usesFloatingPoint && !ends)
        && result.fault == own.fault
    }
    ensures { (result: VirtualCPU) in
      result.request == (request == .none ? vcpu.request : request)
        && result.access == (request == .none ? vcpu.access : access)
        && result.life == (ends ? life : vcpu.life)
    }
    ensures { (result: VirtualCPU) in
      forall(0..<16) { result.counters[$0] == counted(vcpu.counters[$0], $0) }
    }
    var result = vcpu
    result.registers = own.registers
    result.faultAddress = own.faultAddress
    result.usesFloatingPoint = own.usesFloatingPoint && !ends
    result.timerLine = own.timerLine
    result.fault = own.fault
    result.counters = counted(vcpu.counters)
    result.request = request == .none ? vcpu.request : request
    result.access = request == .none ? vcpu.access : access
    result.life = ends ? life : vcpu.life
    return result
  }

  private func counted(_ value: UInt64, _ index: Int) -> UInt64 {
    let refused = isRefused && index == Int(Counter.refused.rawValue)
    return value &+ (counter == index ? 1 : 0) &+ (refused ? 1 : 0)
  }

  private func counted(_ counters: InlineArray<16, UInt64>) -> InlineArray<16, UInt64> {
    requires(counter >= -1 && counter < 16)
    var result = counters
    if counter >= 0 { result[counter] = result[counter] &+ 1 }
    if isRefused {
      result[Int(Counter.refused.rawValue)] = result[Int(Counter.refused.rawValue)] &+ 1
    }
    return result
  }

  /// What becomes of the CPU that the step is made on.
  func changed(_ cpu: Processor) -> Processor {
    requires(isSound)
    var result = cpu
    result.registers = answered(cpu.registers)
    result.refused = answer.isRefused ? cpu.refused &+ 1 : cpu.refused
    result.runs = ends ? Processor.host : enters == Processor.host ? cpu.runs : enters
    result.isOnline = cpu.isOnline && !isLast
    result.fault = answer.fault == .none ? cpu.fault : answer.fault
    return result
  }

  private func answered(_ registers: Registers) -> Registers {
    switch answer.kind {
    case .none: return registers
    case .register: return registers.writing(answer.register, answer.value)
    case .full: return registers.loading(answer.value, answer.first, answer.second, answer.third)
    }
  }

  /// What becomes of a VM.
  func changed(_ guest: Guest, _ index: Int) -> Guest {
    requires(isSound && index >= 0 && index < Limits.vms)
    return index + 1 == Int(vm) ? self.guest : guest
  }

  /// What becomes of another CPU.
  func changed(_ cpu: Processor, _ index: Int) -> Processor {
    if index != target { return cpu }
    var result = cpu
    result.registers = Registers()
    result.registers.floatingPoint = cpu.registers.floatingPoint
    result.registers.pc = entry
    result.registers.x[0] = argument
    return result
  }
}

// What steps of the host make. The provers know of these what they establish, and that equal
// arguments make equal changes; written out in every step they would be too much for them.

extension Change {
  /// The host is answered, and nothing else changes.
  static func answering(
    _ status: Status, _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0
  ) -> Change {
    opaque()
    ensures { (result: Change) in result.isAnswer }
    var answer = Answer(full: UInt64(bitPattern: status.rawValue), first, second, third)
    answer.isRefused = status.rawValue < 0
    return Change(answer)
  }

  /// Any other answer.
  static func answering(_ answer: Answer) -> Change {
    opaque()
    ensures { (result: Change) in result.isAnswer && result.answer == answer }
    return Change(answer)
  }

  /// The host takes an exception.
  static func refusing(_ fault: Fault) -> Change {
    opaque()
    ensures { (result: Change) in result.isAnswer && result.answer.fault == fault }
    var answer = Answer()
    answer.isRefused = true
    answer.fault = fault
    return Change(answer)
  }

  /// Pages and vCPUs change, and the VM, if it is not 0.
  static func making(
    _ status: Status, _ first: UInt64, _ pages: PageChange, _ vcpus: VCPUChange, _ vm: UInt64,
    _ guest: Guest
  ) -> Change {
    opaque()
    requires(pages.isSound && vcpus.isSound && vm <= UInt64(Limits.vms))
    ensures { (result: Change) in result.isSound && result.isCall }
    ensures { (result: Change) in
      result.pages == pages && result.vcpus == vcpus && result.vm == vm && result.guest == guest
    }
    var result = Change(
      Answer(full: UInt64(bitPattern: status.rawValue), first, 0, 0))
    result.pages = pages
    result.vcpus = vcpus
    result.vm = vm
    result.guest = guest
    return result
  }

  /// Pages change, and the host is not answered.
  static func storing(_ pages: PageChange) -> Change {
    opaque()
    requires(pages.isSound)
    ensures { (result: Change) in result.isSound && result.isCall && result.pages == pages }
    ensures { (result: Change) in
      result.vcpus.first == 0 && result.vcpus.count == 0 && result.vm == 0
        && result.answer == Answer()
    }
    var result = Change()
    result.pages = pages
    return result
  }

  /// A vCPU gets the CPU.
  static func entering(_ vcpu: Int, _ vcpus: VCPUChange) -> Change {
    opaque()
    requires(vcpus.isSound && vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: Change) in result.isQuiet && !result.ends }
    ensures { (result: Change) in
      result.enters == vcpu && result.vcpus == vcpus && result.vm == 0 && result.isCalls
    }
    var result = Change()
    result.enters = vcpu
    result.vcpus = vcpus
    return result
  }

  /// The CPU goes off.
  static func leaving() -> Change {
    opaque()
    ensures { (result: Change) in
      result.isQuiet && result.vcpus.first == 0 && result.vcpus.count == 0 && result.vm == 0
        && result.target == -1 && result.enters == Processor.host && !result.ends
    }
    var result = Change()
    result.isLast = true
    return result
  }

  /// Another CPU is turned on.
  static func turningOn(_ target: Int, _ entry: UInt64, _ argument: UInt64) -> Change {
    opaque()
    requires(target >= 0 && target < Limits.cpus)
    ensures { (result: Change) in
      result.isQuiet && result.vcpus.first == 0 && result.vcpus.count == 0 && result.vm == 0
        && result.target == target && result.enters == Processor.host && !result.ends
    }
    var result = Change(Answer(x0: 0))
    result.target = target
    result.entry = entry
    result.argument = argument
    return result
  }

  /// Of a guest's step others learn nothing.
  static func nothing() -> Change {
    opaque()
    ensures { (result: Change) in result.isQuiet && result.isInner && result.isUntold }
    return Change()
  }

  /// What a guest has done is counted.
  static func counting(_ counter: Counter, isRefused: Bool = false) -> Change {
    opaque()
    ensures { (result: Change) in result.isQuiet && result.isInner }
    ensures { (result: Change) in
      Told(result) == Told(counting: Int(counter.rawValue), isRefused: isRefused)
    }
    var result = Change()
    result.counter = Int(counter.rawValue)
    result.isRefused = isRefused
    return result
  }

  /// What a guest has done to a page is counted, if it is.
  static func using(_ pages: PageChange, _ counter: Int) -> Change {
    opaque()
    requires(pages.isSound && pages.count <= 1 && counter >= -1 && counter < 16)
    ensures { (result: Change) in result.isSound && result.isInner && result.pages == pages }
    ensures { (result: Change) in counter == -1 ==> result.isUntold }
    ensures { (result: Change) in Told(result) == Told(counting: counter, isRefused: false) }
    var result = Change()
    result.counter = counter
    result.pages = pages
    return result
  }

  /// A run ends.
  static func ending(
    _ exit: Exit, _ first: UInt64, _ life: Life, _ counter: Int, isRefused: Bool = false
  ) -> Change {
    opaque()
    requires(counter >= -1 && counter < 16)
    ensures { (result: Change) in result.isQuiet && result.isExit && result.vcpus.count == 0 }
    ensures { (result: Change) in
      Told(result) == Told(ending: exit, first, life, counter, isRefused: isRefused)
    }
    return Change(exit, first, 0, 0, life, counter, isRefused)
  }

  private init(
    _ exit: Exit, _ first: UInt64, _ second: UInt64, _ third: UInt64, _ life: Life,
    _ counter: Int, _ isRefused: Bool
  ) {
    answer = Answer(full: UInt64(bitPattern: exit.rawValue), first, second, third)
    ends = true
    self.life = life
    self.counter = counter
    self.isRefused = isRefused
  }

  /// It ends with another vCPU of the VM turned on.
  static func waking(_ vcpus: VCPUChange, _ mask: UInt64) -> Change {
    opaque()
    requires(vcpus.isSound)
    ensures { (result: Change) in result.isQuiet && result.isExit && result.vcpus == vcpus }
    ensures { (result: Change) in Told(result) == Told(waking: vcpus, mask) }
    var result = Change(
      .wake, mask, 0, 0, .ready, Int(Counter.hypercall.rawValue), false)
    result.vcpus = vcpus
    return result
  }

  /// It ends with an access that the vmm has to complete.
  static func asking(_ address: UInt64, _ access: Access, _ value: UInt64) -> Change {
    opaque()
    ensures { (result: Change) in result.isQuiet && result.isExit && result.vcpus.count == 0 }
    ensures { (result: Change) in
      Told(result)
        == Told(asking: address, access.bytes, access.isWrite, access.isWrite ? value : 0)
    }
    var result =
      access.isWrite
      ? Change(
        .deviceWrite, address, access.bytes, value, .ready, Int(Counter.deviceWrite.rawValue),
        false)
      : Change(
        .deviceRead, address, access.bytes, 0, .ready, Int(Counter.deviceRead.rawValue), false)
    result.request = access.isWrite ? .write : .read
    result.access = access
    return result
  }

  /// A guest's step goes on, and changes no other vCPU and no VM.
  var isInner: Bool {
    guard isGuests, !ends else { return false }
    return vcpus.first == 0 && vcpus.count == 0
  }

  /// A guest's step ends its run.
  var isExit: Bool {
    guard isGuests else { return false }
    return ends
  }

  /// A guest's step gives no CPU away, and changes one page at most.
  var isGuests: Bool {
    guard target == -1, enters == Processor.host, pages.count <= 1 else { return false }
    return vm == 0 && !isLast
  }

  /// No CPU is turned on or off, and none is left.
  var isCalls: Bool { target == -1 && !ends && !isLast }

  /// Of the host's CPUs only the one that the step is made on changes, and stays the host's.
  var isCall: Bool {
    guard target == -1, enters == Processor.host else { return false }
    return !ends && !isLast
  }

  /// Nothing changes but the host's registers.
  var isAnswer: Bool {
    guard isQuiet, isCall else { return false }
    return vcpus.first == 0 && vcpus.count == 0 && vm == 0
  }
}

extension Change {
  /// What becomes of any CPU, if the step is made on `own`.
  func changed(_ cpu: Processor, _ index: Int, _ own: Int) -> Processor {
    requires(isSound)
    return index == own ? changed(changed(cpu, index)) : changed(cpu, index)
  }

  func makes(_ after: Guest, of before: Guest, _ index: Int) -> Bool {
    opaque()
    requires(isSound && index >= 0 && index < Limits.vms)
    ensures { (result: Bool) in result == (after == changed(before, index)) }
    return after == changed(before, index)
  }

  /// Whether it makes one out of the other.
  func makes(_ after: Processor, of before: Processor, _ index: Int, _ own: Int) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in result == isSame(after, changed(before, index, own)) }
    return isSame(after, changed(before, index, own))
  }
}

extension PageChange {
  /// Whether it makes one out of the other.
  func makes(_ after: Page, of before: Page, _ index: Int) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in result == (after == changed(before, index)) }
    return after == changed(before, index)
  }
}

extension VCPUChange {
  /// Whether it makes one out of the other.
  func makes(_ after: VirtualCPU, of before: VirtualCPU, _ index: Int) -> Bool {
    opaque()
    requires(isSound)
    ensures { (result: Bool) in result == isSame(after, changed(before, index)) }
    return isSame(after, changed(before, index))
  }
}

extension System {
  /// Whether a change is of what there is.
  func fits(_ change: Change) -> Bool {
    guard change.isSound else { return false }
    return change.pages.first + change.pages.count <= pages.count
  }

  mutating func apply(_ change: PageChange) {
    requires(change.isSound && change.first + change.count <= pages.count)
    ensures(ghost: forall(0..<pages.count) { change.makes(pages[$0], of: old(pages[$0]), $0) })
    for page in change.first..<change.first + change.count {
      invariant(
        ghost: forall(0..<pages.count) {
          pages[$0] == ($0 < page ? change.changed(old(pages[$0]), $0) : old(pages[$0]))
        })
      pages[page] = change.changed(pages[page], page)
    }
  }

  mutating func apply(_ change: VCPUChange) {
    requires(change.isSound)
    ensures(
      ghost: forall(0..<System.vcpuCount) {
        change.makes(vcpus[$0], of: old(vcpus[$0]), $0)
      })
    if change.count == 8 {
      if change.kind == .clear { clear(change.first) } else { end(change.first) }
    } else if change.count == 1 {
      vcpus[change.first] = change.changed(vcpus[change.first], change.first)
    }
  }

  /// All vCPUs of a VM are as if they had never been. (A loop would have to say which are as they were.)
  private mutating func clear(_ first: Int) {
    requires(first >= 0 && first <= System.vcpuCount - 8)
    ensures(ghost: forall(first..<first + 8) { isSame(vcpus[$0], VirtualCPU()) })
    ensures(ghost: forall(0..<first) { isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(first + 8..<System.vcpuCount) { isSame(vcpus[$0], old(vcpus[$0])) })
    vcpus[first + 0] = VirtualCPU()
    vcpus[first + 1] = VirtualCPU()
    vcpus[first + 2] = VirtualCPU()
    vcpus[first + 3] = VirtualCPU()
    vcpus[first + 4] = VirtualCPU()
    vcpus[first + 5] = VirtualCPU()
    vcpus[first + 6] = VirtualCPU()
    vcpus[first + 7] = VirtualCPU()
  }

  /// All vCPUs of a VM are no more.
  private mutating func end(_ first: Int) {
    requires(first >= 0 && first <= System.vcpuCount - 8)
    ensures(
      ghost: forall(0..<System.vcpuCount) {
        vcpus[$0].life == ($0 >= first && $0 < first + 8 ? .absent : old(vcpus[$0].life))
      })
    for vcpu in first..<first + 8 {
      invariant(
        ghost: forall(0..<System.vcpuCount) {
          vcpus[$0].life == ($0 >= first && $0 < vcpu ? .absent : old(vcpus[$0].life))
        })
      vcpus[vcpu].life = .absent
    }
  }

  mutating func apply(_ change: Change, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && change.isSound)
    ensures(
      ghost: forall(0..<Limits.cpus) {
        change.makes(cpus[$0], of: old(cpus[$0]), $0, cpu)
      })
    if change.target >= 0 {
      cpus[change.target] = change.changed(cpus[change.target], change.target)
    }
    cpus[cpu] = change.changed(cpus[cpu])
  }
}
