import Contracts
import EngineABI
import IsolationCore

// Registers: one abstract value stands for all system registers, another for all of FP/SIMD. Which
// concrete values those are is a choice; that each register is a part of one is what counts.

/// The system registers that an abstract value stands for; 0 is the reset state.
public func systemRegisters(_ value: UInt64) -> SystemRegisters {
  var registers = SystemRegisters()
  guard value != 0 else { return registers }
  registers.sctlr = value
  registers.cpacr = value &+ 1
  registers.ttbr0 = value &+ 2
  registers.ttbr1 = value &+ 3
  registers.tcr = value &+ 4
  registers.mair = value &+ 5
  registers.amair = value &+ 6
  registers.vbar = value &+ 7
  registers.contextidr = value &+ 8
  registers.tpidrEL0 = value &+ 9
  registers.tpidrroEL0 = value &+ 10
  registers.tpidrEL1 = value &+ 11
  registers.spEL0 = value &+ 12
  registers.spEL1 = value &+ 13
  registers.elr = value &+ 14
  registers.spsr = value &+ 15
  registers.esr = value &+ 16
  registers.far = value &+ 17
  registers.afsr0 = value &+ 18
  registers.afsr1 = value &+ 19
  registers.par = value &+ 20
  registers.cntkctl = value &+ 21
  registers.csselr = value &+ 22
  registers.mdscr = value &+ 23
  registers.disr = value &+ 24
  for index in 0..<10 { registers.keys[index] = value &+ 25 &+ UInt64(index) }
  return registers
}

/// SPSR_EL2 goes with the system registers. Not of AArch32 (M[4]): each instruction has 32 bits.
public func processorState(_ value: UInt64) -> UInt64 {
  value == 0 ? Frame.resetState : (value &+ 40) & ~(1 << 4)
}

/// The FP/SIMD registers that an abstract value stands for; 0 is the reset state.
public func floatingPoint(_ value: UInt64) -> FloatingPoint {
  var registers = FloatingPoint()
  guard value != 0 else { return registers }
  for index in 0..<64 { registers.v[index] = value &+ UInt64(index) }
  registers.fpcr = value &+ 64
  registers.fpsr = value &+ 65
  return registers
}

/// General registers, pc and SPSR_EL2.
func frameDiffers(_ core: Frame, _ spec: Registers, _ index: Int)
  -> Difference?
{
  for register in 0..<31 where core.x[register] != spec.x[register] {
    return Difference(.general, index, core.x[register], spec.x[register])
  }
  if let found = compare(.pc, index, core.pc, spec.pc) { return found }
  return compare(.system, index, core.pstate, processorState(spec.system))
}

/// What a CPU, or the context of who does not run, has beside those.
func bankDiffers(
  _ core: Context, _ spec: Registers, _ index: Int, hasFloatingPoint: Bool,
  hasTimer: Bool
) -> Difference? {
  if !isSame(core.system, systemRegisters(spec.system)) {
    return Difference(.system, index, core.system.ttbr0, spec.system)
  }
  if hasTimer {
    if let found = compare(.timer, index, core.timer.control, spec.timerControl) { return found }
    if let found = compare(.timer, index, core.timer.compare, spec.timerCompare) { return found }
  }
  return hasFloatingPoint ? floatingPointDiffers(core, spec, index) : nil
}

func floatingPointDiffers(_ core: Context, _ spec: Registers, _ index: Int)
  -> Difference?
{
  let wanted = spec.floatingPoint
  var same =
    core.floatingPoint.fpcr == (wanted == 0 ? 0 : wanted &+ 64)
    && core.floatingPoint.fpsr == (wanted == 0 ? 0 : wanted &+ 65)
  for register in 0..<64
  where core.floatingPoint.v[register] != (wanted == 0 ? 0 : wanted &+ UInt64(register)) {
    same = false
  }
  return same ? nil : Difference(.floatingPoint, index, core.floatingPoint.v[0], wanted)
}

private func isSame(_ a: SystemRegisters, _ b: SystemRegisters) -> Bool {
  for index in 0..<10 where a.keys[index] != b.keys[index] { return false }
  return a.sctlr == b.sctlr && a.cpacr == b.cpacr && a.ttbr0 == b.ttbr0 && a.ttbr1 == b.ttbr1
    && a.tcr == b.tcr && a.mair == b.mair && a.amair == b.amair && a.vbar == b.vbar
    && a.contextidr == b.contextidr && a.tpidrEL0 == b.tpidrEL0 && a.tpidrroEL0 == b.tpidrroEL0
    && a.tpidrEL1 == b.tpidrEL1 && a.spEL0 == b.spEL0 && a.spEL1 == b.spEL1 && a.elr == b.elr
    && a.spsr == b.spsr && a.esr == b.esr && a.far == b.far && a.afsr0 == b.afsr0
    && a.afsr1 == b.afsr1 && a.par == b.par && a.cntkctl == b.cntkctl && a.csselr == b.csselr
    && a.mdscr == b.mdscr && a.disr == b.disr
}
