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
  mutating func guestCall(
    _ cpu: Int, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    vcpus[vcpu].count(.hypercall)
    let vm = System.vm(of: vcpu)
    switch function {
    case PSCI.cpuOff: return leave(cpu, .off, life: .off)
    case PSCI.systemOff:
      return leave(cpu, .systemEvent, SystemEvent.off.rawValue, life: .off)
    case PSCI.systemReset:
      return leave(cpu, .systemEvent, SystemEvent.reset.rawValue, life: .off)
    case PSCI.cpuOn: return turnOnCPU(cpu, vcpu, a & word, b & word, c & word)
    case PSCI.cpuOn64: return turnOnCPU(cpu, vcpu, a, b, c)
    default: break
    }
    var result = PSCI.notSupported
    switch function {
    case PSCI.version: result = 0x1_0001
    case PSCI.smcccVersion: result = 0x1_0002
    case PSCI.migrateInfoType: result = 2
    case PSCI.affinityInfo: result = affinityInfo(vm, a & word, b & word)
    case PSCI.affinityInfo64: result = affinityInfo(vm, a, b)
    case PSCI.features: result = hasFunction(a & word) ? PSCI.success : PSCI.notSupported
    case PSCI.smcccFeatures: result = architectureFeature(a & word)
    case PSCI.suspend, PSCI.suspend64:
      result = a & PSCI.powerDown == 0 ? PSCI.success : PSCI.invalidParameters
    case Call.hvcBase + UInt64(Call.share.rawValue):
      result = UInt64(bitPattern: share(vm, a).status.rawValue)
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      result = UInt64(bitPattern: unshare(vm, a).status.rawValue)
    case PSCI.workaround1, PSCI.workaround2, PSCI.workaround3:
      // The firmware's answer, where it has these; any value will do.
      if Int64(bitPattern: architectureFeature(function)) == 0 { result = PSCI.success }
    default: break
    }
    if result == PSCI.notSupported { vcpus[vcpu].count(.refused) }
    vcpus[vcpu].registers.x[0] = result
  }

  private var word: UInt64 { 0xffff_ffff }

  private func hasFunction(_ function: UInt64) -> Bool {
    switch function {
    case PSCI.version, PSCI.suspend, PSCI.suspend64, PSCI.cpuOff, PSCI.cpuOn, PSCI.cpuOn64,
      PSCI.affinityInfo, PSCI.affinityInfo64, PSCI.migrateInfoType, PSCI.systemOff,
      PSCI.systemReset, PSCI.features, PSCI.smcccVersion:
      true
    default: false
    }
  }

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

  /// The vCPU that an MPIDR affinity names, or `nil`.
  private func vcpu(_ vm: UInt64, affinity: UInt64) -> Int? {
    guard affinity < UInt64(Limits.vcpusPerVM),
      vcpus[System.vcpu(vm, affinity)].life != .absent
    else { return nil }
    return System.vcpu(vm, affinity)
  }

  /// CPU_ON; if it succeeds, the caller's vmm is told whom to run.
  private mutating func turnOnCPU(
    _ cpu: Int, _ vcpu: Int, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    let vm = System.vm(of: vcpu)
    var result = PSCI.success
    if let target = self.vcpu(vm, affinity: affinity) {
      switch vcpus[target].life {
      case .starting: result = PSCI.onPending
      case .off:
        if entry % 4 == 0 && memory(of: vm, atAddress: entry) != nil {
          turnOn(target, entry, argument)
        } else {
          result = PSCI.invalidAddress
        }
      default: result = PSCI.alreadyOn
      }
    } else {
      result = PSCI.invalidParameters
    }
    vcpus[vcpu].registers.x[0] = result
    if result == PSCI.success { leave(cpu, .wake, 1 << affinity) }
  }

  private func affinityInfo(_ vm: UInt64, _ affinity: UInt64, _ level: UInt64) -> UInt64 {
    guard level == 0, let target = vcpu(vm, affinity: affinity) else {
      return PSCI.invalidParameters
    }
    switch vcpus[target].life {
    case .off: return 1
    case .starting: return 2
    default: return 0
    }
  }
}
