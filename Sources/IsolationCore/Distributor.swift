import Contracts
import EngineABI

/// The registers of the interrupt controller that hold one bit an interrupt, by offset / 0x80
/// (GICv3 specification, 12.8 and 12.10).
enum BitRegister {
  static let group: UInt64 = 1
  static let setEnable: UInt64 = 2
  static let clearEnable: UInt64 = 3
  static let setPending: UInt64 = 4
  static let clearPending: UInt64 = 5
  static let setActive: UInt64 = 6
  static let clearActive: UInt64 = 7
}

extension InterruptBank {
  /// What a register that holds one bit an interrupt reads as.
  func read(_ register: UInt64, active: UInt64) -> UInt64 {
    switch register {
    case BitRegister.group: ~0
    case BitRegister.setEnable, BitRegister.clearEnable: enabled
    case BitRegister.setPending, BitRegister.clearPending: pending | level & ~edge
    case BitRegister.setActive, BitRegister.clearActive: active
    default: 0
    }
  }

  /// A write of ones to such a register. The active state is the list registers'.
  mutating func write(_ register: UInt64, _ bits: UInt64) {
    switch register {
    case BitRegister.setEnable: enabled |= bits
    case BitRegister.clearEnable: enabled &= ~bits
    case BitRegister.setPending: pending |= bits
    case BitRegister.clearPending: pending &= ~bits
    default: break
    }
  }
}

/// Offsets and values of GICD and GICR registers that the engine knows.
enum GICRegister {
  static let distributorControl: UInt64 = 0x0000
  static let distributorType: UInt64 = 0x0004
  static let implementer: UInt64 = 0x0008
  static let prioritiesFirst: UInt64 = 0x0400
  static let prioritiesEnd: UInt64 = 0x0800
  static let configurationFirst: UInt64 = 0x0c00
  static let configurationEnd: UInt64 = 0x0d00
  static let routersFirst: UInt64 = 0x6100
  static let routersEnd: UInt64 = 0x6100 + 8 * UInt64(Limits.spis)
  static let peripheralID2: UInt64 = 0xffe8

  static let redistributorType: UInt64 = 0x0008
  static let waker: UInt64 = 0x0014
  /// The frame of SGIs and PPIs follows that of the redistributor itself.
  static let privateFrame: UInt64 = 0x1_0000

  /// GICD_CTLR: DS, ARE and EnableGrp1.
  static let securityDisabled: UInt64 = 1 << 6
  static let affinityRouting: UInt64 = 1 << 4
  static let enableGroup1: UInt64 = 1 << 1
  /// GICD_TYPER: 24 bits of INTID less one would promise LPIs; 10 bits, and the SPIs in 32s.
  static let typeValue: UInt64 = 9 << 19 | UInt64(Limits.spis / 32)
  /// Arm, as the emulated revision.
  static let implementerValue: UInt64 = 0x43b
  /// GICv3.
  static let architectureValue: UInt64 = 0x3b
  /// The five bits of priority that list registers keep.
  static let priorityMask: UInt64 = 0xf8
}

/// What an access to the emulated interrupt controller comes to.
enum GICAnswer {
  case value(UInt64)
  case done
  /// The list registers' state is needed first.
  case needsLists
  /// No such register, or not in this width.
  case refused
}

