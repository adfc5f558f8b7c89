import Contracts
import EngineABI

// Calls of guests: PSCI 1.1, SMCCC 1.2, and sharing.

/// Functions (with bit 30 where arguments have 64 bits) and answers.
enum PSCI {
  static let version: UInt64 = 0x8400_0000
  static let suspend: UInt64 = 0x8400_0001
  static let suspend64: UInt64 = 0xc400_0001
  static let cpuOff: UInt64 = 0x8400_0002
  static let cpuOn: UInt64 = 0x8400_0003
  static let cpuOn64: UInt64 = 0xc400_0003
  static let affinityInfo: UInt64 = 0x8400_0004
  static let affinityInfo64: UInt64 = 0xc400_0004
  static let migrateInfoType: UInt64 = 0x8400_0006
  static let systemOff: UInt64 = 0x8400_0008
  static let systemReset: UInt64 = 0x8400_0009
  static let features: UInt64 = 0x8400_000a
  static let smcccVersion: UInt64 = 0x8000_0000
  static let smcccFeatures: UInt64 = 0x8000_0001

  static let workaround1: UInt64 = 0x8000_8000
  static let workaround2: UInt64 = 0x8000_7fff
  static let workaround3: UInt64 = 0x8000_3fff
  /// CPU_SUSPEND's power_state: a power-down, in either format.
  static let powerDown: UInt64 = 1 << 16 | 1 << 30

  static let success: UInt64 = 0
  static let notSupported = UInt64(bitPattern: -1)
  static let invalidParameters = UInt64(bitPattern: -2)
  static let alreadyOn = UInt64(bitPattern: -4)
  static let onPending = UInt64(bitPattern: -5)
  static let invalidAddress = UInt64(bitPattern: -9)
}

extension System {
  func guestCall(
    _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in fits(result.change) }
    let vm = System.vm(of: vcpu)
    switch function {
    case PSCI.cpuOff:
      return GuestChange(own, Change.ending(.off, 0, .off, hypercall))
    case PSCI.systemOff:
      return GuestChange(
        own, Change.ending(.systemEvent, SystemEvent.off.rawValue, .off, hypercall))
    case PSCI.systemReset:
      return GuestChange(
        own, Change.ending(.systemEvent, SystemEvent.reset.rawValue, .off, hypercall))
    case PSCI.cpuOn: return turnOnCPU(own, vm, a & word, b & word, c & word)
    case PSCI.cpuOn64: return turnOnCPU(own, vm, a, b, c)
    case Call.hvcBase + UInt64(Call.share.rawValue):
      return own.answered(change(vm, a, from: .memory, to: .shared))
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      return own.answered(change(vm, a, from: .shared, to: .memory))
    case PSCI.affinityInfo: return own.answered(affinityInfo(vm, a & word, b & word))
    case PSCI.affinityInfo64: return own.answered(affinityInfo(vm, a, b))
    default: return own.answered(firmwareAnswer(function, a))
    }
  }

  /// What is the same for every guest.
  func firmwareAnswer(_ function: UInt64, _ a: UInt64) -> UInt64 {
    switch function {
    case PSCI.version: return 0x1_0001
    case PSCI.smcccVersion: return 0x1_0002
    case PSCI.migrateInfoType: return 2
    case PSCI.features: return PSCI.hasFunction(a & word) ? PSCI.success : PSCI.notSupported
    case PSCI.smcccFeatures: return architectureFeature(a & word)
    case PSCI.suspend, PSCI.suspend64:
      return a & PSCI.powerDown == 0 ? PSCI.success : PSCI.invalidParameters
    case PSCI.workaround1, PSCI.workaround2, PSCI.workaround3:
      // The firmware's answer, where it has these; any value will do.
      return Int64(bitPattern: architectureFeature(function)) == 0
        ? PSCI.success : PSCI.notSupported
    default: return PSCI.notSupported
    }
  }

  var word: UInt64 { 0xffff_ffff }
  private var hypercall: Int { Int(Counter.hypercall.rawValue) }

  /// SMCCC_ARCH_FEATURES.
  private func architectureFeature(_ function: UInt64) -> UInt64 {
    switch function {
    case PSCI.smcccVersion, PSCI.smcccFeatures: PSCI.success
    case PSCI.workaround1: constants.workarounds[0]
    case PSCI.workaround2: constants.workarounds[1]
    case PSCI.workaround3: constants.workarounds[2]
    default: PSCI.notSupported
    }
  }

  /// The life of the vCPU that an MPIDR affinity names.
  func life(_ vm: UInt64, _ affinity: UInt64) -> Life {
    requires(System.isVM(vm))
    return affinity < UInt64(Limits.vcpusPerVM) ? vcpus[System.vcpu(vm, affinity)].life : .absent
  }

  /// CPU_ON; if it succeeds, the caller's vmm is told whom to run.
  func turnOnCPU(
    _ own: Own, _ vm: UInt64, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) -> GuestChange {
    requires(System.isVM(vm))
    ensures { (result: GuestChange) in fits(result.change) }
    guard life(vm, affinity) == .off else {
      return own.refusedOn(
        life(vm, affinity) == .absent
          ? PSCI.invalidParameters
          : life(vm, affinity) == .starting ? PSCI.onPending : PSCI.alreadyOn)
    }
    guard entry % 4 == 0, find(vm, atAddress: entry) >= 0 else {
      return own.refusedOn(PSCI.invalidAddress)
    }
    let started = System.turningOn(System.vcpu(vm, affinity), entry, argument)
    return GuestChange(own.returning(PSCI.success), Change.waking(started, 1 << affinity))
  }

  func affinityInfo(_ vm: UInt64, _ affinity: UInt64, _ level: UInt64) -> UInt64 {
    requires(System.isVM(vm))
    guard level == 0 else { return PSCI.invalidParameters }
    switch life(vm, affinity) {
    case .absent: return PSCI.invalidParameters
    case .off: return 1
    case .starting: return 2
    default: return 0
    }
  }
}

extension Own {
  func returning(_ value: UInt64) -> Own {
    var result = self
    result.registers.x[0] = value
    return result
  }

  func refusedOn(_ value: UInt64) -> GuestChange {
    ensures { (result: GuestChange) in result.change.isQuiet }
    return GuestChange(returning(value), Change.counting(.hypercall))
  }

  func answered(_ value: UInt64) -> GuestChange {
    ensures { (result: GuestChange) in result.change.isQuiet }
    return GuestChange(
      returning(value),
      Change.counting(.hypercall, isRefused: value == PSCI.notSupported))
  }

  func answered(_ sharing: Sharing) -> GuestChange {
    requires(sharing.pages.isSound && sharing.pages.count <= 1)
    return GuestChange(
      returning(UInt64(bitPattern: sharing.status.rawValue)),
      Change.using(sharing.pages, Int(Counter.hypercall.rawValue)))
  }
}

extension PSCI {
  fileprivate static func hasFunction(_ function: UInt64) -> Bool {
    switch function {
    case version, suspend, suspend64, cpuOff, cpuOn, cpuOn64, affinityInfo, affinityInfo64,
      migrateInfoType, systemOff, systemReset, features, smcccVersion:
      true
    default: false
    }
  }
}
