import EngineABI

/// A page of physical memory: its address divided by 4 KiB.
public struct PhysicalPage: BitwiseCopyable, Equatable, Sendable {
  public var number: UInt64
  public init(number: UInt64) { self.number = number }

  /// `nil` if the address is not aligned to 4 KiB.
  public init?(aligned address: UInt64) {
    guard address % PageSize.page == 0 else { return nil }
    number = address / PageSize.page
  }
  public var address: UInt64 { number &* PageSize.page }
}

/// A page as a VM sees it (intermediate physical): its address divided by 4 KiB.
public struct GuestPage: BitwiseCopyable, Equatable, Sendable {
  public var number: UInt64
  public init(number: UInt64) { self.number = number }

  /// Guest addresses have 40 bits, as stage 2 is set up (VTCR_EL2.T0SZ = 24).
  public static let limit: UInt64 = 1 << 40

  /// `nil` if the address is not aligned to 4 KiB or beyond the stage-2 input range.
  public init?(aligned address: UInt64) {
    guard address < GuestPage.limit, address % PageSize.page == 0 else { return nil }
    number = address / PageSize.page
  }
  public var address: UInt64 { number &* PageSize.page }
}

/// The number of a VM, 1...``Limits/vms``, which is also its VMID. The host's VMID is 0.
public struct VMID: BitwiseCopyable, Equatable, Sendable {
  public var raw: UInt8
  public init?(_ number: UInt32) {
    guard number >= 1, number <= UInt32(Limits.vms) else { return nil }
    raw = UInt8(truncatingIfNeeded: number)
  }
  /// Index in the table of VMs.
  public var index: Int { Int(raw) &- 1 }
}

/// A vCPU among those of all VMs.
public struct VCPUID: BitwiseCopyable, Equatable, Sendable {
  public var vm: VMID
  /// 0..<``Limits/vcpusPerVM``
  public var number: UInt8
  public init?(_ vm: VMID, _ number: UInt64) {
    guard number < UInt64(Limits.vcpusPerVM) else { return nil }
    self.vm = vm
    self.number = UInt8(truncatingIfNeeded: number)
  }
  /// Index in the table of vCPUs.
  public var index: Int { vm.index &* Limits.vcpusPerVM &+ Int(number) }
  /// Index in the table of contexts, after those of the host's CPUs.
  public var context: Int { Limits.cpus &+ index }
}
