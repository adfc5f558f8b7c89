import CRegisters
import Contracts
import IsolationCore

/// A synchronous trap from EL1 or EL0, as far as a shortcut goes. The vectors have saved x0...x19,
/// x30 and ELR in the context that TPIDR_EL2 names. Returns 0 if they are to save the rest and call
/// `engineSynchronous`, else they go back to where the trap came from.
@c(engine_synchronous_shortcut)
public func engineSynchronousShortcut(_ raw: UnsafeMutableRawPointer) -> UInt64 {
  let cpu = raw.assumingMemoryBound(to: Processor.self)
  let syndrome = read_esr_el2()
  if Machine.isSoftwareInterrupt(syndrome: syndrome) {
    let value = cpu.pointee.machine.pointee.interruptsItselfAtOnce(
      cpu: cpu.pointee.index, syndrome: syndrome, empty: emptyLists())
    if value != 0 { write_ich_lr0_el2(value) }
    return value
  }
  let isDone =
    syndrome >> 26 == ExceptionClass.dataAbort
    ? cpu.pointee.machine.pointee.readsAtOnce(
      cpu: cpu.pointee.index, syndrome: syndrome, faultAddress: read_far_el2(),
      faultPage: read_hpfar_el2())
    : cpu.pointee.machine.pointee.answersAtOnce(cpu: cpu.pointee.index, syndrome: syndrome)
  return isDone ? 1 : 0
}

/// The same for an IRQ; ELR is not saved either.
@c(engine_irq_shortcut)
public func engineIRQShortcut(_ raw: UnsafeMutableRawPointer) -> UInt64 {
  isDoneAtOnce(raw.assumingMemoryBound(to: Processor.self)) ? 1 : 0
}

/// A synchronous trap from EL1 or EL0. The vectors have saved all general registers in the context
/// that TPIDR_EL2 names, and load those of the context that it names afterwards.
@c(engine_synchronous)
public func engineSynchronous(_ raw: UnsafeMutableRawPointer) {
  let cpu = raw.assumingMemoryBound(to: Processor.self)
  stopAfterFault()
  let syndrome = read_esr_el2()
  if let entry = cpu.pointee.machine.pointee.runsAtOnce(
    cpu: cpu.pointee.index, syndrome: syndrome, faultPage: read_hpfar_el2(),
    counter: read_cntpct_el0())
  {
    enter(entry, cpu)
    cpu.pointee.machine.pointee.release(entry.id.vm)
    return
  }
  if let departure = cpu.pointee.machine.pointee.asksAtOnce(
    cpu: cpu.pointee.index, syndrome: syndrome, faultAddress: read_far_el2(),
    faultPage: read_hpfar_el2())
  {
    leave(departure, cpu)
    cpu.pointee.machine.pointee.release(departure.id.vm)
    return
  }
  prepare(cpu, syndrome)
  handle(cpu)
}

/// An IRQ (1), FIQ (2) or SError (3) from EL1 or EL0.
@c(engine_asynchronous)
public func engineAsynchronous(_ raw: UnsafeMutableRawPointer, _ kind: UInt32) {
  let cpu = raw.assumingMemoryBound(to: Processor.self)
  stopAfterFault()
  switch kind {
  case 1:
    let pending = read_icc_hppir1_el1()
    if let departure = cpu.pointee.machine.pointee.leavesAtOnce(
      cpu: cpu.pointee.index, pendingInterrupt: pending)
    {
      leave(departure, cpu)
      cpu.pointee.machine.pointee.release(departure.id.vm)
      return
    }
    cpu.pointee.trap.kind = .interrupt
    cpu.pointee.trap.pendingInterrupt = pending
    cpu.pointee.trap.emptyLists = emptyLists()
  case 2: cpu.pointee.trap.kind = .fastInterrupt
  default:
    cpu.pointee.trap.kind = .systemError
    cpu.pointee.trap.syndrome = read_esr_el2()
  }
  handle(cpu)
}

/// The virtual timer's interrupt, which is held back while it is listed, and the end of one.
@inline(__always)
private func isDoneAtOnce(_ cpu: UnsafeMutablePointer<Processor>) -> Bool {
  switch read_icc_hppir1_el1() {
  case PhysicalInterrupt.virtualTimer:
    let value = cpu.pointee.machine.pointee.takesTimerAtOnce(
      cpu: cpu.pointee.index, empty: emptyLists())
    guard value != 0 else { return false }
    holdTimer(cpu)
    write_ich_lr0_el2(value)
    return true
  case PhysicalInterrupt.maintenance:
    let finish = cpu.pointee.machine.pointee.finishesAtOnce(
      cpu: cpu.pointee.index, empty: emptyLists())
    guard finish != .notAtOnce else { return false }
    write_ich_lr0_el2(0)
    if finish == .timerDone { admitTimer(cpu) }
    return true
  default: return false
  }
}

/// Another CPU has faulted in the engine: nothing runs on.
@inline(__always)
func stopAfterFault() {
  if has_faulted() != 0 { stop() }
}

/// Reads what this kind of trap defines.
@inline(__always)
private func prepare(_ cpu: UnsafeMutablePointer<Processor>, _ syndrome: UInt64) {
  cpu.pointee.trap.kind = .synchronous
  cpu.pointee.trap.syndrome = syndrome
  cpu.pointee.trap.emptyLists = emptyLists()
  cpu.pointee.trap.counter = read_cntpct_el0()
  switch syndrome >> 26 {
  case ExceptionClass.dataAbort, ExceptionClass.instructionAbort:
    cpu.pointee.trap.faultAddress = read_far_el2()
    cpu.pointee.trap.faultPage = read_hpfar_el2()
  case ExceptionClass.waitFor:
    cpu.pointee.trap.timerControl = read_cntv_ctl_el0()
    cpu.pointee.trap.timerCompare = read_cntv_cval_el0()
  default: break
  }
}

/// Asks the core and carries out what it says; once more if it needed the list registers.
@inline(never)
func handle(_ cpu: UnsafeMutablePointer<Processor>) {
  cpu.pointee.trap.interruptsSaved = false
  handleOnce(cpu)
  if cpu.pointee.effects.askAgain {
    cpu.pointee.trap.interruptsSaved = true
    handleOnce(cpu)
  }
}

@inline(__always)
private func handleOnce(_ cpu: UnsafeMutablePointer<Processor>) {
  cpu.pointee.machine.pointee.handle(
    cpu: cpu.pointee.index, &cpu.pointee.trap, &cpu.pointee.effects)
  perform(cpu)
  cpu.pointee.machine.pointee.release(&cpu.pointee.effects)
}

/// List registers whose interrupt the guest is done with, whether or not it asked for maintenance.
@inline(__always)
private func emptyLists() -> UInt64 { read_ich_elrsr_el2() | read_ich_eisr_el2() }
