import Contracts
import EngineABI

extension Machine {
  /// A read of the distributor.
  func readDistributor(_ vm: VMID, _ offset: UInt64, bytes: UInt8) -> GICAnswer {
    requires(ghost: held[Int(vm.raw)])
    let bank = vms[vm.index].shared
    if offset >= GICRegister.prioritiesFirst && offset < GICRegister.prioritiesEnd {
      return readPriorities(
        vm, nil, offset &- GICRegister.prioritiesFirst &- UInt64(firstShared), bytes)
    }
    if offset >= GICRegister.routersFirst && offset < GICRegister.routersEnd {
      return readRouter(vm, offset &- GICRegister.routersFirst, bytes)
    }
    guard bytes == 4, offset & 3 == 0 else { return .refused }
    switch offset {
    case GICRegister.distributorControl:
      return .value(
        GICRegister.securityDisabled | GICRegister.affinityRouting
          | (vms[vm.index].interruptsEnabled ? GICRegister.enableGroup1 : 0)
          | (hasWritePending(vm) ? GICRegister.distributorPending : 0))
    case GICRegister.distributorType: return .value(GICRegister.typeValue)
    case GICRegister.implementer: return .value(GICRegister.implementerValue)
    case GICRegister.peripheralID2: return .value(GICRegister.architectureValue)
    case 0x80..<0x400:
      let word = offset >> 2 & 31
      guard word >= 1, word <= 2 else { return .value(0) }
      return .value(
        bank.read(offset / 0x80, listed: listedShared(vm, offset / 0x80)) >> ((word &- 1) &* 32)
          & 0xffff_ffff)
    case GICRegister.configurationFirst..<GICRegister.configurationEnd:
      let word = offset >> 2 & 63
      guard word >= 2, word < 6 else { return .value(0) }
      return .value(configurationWord(bank.edge >> ((word &- 2) &* 16)))
    default: return .value(0)
    }
  }

  /// A write to the distributor by a running vCPU.
  mutating func writeDistributor(
    _ id: VCPUID, _ offset: UInt64, bytes: UInt8, _ value: UInt64, saved: Bool,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> GICAnswer {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(8))
    ensures(effects.count <= old(effects.count) + 8)
    let vm = id.vm.index
    if offset >= GICRegister.prioritiesFirst && offset < GICRegister.prioritiesEnd {
      return writePriorities(
        id.vm, nil, offset &- GICRegister.prioritiesFirst &- UInt64(firstShared), bytes, value)
    }
    if offset >= GICRegister.routersFirst && offset < GICRegister.routersEnd {
      return writeRouter(
        id, offset &- GICRegister.routersFirst, bytes: bytes, value, saved: saved, &notice,
        &effects)
    }
    guard bytes == 4, offset & 3 == 0 else { return .refused }
    switch offset {
    case GICRegister.distributorControl:
      if value & GICRegister.enableGroup1 == 0 && vms[vm].interruptsEnabled {
        let what = Withdrawal(own: ~0, shared: ~0)
        guard withdrawOwn(id, what, saved: saved, &effects) else { return .needsLists }
        withdraw(but: id, what, &notice)
      }
      vms[vm].interruptsEnabled = value & GICRegister.enableGroup1 != 0
      notifyAll(but: id, of: ~0, &notice)
      return .done
    case 0x80..<0x400:
      let word = offset >> 2 & 31
      guard word >= 1, word <= 2 else { return .done }
      let bits = value << ((word &- 1) &* 32)
      let register = offset / 0x80
      if isRecalling(register) {
        let what = Withdrawal(shared: bits, mark: mark(register))
        guard withdrawOwn(id, what, saved: saved, &effects) else { return .needsLists }
        withdraw(but: id, what, &notice)
      }
      vms[vm].shared.write(register, bits)
      notifyAll(but: id, of: bits, &notice)
      return .done
    case GICRegister.configurationFirst..<GICRegister.configurationEnd:
      let word = offset >> 2 & 63
      guard word >= 2, word < 6 else { return .done }
      let shift = (word &- 2) &* 16
      vms[vm].shared.edge =
        vms[vm].shared.edge & ~(0xffff << shift) | configurationBits(value) << shift
      return .done
    default: return .done
    }
  }
}
