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
  registers.keys[0] = value &+ 25
  registers.keys[1] = value &+ 26
  registers.keys[2] = value &+ 27
  registers.keys[3] = value &+ 28
  registers.keys[4] = value &+ 29
  registers.keys[5] = value &+ 30
  registers.keys[6] = value &+ 31
  registers.keys[7] = value &+ 32
  registers.keys[8] = value &+ 33
  registers.keys[9] = value &+ 34
  return registers
}

/// SPSR_EL2 goes with the system registers. Not of AArch32 (M[4]): each instruction has 32 bits.
public func processorState(_ value: UInt64) -> UInt64 {
  value == 0 ? Frame.resetState : (value &+ 40) & ~(1 << 4)
}

/// The FP/SIMD registers that an abstract value stands for; 0 is the reset state.
public func floatingPoint(_ value: UInt64) -> FloatingPoint {
  ensures { (result: FloatingPoint) in stands(result, for: value) }
  var registers = FloatingPoint()
  guard value != 0 else { return registers }
  for index in 0..<64 {
    invariant(forall(0..<index) { registers.v[$0] == value &+ UInt64(truncatingIfNeeded: $0) })
    registers.v[index] = value &+ UInt64(truncatingIfNeeded: index)
  }
  registers.fpcr = value &+ 64
  registers.fpsr = value &+ 65
  return registers
}

/// General registers, pc and SPSR_EL2.
func stands(_ its: Frame, for mine: Registers) -> Bool {
  guard forall(0..<31, { its.x[$0] == mine.x[$0] }) else { return false }
  return its.pc == mine.pc && its.pstate == processorState(mine.system)
}

func stands(_ its: FloatingPoint, for value: UInt64) -> Bool {
  guard
    forall(
      0..<64,
      {
        its.v[$0] == (value == 0 ? 0 : value &+ UInt64(truncatingIfNeeded: $0))
      })
  else { return false }
  return its.fpcr == (value == 0 ? 0 : value &+ 64) && its.fpsr == (value == 0 ? 0 : value &+ 65)
}

/// All registers of a vCPU that is on and does not run.
func stands(_ its: Context, for mine: Registers) -> Bool {
  guard stands(its.frame, for: mine) else { return false }
  return isSame(its.system, systemRegisters(mine.system))
    && its.timer.control == mine.timerControl && its.timer.compare == mine.timerCompare
    && stands(its.floatingPoint, for: mine.floatingPoint)
}
