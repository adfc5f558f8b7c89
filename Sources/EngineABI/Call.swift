/// A request to the engine. The same numbers serve host user space (through an
/// absent page), the host kernel and, for ``share`` and ``unshare``, guests (by HVC).
///
/// Registers on entry: x1 holds the ``CallWord``, x2...x5 the arguments a...d.
/// Registers on return: x0 holds the ``Status`` (or, from ``run``, the ``Exit``),
/// x1...x3 the results. By HVC, x0 also holds `hvcBase + number`.
public enum Call: UInt32, BitwiseCopyable, Sendable {
  /// a: ``InfoSelector``. Results depend on it.
  case info = 0
  /// a: ``Counter``. Result x1: its value, of the VM in the call word, or of the engine for VM 0.
  case counter = 1
  /// a: physical address of the root table, two pages, aligned to 8 KiB. Page 0 or the host kernel only.
  case createVM = 2
  /// a: physical address, b: guest address, c: 0 for one page, 1 for a block of 2 MiB.
  case donate = 3
  /// a: physical address of one page, b: guest address it will serve, c: level (2 or 3).
  case donateTable = 4
  /// Ends the loading of images: from here, donated pages are scrubbed first and entry states are fixed.
  case seal = 5
  /// Marks the VM as dying. Busy while one of its vCPUs runs.
  case destroyVM = 6
  /// a: physical address to go on from (0 at first). Scrubs and returns a bounded number of the
  /// dying VM's pages to the host. Status ``Status/again``: x1 is the address to go on from.
  /// ``Status/ok``: every page is back and the VM's number is free.
  case reclaim = 7
  /// a: index of the vCPU.
  case createVCPU = 8
  /// a: vCPU, b: program counter, c: x0. Before ``seal`` only. The vCPU is then on.
  case setEntry = 9
  /// a: vCPU, b: ``Completion`` of the last exit, c: the value read by the device.
  /// Returns an ``Exit`` in x0.
  case run = 10
  /// a: INTID of a shared peripheral interrupt, b: line level (0 or 1). Result x1: mask of halted
  /// vCPUs that now have something to do.
  case setInterrupt = 11
  /// Guests only (HVC). x1: guest address of a private page; the host can then access it.
  case share = 12
  /// Guests only (HVC). x1: guest address of a shared page; the host can then no longer access it.
  case unshare = 13
  /// Result x1: ``VMState``, x2: pages that the VM owns, tables included.
  case stateOfVM = 14

  /// SMCCC 1.2, vendor-specific hypervisor service, fast call, 64-bit: function 0.
  public static let hvcBase: UInt64 = 0xC600_0000
}

/// x1 of a call: the number in the low half, the VM in the high half.
///
/// On the absent page of VM n the VM is n (0 in the word means the page's own).
public struct CallWord: Sendable {
  public var raw: UInt64
  public init(raw: UInt64) { self.raw = raw }
  public init(_ call: Call, vm: Int = 0) {
    raw = UInt64(call.rawValue) | UInt64(truncatingIfNeeded: vm) << 32
  }
  public var number: UInt32 { UInt32(truncatingIfNeeded: raw) }
  public var vm: UInt32 { UInt32(truncatingIfNeeded: raw >> 32) }
}

/// What a call answers in x0. Errors are negative; a call that fails changes nothing.
public enum Status: Int64, BitwiseCopyable, Sendable {
  case ok = 0
  /// Not finished: call again with the address in x1.
  case again = 1
  /// No such call, or not one for this caller. Equals SMCCC NOT_SUPPORTED.
  case notSupported = -1
  /// An argument is out of range or misaligned.
  case invalidArgument = -2
  /// The caller may not ask this of that VM.
  case denied = -3
  /// A vCPU runs, or the vCPU runs already.
  case busy = -4
  /// The VM or vCPU is not in a state that allows the call.
  case wrongState = -5
  /// The page is not the host's to give, or not the guest's to share.
  case notOwner = -6
  /// A stage-2 table is missing for that guest address: x1 holds its level.
  case noTable = -7
  /// The guest address, table slot, VM number or vCPU is taken already.
  case occupied = -8
}

/// Argument of ``Call/info``.
public enum InfoSelector: UInt64, BitwiseCopyable, Sendable {
  /// x1: ABI version, x2: engine text bytes, x3: CPUs of the machine.
  case version = 0
  /// x1: base of the carve-out, x2: its bytes, x3: engine memory bytes.
  case carveOut = 1
  /// x1: ``Feature`` bits, x2: frequency of the counter in Hz,
  /// x3: ticks of the physical counter from the engine's first instruction to the host's.
  case machine = 2
}

/// Bits that ``InfoSelector/machine`` returns.
public enum Feature {
  public static let pointerAuthentication: UInt64 = 1 << 0
  /// Host DMA is bounded by an IOMMU that the engine owns.
  public static let boundedDMA: UInt64 = 1 << 1
  /// FEAT_S2FWB: guest and host see shared pages coherently whatever their attributes.
  public static let forcedWriteBack: UInt64 = 1 << 2
}

/// ABI version that ``InfoSelector/version`` returns: major in the high half.
public let abiVersion: UInt64 = 0x1_0000

/// Life of a VM, as ``Call/stateOfVM`` returns it.
public enum VMState: UInt8, BitwiseCopyable, Sendable {
  case free = 0
  case loading = 1
  case sealed = 2
  case dying = 3
}
