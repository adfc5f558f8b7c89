import Contracts
import EngineABI

extension Machine {
  /// A stage-2 abort of the host that is no call: a page that is the host's again is tried again, a
  /// redistributor is passed on with care, and the rest is refused.
  @inline(never)
  mutating func hostAbort(cpu: Int, _ trap: inout Trap, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(2))
    ensures(effects.count <= old(effects.count) + 2)
    let address = trap.guestAddress
    let isInstruction = trap.exceptionClass == ExceptionClass.instructionAbort
    let abort = DataAbort(trap.syndrome)
    if !isInstruction && redistributorAccess(cpu: cpu, address, abort, &effects) { return }
    lockMemory(&effects)
    if address < GuestPage.limit,
      hostTranslation(PhysicalPage(number: address / PageSize.page)).isMapped
    {
      return
    }
    cpus[cpu].refused &+= 1
    effects.append(
      .takeException(
        syndrome: isInstruction ? Syndrome.instructionExternal : Syndrome.dataAlignment,
        faultAddress: trap.faultAddress))
  }

  /// The host's access to the redistributors' own frames (not those of SGIs, which it maps):
  /// reads pass, writes only where they cannot make the redistributor write to memory.
  private mutating func redistributorAccess(
    cpu: Int, _ address: UInt64, _ abort: DataAbort, _ effects: inout Effects
  ) -> Bool {
    requires(isProcessor(cpu))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    let offset = address &- configuration.redistributor
    let frames =
      UInt64(truncatingIfNeeded: configuration.cpuCount) &* GuestGIC.redistributorStride
    guard offset < frames, abort.isDescribed, !abort.isTableWalk,
      abort.bytes >= 4, address % UInt64(abort.bytes) == 0
    else { return false }
    let register = offset % GuestGIC.redistributorStride
    guard register < GICRegister.privateFrame else { return false }
    if !abort.isWrite {
      // Registers that every redistributor has; a reserved one may be an external abort at EL2.
      guard PhysicalRedistributor.isReadable(register, bytes: abort.bytes) else {
        contexts[cpu].frame.setRegister(abort.register, 0)
        contexts[cpu].frame.advance(over: abort.syndrome)
        return true
      }
      loadRedistributor(
        address, bytes: UInt64(abort.bytes), register: abort.register, &effects)
    } else if register == PhysicalRedistributor.control && abort.bytes == 4 {
      let value = contexts[cpu].frame.register(abort.register)
      if value & PhysicalRedistributor.enableLPIs != 0 { cpus[cpu].refused &+= 1 }
      storeRedistributor(
        address, bytes: 4, value & 0xffff_ffff & ~PhysicalRedistributor.enableLPIs, &effects)
    } else if register == GICRegister.waker && abort.bytes == 4 {
      storeRedistributor(
        address, bytes: 4, contexts[cpu].frame.register(abort.register) & 0xffff_ffff, &effects)
    } else {
      cpus[cpu].refused &+= 1
    }
    contexts[cpu].frame.advance(over: abort.syndrome)
    return true
  }
}

/// The machine's own redistributors (GICv3 specification, 12.10).
enum PhysicalRedistributor {
  static let control: UInt64 = 0
  static let enableLPIs: UInt64 = 1

  /// CTLR, IIDR, TYPER, STATUSR, WAKER and the identification registers.
  static func isReadable(_ register: UInt64, bytes: UInt8) -> Bool {
    if bytes == 8 { return register == GICRegister.redistributorType }
    return bytes == 4 && (register <= GICRegister.waker || register >= 0xffd0)
  }
}
