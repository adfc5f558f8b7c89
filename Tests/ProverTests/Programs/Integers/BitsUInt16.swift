import Contracts

// Bits and shifts of UInt16.

func bitsOfAllUInt16(_ a: UInt16) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == UInt16.max - a))
}

func lowBitsAreAllUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderUInt16(_ a: UInt16) -> UInt16 {
  requires(a >= 0)
  ensures { (result: UInt16) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsUInt16(_ a: UInt16, _ b: UInt16) {
  requires(a == 29 && b == 3)
  holds(a & 7 == 5)
  holds(a & ~7 == 24)
  holds(a & 16 != 0)
  holds(a & 2 == 0)
  holds((b << 4) | 5 == 53)
  holds(b ^ 0 == b)
  holds(~a == 65506)
  holds(a >> 2 == 7)
  holds(a &>> 3 == 3)
  holds(b << 2 == 12)
}

func shiftsOfExtremesUInt16(_ a: UInt16, _ b: UInt16) {
  requires(a == UInt16.max && b == 1)
  holds(a << 1 == 65534)
  holds(b << 15 == 32768)
  holds(a >> 14 == 3)
  holds(b &<< 16 == 1)
  holds(a &>> 17 == 32767)
  holds(b << 16 == 0)
}

func shiftRightHalvesUInt16(_ a: UInt16) -> UInt16 {
  requires(a >= 0)
  ensures { (result: UInt16) in result == a / 2 }
  return a >> 1
}

func shiftsOfPositiveUInt16(_ a: UInt16) {
  requires(a >= 0)
  holds(a >> 16 == 0)
  holds(a << 19 == 0)
  holds(a &<< 16 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsUInt16(_ a: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result == a }  // fails: ensures
  return a << 16
}

func shiftRightByNegativeUInt16(_ a: UInt16) -> UInt16 {
  requires(a == 5)
  ensures { (result: UInt16) in result == 10 }
  return a >> -1
}

func shiftsByAmountUInt16(_ a: UInt16, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 16 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsUInt16(_ a: UInt16) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 16 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsUInt16(_ a: UInt16, _ b: UInt16) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 16)
  holds(a.leadingZeroBitCount == 16)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumUInt16(_ a: UInt16, _ b: UInt16) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(a == UInt16.max && b == 1)
  ensures { (result: UInt16) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  requires(a == 9 && b == 2)
  ensures { (result: UInt16) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueUInt16(_ a: UInt16, _ b: UInt16) -> UInt16 {
  ensures { (result: UInt16) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
