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
  ///
  /// - Parameter listed: interrupts that list registers hold in this state.
  func read(_ register: UInt64, listed: UInt64) -> UInt64 {
    switch register {
    case BitRegister.group: ~0
    case BitRegister.setEnable, BitRegister.clearEnable: enabled
    case BitRegister.setPending, BitRegister.clearPending: pending | level & ~edge | listed
    case BitRegister.setActive, BitRegister.clearActive: listed
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

extension GuestGIC {
  /// Whether a guest finds its distributor or a redistributor at an address.
  @inline(__always)
  static func contains(_ address: UInt64) -> Bool {
    address &- distributor < distributorBytes
      || address &- redistributor < redistributorStride &* UInt64(Limits.vcpusPerVM)
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

  static let redistributorControl: UInt64 = 0x0000
  static let redistributorType: UInt64 = 0x0008
  static let waker: UInt64 = 0x0014
  /// The frame of SGIs and PPIs follows that of the redistributor itself.
  static let privateFrame: UInt64 = 0x1_0000

  /// GICD_CTLR: RWP, DS, ARE and EnableGrp1.
  static let distributorPending: UInt64 = 1 << 31
  static let securityDisabled: UInt64 = 1 << 6
  static let affinityRouting: UInt64 = 1 << 4
  static let enableGroup1: UInt64 = 1 << 1
  /// GICR_CTLR.RWP.
  static let redistributorPending: UInt64 = 1 << 3
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
  /// Another vCPU has to leave first: the guest makes the access again.
  case again
  /// No such register, or not in this width.
  case refused
}

// What the distributor and the redistributors have in common.

extension Machine {
  // MARK: One bit an interrupt

  /// Registers whose write may concern an interrupt that is in a list register.
  func isRecalling(_ register: UInt64) -> Bool {
    register == BitRegister.clearEnable || register == BitRegister.clearPending
      || register == BitRegister.clearActive
  }

  /// What becomes of interrupts in list registers that such a write names; all go back to the banks.
  func mark(_ register: UInt64) -> UInt16 {
    switch register {
    case BitRegister.clearPending: Listed.forgotten
    case BitRegister.clearActive: Listed.ended
    default: 0
    }
  }

  /// Whether an offset in a frame is that of a register of pending or active states: to read them
  /// the caller's list registers are needed. (Those of a vCPU that runs elsewhere are as it last
  /// left them.)
  func isStateRegister(_ offset: UInt64) -> Bool {
    offset / 0x80 >= BitRegister.setPending && offset / 0x80 <= BitRegister.clearActive
  }

  /// Interrupts that saved list registers of a vCPU hold in the state that a register shows.
  func listed(_ id: VCPUID, _ register: UInt64) -> (own: UInt64, shared: UInt64) {
    let state =
      register == BitRegister.setPending || register == BitRegister.clearPending
      ? ListRegister.pending : ListRegister.active
    var own: UInt64 = 0
    var shared: UInt64 = 0
    for list in 0..<configuration.listRegisters
    where vcpus[id.index].lists >> UInt64(list) & 1 != 0
      && contexts[id.context].interrupts.lists[list] & state != 0
    {
      let interrupt = vcpus[id.index].listed[list] & Listed.number
      if interrupt < firstShared {
        own |= 1 << UInt64(interrupt)
      } else {
        shared |= 1 << UInt64(interrupt &- firstShared)
      }
    }
    return (own, shared)
  }

  func listedShared(_ vm: VMID, _ register: UInt64) -> UInt64 {
    var bits: UInt64 = 0
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number) { bits |= listed(id, register).shared }
    }
    return bits
  }

  /// GICD_CTLR.RWP: whether a vCPU runs that may still take what was disabled.
  func hasWritePending(_ vm: VMID) -> Bool {
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), isWithdrawing(id) { return true }
    }
    return false
  }

  /// Tells the vCPUs to which one of these shared interrupts is routed.
  mutating func notifyAll(but caller: VCPUID, of bits: UInt64, _ notice: inout Notice) {
    requires(ghost: held[Int(caller.vm.raw)])
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

  func readPriorities(
    _ vm: VMID, _ owner: VCPUID?, _ first: UInt64, _ bytes: UInt8
  ) -> GICAnswer {
    requires(ghost: held[Int(vm.raw)])
    guard bytes == 1 || bytes == 4 && first & 3 == 0 else { return .refused }
    var value: UInt64 = 0
    for byte in 0..<UInt64(bytes) {
      value |= UInt64(priority(vm, owner, first &+ byte)) << (8 &* byte)
    }
    return .value(value)
  }

  mutating func writePriorities(
    _ vm: VMID, _ owner: VCPUID?, _ first: UInt64, _ bytes: UInt8, _ value: UInt64
  ) -> GICAnswer {
    requires(ghost: held[Int(vm.raw)])
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

  func priority(_ vm: VMID, _ owner: VCPUID?, _ index: UInt64) -> UInt8 {
    requires(ghost: held[Int(vm.raw)])
    if let owner { return index < 32 ? vcpus[owner.index].priorities[Int(index)] : 0 }
    return index < UInt64(Limits.spis) ? vms[vm.index].priorities[Int(index)] : 0
  }

  /// 16 interrupts of a GICx_ICFGRn: bit 1 of each pair is "edge".
  func configurationWord(_ edges: UInt64) -> UInt64 {
    var word: UInt64 = 0
    for bit in 0..<UInt64(16) { word |= (edges >> bit & 1) << (2 &* bit &+ 1) }
    return word
  }

  func configurationBits(_ word: UInt64) -> UInt64 {
    var edges: UInt64 = 0
    for bit in 0..<UInt64(16) { edges |= (word >> (2 &* bit &+ 1) & 1) << bit }
    return edges
  }

  /// The vCPU to which a shared interrupt is routed.
  @inline(never)
  func target(_ vm: VMID, _ bit: UInt64) -> VCPUID? {
    ensures { (id: VCPUID?) in id == nil || id!.vm == vm }
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), vcpus[id.index].routed & bit != 0 { return id }
    }
    return nil
  }

  func readRouter(_ vm: VMID, _ offset: UInt64, _ bytes: UInt8) -> GICAnswer {
    guard let id = target(vm, 1 << (offset / 8)) else { return readWide(0, offset, bytes) }
    return readWide(UInt64(id.number), offset, bytes)
  }

  /// GICD_IROUTER<n>: affinity 0 names the vCPU; "any participating" means vCPU 0 here.
  ///
  /// A vCPU that has not seen the interrupt yet gives it back first, so that it is taken once. Until
  /// all have, it is routed nowhere and the write is made again.
  mutating func writeRouter(
    _ id: VCPUID, _ offset: UInt64, bytes: UInt8, _ value: UInt64, saved: Bool,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> GICAnswer {
    requires(ghost: held[Int(id.vm.raw)])
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    guard bytes == 8 || bytes == 4, offset % UInt64(bytes) == 0 else { return .refused }
    if bytes == 4 && offset & 4 != 0 { return .done }
    let bit: UInt64 = 1 << (offset / 8)
    let what = Withdrawal(shared: bit)
    guard withdrawOwn(id, what, saved: saved, &effects) else { return .needsLists }
    unroute(id, what, &notice)
    guard isGivenBack(id.vm, bit) else { return .again }
    let anyCPU = value >> 31 & 1 != 0
    route(id, to: anyCPU ? 0 : value & 0xff, bit, &notice)
    return .done
  }

  /// Routes a shared interrupt nowhere; where it was routed it has to be given back.
  private mutating func unroute(
    _ caller: VCPUID, _ what: Withdrawal, _ notice: inout Notice
  ) {
    requires(ghost: held[Int(caller.vm.raw)])
    guard let id = target(caller.vm, what.shared) else { return }
    vcpus[id.index].routed &= ~what.shared
    if id != caller { withdraw(id, what, &notice) }
  }

  /// Routes it to a vCPU, if there is one of this number, and tells that.
  private mutating func route(
    _ caller: VCPUID, to number: UInt64, _ bit: UInt64, _ notice: inout Notice
  ) {
    requires(ghost: held[Int(caller.vm.raw)])
    guard let id = VCPUID(caller.vm, number), vcpus[id.index].life != .absent else { return }
    vcpus[id.index].routed |= bit
    if id != caller && vms[caller.vm.index].shared.deliverable & bit != 0 { notify(id, &notice) }
  }

  /// Whether no vCPU has to give back a shared interrupt that was taken out of its list registers.
  private mutating func isGivenBack(_ vm: VMID, _ bit: UInt64) -> Bool {
    requires(ghost: held[Int(vm.raw)])
    for number in 0..<UInt64(Limits.vcpusPerVM) {
      if let id = VCPUID(vm, number), vcpus[id.index].isRecalled,
        vcpus[id.index].sharedListed & bit != 0
      {
        if vcpus[id.index].life == .running { return false }
        recallSaved(id)
      }
    }
    return true
  }

  /// A 64-bit register read whole or by halves.
  func readWide(_ value: UInt64, _ offset: UInt64, _ bytes: UInt8) -> GICAnswer {
    if bytes == 8 && offset & 7 == 0 { return .value(value) }
    if bytes == 4 && offset & 3 == 0 { return .value(value >> (offset & 4 &* 8) & 0xffff_ffff) }
    return .refused
  }

  /// GICR_TYPER: the affinity, the processor number, and Last at the last vCPU.
  func typeOfRedistributor(_ id: VCPUID) -> UInt64 {
    let number = UInt64(id.number)
    var last = true
    if let next = VCPUID(id.vm, number &+ 1) { last = vcpus[next.index].life == .absent }
    return number << 32 | number << 8 | (last ? 1 << 4 : 0)
  }
}
