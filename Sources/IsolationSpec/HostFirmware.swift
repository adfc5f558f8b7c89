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
  mutating func hostMonitorCall(
    _ cpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    switch function {
    case PSCI.version, PSCI.migrateInfoType, PSCI.systemOff, PSCI.systemReset,
      PSCI.smcccVersion, PSCI.workaround1, PSCI.workaround2, PSCI.workaround3,
      PSCI.affinityInfo, PSCI.affinityInfo64:
      cpus[cpu].registers.x[0] = 0
    case PSCI.features, PSCI.smcccFeatures:
      if isPassedOn(a) { cpus[cpu].registers.x[0] = 0 } else { refuseFirmware(cpu) }
    case Random.version, Random.features, Random.uuid, Random.number, Random.number64:
      for register in 0..<4 { cpus[cpu].registers.x[register] = 0 }
    case PSCI.cpuOff: cpus[cpu].isOnline = false
    case PSCI.cpuOn, PSCI.cpuOn64: hostCPUOn(cpu, a, b, c)
    case PSCI.suspend, PSCI.suspend64:
      if a & PSCI.powerDown == 0 {
        cpus[cpu].registers.x[0] = 0
      } else {
        cpus[cpu].refused = cpus[cpu].refused &+ 1
        cpus[cpu].registers.x[0] = PSCI.invalidParameters
      }
    default: refuseFirmware(cpu)
    }
  }

  private mutating func refuseFirmware(_ cpu: Int) {
    cpus[cpu].refused = cpus[cpu].refused &+ 1
    cpus[cpu].registers.x[0] = PSCI.notSupported
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
  private mutating func hostCPUOn(
    _ cpu: Int, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    var target = constants.cpus
    for other in 0..<constants.cpus where constants.affinities[other] == affinity {
      target = other
    }
    guard target < constants.cpus else {
      cpus[cpu].registers.x[0] = PSCI.invalidParameters
      return
    }
    guard entry % 4 == 0, hostReaches(entry) else {
      cpus[cpu].refused = cpus[cpu].refused &+ 1
      cpus[cpu].registers.x[0] = PSCI.invalidAddress
      return
    }
    guard !cpus[target].isOnline else {
      cpus[cpu].registers.x[0] = PSCI.alreadyOn
      return
    }
    let floatingPoint = cpus[target].registers.floatingPoint
    cpus[target].registers = Registers()
    cpus[target].registers.floatingPoint = floatingPoint
    cpus[target].registers.pc = entry
    cpus[target].registers.x[0] = argument
    cpus[cpu].registers.x[0] = 0
  }
}
