import Contracts

// Bits and shifts of Int64.

func bitsOfAllInt64(_ a: Int64) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == -1 - a))
}

func lowBitsAreAllInt64(_ a: Int64) -> Int64 {
  ensures { (result: Int64) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderInt64(_ a: Int64) -> Int64 {
  requires(a >= 0)
  ensures { (result: Int64) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsInt64(_ a: Int64, _ b: Int64) {
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

func bitsOfNegativeInt64(_ a: Int64) {
  requires(a == -3)
  holds(a & 7 == 5)
  holds(a & 1 == 1)
  holds(a | 1 == -3)
  holds(~a == 2)
  holds(a >> 1 == -2)
  holds(a << 1 == -6)
  holds(a &>> 1 == -2)
}

func shiftsOfExtremesInt64(_ a: Int64, _ b: Int64) {
  requires(a == Int64.max && b == 1)
  holds(a << 1 == -2)
  holds(b << 63 == -9223372036854775808)
  holds(a >> 62 == 1)
  holds(b &<< 64 == 1)
  holds(a &>> 65 == 4611686018427387903)
  holds(b << 64 == 0)
}

func shiftRightHalvesInt64(_ a: Int64) -> Int64 {
  requires(a >= 0)
  ensures { (result: Int64) in result == a / 2 }
  return a >> 1
}

func shiftsOfNegativeInt64(_ a: Int64) {
  requires(a < 0)
  holds(a >> 64 == -1)
  holds(a >> 73 == -1)
  holds(a << 64 == 0)
  holds(a >> 63 == -1)
}

func overShiftRightZeroInt64(_ a: Int64) -> Int64 {
  requires(a < 0)
  ensures { (result: Int64) in result == 0 }  // fails: ensures
  return a >> 64
}

func shiftsOfPositiveInt64(_ a: Int64) {
  requires(a >= 0)
  holds(a >> 64 == 0)
  holds(a << 67 == 0)
  holds(a &<< 64 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsInt64(_ a: Int64) -> Int64 {
  ensures { (result: Int64) in result == a }  // fails: ensures
  return a << 64
}

func shiftRightByNegativeInt64(_ a: Int64) -> Int64 {
  requires(a == 5)
  ensures { (result: Int64) in result == 10 }
  return a >> -1
}

func shiftsByAmountInt64(_ a: Int64, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 64 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsInt64(_ a: Int64) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 64 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsInt64(_ a: Int64, _ b: Int64) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 64)
  holds(a.leadingZeroBitCount == 64)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumInt64(_ a: Int64, _ b: Int64) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(a == Int64.max && b == 1)
  ensures { (result: Int64) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowInt64(_ a: Int64, _ b: Int64) -> Int64 {
  requires(a == 9 && b == 2)
  ensures { (result: Int64) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueInt64(_ a: Int64, _ b: Int64) -> Int64 {
  ensures { (result: Int64) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
