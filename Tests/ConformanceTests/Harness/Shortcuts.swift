import IsolationCore

extension ConcreteMachine {
  /// The shortcuts, in the order in which the glue tries them (Sources/Engine/Traps.swift). False:
  /// the long way it is.
  func takeAtOnce(_ trap: Trap, _ cpu: Int) -> Bool {
    switch trap.kind {
    case .synchronous: synchronousAtOnce(trap, cpu)
    case .interrupt: interruptAtOnce(trap, cpu)
    case .fastInterrupt, .systemError, .started: false
    }
  }

  private func synchronousAtOnce(_ trap: Trap, _ cpu: Int) -> Bool {
    if Machine.isSoftwareInterrupt(syndrome: trap.syndrome) { return false }
    if trap.exceptionClass == ExceptionClass.dataAbort {
      if core.readsAtOnce(
        cpu: cpu, syndrome: trap.syndrome, faultAddress: trap.faultAddress,
        faultPage: trap.faultPage)
      {
        return true
      }
    } else if core.answersAtOnce(cpu: cpu, syndrome: trap.syndrome) {
      return true
    }
    if let entry = core.runsAtOnce(
      cpu: cpu, syndrome: trap.syndrome, faultPage: trap.faultPage, counter: trap.counter)
    {
      enter(entry, cpu)
      core.release(entry.id.vm)
      return true
    }
    if let departure = core.asksAtOnce(
      cpu: cpu, syndrome: trap.syndrome, faultAddress: trap.faultAddress,
      faultPage: trap.faultPage)
    {
      leave(departure, cpu)
      core.release(departure.id.vm)
      return true
    }
    return false
  }

  private func interruptAtOnce(_ trap: Trap, _ cpu: Int) -> Bool {
    guard let departure = core.leavesAtOnce(cpu: cpu, pendingInterrupt: trap.pendingInterrupt)
    else { return false }
    leave(departure, cpu)
    core.release(departure.id.vm)
    return true
  }
}
