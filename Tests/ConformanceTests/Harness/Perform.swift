import EngineABI
import IsolationCore
import IsolationSpec

extension ConcreteMachine {
  /// What the glue does about a trap.
  func take(_ trap: Trap, _ cpu: Int) {
    var trap = trap
    trap.interruptsSaved = false
    // The long way must come to the same, so now and then it is gone where there is a short one.
    if junk >> 40 & 3 != 0 && takeAtOnce(trap, cpu) { return }
    for _ in 0..<2 {
      core.handle(cpu: cpu, &trap, &effects)
      for index in 0..<effects.count { perform(effects[index], cpu) }
      let again = effects.askAgain
      core.release(&effects)
      if !again { break }
      trap.interruptsSaved = true
    }
    if mistake == .wrongStatus && core.contexts[cpu].frame.x[0] == UInt64(bitPattern: -7) {
      core.contexts[cpu].frame.x[0] = UInt64(bitPattern: -8)
    }
  }

  private func perform(_ effect: Effect, _ cpu: Int) {
    switch effect {
    case .store(let slot, let descriptor):
      if mistake == .leftMapping && !descriptor.isValid
        && core.memory.descriptor(at: slot) != .invalid
        && slot >= ConcreteMachine.tables
          + (2 + ConcreteMachine.poolPages + ConcreteMachine.level2Pages) * PageSize.page
        && slot < ConcreteMachine.engine.base + ConcreteMachine.engine.bytes
      {
        return
      }
      core.memory.store(descriptor, at: slot)
    case .fill(let table, let first):
      for entry in 0..<PageSize.pagesPerBlock {
        let step = first.isValid ? entry * PageSize.page : 0
        core.memory.store(
          Descriptor(raw: first.raw + step), at: table.address + entry * 8)
      }
    case .scrub(let page, let pages): scrub(page, pages)
    case .enter(let entry): enter(entry, cpu)
    case .leave(let departure): leave(departure, cpu)
    case .loadFloatingPoint:
      core.contexts[cpu].floatingPoint = banks[cpu].floatingPoint
      banks[cpu].floatingPoint = core.contexts[context(cpu)].floatingPoint
      hasGuestFloatingPoint[cpu] = true
    case .takeException(let syndrome, let address):
      faultAddresses[cpu] = address
      if mistake != .lostException { faults[cpu] = fault(syndrome) }
    case .firmware(let function, _, _, _):
      // CPU_OFF does not return.
      if function != 0x8400_0002 { core.contexts[context(cpu)].frame.x[0] = 0 }
    case .countInstructions(let register):
      core.contexts[cpu].frame.setRegister(register, 0)
    case .invalidatePage, .invalidateAll, .invalidateLocal, .clean: break  // no caches here
    case .saveInterrupts, .list, .pend, .controlInterrupts, .admitTimer, .holdTimer, .kick: break
    case .firmwareResults:
      for register in 0..<4 { core.contexts[cpu].frame.x[register] = 0 }
    case .startHost:
      banks[cpu].system = SystemRegisters()
      core.contexts[cpu].frame.pstate = Frame.resetState
    case .deviceRead, .deviceWrite: break
    }
  }

  private func fault(_ syndrome: UInt64) -> Fault {
    switch (syndrome >> 26, syndrome & 0x3f) {
    case (ExceptionClass.dataAbort, 0x10): .external
    case (ExceptionClass.instructionAbort, 0x10): .externalFetch
    case (ExceptionClass.dataAbort, 0x21): .alignment
    default: .undefined
    }
  }

  private func scrub(_ page: PhysicalPage, _ pages: UInt64) {
    if mistake == .forgottenScrub { return }
    let first = page.address
    for number in 0..<pages {
      let address = first + number * PageSize.page
      for word in 0..<PageSize.pagesPerBlock {
        core.memory.store(.invalid, at: address + word * 8)
      }
    }
  }

  /// The context of whoever has a CPU.
  func context(_ cpu: Int) -> Int { loaded[cpu].map { Limits.cpus + $0 } ?? cpu }

  func enter(_ entry: Entry, _ cpu: Int) {
    core.contexts[cpu].system = banks[cpu].system
    loaded[cpu] = entry.id.index
    root[cpu] = entry.root
    banks[cpu].system = core.contexts[context(cpu)].system
    banks[cpu].timer = core.contexts[context(cpu)].timer
    if mistake == .lostCompletion { core.contexts[context(cpu)].frame.x[5] = 0 }
  }

  func leave(_ departure: Departure, _ cpu: Int) {
    let guest = context(cpu)
    if departure.floatingPoint {
      if mistake != .lostFloatingPoint {
        core.contexts[guest].floatingPoint = banks[cpu].floatingPoint
      }
      banks[cpu].floatingPoint = core.contexts[cpu].floatingPoint
    }
    hasGuestFloatingPoint[cpu] = false
    core.contexts[guest].system = banks[cpu].system
    core.contexts[guest].timer = banks[cpu].timer
    if mistake != .leftRegisters { banks[cpu].system = core.contexts[cpu].system }
    loaded[cpu] = nil
  }
}
