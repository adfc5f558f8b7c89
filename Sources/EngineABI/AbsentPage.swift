/// The absent pages: a hole of the physical map that host user space maps through /dev/mem.
/// `ldr x0, [page]` there is a call: no stage-2 table maps it.
///
/// Page n serves VM n alone; page 0 serves any VM, for creation and clean-up.
public enum AbsentPage {
  public static let base: UInt64 = 0x0b00_0000
  public static let count = UInt64(Limits.vms + 1)
  public static let bytes: UInt64 = count * PageSize.page

  public static func address(vm: Int) -> UInt64 {
    base &+ UInt64(truncatingIfNeeded: vm) &* PageSize.page
  }
}

/// Where every guest finds its interrupt controller (the engine emulates it).
public enum GuestGIC {
  public static let distributor: UInt64 = 0x0800_0000
  public static let distributorBytes: UInt64 = 0x1_0000
  public static let redistributor: UInt64 = 0x080a_0000
  /// Two frames of 64 KiB for each vCPU.
  public static let redistributorStride: UInt64 = 0x2_0000
  /// The guest's only timer interrupt: the virtual timer, a PPI.
  public static let virtualTimer: UInt32 = 27
}
