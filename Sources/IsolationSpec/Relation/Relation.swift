import Contracts
import EngineABI
import IsolationCore

// When a state of the core stands for a state of the abstract machine: between two traps, when all
// effects are done. What of the core is named here is related; the rest is hidden:
//
//   field of the core               why it is not in the abstract machine
//   Configuration.hostRoot,         where tables lie; what they say is related by walks
//     Ownership.host
//   .redistributor                  the machine's own interrupt controller: not modelled yet
//   .secondaryEntry                 what the firmware is told: an effect
//   .listRegisters                  how the interrupt controller is done
//   Ownership.tables                for proofs alone
//   TableMemory.engine              the host's tables: related by walks, page by page
//   TableMemory.carveOut            contents of pages; of tables, what walks find
//   VirtualMachine.lastOn           which translations a CPU may hold: there are no caches here
//   VCPU.cpu                        follows from `runs` of the CPUs
//   VCPU.access.kind                the kind of `request`; the rest of `access` counts only then
//   Context.frame.padding,          nothing
//     system.padding
//   contexts and `VCPU`s of vCPUs   nobody's: whoever creates or turns them on resets them
//     that are absent or off
//   contexts in use on a CPU        the CPU has the registers, which is what is related
//   locks, Effects, Trap            held and used only within a step
//
// Not related yet, only required to be as after reset, since no step uses them: the interrupt
// controller (`VirtualMachine.priorities`, `interruptsEnabled`, `shared` but for its lines;
// `VCPU.own` but for the timer's line, `priorities`, `routed`, `ownListed`, `sharedListed`,
// `lists`, `listed`, `unsettled`, `asleep`; `Context.interrupts` with `lists`,
// `activePriorities0`, `activePriorities1`, `control`, `hypervisorControl`).

/// Where the two states differ.
public enum Field: UInt8, BitwiseCopyable, Sendable {
  case constants, pageOwner, pageUse, pageContents, blockCounts, hostMaps, guestMaps, tables
  case vmState, vmPages, vmStart, vmLines, vmRoot, vmInterrupts
  case vcpuLife, request, access, usesFloatingPoint, timerLine, counters, vcpuInterrupts
  case general, pc, system, floatingPoint, timer
  case running, online, refused, fault
}

/// A difference: of which page, VM, vCPU or CPU, and the two values.
public struct Difference: BitwiseCopyable, Sendable {
  public var field: Field
  public var index: Int
  public var core: UInt64
  public var spec: UInt64

  public init(_ field: Field, _ index: Int, _ core: UInt64 = 0, _ spec: UInt64 = 0) {
    self.field = field
    self.index = index
    self.core = core
    self.spec = spec
  }
}

/// `nil` if the values are the same.
func compare(_ field: Field, _ index: Int, _ core: UInt64, _ spec: UInt64) -> Difference? {
  core == spec ? nil : Difference(field, index, core, spec)
}

/// What boot found out; both sides keep it.
public func constantsDiffer(_ core: borrowing Machine, _ spec: borrowing System) -> Difference? {
  let mine = spec.constants
  let its = core.configuration
  var same =
    its.cpuCount == mine.cpus && core.ownership.first == mine.firstPage
    && core.ownership.pages.count == spec.pages.count && its.engineBytes == mine.engineBytes
    && its.features == mine.features && its.counterFrequency == mine.counterFrequency
    && its.ticksToHost == mine.ticksToHost && its.textBytes == mine.textBytes
  for index in 0..<64 {
    same =
      same && its.guestIdentification[index] == mine.guestIdentification[index]
      && its.hostIdentification[index] == mine.hostIdentification[index]
  }
  for index in 0..<8 { same = same && its.affinities[index] == mine.affinities[index] }
  for index in 0..<3 { same = same && its.workarounds[index] == mine.workarounds[index] }
  return same ? nil : Difference(.constants, 0)
}

/// Lives, requests and registers. `banks[n]` is what CPU n has in its registers beside those that
/// each trap saves. Of the first `vms` VMs.
public func livesDiffer(
  _ core: borrowing Machine, _ banks: borrowing Table<Context>, _ spec: borrowing System, vms: Int
) -> Difference? {
  for index in 0..<vms {
    if let found = vmDiffers(core, spec, index) { return found }
  }
  for index in 0..<vms * Limits.vcpusPerVM {
    if let found = vcpuDiffers(core, spec, index) { return found }
    switch spec.vcpus[index].life {
    case .absent, .off, .running: break
    case .starting, .ready, .halted:
      if let found = savedRegistersDiffer(core, spec, index) { return found }
    }
  }
  for cpu in 0..<spec.constants.cpus {
    if let found = cpuDiffers(core, banks, spec, cpu) { return found }
  }
  return nil
}

