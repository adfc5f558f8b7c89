import Contracts
import EngineABI

// What the calls of a VM's life answer, as functions of the state before: each `guard` is one error,
// and they stand in the order in which they count. Contracts say so; nothing here is executed.

extension Machine {
  func answerToCreateVM(_ vm: VMID, _ root: UInt64) -> Status {
    guard root % (2 &* PageSize.page) == 0, let page = PhysicalPage(aligned: root),
      let index = ownership.index(of: page)
    else { return .invalidArgument }
    guard spaces[vm.index].state == .free else { return .occupied }
    guard ownership.pages[index] == .host, ownership.pages[index + 1] == .host else {
      return .notOwner
    }
    return .ok
  }

  func answerToCreateVCPU(_ vm: VMID, _ number: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM) else { return .invalidArgument }
    guard spaces[vm.index].state == .loading else { return .wrongState }
    guard life(vm, number) == .absent else { return .occupied }
    guard number == 0 || life(vm, number - 1) != .absent else { return .wrongState }
    return .ok
  }

  func answerToSetEntry(_ vm: VMID, _ number: UInt64, _ pc: UInt64) -> Status {
    guard number < UInt64(Limits.vcpusPerVM), pc % 4 == 0 else { return .invalidArgument }
    guard spaces[vm.index].state == .loading else { return .wrongState }
    guard life(vm, number) == .off || life(vm, number) == .starting else { return .wrongState }
    return .ok
  }

  func answerToSeal(_ vm: VMID) -> Status {
    guard spaces[vm.index].state == .loading else { return .wrongState }
    return .ok
  }

  func answerToDestroyVM(_ vm: VMID) -> Status {
    guard spaces[vm.index].state == .loading || spaces[vm.index].state == .sealed else {
      return .wrongState
    }
    guard !runsSomewhere(vm) else { return .busy }
    return .ok
  }

  // MARK: What they look at

  /// The life of a VM's vCPU; absent, if it can have none of that number.
  func life(_ vm: VMID, _ number: UInt64) -> VCPULife {
    guard let id = VCPUID(vm, number) else { return .absent }
    return vcpus[id.index].life
  }

  /// Whether a vCPU of the VM runs.
  func runsSomewhere(_ vm: VMID) -> Bool {
    exists(Machine.firstVCPU(vm)..<Machine.firstVCPU(vm) + Limits.vcpusPerVM) {
      vcpus[$0].life == .running
    }
  }

  /// Whether an index of the carve-out's pages is that of one of the two from this address on.
  public static func isRoot(_ index: Int, _ first: UInt64, _ root: UInt64) -> Bool {
    requires(index >= 0)
    let number = first &+ UInt64(truncatingIfNeeded: index)
    return number == root / PageSize.page || number == root / PageSize.page + 1
  }

  /// Where a VM's vCPUs begin in the table.
  public static func firstVCPU(_ vm: VMID) -> Int { vm.index * Limits.vcpusPerVM }

  /// Whether an index of the table of vCPUs is that of the VM's vCPU of this number.
  public static func isVCPU(_ index: Int, _ vm: VMID, _ number: UInt64) -> Bool {
    number < UInt64(Limits.vcpusPerVM)
      && index == firstVCPU(vm) + Int(truncatingIfNeeded: number)
  }

  /// Whether an index of the table of vCPUs is that of one of the VM's.
  public static func isVCPU(_ index: Int, of vm: VMID) -> Bool {
    index >= firstVCPU(vm) && index < firstVCPU(vm) + Limits.vcpusPerVM
  }
}

// What becomes of what they change.

extension AddressSpace {
  /// Whether it is that of a VM that has been created.
  public func isLoading(_ root: UInt64) -> Bool {
    state == .loading && self.root.address == root && pages == 2
  }
}

extension VirtualMachine {
  /// One that has been created when the physical counter showed this.
  public static func created(at counter: UInt64) -> VirtualMachine {
    var result = VirtualMachine()
    result.counterOffset = counter
    return result
  }
}

extension VCPU {
  /// One that has been created: it is off, and the first has all shared interrupts.
  public static func created(_ number: UInt64) -> VCPU {
    var result = VCPU()
    result.life = .off
    result.routed = number == 0 ? ~0 : 0
    return result
  }

  /// Whether it is what a vCPU becomes that is turned on: it starts, with no access open and no
  /// interrupt listed. What it had enabled, routed and counted stays. (What was pending goes on to
  /// be, and what had been listed may be again.)
  public func isTurnedOn(from before: VCPU) -> Bool {
    forall(0..<32) { priorities[$0] == before.priorities[$0] }
      && forall(0..<16) { counters[$0] == before.counters[$0] }
      && life == .starting && isSame(access, DeviceAccess())
      && ownListed == 0 && sharedListed == 0 && lists == 0 && unsettled == 0
      && own.enabled == before.own.enabled && own.edge == before.own.edge && own.level == 0
      && cpu == before.cpu && usesFloatingPoint == before.usesFloatingPoint
      && routed == before.routed && asleep == before.asleep
  }
}

extension VirtualMachine {
  /// Whether it is the same but for what is pending.
  public func isSameButPending(_ before: VirtualMachine) -> Bool {
    forall(0..<64) { priorities[$0] == before.priorities[$0] }
      && forall(0..<8) { lastOn[$0] == before.lastOn[$0] }
      && shared.enabled == before.shared.enabled && shared.level == before.shared.level
      && shared.edge == before.shared.edge && interruptsEnabled == before.interruptsEnabled
      && counterOffset == before.counterOffset
  }
}

extension Context {
  /// The registers after reset, of what is to start at `pc` with `argument` in x0.
  public static func starting(_ pc: UInt64, _ argument: UInt64) -> Context {
    var result = Context()
    result.frame.pc = pc
    result.frame.pstate = Frame.resetState
    result.frame.x[0] = argument
    return result
  }
}
