import Contracts
import EngineABI

// When what the tables hold is the same, for contracts that say what a call leaves alone. (Arrays
// have no `==`, and none of this is executed.)

public func isSame(_ a: AddressSpace, _ b: AddressSpace) -> Bool {
  a.state == b.state && a.root == b.root && a.pages == b.pages
}

public func isSame(_ a: VirtualMachine, _ b: VirtualMachine) -> Bool {
  forall(0..<64) { a.priorities[$0] == b.priorities[$0] }
    && forall(0..<8) { a.lastOn[$0] == b.lastOn[$0] }
    && isSame(a.shared, b.shared) && a.interruptsEnabled == b.interruptsEnabled
    && a.counterOffset == b.counterOffset
}

public func isSame(_ a: InterruptBank, _ b: InterruptBank) -> Bool {
  a.enabled == b.enabled && a.pending == b.pending && a.level == b.level && a.edge == b.edge
}

public func isSame(_ a: VCPU, _ b: VCPU) -> Bool {
  forall(0..<32) { a.priorities[$0] == b.priorities[$0] }
    && forall(0..<4) { a.listed[$0] == b.listed[$0] }
    && forall(0..<16) { a.counters[$0] == b.counters[$0] }
    && a.life == b.life && a.cpu == b.cpu && a.usesFloatingPoint == b.usesFloatingPoint
    && isSame(a.access, b.access) && isSame(a.own, b.own) && a.routed == b.routed
    && a.ownListed == b.ownListed && a.sharedListed == b.sharedListed && a.lists == b.lists
    && a.unsettled == b.unsettled && a.asleep == b.asleep
}

public func isSame(_ a: DeviceAccess, _ b: DeviceAccess) -> Bool {
  a.kind == b.kind && a.abort.syndrome == b.abort.syndrome && a.faultAddress == b.faultAddress
}

public func isSame(_ a: CPU, _ b: CPU) -> Bool {
  a.running == b.running && a.online == b.online && a.refused == b.refused
}

public func isSame(_ a: Context, _ b: Context) -> Bool {
  isSame(a.frame, b.frame) && isSame(a.system, b.system) && isSame(a.interrupts, b.interrupts)
    && isSame(a.floatingPoint, b.floatingPoint) && a.timer.control == b.timer.control
    && a.timer.compare == b.timer.compare
}

public func isSame(_ a: Frame, _ b: Frame) -> Bool {
  forall(0..<31) { a.x[$0] == b.x[$0] } && a.pc == b.pc && a.pstate == b.pstate
}

public func isSame(_ a: SystemRegisters, _ b: SystemRegisters) -> Bool {
  forall(0..<10) { a.keys[$0] == b.keys[$0] }
    && a.sctlr == b.sctlr && a.cpacr == b.cpacr && a.ttbr0 == b.ttbr0 && a.ttbr1 == b.ttbr1
    && a.tcr == b.tcr && a.mair == b.mair && a.amair == b.amair && a.vbar == b.vbar
    && a.contextidr == b.contextidr && a.tpidrEL0 == b.tpidrEL0
    && a.tpidrroEL0 == b.tpidrroEL0 && a.tpidrEL1 == b.tpidrEL1
    && isSameExceptions(a, b)
}

private func isSameExceptions(_ a: SystemRegisters, _ b: SystemRegisters) -> Bool {
  a.spEL0 == b.spEL0 && a.spEL1 == b.spEL1 && a.elr == b.elr && a.spsr == b.spsr
    && a.esr == b.esr && a.far == b.far && a.afsr0 == b.afsr0 && a.afsr1 == b.afsr1
    && a.par == b.par && a.cntkctl == b.cntkctl && a.csselr == b.csselr && a.mdscr == b.mdscr
    && a.disr == b.disr
}

public func isSame(_ a: InterruptRegisters, _ b: InterruptRegisters) -> Bool {
  forall(0..<4) { a.lists[$0] == b.lists[$0] }
    && a.activePriorities0 == b.activePriorities0 && a.activePriorities1 == b.activePriorities1
    && a.control == b.control && a.hypervisorControl == b.hypervisorControl
}

public func isSame(_ a: FloatingPoint, _ b: FloatingPoint) -> Bool {
  forall(0..<64) { a.v[$0] == b.v[$0] } && a.fpcr == b.fpcr && a.fpsr == b.fpsr
}
