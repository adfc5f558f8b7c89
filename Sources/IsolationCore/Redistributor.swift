import Contracts
import EngineABI

extension Machine {
  /// A read of a redistributor, at an offset from that of vCPU 0.
  func readRedistributor(_ vm: VMID, _ offset: UInt64, bytes: UInt8) -> GICAnswer {
    requires(ghost: held[Int(vm.raw)])
    guard let owner = VCPUID(vm, offset / GuestGIC.redistributorStride),
      vcpus[owner.index].life != .absent
    else { return .refused }
    let slot = owner.index
    let inner = offset % GuestGIC.redistributorStride
    if inner < GICRegister.privateFrame {
      if inner & ~7 == GICRegister.redistributorType {
        return readWide(typeOfRedistributor(owner), inner, bytes)
      }
      guard bytes == 4, inner & 3 == 0 else { return .refused }
      switch inner {
      case GICRegister.redistributorControl:
        return .value(isWithdrawing(owner) ? GICRegister.redistributorPending : 0)
      case GICRegister.implementer &- 4: return .value(GICRegister.implementerValue)
      case GICRegister.waker: return .value(vcpus[slot].asleep ? 0b110 : 0)
      case GICRegister.peripheralID2: return .value(GICRegister.architectureValue)
      default: return .value(0)
      }
    }
    let register = inner &- GICRegister.privateFrame
    if register >= GICRegister.prioritiesFirst && register < GICRegister.prioritiesFirst &+ 32 {
      return readPriorities(vm, owner, register &- GICRegister.prioritiesFirst, bytes)
    }
    guard bytes == 4, register & 3 == 0 else { return .refused }
    switch register {
    case 0x80..<0x400:
      guard register & 0x7f == 0 else { return .value(0) }
      let listed = listed(owner, register / 0x80).own
      return .value(vcpus[slot].own.read(register / 0x80, listed: listed) & 0xffff_ffff)
    case GICRegister.configurationFirst: return .value(configurationWord(vcpus[slot].own.edge))
    case GICRegister.configurationFirst &+ 4:
      return .value(configurationWord(vcpus[slot].own.edge >> 16))
    default: return .value(0)
    }
  }

  /// A write to a redistributor by a running vCPU.
  mutating func writeRedistributor(
    _ id: VCPUID, _ offset: UInt64, bytes: UInt8, _ value: UInt64, saved: Bool,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> GICAnswer {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(9))
    ensures(effects.count <= old(effects.count) + 9)
    guard let owner = VCPUID(id.vm, offset / GuestGIC.redistributorStride),
      vcpus[owner.index].life != .absent
    else { return .refused }
    let slot = owner.index
    let inner = offset % GuestGIC.redistributorStride
    if inner < GICRegister.privateFrame {
      guard bytes == 4 && inner & 3 == 0 || bytes == 8 && inner == GICRegister.redistributorType
      else { return .refused }
      if inner == GICRegister.waker { vcpus[slot].asleep = value & 0b10 != 0 }
      return .done
    }
    let register = inner &- GICRegister.privateFrame
    if register >= GICRegister.prioritiesFirst && register < GICRegister.prioritiesFirst &+ 32 {
      return writePriorities(id.vm, owner, register &- GICRegister.prioritiesFirst, bytes, value)
    }
    guard bytes == 4, register & 3 == 0 else { return .refused }
    switch register {
    case 0x80..<0x400:
      guard register & 0x7f == 0 else { return .done }
      let bits = value & 0xffff_ffff
      let kind = register / 0x80
      if isRecalling(kind) {
        let what = Withdrawal(own: bits, mark: mark(kind))
        if owner != id {
          withdraw(owner, what, &notice)
        } else if !withdrawOwn(id, what, saved: saved, &effects) {
          return .needsLists
        }
      }
      vcpus[slot].own.write(kind, bits)
      if kind == BitRegister.setEnable && bits >> UInt64(GuestGIC.virtualTimer) & 1 != 0 {
        lookAtTimer(owner, live: owner == id, &effects)
      }
      if owner != id { notify(owner, &notice) }
      return .done
    case GICRegister.configurationFirst &+ 4:
      let timer: UInt64 = 1 << UInt64(GuestGIC.virtualTimer)
      vcpus[slot].own.edge = 0xffff | configurationBits(value) << 16 & ~timer
      return .done
    default: return .done
    }
  }

  /// Forgets a timer line that was seen high before the interrupt was enabled: if it still is, its
  /// physical interrupt comes again.
  private mutating func lookAtTimer(_ id: VCPUID, live: Bool, _ effects: inout Effects) {
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    let bit: UInt64 = 1 << UInt64(GuestGIC.virtualTimer)
    guard vcpus[id.index].own.level & bit != 0, vcpus[id.index].ownListed & bit == 0,
      live || vcpus[id.index].life != .running
    else { return }
    vcpus[id.index].own.level &= ~bit
    if live { effects.append(.admitTimer) }
  }
}
