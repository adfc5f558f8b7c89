import EngineABI
import IsolationCore

// Where registers differ: what is the same is said in RegisterRelation.swift.

/// General registers, pc and SPSR_EL2.
func frameDiffers(_ core: Frame, _ spec: Registers, _ index: Int)
  -> Difference?
{
  if stands(core, for: spec) { return nil }
  for register in 0..<31 where core.x[register] != spec.x[register] {
    return Difference(.general, index, core.x[register], spec.x[register])
  }
  return core.pc != spec.pc
    ? Difference(.pc, index, core.pc, spec.pc)
    : Difference(.system, index, core.pstate, processorState(spec.system))
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
  stands(core.floatingPoint, for: spec.floatingPoint)
    ? nil : Difference(.floatingPoint, index, core.floatingPoint.v[0], spec.floatingPoint)
}
