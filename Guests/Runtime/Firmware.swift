import CRegisters

/// PSCI function identifiers (PSCI 1.1 §5.1).
public enum PSCI {
  public static let version: UInt64 = 0x8400_0000
  public static let cpuSuspend32: UInt64 = 0x8400_0001
  public static let cpuSuspend64: UInt64 = 0xc400_0001
  public static let cpuOff: UInt64 = 0x8400_0002
  public static let cpuOn32: UInt64 = 0x8400_0003
  public static let cpuOn64: UInt64 = 0xc400_0003
  public static let affinityInfo32: UInt64 = 0x8400_0004
  public static let affinityInfo64: UInt64 = 0xc400_0004
  public static let migrateInfoType: UInt64 = 0x8400_0006
  public static let systemOff: UInt64 = 0x8400_0008
  public static let systemReset: UInt64 = 0x8400_0009
  public static let features: UInt64 = 0x8400_000a

  public static let notSupported: Int64 = -1
  public static let invalidParameters: Int64 = -2
  public static let denied: Int64 = -3
  public static let alreadyOn: Int64 = -4
  public static let onPending: Int64 = -5
  public static let invalidAddress: Int64 = -9

  public static let isOn: Int64 = 0
  public static let isOff: Int64 = 1
}

/// Calls to whatever is below: HVC for a guest and on the bare machine, SMC for the host.
public enum Firmware {
  public static func hvc(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0
  ) -> Int64 {
    Int64(bitPattern: rawHVC(function, a, b, c, d, e, 0).x0)
  }

  public static func smc(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0
  ) -> Int64 {
    Int64(bitPattern: rawSMC(function, a, b, c, d, e, 0).x0)
  }

  /// 32-bit results are sign-extended: SMC32 calls return them in w0.
  public static func psci(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> Int64 {
    Int64(Int32(truncatingIfNeeded: hvc(function, a, b, c)))
  }

  /// Ends the machine: by HVC in a guest, by SMC in the host, where HVC is refused or undefined.
  public static func systemOff() -> Never {
    _ = rawHVC(PSCI.systemOff, 0, 0, 0, 0, 0, 0)
    _ = rawSMC(PSCI.systemOff, 0, 0, 0, 0, 0, 0)
    while true { waitForInterrupt() }
  }
}

/// Who runs this code.
public enum ThisCPU {
  /// MPIDR_EL1 affinity fields: Aff3 in bits 39:32, Aff2...Aff0 in 23:0.
  public static var affinity: UInt64 { readMPIDR() & 0xff_00ff_ffff }
  /// What the starter handed over in x0: the device tree.
  public static var bootArgument: UInt64 { load64(addressOfBootArgument()) }
}
