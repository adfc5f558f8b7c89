import EngineABI
import IsolationCore

/// What the host finds in x0...x3 after a call.
struct Answer: Equatable, CustomStringConvertible {
  var x: [UInt64]
  var status: Status? { Status(rawValue: Int64(bitPattern: x[0])) }
  var exit: Exit? { Exit(rawValue: Int64(bitPattern: x[0])) }
  var description: String {
    "\(Int64(bitPattern: x[0])) \(x[1...].map(hex).joined(separator: " "))"
  }
}

/// Syndromes as the hardware makes them.
enum TestSyndrome {
  static let instructionLength: UInt64 = 1 << 25
  static func make(_ exceptionClass: UInt64, _ specific: UInt64) -> UInt64 {
    exceptionClass << 26 | instructionLength | specific
  }
  /// A data abort by translation fault at level 3.
  static func dataAbort(
    write: Bool, bytes: UInt64, register: UInt64, signed: Bool = false, wide: Bool = true,
    described: Bool = true, tableWalk: Bool = false, fault: UInt64 = 0x07
  ) -> UInt64 {
    let size = UInt64(bytes.trailingZeroBitCount)
    var specific: UInt64 = described ? 1 << 24 | size << 22 | register << 16 : 0
    if described && signed { specific |= 1 << 21 }
    if described && wide { specific |= 1 << 15 }
    return make(
      ExceptionClass.dataAbort,
      specific | (tableWalk ? 1 << 7 : 0) | (write ? 1 << 6 : 0) | fault)
  }
}

extension TestMachine {
  /// Bits that name an abort's address in HPFAR_EL2 and FAR_EL2.
  func setAddress(_ trap: inout Trap, _ address: UInt64) {
    trap.faultPage = (address >> 12) << 4
    trap.faultAddress = 0xffff_0000_0000_0000 | address & 0xfff
  }

  /// A trap as the glue reads it: fields that its class does not define hold anything.
  func makeTrap(_ syndrome: UInt64) -> Trap {
    var trap = Trap()
    trap.syndrome = syndrome
    trap.faultAddress = random.next()
    trap.faultPage = random.next()
    trap.emptyLists = random.next()
    trap.pendingInterrupt = random.next()
    trap.counter = random.next()
    trap.timerControl = random.next()
    trap.timerCompare = random.next()
    switch trap.exceptionClass {
    case ExceptionClass.dataAbort, ExceptionClass.instructionAbort, ExceptionClass.waitFor,
      ExceptionClass.hypervisorCall:
      trap.counter = counter
    default: break
    }
    return trap
  }

  /// A CPU arrives in the engine: the first at boot, others turned on by the host.
  func start(_ cpu: Int) {
    var trap = makeTrap(random.next())
    trap.kind = .started
    self.trap(cpu, trap)
  }

  func hostFrame(_ cpu: Int, _ change: (inout Frame) -> Void) {
    change(&machine.contexts[cpu].frame)
  }

  /// x0...x3 of the host.
  func answer(_ cpu: Int = 0) -> Answer {
    Answer(x: (0..<4).map { machine.contexts[cpu].frame.x[$0] })
  }

  /// A call from host user space by a load from an absent page: that of the VM unless told another.
  @discardableResult
  func call(
    _ call: Call, vm: Int = 0, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, cpu: Int = 0,
    page: Int = 0
  ) -> Answer {
    callRaw(CallWord(call, vm: vm).raw, a, b, c, cpu: cpu, page: page)
  }

  @discardableResult
  func callRaw(
    _ word: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, cpu: Int = 0, page: Int = 0
  ) -> Answer {
    setArguments(cpu, 0xdead, word, a, b, c)
    hostAbort(cpu, AbsentPage.address(vm: page), write: false, bytes: 8, register: 0)
    return answer(cpu)
  }

  func setArguments(_ cpu: Int, _ values: UInt64...) {
    if !isHost(cpu) { violate("the host acts on CPU \(cpu), which a guest has") }
    hostFrame(cpu) { frame in
      for (index, value) in values.enumerated() { frame.x[index] = value }
    }
  }

