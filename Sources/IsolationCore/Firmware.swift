import Contracts
import EngineABI

/// Functions of the firmware interface (PSCI 1.1, SMCCC 1.2, TRNG 1.0), without the bit that says
/// whether arguments have 64 bits.
enum Function {
  static let wide: UInt64 = 0x4000_0000
  static let version: UInt64 = 0x8400_0000
  static let cpuSuspend: UInt64 = 0x8400_0001
  static let cpuOff: UInt64 = 0x8400_0002
  static let cpuOn: UInt64 = 0x8400_0003
  static let affinityInfo: UInt64 = 0x8400_0004
  static let migrateInfoType: UInt64 = 0x8400_0006
  static let systemOff: UInt64 = 0x8400_0008
  static let systemReset: UInt64 = 0x8400_0009
  static let features: UInt64 = 0x8400_000a

  static let smcccVersion: UInt64 = 0x8000_0000
  static let smcccFeatures: UInt64 = 0x8000_0001
  static let workaround1: UInt64 = 0x8000_8000
  static let workaround2: UInt64 = 0x8000_7fff
  static let workaround3: UInt64 = 0x8000_3fff

  static let randomVersion: UInt64 = 0x8400_0050
  static let randomFeatures: UInt64 = 0x8400_0051
  static let randomUUID: UInt64 = 0x8400_0052
  static let randomNumber: UInt64 = 0x8400_0053

  /// Which of the workarounds a function is, if one.
  static func workaround(_ function: UInt64) -> Int? {
    switch function {
    case workaround1: 0
    case workaround2: 1
    case workaround3: 2
    default: nil
    }
  }
}

/// Return codes of PSCI (PSCI 1.1, 5.2.2).
enum PSCI {
  static let success: UInt64 = 0
  static let notSupported = ~UInt64(0)
  static let invalidParameters = ~UInt64(1)
  static let alreadyOn = ~UInt64(3)
  static let onPending = ~UInt64(4)
  static let invalidAddress = ~UInt64(8)

  static let version1_1: UInt64 = 0x1_0001
  static let smccc1_2: UInt64 = 0x1_0002
  /// No trusted OS that would have to migrate.
  static let noMigration: UInt64 = 2
  /// CPU_SUSPEND's power_state: a power-down, which loses the registers, in either format.
  static let powerDown: UInt64 = 1 << 16 | 1 << 30
  /// Affinity fields of an MPIDR.
  static let affinityMask: UInt64 = 0xff_00ff_ffff
}

extension Machine {
  // MARK: The host's firmware calls

  /// An SMC of the host: what is on this list goes on, entry points replaced by the engine's own.
  mutating func firmwareCall(cpu: Int, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    let function = contexts[cpu].frame.x[0]
    let a = contexts[cpu].frame.x[1]
    let b = contexts[cpu].frame.x[2]
    let c = contexts[cpu].frame.x[3]
    contexts[cpu].frame.advance()
    switch function {
    case Function.version, Function.migrateInfoType, Function.smcccVersion, Function.systemOff,
      Function.systemReset, Function.workaround1, Function.workaround2, Function.workaround3:
      effects.append(.firmware(function: function, a, 0, 0))
    case Function.affinityInfo, Function.affinityInfo | Function.wide:
      effects.append(.firmware(function: function, a, b, 0))
    case Function.features:
      guard isAllowed(a) else { return refuseFirmware(cpu: cpu) }
      effects.append(.firmware(function: function, a, 0, 0))
    case Function.smcccFeatures:
      guard isAllowed(a) else { return refuseFirmware(cpu: cpu) }
      effects.append(.firmware(function: function, a, 0, 0))
    case Function.randomVersion, Function.randomFeatures, Function.randomUUID,
      Function.randomNumber, Function.randomNumber | Function.wide:
      effects.append(.firmwareResults(function: function, a))
    case Function.cpuOff:
      cpus[cpu].online = false
      effects.append(.firmware(function: function, 0, 0, 0))
    case Function.cpuOn, Function.cpuOn | Function.wide:
      hostCPUOn(cpu: cpu, a, entry: b, argument: c, &effects)
    case Function.cpuSuspend, Function.cpuSuspend | Function.wide:
      guard a & PSCI.powerDown == 0 else {
        // The engine keeps state on each CPU: it offers no state that loses it.
        cpus[cpu].refused &+= 1
        contexts[cpu].frame.x[0] = PSCI.invalidParameters
        return
      }
      effects.append(.firmware(function: function, a, 0, 0))
    default: refuseFirmware(cpu: cpu)
    }
  }

