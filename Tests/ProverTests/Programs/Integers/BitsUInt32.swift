import Contracts

// Bits and shifts of UInt32.

func bitsOfAllUInt32(_ a: UInt32) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == UInt32.max - a))
}

func lowBitsAreAllUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderUInt32(_ a: UInt32) -> UInt32 {
  requires(a >= 0)
  ensures { (result: UInt32) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsUInt32(_ a: UInt32, _ b: UInt32) {
  requires(a == 29 && b == 3)
  holds(a & 7 == 5)
  holds(a & ~7 == 24)
  holds(a & 16 != 0)
  holds(a & 2 == 0)
  holds((b << 4) | 5 == 53)
  holds(b ^ 0 == b)
  holds(~a == 4294967266)
  holds(a >> 2 == 7)
  holds(a &>> 3 == 3)
  holds(b << 2 == 12)
}

func shiftsOfExtremesUInt32(_ a: UInt32, _ b: UInt32) {
  requires(a == UInt32.max && b == 1)
  holds(a << 1 == 4294967294)
  holds(b << 31 == 2147483648)
  holds(a >> 30 == 3)
  holds(b &<< 32 == 1)
  holds(a &>> 33 == 2147483647)
  holds(b << 32 == 0)
}

func shiftRightHalvesUInt32(_ a: UInt32) -> UInt32 {
  requires(a >= 0)
  ensures { (result: UInt32) in result == a / 2 }
  return a >> 1
}

func shiftsOfPositiveUInt32(_ a: UInt32) {
  requires(a >= 0)
  holds(a >> 32 == 0)
  holds(a << 35 == 0)
  holds(a &<< 32 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsUInt32(_ a: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result == a }  // fails: ensures
  return a << 32
}

func shiftRightByNegativeUInt32(_ a: UInt32) -> UInt32 {
  requires(a == 5)
  ensures { (result: UInt32) in result == 10 }
  return a >> -1
}

func shiftsByAmountUInt32(_ a: UInt32, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 32 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsUInt32(_ a: UInt32) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 32 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsUInt32(_ a: UInt32, _ b: UInt32) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 32)
  holds(a.leadingZeroBitCount == 32)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumUInt32(_ a: UInt32, _ b: UInt32) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(a == UInt32.max && b == 1)
  ensures { (result: UInt32) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  requires(a == 9 && b == 2)
  ensures { (result: UInt32) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueUInt32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  ensures { (result: UInt32) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
