import EngineABI
import IsolationCore

/// What the guest on a CPU does.
struct Guest {
  let machine: TestMachine
  let cpu: Int
  /// Index among the vCPUs of all VMs.
  var vcpu: Int { Int(machine.machine.cpus[cpu].running) - 1 }
  var context: Int { Limits.cpus + vcpu }
  var frame: Frame { machine.machine.contexts[context].frame }

  func set(_ register: Int, _ value: UInt64) {
    machine.machine.contexts[context].frame.x[register] = value
  }

  /// ICH_ELRSR_EL2 and ICH_EISR_EL2.
  private var emptyRegisters: UInt64 {
    var mask: UInt64 = 0
    for list in 0..<machine.machine.configuration.listRegisters
    where machine.processors[cpu].lists[list] >> 62 == 0 {
      mask |= 1 << UInt64(list)
    }
    return mask
  }

  private func take(_ syndrome: UInt64, _ change: (inout Trap) -> Void = { _ in }) {
    var trap = machine.makeTrap(syndrome)
    switch trap.exceptionClass {
    case ExceptionClass.dataAbort, ExceptionClass.instructionAbort, ExceptionClass.systemRegister,
      ExceptionClass.waitFor:
      trap.emptyLists = emptyRegisters
    default: break
    }
    change(&trap)
    if machine.isHost(cpu) { machine.violate("a guest acts on CPU \(cpu), which the host has") }
    machine.trap(cpu, trap)
  }

  /// HVC with x0...x3; returns x0 if the guest still runs.
  @discardableResult
  func hvc(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, immediate: UInt64 = 0,
    secure: Bool = false
  ) -> UInt64 {
    for (register, value) in [function, a, b, c].enumerated() { set(register, value) }
    let context = context
    take(
      TestSyndrome.make(
        secure ? ExceptionClass.monitorCall : ExceptionClass.hypervisorCall, immediate))
    return machine.machine.contexts[context].frame.x[0]
  }

  /// A load or store at an address that stage 2 does not map.
  func access(
    _ address: UInt64, write: Bool, bytes: UInt64 = 4, register: UInt64 = 5, signed: Bool = false,
    wide: Bool = false, described: Bool = true, tableWalk: Bool = false, fault: UInt64 = 0x07,
    maintenance: Bool = false, short: Bool = false
  ) {
    let syndrome = TestSyndrome.dataAbort(
      write: write, bytes: bytes, register: register, signed: signed, wide: wide,
      described: described, tableWalk: tableWalk, fault: fault)
    let length = short ? TestSyndrome.instructionLength : 0
    take(syndrome & ~length | (maintenance ? 1 << 8 : 0)) { machine.setAddress(&$0, address) }
  }

  /// Reads a register of the emulated interrupt controller; `nil` if it was refused.
  func read(_ address: UInt64, bytes: UInt64 = 4) -> UInt64? {
    set(5, 0xbad)
    let pc = frame.pc
    let context = context
    access(address, write: false, bytes: bytes)
    if machine.isHost(cpu) || machine.machine.contexts[context].frame.pc != pc + 4 { return nil }
    return frame.x[5]
  }

  /// Writes one; false if it was refused.
  @discardableResult
  func write(_ address: UInt64, _ value: UInt64, bytes: UInt64 = 4) -> Bool {
    set(5, value)
    let context = context
    access(address, write: true, bytes: bytes)
    return machine.machine.contexts[context].frame.x[5] == value
      && machine.processors[cpu].exceptions.isEmpty
  }

  func instructionAbort(_ address: UInt64) {
    take(TestSyndrome.make(ExceptionClass.instructionAbort, 0x07)) {
      machine.setAddress(&$0, address)
    }
  }

  func waitForInterrupt(
    timerControl: UInt64 = 0, timerCompare: UInt64 = 0, counter: UInt64? = nil,
    short: Bool = false
  ) {
    machine.processors[cpu].timer.control = timerControl
    machine.processors[cpu].timer.compare = timerCompare
    let length = short ? TestSyndrome.instructionLength : 0
    take(TestSyndrome.make(ExceptionClass.waitFor, 0) & ~length) {
      $0.timerControl = timerControl
      $0.timerCompare = timerCompare
      $0.counter = counter ?? machine.counter
    }
  }

