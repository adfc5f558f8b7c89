/// What starts the engine tells it: one page right behind the engine's image, 64-bit little-endian
/// words at these indices.
public enum BootRecord {
  /// "BULKHEAD" read as a little-endian word.
  public static let magicValue: UInt64 = 0x4441_4548_4b4c_5542
  public static let versionValue: UInt64 = 1

  public static let magic = 0
  public static let version = 1
  /// Engine memory: base and bytes, 2 MiB aligned, the image inside it. The host never sees it.
  public static let engineBase = 2
  public static let engineBytes = 3
  /// Host memory below or beside the carve-out: base and bytes.
  public static let hostBase = 4
  public static let hostBytes = 5
  /// Entry point of the host kernel and its x0 (the device tree).
  public static let hostEntry = 6
  public static let hostArgument = 7
  /// Devices of the machine.
  public static let distributor = 8
  public static let redistributor = 9
  public static let redistributorBytes = 10
  public static let uart = 11
  /// Ranges absent from the host besides engine memory: `absentCount` pairs of base and bytes
  /// (the ITS, fw_cfg) from `absentRanges` on.
  public static let absentCount = 12
  public static let absentRanges = 16
  public static let maxAbsent = 8
  /// SGI that makes the host reschedule a CPU (Linux: 0).
  public static let rescheduleInterrupt = 13
  /// CPUs of the machine; their MPIDR affinities from `affinities` on.
  public static let cpuCount = 14
  public static let affinities = 32
  /// Carve-out: `carveOutCount` pairs of base and bytes from `carveOuts` on, 2 MiB aligned,
  /// ascending.
  public static let carveOutCount = 15
  public static let carveOuts = 48
  public static let maxCarveOuts = 4

  public static let words = 512
}
