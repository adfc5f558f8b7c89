import CRegisters

/// Runs one instruction that is made at run time: any system register, any immediate.
public enum Snippet {
  /// The last page of ``Scratch`` holds the code.
  public static var code: UInt64 { Scratch.page(31) }
  private static let returnInstruction: UInt32 = 0xd65f_03c0

  /// Executes `instruction` with `value` in x0; x0 afterwards is the probe's value.
  public static func run(_ instruction: UInt32, _ value: UInt64 = 0) -> Probe {
    store32(code, instruction)
    store32(code + 4, returnInstruction)
    synchronizeCode(code, 8)
    return probeSnippet(code, value)
  }

  public static func hvc(immediate: UInt32, _ function: UInt64) -> Probe {
    run(0xd400_0002 | immediate << 5, function)
  }

  public static func smc(immediate: UInt32 = 0, _ function: UInt64) -> Probe {
    run(0xd400_0003 | immediate << 5, function)
  }
}

/// A system register by its encoding (Arm ARM D18): `S<op0>_<op1>_C<n>_C<m>_<op2>`.
public struct SystemRegister: Equatable {
  public var op0: UInt32
  public var op1: UInt32
  public var crn: UInt32
  public var crm: UInt32
  public var op2: UInt32

  public init(_ op0: UInt32, _ op1: UInt32, _ crn: UInt32, _ crm: UInt32, _ op2: UInt32) {
    self.op0 = op0
    self.op1 = op1
    self.crn = crn
    self.crm = crm
    self.op2 = op2
  }

  private var fields: UInt32 {
    0xd500_0000 | op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5
  }

  /// For messages, as hexadecimal digits: op0, op1, CRn (two), CRm (two), op2.
  public var digits: UInt64 {
    UInt64(op0) << 24 | UInt64(op1) << 20 | UInt64(crn) << 12 | UInt64(crm) << 4 | UInt64(op2)
  }

  public func read() -> Probe { Snippet.run(fields | 1 << 21) }
  public func write(_ value: UInt64) -> Probe { Snippet.run(fields, value) }
}