private func vmDiffers(
  _ core: borrowing Machine, _ spec: borrowing System, _ index: Int
) -> Difference? {
  if !stands(core.spaces[index].state, core.vms[index], for: spec.vms[index]) {
    // Of a free VM nothing is left.
    return compare(
      .vmState, index, UInt64(core.spaces[index].state.rawValue),
      UInt64(spec.vms[index].state.rawValue))
      ?? compare(.vmStart, index, core.vms[index].counterOffset, spec.vms[index].start)
      ?? Difference(.vmLines, index, core.vms[index].shared.level, spec.vms[index].lines)
  }
  let isQuiet =
    !core.vms[index].interruptsEnabled && core.vms[index].shared.enabled == 0
    && core.vms[index].shared.pending == 0 && core.vms[index].shared.edge == 0
  return isQuiet ? nil : Difference(.vmInterrupts, index)
}

private func vcpuDiffers(
  _ core: borrowing Machine, _ spec: borrowing System, _ index: Int
) -> Difference? {
  if !stands(core.vcpus[index], for: spec.vcpus[index]) {
    return difference(core.vcpus[index], spec.vcpus[index], index)
  }
  guard spec.vcpus[index].life.isOn else { return nil }
  let isQuiet =
    core.vcpus[index].own.enabled == 0 && core.vcpus[index].own.pending == 0
    && core.vcpus[index].lists == 0 && core.vcpus[index].ownListed == 0
    && core.vcpus[index].sharedListed == 0 && core.vcpus[index].unsettled == 0
    && core.vcpus[index].asleep
  return isQuiet ? nil : Difference(.vcpuInterrupts, index)
}

/// Where a vCPU that does not stand for another differs from it.
private func difference(_ its: VCPU, _ mine: VirtualCPU, _ index: Int) -> Difference {
  if !stands(its.life, for: mine.life) {
    return Difference(
      .vcpuLife, index, UInt64(its.life.rawValue), UInt64(mine.life.rawValue))
  }
  for counter in 0..<16 where its.counters[counter] != mine.counters[counter] {
    return Difference(.counters, index, its.counters[counter], mine.counters[counter])
  }
  if mine.life != .absent && its.usesFloatingPoint != mine.usesFloatingPoint {
    return Difference(.usesFloatingPoint, index)
  }
  if its.access.kind.rawValue != mine.request.rawValue {
    return Difference(
      .request, index, UInt64(its.access.kind.rawValue), UInt64(mine.request.rawValue))
  }
  return isLine(its, mine.timerLine)
    ? Difference(.access, index, its.access.abort.syndrome, mine.faultAddress)
    : Difference(.timerLine, index, its.own.level, mine.timerLine ? 1 : 0)
}

private func cpuDiffers(
  _ core: borrowing Machine, _ banks: borrowing Table<Context>, _ spec: borrowing System,
  _ cpu: Int
) -> Difference? {
  let running = spec.cpus[cpu].runs
  if !stands(core.cpus[cpu], for: spec.cpus[cpu]) {
    if core.cpus[cpu].online != spec.cpus[cpu].isOnline { return Difference(.online, cpu) }
    return compare(
      .running, cpu, UInt64(core.cpus[cpu].running), UInt64(truncatingIfNeeded: running + 1))
      ?? Difference(.refused, cpu, core.cpus[cpu].refused, spec.cpus[cpu].refused)
  }
  if !spec.cpus[cpu].isOnline { return nil }
  if let found = frameDiffers(core.contexts[cpu].frame, spec.cpus[cpu].registers, cpu) {
    return found
  }
  if running == Processor.host {
    return bankDiffers(
      banks[cpu], spec.cpus[cpu].registers, cpu, hasFloatingPoint: true, hasTimer: false)
  }
  if core.vcpus[running].cpu != UInt8(cpu) { return Difference(.running, cpu) }
  if let found = bankDiffers(
    core.contexts[cpu], spec.cpus[cpu].registers, cpu, hasFloatingPoint: false, hasTimer: false)
  {
    return found
  }
  let place = Limits.cpus + running
  if let found = frameDiffers(
    core.contexts[place].frame, spec.vcpus[running].registers, place)
  {
    return found
  }
  let usesFloatingPoint = spec.vcpus[running].usesFloatingPoint
  if let found = bankDiffers(
    banks[cpu], spec.vcpus[running].registers, place, hasFloatingPoint: usesFloatingPoint,
    hasTimer: true)
  {
    return found
  }
  // Whose FP/SIMD registers are not on the CPU has them in its context.
  if usesFloatingPoint {
    return floatingPointDiffers(core.contexts[cpu], spec.cpus[cpu].registers, cpu)
  }
  if let found = floatingPointDiffers(banks[cpu], spec.cpus[cpu].registers, cpu) { return found }
  return floatingPointDiffers(core.contexts[place], spec.vcpus[running].registers, place)
}

private func savedRegistersDiffer(
  _ core: borrowing Machine, _ spec: borrowing System, _ vcpu: Int
) -> Difference? {
  let place = Limits.cpus + vcpu
  if let found = frameDiffers(core.contexts[place].frame, spec.vcpus[vcpu].registers, place) {
    return found
  }
  return bankDiffers(
    core.contexts[place], spec.vcpus[vcpu].registers, place, hasFloatingPoint: true,
    hasTimer: true)
}
