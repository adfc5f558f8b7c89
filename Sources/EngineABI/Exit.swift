/// Why a run ended: x0 of a ``Call/run`` that the engine accepted.
public enum Exit: Int64, BitwiseCopyable, Sendable {
  /// An interrupt for the host came. Run again when convenient.
  case interrupted = 0
  /// x1: guest address, x2: bytes (1, 2, 4, 8). Complete with a value or an abort.
  case deviceRead = 1
  /// x1: guest address, x2: bytes, x3: value. Complete with nothing or an abort.
  case deviceWrite = 2
  /// Nothing to do. x1: physical counter value to run again at, `UInt64.max` for no deadline.
  case waitForInterrupt = 3
  /// x1: mask of vCPUs that were halted or off and now have something to do.
  case wake = 4
  /// The guest asks for an end. x1: ``SystemEvent``.
  case systemEvent = 5
  /// The vCPU is off (PSCI CPU_OFF, or never turned on).
  case off = 6
  /// The guest did what no rule allows and got an exception for it. x1: exception class (ESR_EL2.EC).
  case refused = 7
  /// The hardware reported an error (SError). x1: its syndrome.
  case hardwareError = 8
}

/// x1 of ``Exit/systemEvent``.
public enum SystemEvent: UInt64, BitwiseCopyable, Sendable {
  case off = 0
  case reset = 1
}

/// How the vmm completes the last exit when it runs the vCPU again (argument b of ``Call/run``).
public enum Completion: UInt64, BitwiseCopyable, Sendable {
  /// Nothing to hand over; a device write is done.
  case none = 0
  /// The device's answer to a read is in argument c.
  case value = 1
  /// There is no such device: the guest gets a synchronous external abort.
  case abort = 2
}
