import Contracts
import EngineABI

// What firmware calls answer, as functions of the state before, in the order in which errors count.
// Contracts say so; nothing here is executed.

extension Machine {
  /// CPU_ON of a guest.
  func answerToCPUOn(_ vm: VMID, _ affinity: UInt64, _ entry: UInt64) -> UInt64 {
    Function.answerToCPUOn(life(vm, affinity), isEntry: isEntry(vm, entry))
  }

  /// Whether a vCPU of the VM may start there.
  func isEntry(_ vm: VMID, _ address: UInt64) -> Bool {
    guard address < GuestPage.limit, address % 4 == 0 else { return false }
    return memory.maps(
      GuestPage(number: address / PageSize.page), root: spaces[vm.index].root)
  }

  /// AFFINITY_INFO of a guest.
  func answerToAffinityInfo(_ vm: VMID, _ affinity: UInt64, _ level: UInt64) -> UInt64 {
    Function.answerToAffinityInfo(life(vm, affinity), level)
  }

  /// What comes back of a guest's function with these arguments, but of those that share pages.
  func answer(toGuest vm: VMID, _ function: UInt64, _ a: UInt64, _ b: UInt64) -> UInt64 {
    let first = Function.argument(a, of: function)
    let second = Function.argument(b, of: function)
    return Function.answer(
      function, a, second, life(vm, first), isEntry: isEntry(vm, second),
      feature: isGuestFunction(a % (1 << 32)), architecture: smcccFeatures(a % (1 << 32)))
  }
}

extension Function {
  /// CPU_ON of a vCPU in this part of its life (PSCI 1.1, 5.1.4).
  static func answerToCPUOn(_ life: VCPULife, isEntry: Bool) -> UInt64 {
    switch life {
    case .absent: return PSCI.invalidParameters
    case .starting: return PSCI.onPending
    case .ready, .running, .halted: return PSCI.alreadyOn
    case .off: return isEntry ? PSCI.success : PSCI.invalidAddress
    }
  }

  /// AFFINITY_INFO of such a vCPU (PSCI 1.1, 5.1.5).
  static func answerToAffinityInfo(_ life: VCPULife, _ level: UInt64) -> UInt64 {
    guard level == 0 else { return PSCI.invalidParameters }
    switch life {
    case .absent: return PSCI.invalidParameters
    case .off: return 1
    case .starting: return 2
    case .ready, .running, .halted: return 0
    }
  }

  /// What comes back of a function.
  ///
  /// - Parameters:
  ///   - life: of the vCPU that the first argument names.
  ///   - isEntry: whether a vCPU may start at the second.
  ///   - feature: whether the first is a PSCI function that guests have.
  ///   - architecture: what SMCCC_ARCH_FEATURES says of the first.
  static func answer(
    _ function: UInt64, _ first: UInt64, _ second: UInt64, _ life: VCPULife, isEntry: Bool,
    feature: Bool, architecture: UInt64
  ) -> UInt64 {
    switch function {
    case version: return PSCI.version1_1
    case smcccVersion: return PSCI.smccc1_2
    case migrateInfoType: return PSCI.noMigration
    case cpuOn, cpuOn | wide: return answerToCPUOn(life, isEntry: isEntry)
    case affinityInfo, affinityInfo | wide: return answerToAffinityInfo(life, second)
    case features: return feature ? PSCI.success : PSCI.notSupported
    case smcccFeatures: return architecture
    case cpuSuspend, cpuSuspend | wide:
      return first & PSCI.powerDown == 0 ? PSCI.success : PSCI.invalidParameters
    default: return PSCI.notSupported
    }
  }
}

extension Machine {
  /// Whether these are the arguments that a vCPU has given to a function.
  func isGiven(
    _ id: VCPUID, _ function: UInt64, _ first: UInt64, _ second: UInt64, _ third: UInt64
  ) -> Bool {
    Function.argument(contexts[id.context].frame.x[1], of: function) == first
      && Function.argument(contexts[id.context].frame.x[2], of: function) == second
      && Function.argument(contexts[id.context].frame.x[3], of: function) == third
  }
}

// CPU_ON of the host.