  /// MSR or MRS of a register named by op0, op1, CRn, CRm and op2, from or to x5.
  func register(_ name: (UInt64, UInt64, UInt64, UInt64, UInt64), read: Bool, _ target: UInt64 = 5)
  {
    let (op0, op1, crn, crm, op2) = name
    let specific = op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | target << 5 | crm << 1
    take(TestSyndrome.make(ExceptionClass.systemRegister, specific | (read ? 1 : 0)))
  }

  /// ICC_SGI1R_EL1.
  func sendInterrupt(_ value: UInt64) {
    set(5, value)
    register((3, 0, 12, 11, 5), read: false)
  }

  func exception(_ exceptionClass: UInt64, _ specific: UInt64 = 0) {
    take(TestSyndrome.make(exceptionClass, specific))
  }

  /// A physical interrupt while the guest runs.
  func interrupt(_ number: UInt64) {
    take(0) {
      $0.kind = .interrupt
      $0.pendingInterrupt = number
      $0.emptyLists = emptyRegisters
    }
  }

  func fastInterrupt() { take(0) { $0.kind = .fastInterrupt } }

  func systemError(_ syndrome: UInt64) { take(syndrome) { $0.kind = .systemError } }

  // MARK: The virtual CPU interface

  /// ICC_IAR1_EL1: the most urgent pending interrupt becomes active.
  func acknowledge() -> UInt64? {
    var best: Int?
    for (list, value) in machine.processors[cpu].lists.enumerated() where value >> 62 == 1 {
      if let other = best,
        machine.processors[cpu].lists[other] >> 48 & 0xff <= value >> 48 & 0xff
      {
        continue
      }
      best = list
    }
    guard let best else { return nil }
    machine.processors[cpu].lists[best] ^= 3 << 62
    return machine.processors[cpu].lists[best] & 0xffff_ffff
  }

  /// ICC_EOIR1_EL1, and the maintenance interrupt if the register asks for one or all run dry.
  /// `maintenance`: false if something else traps first.
  func endInterrupt(_ number: UInt64, maintenance: Bool = true) {
    for list in 0..<4 {
      let value = machine.processors[cpu].lists[list]
      if value >> 63 == 1 && value & 0xffff_ffff == number {
        machine.processors[cpu].lists[list] = value & ~(1 << 63)
        let isDone = value >> 62 & 1 == 0
        if maintenance && (isDone && value >> 41 & 1 != 0 || isDry) { interrupt(25) }
        return
      }
    }
  }

  /// ICH_MISR_EL2.U: underflow interrupts are on and at most one list register is in use.
  var isDry: Bool {
    machine.processors[cpu].control & InterruptRegisters.underflow != 0
      && machine.processors[cpu].lists.count { $0 >> 62 != 0 } <= 1
  }

  /// INTIDs that are pending in list registers, the most urgent first.
  var pending: [UInt64] {
    machine.processors[cpu].lists.filter { $0 >> 62 == 1 }
      .sorted { $0 >> 48 & 0xff < $1 >> 48 & 0xff }.map { $0 & 0xffff_ffff }
  }
}

extension TestMachine {
  func guest(_ cpu: Int = 0) -> Guest { Guest(machine: self, cpu: cpu) }

  /// A VM whose vCPU 0 runs on CPU 0, further vCPUs turned on and running on theirs if wanted.
  func runVM(vcpus: Int = 1, running: Int = 1) {
    makeVM(1, block: 0, vcpus: vcpus, seal: false)
    for vcpu in 1..<max(vcpus, 1) { call(.setEntry, vm: 1, UInt64(vcpu), guestMemory, 0) }
    call(.seal, vm: 1)
    for vcpu in 0..<running { run(1, UInt64(vcpu), cpu: vcpu) }
  }
}
