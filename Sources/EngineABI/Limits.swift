/// The sizes that every table of the engine follows from.
public enum Limits {
  /// Physical CPUs that the engine can manage.
  public static let cpus = 8
  /// Virtual machines, numbered 1...vms; number 0 is the host.
  public static let vms = 64
  /// vCPUs of one VM, numbered 0..<vcpusPerVM.
  public static let vcpusPerVM = 8
  /// Shared peripheral interrupts of one VM: INTIDs 32..<(32 + spis).
  public static let spis = 64
  /// List registers of the interrupt controller that the engine uses at most.
  public static let listRegisters = 4
}

/// Sizes of translation granules, in bytes.
public enum PageSize {
  public static let page: UInt64 = 4096
  /// One level-2 block.
  public static let block: UInt64 = 2 << 20
  public static let pagesPerBlock: UInt64 = 512
}