  private mutating func refuseFirmware(cpu: Int) {
    requires(isProcessor(cpu))
    cpus[cpu].refused &+= 1
    contexts[cpu].frame.x[0] = PSCI.notSupported
  }

  private func isAllowed(_ function: UInt64) -> Bool {
    switch function & ~Function.wide {
    case Function.version, Function.migrateInfoType, Function.smcccVersion, Function.systemOff,
      Function.systemReset, Function.affinityInfo, Function.features, Function.smcccFeatures,
      Function.cpuOff, Function.cpuOn, Function.cpuSuspend, Function.workaround1,
      Function.workaround2, Function.workaround3, Function.randomVersion, Function.randomFeatures,
      Function.randomUUID, Function.randomNumber:
      true
    default: false
    }
  }

  private mutating func hostCPUOn(
    cpu: Int, _ affinity: UInt64, entry: UInt64, argument: UInt64, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    ensures(
      ghost: !hasTarget(affinity)
        ==> contexts[cpu].frame.x[0] == PSCI.invalidParameters
        && effects.count == old(effects.count))
    ensures(
      ghost: forall(0..<configuration.cpuCount) {
        isTarget($0, affinity)
          ==> (old(answerToHostCPUOn($0, entry)) == PSCI.success
            ? effects.count == old(effects.count) + 1
            : effects.count == old(effects.count)
              && contexts[cpu].frame.x[0] == old(answerToHostCPUOn($0, entry)))
      })
    ensures(
      ghost: forall(0..<contexts.count) {
        $0 != cpu
          ==> isSame(
            contexts[$0],
            old(startsHost($0, affinity, entry))
              ? Context.starting(entry, argument) : old(contexts[$0]))
      })
    ensures(
      ghost: !old(startsHost(cpu, affinity, entry))
        ==> contexts[cpu].frame.isSameButResult(old(contexts[cpu].frame)))
    ensures(
      ghost: cpus[cpu].refused
        == old(cpus[cpu].refused) &+ (hasTarget(affinity) && !old(isHostEntry(entry)) ? 1 : 0))
    ensures(ghost: forall(0..<cpus.count) { $0 != cpu ==> isSame(cpus[$0], old(cpus[$0])) })
    var target = configuration.cpuCount
    for other in 0..<configuration.cpuCount where configuration.affinities[other] == affinity {
      invariant(target >= 0)
      invariant(
        ghost: target == configuration.cpuCount
          ? forall(0..<other) { configuration.affinities[$0] != affinity }
          : target < other && configuration.affinities[target] == affinity
            && forall(target + 1..<other) { configuration.affinities[$0] != affinity })
      target = other
    }
    guard target < configuration.cpuCount else {
      contexts[cpu].frame.x[0] = PSCI.invalidParameters
      return
    }
    lockMemory(&effects)
    guard entry < GuestPage.limit, entry & 3 == 0,
      memory.maps(GuestPage(number: entry / PageSize.page), root: configuration.hostRoot)
    else {
      cpus[cpu].refused &+= 1
      contexts[cpu].frame.x[0] = PSCI.invalidAddress
      return
    }
    guard !cpus[target].online else {
      contexts[cpu].frame.x[0] = PSCI.alreadyOn
      return
    }
    contexts[target] = Context()
    contexts[target].frame.pc = entry
    contexts[target].frame.pstate = Frame.resetState
    contexts[target].frame.x[0] = argument
    effects.append(
      .firmware(
        function: Function.cpuOn | Function.wide, affinity, configuration.secondaryEntry,
        UInt64(truncatingIfNeeded: target)))
  }

