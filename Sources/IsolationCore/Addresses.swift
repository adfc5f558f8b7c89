import Contracts
import EngineABI

/// A page of physical memory: its address divided by 4 KiB.
public struct PhysicalPage: BitwiseCopyable, Equatable, Sendable {
  public var number: UInt64
  public init(number: UInt64) { self.number = number }

  /// Physical addresses have 48 bits at most, as descriptors with 4 KiB granule hold them.
  public static let limit: UInt64 = 1 << 36

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
  fileprivate init(trusted raw: UInt8) {
    requires(raw >= 1 && raw <= UInt8(Limits.vms))
    self.raw = raw
  }
  public var typeInvariant: Bool { raw >= 1 && raw <= UInt8(Limits.vms) }

  /// Index in the table of VMs.
  public var index: Int { Int(raw) &- 1 }
}

/// A vCPU among those of all VMs.
public struct VCPUID: BitwiseCopyable, Equatable, Sendable {
  /// Place among all vCPUs: those of VM 1 first.
  let place: UInt64

  init(place: UInt64) {
    requires(place < UInt64(Limits.vms * Limits.vcpusPerVM))
    self.place = place
  }
  public var typeInvariant: Bool { place < UInt64(Limits.vms * Limits.vcpusPerVM) }
  public init?(_ vm: VMID, _ number: UInt64) {
    guard number < UInt64(Limits.vcpusPerVM) else { return nil }
    place = (UInt64(vm.raw) &- 1) &* UInt64(Limits.vcpusPerVM) &+ number
  }
  /// The vCPU at an index of the table of vCPUs.
  public init?(index: UInt64) {
    guard index < UInt64(Limits.vms * Limits.vcpusPerVM) else { return nil }
    place = index
  }
  public var vm: VMID {
    opaque()
    ensures { (vm: VMID) in
      vm.raw >= 1 && vm.raw <= UInt8(Limits.vms)
        && UInt64(vm.raw) == place / UInt64(Limits.vcpusPerVM) + 1
    }
    return VMID(trusted: UInt8(truncatingIfNeeded: place / UInt64(Limits.vcpusPerVM) &+ 1))
  }
  /// 0..<``Limits/vcpusPerVM``
  public var number: UInt8 {
    UInt8(truncatingIfNeeded: place % UInt64(Limits.vcpusPerVM))
  }
  /// Index in the table of vCPUs.
  public var index: Int {
    opaque()
    ensures { (index: Int) in
      index >= 0 && index < Limits.vms * Limits.vcpusPerVM && UInt64(index) == place
    }
    return Int(truncatingIfNeeded: place)
  }
  /// Index in the table of contexts, after those of the host's CPUs.
  public var context: Int {
    opaque()
    ensures { (context: Int) in context == Limits.cpus + index }
    return Limits.cpus &+ index
  }
}