extension Machine {
  /// What it answers, if a CPU has the affinity. The firmware answers where it is SUCCESS.
  func answerToHostCPUOn(_ target: Int, _ entry: UInt64) -> UInt64 {
    requires(isProcessor(target))
    guard isHostEntry(entry) else { return PSCI.invalidAddress }
    return cpus[target].online ? PSCI.alreadyOn : PSCI.success
  }

  /// Whether the host may start a CPU there.
  func isHostEntry(_ address: UInt64) -> Bool {
    guard address < GuestPage.limit, address % 4 == 0 else { return false }
    return memory.maps(
      GuestPage(number: address / PageSize.page), root: configuration.hostRoot)
  }

  func hasTarget(_ affinity: UInt64) -> Bool {
    exists(0..<configuration.cpuCount) { configuration.affinities[$0] == affinity }
  }

  /// Whether a CPU is the one that an affinity names: the last that has it.
  func isTarget(_ target: Int, _ affinity: UInt64) -> Bool {
    requires(isProcessor(target))
    return configuration.affinities[target] == affinity
      && forall(target + 1..<configuration.cpuCount) { configuration.affinities[$0] != affinity }
  }

  /// Whether the context of this number is that of a CPU that is started.
  func startsHost(_ index: Int, _ affinity: UInt64, _ entry: UInt64) -> Bool {
    guard isProcessor(index), isTarget(index, affinity) else { return false }
    return answerToHostCPUOn(index, entry) == PSCI.success
  }
}

extension Function {
  /// Whether a guest's function does not come back.
  static func isEnd(_ function: UInt64) -> Bool {
    function == cpuOff || function == systemOff || function == systemReset
  }

  static func isCPUOn(_ function: UInt64) -> Bool { function == cpuOn || function == cpuOn | wide }

  /// Whether a guest's function has turned a vCPU on that comes back with this.
  static func starts(_ function: UInt64, _ result: UInt64) -> Bool {
    isCPUOn(function) && result == PSCI.success
  }

  static func isSharing(_ function: UInt64) -> Bool {
    function == Call.hvcBase + UInt64(Call.share.rawValue)
      || function == Call.hvcBase + UInt64(Call.unshare.rawValue)
  }

  /// An argument, of which a function without bit 30 takes 32 bits.
  static func argument(_ value: UInt64, of function: UInt64) -> UInt64 {
    function & wide != 0 ? value : value % (1 << 32)
  }

  /// What the vmm learns of a function that does not come back.
  static func exit(of function: UInt64) -> UInt64 {
    UInt64(bitPattern: function == cpuOff ? Exit.off.rawValue : Exit.systemEvent.rawValue)
  }

  /// The kind of event, where it is one.
  static func event(of function: UInt64) -> UInt64 {
    function == systemReset ? SystemEvent.reset.rawValue : 0
  }
}

extension VCPU {
  /// Whether it is the same but for what was counted.
  func isSameButCounters(_ before: VCPU) -> Bool {
    forall(0..<32) { priorities[$0] == before.priorities[$0] }
      && forall(0..<4) { listed[$0] == before.listed[$0] }
      && life == before.life && cpu == before.cpu
      && usesFloatingPoint == before.usesFloatingPoint
      && isSame(access, before.access) && isSame(own, before.own) && routed == before.routed
      && ownListed == before.ownListed && sharedListed == before.sharedListed
      && lists == before.lists && unsettled == before.unsettled && asleep == before.asleep
  }
}

extension Frame {
  /// Whether it is the same but for x0.
  func isSameButResult(_ before: Frame) -> Bool {
    forall(1..<31) { x[$0] == before.x[$0] } && pc == before.pc && pstate == before.pstate
  }

  /// Whether it is the same but for an answer in x0...x3.
  func isAnswered(
    _ value: UInt64, _ first: UInt64, _ second: UInt64, _ third: UInt64, from before: Frame
  ) -> Bool {
    forall(4..<31) { x[$0] == before.x[$0] }
      && x[0] == value && x[1] == first && x[2] == second && x[3] == third
      && pc == before.pc && pstate == before.pstate
  }
}
