import Contracts
import EngineABI

// What calls require of ghost state, for theorems of other modules. Nothing here is executed.

extension Machine {
  /// The VM's lock is held.
  public func isLocked(_ vm: VMID, _ held: GhostMap<Bool>) -> Bool { held[Int(vm.raw)] }

  /// The memory lock and the VM's are held, and tables are, when the effects so far are done, what the
  /// machine takes them for.
  public func isReady(for vm: VMID, _ effects: Effects, _ held: GhostMap<Bool>) -> Bool {
    held[0] && held[Int(vm.raw)] && effects.memoryLocked && effects.lockedVM == vm.raw
      && ownership.tables.agree(with: ownership, spaces)
      && effects.tables.isSame(as: ownership.tables)
  }

  public func areTablesRight(_ held: GhostMap<Bool>) -> Bool {
    ownership.tables.agree(with: ownership, spaces)
  }

  // What calls answer, by their contracts.

  public func answerToCreateVM(
    _ vm: VMID, _ root: UInt64, _ held: GhostMap<Bool>
  ) -> Status { answerToCreateVM(vm, root) }

  public func answerToCreateVCPU(
    _ vm: VMID, _ number: UInt64, _ held: GhostMap<Bool>
  ) -> Status { answerToCreateVCPU(vm, number) }

  public func answerToSetEntry(
    _ vm: VMID, _ number: UInt64, _ pc: UInt64, _ held: GhostMap<Bool>
  ) -> Status { answerToSetEntry(vm, number, pc) }

  public func answerToSeal(_ vm: VMID, _ held: GhostMap<Bool>) -> Status { answerToSeal(vm) }

  /// CPU_ON of a guest.
  public func answerToCPUOn(
    _ vm: VMID, _ affinity: UInt64, _ entry: UInt64, _ held: GhostMap<Bool>
  ) -> UInt64 { answerToCPUOn(vm, affinity, entry) }

  /// Whether a vCPU of the VM may start there.
  public func isEntry(_ vm: VMID, _ address: UInt64, _ held: GhostMap<Bool>) -> Bool {
    isEntry(vm, address)
  }

  /// What comes back of a guest's function with these arguments, but of those that share pages.
  public func answerToGuest(
    _ vm: VMID, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ held: GhostMap<Bool>
  ) -> UInt64 { answer(toGuest: vm, function, a, b) }

  public func answerToDestroyVM(_ vm: VMID, _ held: GhostMap<Bool>) -> Status {
    answerToDestroyVM(vm)
  }
}

extension PageState {
  /// What a table of a VM is.
  public static func table(of vm: VMID) -> PageState { PageState(owner: vm.raw, use: .table) }
}
