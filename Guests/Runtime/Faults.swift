import CRegisters

extension Probe {
  /// No exception was taken.
  public var succeeded: Bool { syndrome == UInt64.max }
  /// Exception class, ESR_EL1.EC.
  public var exceptionClass: UInt64 { syndrome >> 26 & 0x3f }
  /// A data abort taken without a change of exception level.
  public var isDataAbort: Bool { !succeeded && exceptionClass == 0x25 }
  /// An instruction abort taken without a change of exception level.
  public var isInstructionAbort: Bool { !succeeded && exceptionClass == 0x21 }
  /// An instruction that does not exist here: exception class 0 (unknown reason).
  public var isUndefined: Bool { !succeeded && exceptionClass == 0 }
  /// Data fault status code, ESR_EL1.ISS[5:0].
  public var faultStatus: UInt64 { syndrome & 0x3f }
}

/// An exception that no probe expected: says where and ends the machine.
@c(fatalException)
public func fatalException(
  vector: UInt64, syndrome: UInt64, location: UInt64, address: UInt64, link: UInt64
) {
  Console.write("bulkhead-test: exception: FAILED vector ")
  Console.write(decimal: vector)
  Console.write(", ESR ")
  Console.write(hex: syndrome)
  Console.write(", ELR image+")
  Console.write(hex: location &- addressOfImage())
  Console.write(", LR image+")
  Console.write(hex: link &- addressOfImage())
  Console.write(", FAR ")
  Console.write(hex: address)
  Console.endLine()
  Firmware.systemOff()
}