  /// A call by the host kernel.
  @discardableResult
  func hvc(
    function: UInt64, word: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0,
    immediate: UInt64 = 0, cpu: Int = 0
  ) -> Answer {
    setArguments(cpu, function, word, a, b, c)
    trap(cpu, makeTrap(TestSyndrome.make(ExceptionClass.hypervisorCall, immediate)))
    return answer(cpu)
  }

  /// A firmware call by the host.
  @discardableResult
  func smc(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, cpu: Int = 0
  ) -> Answer {
    setArguments(cpu, function, a, b, c)
    trap(cpu, makeTrap(TestSyndrome.make(ExceptionClass.monitorCall, 0)))
    return answer(cpu)
  }

  /// An access of the host that its stage 2 does not allow.
  func hostAbort(
    _ cpu: Int, _ address: UInt64, write: Bool, bytes: UInt64 = 8, register: UInt64 = 0,
    described: Bool = true, tableWalk: Bool = false, instruction: Bool = false
  ) {
    let syndrome =
      instruction
      ? TestSyndrome.make(ExceptionClass.instructionAbort, 0x07)
      : TestSyndrome.dataAbort(
        write: write, bytes: bytes, register: register, described: described,
        tableWalk: tableWalk)
    var trap = makeTrap(syndrome)
    setAddress(&trap, address)
    self.trap(cpu, trap)
  }

  /// Lets a vCPU run, through the absent page of its VM; the CPU is the guest's if it could.
  @discardableResult
  func run(
    _ vm: Int, _ vcpu: UInt64 = 0, cpu: Int = 0, _ completion: UInt64 = 0, _ value: UInt64 = 0
  ) -> Answer {
    call(.run, vm: vm, vcpu, completion, value, cpu: cpu, page: vm)
  }

  func isHost(_ cpu: Int) -> Bool { machine.cpus[cpu].running == 0 }

  var counter: UInt64 { 1_000_000 }
}

/// Places of the carve-out.
func page(_ block: Int, _ number: Int = 0) -> UInt64 {
  TestMachine.carveOut.base + UInt64(block) * PageSize.block + UInt64(number) * PageSize.page
}

/// Where the guests of the tests have their memory.
let guestMemory: UInt64 = 0x4000_0000

extension TestMachine {
  /// A VM with its tables and memory in one block: root in pages 0 and 1, tables in 2 and 3, then
  /// `pages` pages at `guestMemory`.
  func makeVM(
    _ vm: Int, block: Int, pages: Int = 4, vcpus: Int = 1, seal: Bool = true
  ) {
    expect(call(.createVM, vm: vm, page(block, 0)))
    expect(call(.donateTable, vm: vm, page(block, 2), guestMemory, 2))
    expect(call(.donateTable, vm: vm, page(block, 3), guestMemory, 3))
    for number in 0..<pages {
      expect(
        call(.donate, vm: vm, page(block, 4 + number), guestMemory + UInt64(number) * 4096, 0))
    }
    for number in 0..<vcpus { expect(call(.createVCPU, vm: vm, UInt64(number))) }
    if vcpus > 0 { expect(call(.setEntry, vm: vm, 0, guestMemory, 0x1234)) }
    if seal { expect(call(.seal, vm: vm)) }
  }

  private func expect(_ answer: Answer) {
    if answer.status != .ok { violate("setting up: \(answer)") }
  }

  /// Destroys a VM that does not run and takes all of it back. Returns how many calls it took.
  @discardableResult
  func endVM(_ vm: Int) -> Int {
    call(.destroyVM, vm: vm, page: vm)
    var from: UInt64 = 0
    for count in 1... {
      let answer = call(.reclaim, vm: vm, from, page: vm)
      if answer.status == .ok { return count }
      guard answer.status == .again, count < 10_000 else {
        violate("reclaim of VM \(vm) from \(hex(from)): \(answer)")
        return count
      }
      from = answer.x[1]
    }
    return 0
  }
}
