/// What the engine counts, per VM unless it says otherwise. Argument of ``Call/counter``.
public enum Counter: UInt8, BitwiseCopyable, Sendable {
  /// HVC and SMC by the guest.
  case hypercall = 0
  /// Trapped system registers, except SGIs.
  case systemRegister = 1
  /// Accesses to the distributor.
  case distributor = 2
  /// Accesses to redistributors.
  case redistributor = 3
  /// SGIs sent by ICC_SGI1R_EL1.
  case softwareInterrupt = 4
  /// Virtual timer interrupts.
  case timer = 5
  /// Maintenance interrupts of the list registers.
  case maintenance = 6
  /// WFI, whether or not it ended the run.
  case waitForInterrupt = 7
  /// First uses of FP/SIMD in a run.
  case floatingPoint = 8
  /// Reads that went to the vmm.
  case deviceRead = 9
  /// Writes that went to the vmm.
  case deviceWrite = 10
  /// Runs ended by an interrupt for the host.
  case interrupted = 11
  /// Refused requests of the guest; for VM 0, of the host.
  case refused = 12
  /// Runs started.
  case run = 13
  /// Stage-2 faults that needed nothing but another try.
  case retry = 14
  /// Of the engine, whatever the VM: instructions retired at EL2 on the calling CPU, modulo 2^32; 0 where the PMU
  /// cannot count them.
  case engineInstructions = 15
}
