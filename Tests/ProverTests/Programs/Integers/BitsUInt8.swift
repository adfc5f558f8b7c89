import Contracts

// Bits and shifts of UInt8.

func bitsOfAllUInt8(_ a: UInt8) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == UInt8.max - a))
}

func lowBitsAreAllUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderUInt8(_ a: UInt8) -> UInt8 {
  requires(a >= 0)
  ensures { (result: UInt8) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsUInt8(_ a: UInt8, _ b: UInt8) {
  requires(a == 29 && b == 3)
  holds(a & 7 == 5)
  holds(a & ~7 == 24)
  holds(a & 16 != 0)
  holds(a & 2 == 0)
  holds((b << 4) | 5 == 53)
  holds(b ^ 0 == b)
  holds(~a == 226)
  holds(a >> 2 == 7)
  holds(a &>> 3 == 3)
  holds(b << 2 == 12)
}

func shiftsOfExtremesUInt8(_ a: UInt8, _ b: UInt8) {
  requires(a == UInt8.max && b == 1)
  holds(a << 1 == 254)
  holds(b << 7 == 128)
  holds(a >> 6 == 3)
  holds(b &<< 8 == 1)
  holds(a &>> 9 == 127)
  holds(b << 8 == 0)
}

func shiftRightHalvesUInt8(_ a: UInt8) -> UInt8 {
  requires(a >= 0)
  ensures { (result: UInt8) in result == a / 2 }
  return a >> 1
}

func shiftsOfPositiveUInt8(_ a: UInt8) {
  requires(a >= 0)
  holds(a >> 8 == 0)
  holds(a << 11 == 0)
  holds(a &<< 8 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsUInt8(_ a: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result == a }  // fails: ensures
  return a << 8
}

func shiftRightByNegativeUInt8(_ a: UInt8) -> UInt8 {
  requires(a == 5)
  ensures { (result: UInt8) in result == 10 }
  return a >> -1
}

func shiftsByAmountUInt8(_ a: UInt8, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 8 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsUInt8(_ a: UInt8) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 8 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsUInt8(_ a: UInt8, _ b: UInt8) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 8)
  holds(a.leadingZeroBitCount == 8)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumUInt8(_ a: UInt8, _ b: UInt8) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(a == UInt8.max && b == 1)
  ensures { (result: UInt8) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  requires(a == 9 && b == 2)
  ensures { (result: UInt8) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueUInt8(_ a: UInt8, _ b: UInt8) -> UInt8 {
  ensures { (result: UInt8) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