  /// A CPU has come up in the engine: the host gets it at the entry that it asked for.
  public mutating func startHost(cpu: Int, _ effects: inout Effects) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    ensures(cpus[cpu].online)
    ensures(ghost: forall(0..<cpus.count) { $0 != cpu ==> isSame(cpus[$0], old(cpus[$0])) })
    lockMemory(&effects)
    cpus[cpu].online = true
    effects.append(.startHost)
  }

  // MARK: Guests' calls

  /// An HVC or SMC of a guest: PSCI, SMCCC, and sharing of its pages.
  mutating func guestCall(
    cpu: Int, _ id: VCPUID, _ trap: inout Trap, _ notice: inout Notice, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(effects.hasRoom(12))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 12)
    ensures(cpus[cpu].running == 0 || runs(id, on: cpu))
    ensures(effects.lockedVM == 0 || effects.lockedVM == id.vm.raw)
    ensures(notice.wakes != old(notice.wakes) ==> effects.lockedVM == id.vm.raw)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    // What does not come back.
    ensures(
      ghost: Function.isEnd(old(contexts[id.context].frame.x[0]))
        ==> vcpus[id.index].life == .off && cpus[cpu].running == 0)
    ensures(
      ghost: Function.isEnd(old(contexts[id.context].frame.x[0]))
        ==> contexts[cpu].frame.isAnswered(
          Function.exit(of: old(contexts[id.context].frame.x[0])),
          Function.event(of: old(contexts[id.context].frame.x[0])), 0, 0,
          from: old(contexts[cpu].frame)))
    // What comes back: nothing of it is the caller's but its counters, and x0.
    ensures(
      ghost: !Function.isEnd(old(contexts[id.context].frame.x[0]))
        && old(vcpus[id.index].life) == .running
        ==> vcpus[id.index].isSameButCounters(old(vcpus[id.index])))
    ensures(
      ghost: forall(0..<cpus.count) {
        $0 != cpu || !Function.isEnd(old(contexts[id.context].frame.x[0]))
          ==> isSame(cpus[$0], old(cpus[$0]))
      })
    // Of others CPU_ON alone turns one on, of the same VM.
    ensures(
      ghost: forall(0..<vcpus.count) {
        $0 != id.index
          ==> isSame(vcpus[$0], old(vcpus[$0]))
          || Function.isCPUOn(old(contexts[id.context].frame.x[0]))
            && Machine.isVCPU($0, of: id.vm) && vcpus[$0].isTurnedOn(from: old(vcpus[$0]))
      })
    ensures(
      ghost: forall(0..<Limits.vms) {
        $0 != id.vm.index ==> isSame(vms[$0], old(vms[$0]))
      })
    vcpus[id.index].count(.hypercall)
    let function = contexts[id.context].frame.x[0]
    switch function {
    case Function.cpuOff, Function.systemOff, Function.systemReset:
      turnOff(cpu: cpu, id, function, &effects)
    default:
      if let number = Function.workaround(function),
        Int64(bitPattern: configuration.workarounds[number]) == 0
      {
        let argument = contexts[id.context].frame.x[1] & 0xffff_ffff
        effects.append(.firmware(function: function, argument, 0, 0))
        return
      }
      let result = result(of: function, id, &notice, &effects)
      holds(
        ghost: forall(0..<vcpus.count) {
          $0 != id.index
            ==> isSame(vcpus[$0], old(vcpus[$0]))
            || Function.isCPUOn(function) && Machine.isVCPU($0, of: id.vm)
              && vcpus[$0].isTurnedOn(from: old(vcpus[$0]))
        })
      if result == PSCI.notSupported { vcpus[id.index].count(.refused) }
      contexts[id.context].frame.x[0] = result
    }
  }

  /// CPU_OFF, SYSTEM_OFF and SYSTEM_RESET: the vCPU stops, and the vmm learns why.
  @inline(__always)
  private mutating func turnOff(
    cpu: Int, _ id: VCPUID, _ function: UInt64, _ effects: inout Effects
  ) {
    requires(isProcessor(cpu))
    requires(effects.isUnlocked)
    requires(runs(id, on: cpu))
    requires(Function.isEnd(function))
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    ensures(cpus[cpu].running == 0)
    ensures(effects.lockedVM == id.vm.raw)
    ensures(vcpus[id.index].life == .off)
    ensures(
      ghost: contexts[cpu].frame.isAnswered(
        Function.exit(of: function), Function.event(of: function), 0,
        0,
        from: old(contexts[cpu].frame)))
    ensures(
      ghost: forall(0..<vcpus.count) { $0 != id.index ==> isSame(vcpus[$0], old(vcpus[$0])) })
    ensures(ghost: forall(0..<cpus.count) { $0 != cpu ==> isSame(cpus[$0], old(cpus[$0])) })
    ensures(
      ghost: forall(0..<contexts.count) { $0 != cpu ==> isSame(contexts[$0], old(contexts[$0])) })
    lock(id.vm, &effects)
    vcpus[id.index].life = .off
    if function == Function.cpuOff {
      leave(cpu: cpu, id, .off, 0, 0, 0, &effects)
    } else {
      let event: SystemEvent = function == Function.systemOff ? .off : .reset
      leave(cpu: cpu, id, .systemEvent, event.rawValue, 0, 0, &effects)
    }
  }

  /// What a function that comes back puts into x0.
  @inline(__always)
  private mutating func result(
    of function: UInt64, _ id: VCPUID, _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    requires(effects.hasRoom(12))
    requires(ghost: ownership.tables.agree(with: ownership, spaces))
    requires(ghost: effects.tables.isSame(as: ownership.tables))
    ensures(effects.count <= old(effects.count) + 12)
    ensures(effects.lockedVM == 0 || effects.lockedVM == id.vm.raw)
    ensures(notice.wakes != old(notice.wakes) ==> effects.lockedVM == id.vm.raw)
    ensures(ghost: ownership.tables.agree(with: ownership, spaces))
    ensures(ghost: effects.tables.isSame(as: ownership.tables))
    ensures { (result: UInt64) in
      !Function.isSharing(function)
        ==> result
        == old(
          answer(
            toGuest: id.vm, function, contexts[id.context].frame.x[1],
            contexts[id.context].frame.x[2]))
    }
    ensures(!Function.isSharing(function) ==> effects.count == old(effects.count))
    ensures { (result: UInt64) in
      !Function.starts(function, result) ==> notice.wakes == old(notice.wakes)
    }
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<vcpus.count) {
          Function.starts(function, result)
            && Machine.isVCPU(
              $0, id.vm, Function.argument(old(contexts[id.context].frame.x[1]), of: function))
            ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
        }
      })
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<contexts.count) {
          isSame(
            contexts[$0],
            Function.starts(function, result)
              && Machine.isVCPU(
                $0 - Limits.cpus, id.vm,
                Function.argument(old(contexts[id.context].frame.x[1]), of: function))
              ? Context.starting(
                Function.argument(old(contexts[id.context].frame.x[2]), of: function),
                Function.argument(old(contexts[id.context].frame.x[3]), of: function))
              : old(contexts[$0]))
        }
      })
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<Limits.vms) {
          Function.starts(function, result) && $0 == id.vm.index
            ? vms[$0].isSameButPending(old(vms[$0])) : isSame(vms[$0], old(vms[$0]))
        }
      })
    ensures(
      ghost: forall(0..<vcpus.count) {
        old(vcpus[$0].life) == .off || isSame(vcpus[$0], old(vcpus[$0]))
      })
    ensures(
      ghost: !Function.isSharing(function)
        ==> forall(0..<ownership.pages.count) {
          ownership.pages[$0] == old(ownership.pages[$0])
        })
    let a = contexts[id.context].frame.x[1]
    let b = contexts[id.context].frame.x[2]
    let c = contexts[id.context].frame.x[3]
    switch function {
    case Function.version: return PSCI.version1_1  // by SMC
    case Function.smcccVersion: return PSCI.smccc1_2
    case Function.migrateInfoType: return PSCI.noMigration
    case Function.cpuOn:
      holds(ghost: isGiven(id, function, a & 0xffff_ffff, b & 0xffff_ffff, c & 0xffff_ffff))
      let result = guestCPUOn(
        id, a & 0xffff_ffff, b & 0xffff_ffff, c & 0xffff_ffff, &notice, &effects)
      holds(
        ghost: forall(0..<vcpus.count) {
          Function.starts(function, result)
            && Machine.isVCPU(
              $0, id.vm, Function.argument(old(contexts[id.context].frame.x[1]), of: function))
            ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
        })
      return result
    case Function.cpuOn | Function.wide:
      holds(ghost: isGiven(id, function, a, b, c))
      let result = guestCPUOn(id, a, b, c, &notice, &effects)
      holds(
        ghost: forall(0..<vcpus.count) {
          Function.starts(function, result)
            && Machine.isVCPU(
              $0, id.vm, Function.argument(old(contexts[id.context].frame.x[1]), of: function))
            ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
        })
      return result
    case Function.affinityInfo:
      return affinityInfo(id, a & 0xffff_ffff, b & 0xffff_ffff, &effects)
    case Function.affinityInfo | Function.wide: return affinityInfo(id, a, b, &effects)
    case Function.features: return isGuestFunction(a & 0xffff_ffff) ? 0 : PSCI.notSupported
    case Function.smcccFeatures: return smcccFeatures(a & 0xffff_ffff)
    case Call.hvcBase + UInt64(Call.share.rawValue):
      holds(!Function.isCPUOn(function))
      holds(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
      lockMemory(&effects)
      lock(id.vm, &effects)
      let status = share(id.vm, a, &effects)
      holds(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
      return UInt64(bitPattern: status.rawValue)
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      holds(!Function.isCPUOn(function))
      holds(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
      lockMemory(&effects)
      lock(id.vm, &effects)
      let status = unshare(id.vm, a, &effects)
      holds(ghost: forall(0..<vcpus.count) { isSame(vcpus[$0], old(vcpus[$0])) })
      return UInt64(bitPattern: status.rawValue)
    case Function.cpuSuspend, Function.cpuSuspend | Function.wide:
      // A standby may end at once; waiting is what WFI is for.
      return a & PSCI.powerDown == 0 ? PSCI.success : PSCI.invalidParameters
    default: return PSCI.notSupported
    }
  }

  /// PSCI functions that guests have.
  func isGuestFunction(_ function: UInt64) -> Bool {
    switch function {
    case Function.version, Function.migrateInfoType, Function.cpuOff, Function.systemOff,
      Function.systemReset, Function.features, Function.smcccVersion, Function.cpuOn,
      Function.cpuOn | Function.wide, Function.affinityInfo,
      Function.affinityInfo | Function.wide, Function.cpuSuspend,
      Function.cpuSuspend | Function.wide:
      true
    default: false
    }
  }

  func smcccFeatures(_ function: UInt64) -> UInt64 {
    if let number = Function.workaround(function) { return configuration.workarounds[number] }
    return function == Function.smcccVersion || function == Function.smcccFeatures
      ? 0 : PSCI.notSupported
  }

  /// CPU_ON (PSCI 1.1, 5.1.4).
  public mutating func guestCPUOn(
    _ id: VCPUID, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64,
    _ notice: inout Notice, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    ensures(effects.count == old(effects.count) && !effects.memoryLocked)
    ensures(effects.lockedVM == id.vm.raw)
    ensures { (result: UInt64) in result == old(answerToCPUOn(id.vm, affinity, entry)) }
    ensures { (result: UInt64) in
      notice.wakes
        == (result == PSCI.success
          ? old(notice.wakes) | 1 << (affinity % UInt64(Limits.vcpusPerVM)) : old(notice.wakes))
    }
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<vcpus.count) {
          result == PSCI.success && Machine.isVCPU($0, id.vm, affinity)
            ? vcpus[$0].isTurnedOn(from: old(vcpus[$0])) : isSame(vcpus[$0], old(vcpus[$0]))
        }
      })
    ensures(
      ghost: forall(0..<vcpus.count) {
        old(vcpus[$0].life) == .off || isSame(vcpus[$0], old(vcpus[$0]))
      })
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<contexts.count) {
          isSame(
            contexts[$0],
            result == PSCI.success && Machine.isVCPU($0 - Limits.cpus, id.vm, affinity)
              ? Context.starting(entry, argument) : old(contexts[$0]))
        }
      })
    ensures(
      ghost: { (result: UInt64) in
        forall(0..<Limits.vms) {
          result == PSCI.success && $0 == id.vm.index
            ? vms[$0].isSameButPending(old(vms[$0])) : isSame(vms[$0], old(vms[$0]))
        }
      })
    lock(id.vm, &effects)
    guard affinity & ~0xff == 0, let target = VCPUID(id.vm, affinity) else {
      return PSCI.invalidParameters
    }
    holds(ghost: target.vm == id.vm && UInt64(target.number) == affinity)
    holds(ghost: life(id.vm, affinity) == vcpus[target.index].life)
    switch vcpus[target.index].life {
    case .absent: return PSCI.invalidParameters
    case .starting: return PSCI.onPending
    case .ready, .running, .halted: return PSCI.alreadyOn
    case .off: break
    }
    guard entry < GuestPage.limit, entry & 3 == 0,
      memory.maps(GuestPage(number: entry / PageSize.page), root: spaces[id.vm.index].root)
    else {
      holds(ghost: !isEntry(id.vm, entry))
      return PSCI.invalidAddress
    }
    holds(ghost: isEntry(id.vm, entry))
    turnOn(target, pc: entry, argument: argument)
    notice.wakes |= 1 << UInt64(target.number)
    return PSCI.success
  }

  /// AFFINITY_INFO (PSCI 1.1, 5.1.5): 0 on, 1 off, 2 being turned on.
  private mutating func affinityInfo(
    _ id: VCPUID, _ affinity: UInt64, _ level: UInt64, _ effects: inout Effects
  ) -> UInt64 {
    requires(effects.isUnlocked)
    ensures(effects.count == old(effects.count))
    ensures(effects.lockedVM == id.vm.raw)
    ensures { (result: UInt64) in result == old(answerToAffinityInfo(id.vm, affinity, level)) }
    lock(id.vm, &effects)
    guard level == 0, affinity & ~0xff == 0, let target = VCPUID(id.vm, affinity) else {
      return PSCI.invalidParameters
    }
    switch vcpus[target.index].life {
    case .absent: return PSCI.invalidParameters
    case .off: return 1
    case .starting: return 2
    case .ready, .running, .halted: return 0
    }
  }
}
