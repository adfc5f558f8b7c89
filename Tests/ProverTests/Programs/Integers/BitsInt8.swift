import Contracts

// Bits and shifts of Int8.

func bitsOfAllInt8(_ a: Int8) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == -1 - a))
}

func lowBitsAreAllInt8(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderInt8(_ a: Int8) -> Int8 {
  requires(a >= 0)
  ensures { (result: Int8) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsInt8(_ a: Int8, _ b: Int8) {
  requires(a == 29 && b == 3)
  holds(a & 7 == 5)
  holds(a & ~7 == 24)
  holds(a & 16 != 0)
  holds(a & 2 == 0)
  holds((b << 4) | 5 == 53)
  holds(b ^ 0 == b)
  holds(~a == -30)
  holds(a >> 2 == 7)
  holds(a &>> 3 == 3)
  holds(b << 2 == 12)
}

func bitsOfNegativeInt8(_ a: Int8) {
  requires(a == -3)
  holds(a & 7 == 5)
  holds(a & 1 == 1)
  holds(a | 1 == -3)
  holds(~a == 2)
  holds(a >> 1 == -2)
  holds(a << 1 == -6)
  holds(a &>> 1 == -2)
}

func shiftsOfExtremesInt8(_ a: Int8, _ b: Int8) {
  requires(a == Int8.max && b == 1)
  holds(a << 1 == -2)
  holds(b << 7 == -128)
  holds(a >> 6 == 1)
  holds(b &<< 8 == 1)
  holds(a &>> 9 == 63)
  holds(b << 8 == 0)
}

func shiftRightHalvesInt8(_ a: Int8) -> Int8 {
  requires(a >= 0)
  ensures { (result: Int8) in result == a / 2 }
  return a >> 1
}

func shiftsOfNegativeInt8(_ a: Int8) {
  requires(a < 0)
  holds(a >> 8 == -1)
  holds(a >> 17 == -1)
  holds(a << 8 == 0)
  holds(a >> 7 == -1)
}

func overShiftRightZeroInt8(_ a: Int8) -> Int8 {
  requires(a < 0)
  ensures { (result: Int8) in result == 0 }  // fails: ensures
  return a >> 8
}

func shiftsOfPositiveInt8(_ a: Int8) {
  requires(a >= 0)
  holds(a >> 8 == 0)
  holds(a << 11 == 0)
  holds(a &<< 8 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsInt8(_ a: Int8) -> Int8 {
  ensures { (result: Int8) in result == a }  // fails: ensures
  return a << 8
}

func shiftRightByNegativeInt8(_ a: Int8) -> Int8 {
  requires(a == 5)
  ensures { (result: Int8) in result == 10 }
  return a >> -1
}

func shiftsByAmountInt8(_ a: Int8, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 8 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsInt8(_ a: Int8) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 8 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsInt8(_ a: Int8, _ b: Int8) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 8)
  holds(a.leadingZeroBitCount == 8)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumInt8(_ a: Int8, _ b: Int8) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(a == Int8.max && b == 1)
  ensures { (result: Int8) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowInt8(_ a: Int8, _ b: Int8) -> Int8 {
  requires(a == 9 && b == 2)
  ensures { (result: Int8) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueInt8(_ a: Int8, _ b: Int8) -> Int8 {
  ensures { (result: Int8) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