extension Machine {
  /// A read of the distributor.
  func readDistributor(_ vm: VMID, _ offset: UInt64, bytes: UInt8) -> GICAnswer {
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
          | (vms[vm.index].interruptsEnabled ? GICRegister.enableGroup1 : 0))
    case GICRegister.distributorType: return .value(GICRegister.typeValue)
    case GICRegister.implementer: return .value(GICRegister.implementerValue)
    case GICRegister.peripheralID2: return .value(GICRegister.architectureValue)
    case 0x80..<0x400:
      let word = offset >> 2 & 31
      guard word >= 1, word <= 2 else { return .value(0) }
      return .value(
        bank.read(offset / 0x80, active: activeShared(vm)) >> ((word &- 1) &* 32)
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
    let vm = id.vm.index
    if offset >= GICRegister.prioritiesFirst && offset < GICRegister.prioritiesEnd {
      return writePriorities(
        id.vm, nil, offset &- GICRegister.prioritiesFirst &- UInt64(firstShared), bytes, value)
    }
    if offset >= GICRegister.routersFirst && offset < GICRegister.routersEnd {
      guard saved else { return .needsLists }
      return writeRouter(id, offset &- GICRegister.routersFirst, bytes, value, &notice, &effects)
    }
    guard bytes == 4, offset & 3 == 0 else { return .refused }
    switch offset {
    case GICRegister.distributorControl:
      vms[vm].interruptsEnabled = value & GICRegister.enableGroup1 != 0
      notifyAll(but: id, of: ~0, &notice)
      return .done
    case 0x80..<0x400:
      let word = offset >> 2 & 31
      guard word >= 1, word <= 2 else { return .done }
      let bits = value << ((word &- 1) &* 32)
      let register = offset / 0x80
      if isRecalling(register) && vcpus[id.index].sharedListed & bits != 0 {
        guard saved else { return .needsLists }
        recall(id, &effects)
        if register == BitRegister.clearActive { deactivate(id, shared: bits, own: 0, &effects) }
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

  /// A read of a redistributor, at an offset from that of vCPU 0.
  func readRedistributor(_ vm: VMID, _ offset: UInt64, bytes: UInt8) -> GICAnswer {
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
      return .value(
        vcpus[slot].own.read(register / 0x80, active: activeOwn(owner)) & 0xffff_ffff)
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
      if owner == id && isRecalling(kind) && vcpus[slot].ownListed & bits != 0 {
        guard saved else { return .needsLists }
        recall(id, &effects)
        if kind == BitRegister.clearActive { deactivate(id, shared: 0, own: bits, &effects) }
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
    let bit: UInt64 = 1 << UInt64(GuestGIC.virtualTimer)
    guard vcpus[id.index].own.level & bit != 0, vcpus[id.index].ownListed & bit == 0,
      live || vcpus[id.index].life != .running
    else { return }
    vcpus[id.index].own.level &= ~bit
    if live { effects.append(.admitTimer) }
  }

  // MARK: One bit an interrupt

  /// Registers whose write may concern an interrupt that is in a list register.
  private func isRecalling(_ register: UInt64) -> Bool {
    register == BitRegister.clearEnable || register == BitRegister.clearPending
      || register == BitRegister.clearActive
  }

  /// Whether an offset in a frame is that of GICx_ISACTIVER<n> or GICx_ICACTIVER<n>: to read them
  /// the caller's list registers are needed. (Those of a vCPU that runs elsewhere are as it last
  /// left them.)
  func isActiveRegister(_ offset: UInt64) -> Bool {
    offset / 0x80 == BitRegister.setActive || offset / 0x80 == BitRegister.clearActive
  }

  /// Active interrupts as the saved list registers of a vCPU have them.
  private func active(_ id: VCPUID) -> (own: UInt64, shared: UInt64) {
    var own: UInt64 = 0
    var shared: UInt64 = 0
    for list in 0..<configuration.listRegisters
    where vcpus[id.index].lists >> UInt64(list) & 1 != 0
      && contexts[id.context].interrupts.lists[list] & ListRegister.active != 0
    {
      let interrupt = vcpus[id.index].listed[list]
      if interrupt < firstShared {
        own |= 1 << UInt64(interrupt)
      } else {
        shared |= 1 << UInt64(interrupt &- firstShared)
      }
    }
    return (own, shared)
  }

  private func activeOwn(_ id: VCPUID) -> UInt64 { active(id).own }

  private func activeShared(_ vm: VMID) -> UInt64 {
    var bits: UInt64 = 0
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number) { bits |= active(id).shared }
    }
    return bits
  }

  /// Drops the active state of listed interrupts.
  private mutating func deactivate(
    _ id: VCPUID, shared: UInt64, own: UInt64, _ effects: inout Effects
  ) {
    for list in 0..<configuration.listRegisters {
      let interrupt = vcpus[id.index].listed[list]
      if vcpus[id.index].lists >> UInt64(list) & 1 != 0
        && (interrupt < firstShared
          ? own >> UInt64(interrupt) & 1 : shared >> UInt64(interrupt &- firstShared) & 1) != 0
      {
        contexts[id.context].interrupts.lists[list] = 0
        effects.append(.list(index: UInt64(truncatingIfNeeded: list), 0))
      }
    }
  }

  /// Tells the vCPUs to which one of these shared interrupts is routed.
  private mutating func notifyAll(but caller: VCPUID, of bits: UInt64, _ notice: inout Notice) {
    guard vms[caller.vm.index].shared.deliverable & bits != 0 || bits == ~0 else { return }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(caller.vm, number), id != caller,
        bits == ~0 || vcpus[id.index].routed & bits != 0
      {
        notify(id, &notice)
      }
    }
  }

  // MARK: Priorities, two-bit configuration, routing

  private func readPriorities(
    _ vm: VMID, _ owner: VCPUID?, _ first: UInt64, _ bytes: UInt8
  ) -> GICAnswer {
    guard bytes == 1 || bytes == 4 && first & 3 == 0 else { return .refused }
    var value: UInt64 = 0
    for byte in 0..<UInt64(bytes) {
      value |= UInt64(priority(vm, owner, first &+ byte)) << (8 &* byte)
    }
    return .value(value)
  }

  private mutating func writePriorities(
    _ vm: VMID, _ owner: VCPUID?, _ first: UInt64, _ bytes: UInt8, _ value: UInt64
  ) -> GICAnswer {
    guard bytes == 1 || bytes == 4 && first & 3 == 0 else { return .refused }
    for byte in 0..<UInt64(bytes) {
      let priority = UInt8(truncatingIfNeeded: value >> (8 &* byte) & GICRegister.priorityMask)
      let index = first &+ byte
      if let owner {
        if index < 32 { vcpus[owner.index].priorities[Int(index)] = priority }
      } else if index < UInt64(Limits.spis) {
        vms[vm.index].priorities[Int(index)] = priority
      }
    }
    return .done
  }

  private func priority(_ vm: VMID, _ owner: VCPUID?, _ index: UInt64) -> UInt8 {
    if let owner { return index < 32 ? vcpus[owner.index].priorities[Int(index)] : 0 }
    return index < UInt64(Limits.spis) ? vms[vm.index].priorities[Int(index)] : 0
  }

  /// 16 interrupts of a GICx_ICFGRn: bit 1 of each pair is "edge".
  private func configurationWord(_ edges: UInt64) -> UInt64 {
    var word: UInt64 = 0
    for bit in 0..<UInt64(16) { word |= (edges >> bit & 1) << (2 &* bit &+ 1) }
    return word
  }

  private func configurationBits(_ word: UInt64) -> UInt64 {
    var edges: UInt64 = 0
    for bit in 0..<UInt64(16) { edges |= (word >> (2 &* bit &+ 1) & 1) << bit }
    return edges
  }

  private func readRouter(_ vm: VMID, _ offset: UInt64, _ bytes: UInt8) -> GICAnswer {
    let bit: UInt64 = 1 << (offset / 8)
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), vcpus[id.index].routed & bit != 0 {
        return readWide(number, offset, bytes)
      }
    }
    return readWide(0, offset, bytes)
  }

  /// GICD_IROUTER<n>: affinity 0 names the vCPU; "any participating" means vCPU 0 here.
  private mutating func writeRouter(
    _ id: VCPUID, _ offset: UInt64, _ bytes: UInt8, _ value: UInt64, _ notice: inout Notice,
    _ effects: inout Effects
  ) -> GICAnswer {
    guard bytes == 8 || bytes == 4, offset % UInt64(bytes) == 0 else { return .refused }
    if bytes == 4 && offset & 4 != 0 { return .done }
    let bit: UInt64 = 1 << (offset / 8)
    let anyCPU = value >> 31 & 1 != 0
    let wanted = anyCPU ? 0 : value & 0xff
    recall(id, &effects)
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let other = VCPUID(id.vm, number) {
        if number == wanted && vcpus[other.index].life != .absent {
          vcpus[other.index].routed |= bit
        } else {
          vcpus[other.index].routed &= ~bit
        }
      }
    }
    notifyAll(but: id, of: bit, &notice)
    return .done
  }

  /// A 64-bit register read whole or by halves.
  private func readWide(_ value: UInt64, _ offset: UInt64, _ bytes: UInt8) -> GICAnswer {
    if bytes == 8 && offset & 7 == 0 { return .value(value) }
    if bytes == 4 && offset & 3 == 0 { return .value(value >> (offset & 4 &* 8) & 0xffff_ffff) }
    return .refused
  }

  /// GICR_TYPER: the affinity, the processor number, and Last at the last vCPU.
  private func typeOfRedistributor(_ id: VCPUID) -> UInt64 {
    let number = UInt64(id.number)
    var last = true
    if let next = VCPUID(id.vm, number &+ 1) { last = vcpus[next.index].life == .absent }
    return number << 32 | number << 8 | (last ? 1 << 4 : 0)
  }
}
