import Contracts
import EngineABI

// SMCs of the host: what is on the list goes on to the firmware, whose answer is any value (here 0);
// the rest is refused and counted.

/// Functions of the random-number interface (TRNG 1.0).
private enum Random {
  static let version: UInt64 = 0x8400_0050
  static let features: UInt64 = 0x8400_0051
  static let uuid: UInt64 = 0x8400_0052
  static let number: UInt64 = 0x8400_0053
  static let number64: UInt64 = 0xc400_0053
}

extension System {
  func hostMonitorCall(
    _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) -> Change {
    ensures { (result: Change) in fits(result) }
    switch function {
    case PSCI.version, PSCI.migrateInfoType, PSCI.systemOff, PSCI.systemReset,
      PSCI.smcccVersion, PSCI.workaround1, PSCI.workaround2, PSCI.workaround3,
      PSCI.affinityInfo, PSCI.affinityInfo64:
      return Change.answering(Answer(x0: 0))
    case PSCI.features, PSCI.smcccFeatures:
      return Change.answering(
        isPassedOn(a) ? Answer(x0: 0) : Answer(x0: PSCI.notSupported, isRefused: true))
    case Random.version, Random.features, Random.uuid, Random.number, Random.number64:
      return Change.answering(Answer(full: 0, 0, 0, 0))
    case PSCI.cpuOff:
      return Change.leaving()
    case PSCI.cpuOn, PSCI.cpuOn64: return hostCPUOn(a, b, c)
    case PSCI.suspend, PSCI.suspend64:
      return Change.answering(
        a & PSCI.powerDown == 0
          ? Answer(x0: 0) : Answer(x0: PSCI.invalidParameters, isRefused: true))
    default: return Change.answering(Answer(x0: PSCI.notSupported, isRefused: true))
    }
  }

  /// What the host may ask features of: the list above, in either width.
  private func isPassedOn(_ function: UInt64) -> Bool {
    switch function & ~0x4000_0000 {
    case PSCI.version, PSCI.suspend, PSCI.cpuOff, PSCI.cpuOn, PSCI.affinityInfo,
      PSCI.migrateInfoType, PSCI.systemOff, PSCI.systemReset, PSCI.features, PSCI.smcccVersion,
      PSCI.smcccFeatures, PSCI.workaround1, PSCI.workaround2, PSCI.workaround3, Random.version,
      Random.features, Random.uuid, Random.number:
      true
    default: false
    }
  }

  /// CPU_ON: another CPU will arrive at the entry, with all else as after reset.
  private func hostCPUOn(_ affinity: UInt64, _ entry: UInt64, _ argument: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    let target = constants.cpu(affinity)
    guard target >= 0 else { return Change.answering(Answer(x0: PSCI.invalidParameters)) }
    guard entry % 4 == 0, hostReaches(entry) else {
      return Change.answering(Answer(x0: PSCI.invalidAddress, isRefused: true))
    }
    guard !cpus[target].isOnline else { return Change.answering(Answer(x0: PSCI.alreadyOn)) }
    return Change.turningOn(target, entry, argument)
  }
}

extension Constants {
  /// The CPU with an affinity, or -1.
  func cpu(_ affinity: UInt64) -> Int {
    opaque()
    requires(isSound)
    ensures { (result: Int) in result >= -1 && result < cpus }
    ensures { (result: Int) in result >= 0 ==> affinities[result] == affinity }
    ensures { (result: Int) in forall(result + 1..<cpus) { affinities[$0] != affinity } }
    var result = -1
    for cpu in 0..<cpus {
      invariant(result >= -1 && result < cpu)
      invariant(result >= 0 ==> affinities[result] == affinity)
      invariant(ghost: forall(result + 1..<cpu) { affinities[$0] != affinity })
      if affinities[cpu] == affinity { result = cpu }
    }
    return result
  }
}
