import CRegisters
import Contracts
import IsolationCore

/// Every trap from EL1 and EL0. The vectors have saved the general registers in the context that
/// TPIDR_EL2 names and load those of the context that it names afterwards.
@c(engine_trap)
public func engineTrap(_ raw: UnsafeMutableRawPointer, _ kind: UInt32) {
  let cpu = raw.assumingMemoryBound(to: Processor.self)
  let syndrome = read_esr_el2()
  if kind == 0
    && cpu.pointee.machine.pointee.answersAtOnce(cpu: cpu.pointee.index, syndrome: syndrome)
  {
    return
  }
  handleTrap(cpu, kind, syndrome)
}

@inline(never)
private func handleTrap(
  _ cpu: UnsafeMutablePointer<Processor>, _ kind: UInt32, _ syndrome: UInt64
) {
  cpu.pointee.trap.syndrome = syndrome
  switch kind {
  case 0:
    cpu.pointee.trap.kind = .synchronous
    switch syndrome >> 26 & 0x3f {
    case ExceptionClass.dataAbort, ExceptionClass.instructionAbort:
      cpu.pointee.trap.faultAddress = read_far_el2()
      cpu.pointee.trap.faultPage = read_hpfar_el2()
      cpu.pointee.trap.emptyLists = emptyLists()
      cpu.pointee.trap.counter = read_cntpct_el0()
    case ExceptionClass.systemRegister:
      cpu.pointee.trap.emptyLists = emptyLists()
    case ExceptionClass.hypervisorCall: cpu.pointee.trap.counter = read_cntpct_el0()
    case ExceptionClass.waitFor:
      cpu.pointee.trap.emptyLists = emptyLists()
      cpu.pointee.trap.counter = read_cntpct_el0()
      cpu.pointee.trap.timerControl = read_cntv_ctl_el0()
      cpu.pointee.trap.timerCompare = read_cntv_cval_el0()
    default: break
    }
  case 1:
    cpu.pointee.trap.kind = .interrupt
    cpu.pointee.trap.pendingInterrupt = read_icc_hppir1_el1()
    cpu.pointee.trap.emptyLists = emptyLists()
  default: cpu.pointee.trap.kind = .systemError
  }
  handle(cpu)
}

/// Asks the core and carries out what it says; once more if it needed the list registers.
@inline(__always)
func handle(_ cpu: UnsafeMutablePointer<Processor>) {
  cpu.pointee.trap.interruptsSaved = false
  handleOnce(cpu)
  if cpu.pointee.effects.askAgain {
    cpu.pointee.trap.interruptsSaved = true
    handleOnce(cpu)
  }
}

private func handleOnce(_ cpu: UnsafeMutablePointer<Processor>) {
  cpu.pointee.machine.pointee.handle(
    cpu: cpu.pointee.index, &cpu.pointee.trap, &cpu.pointee.effects)
  if cpu.pointee.effects.count != 0 { perform(cpu) }
  cpu.pointee.machine.pointee.release(&cpu.pointee.effects)
}

/// List registers whose interrupt the guest is done with, whether or not it asked for maintenance.
@inline(__always)
private func emptyLists() -> UInt64 { read_ich_elrsr_el2() | read_ich_eisr_el2() }
