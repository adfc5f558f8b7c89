import Contracts

// Bits and shifts of Int32.

func bitsOfAllInt32(_ a: Int32) {
  holds(a ^ a == 0)
  holds(a | 0 == a)
  holds(a & 0 == 0)
  holds(a & a == a)
  holds(~(~a) == a)
  holds(a & 7 >= 0 && a & 7 <= 7)
  holds((~a == -1 - a))
}

func lowBitsAreAllInt32(_ a: Int32) -> Int32 {
  ensures { (result: Int32) in result == a }  // fails: ensures
  return a & 7
}

func lowBitsRemainderInt32(_ a: Int32) -> Int32 {
  requires(a >= 0)
  ensures { (result: Int32) in result == a % 16 }
  return a & 15
}

func bitsOfConstantsInt32(_ a: Int32, _ b: Int32) {
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

func bitsOfNegativeInt32(_ a: Int32) {
  requires(a == -3)
  holds(a & 7 == 5)
  holds(a & 1 == 1)
  holds(a | 1 == -3)
  holds(~a == 2)
  holds(a >> 1 == -2)
  holds(a << 1 == -6)
  holds(a &>> 1 == -2)
}

func shiftsOfExtremesInt32(_ a: Int32, _ b: Int32) {
  requires(a == Int32.max && b == 1)
  holds(a << 1 == -2)
  holds(b << 31 == -2147483648)
  holds(a >> 30 == 1)
  holds(b &<< 32 == 1)
  holds(a &>> 33 == 1073741823)
  holds(b << 32 == 0)
}

func shiftRightHalvesInt32(_ a: Int32) -> Int32 {
  requires(a >= 0)
  ensures { (result: Int32) in result == a / 2 }
  return a >> 1
}

func shiftsOfNegativeInt32(_ a: Int32) {
  requires(a < 0)
  holds(a >> 32 == -1)
  holds(a >> 41 == -1)
  holds(a << 32 == 0)
  holds(a >> 31 == -1)
}

func overShiftRightZeroInt32(_ a: Int32) -> Int32 {
  requires(a < 0)
  ensures { (result: Int32) in result == 0 }  // fails: ensures
  return a >> 32
}

func shiftsOfPositiveInt32(_ a: Int32) {
  requires(a >= 0)
  holds(a >> 32 == 0)
  holds(a << 35 == 0)
  holds(a &<< 32 == a)
  holds(a << -1 == a / 2)
  holds(a >> 2 == a / 4)
  holds(a << 0 == a)
}

func overShiftLeftKeepsInt32(_ a: Int32) -> Int32 {
  ensures { (result: Int32) in result == a }  // fails: ensures
  return a << 32
}

func shiftRightByNegativeInt32(_ a: Int32) -> Int32 {
  requires(a == 5)
  ensures { (result: Int32) in result == 10 }
  return a >> -1
}

func shiftsByAmountInt32(_ a: Int32, _ far: Int, _ two: Int, _ back: Int) {
  requires(a == 100 && far >= 32 && two == 2 && back == -2)
  holds(a << far == 0)
  holds(a >> far == 0)
  holds(1 << two == 4)
}

func zeroCountsInt32(_ a: Int32) -> Int {
  requires(a != 0)
  ensures { (result: Int) in result >= 0 && result < 32 }
  return a.trailingZeroBitCount
}

func zeroCountsOfConstantsInt32(_ a: Int32, _ b: Int32) {
  requires(a == 0 && b != 0)
  holds(a.trailingZeroBitCount == 32)
  holds(a.leadingZeroBitCount == 32)
  holds(b.nonzeroBitCount >= 0)
}

func minimumMaximumInt32(_ a: Int32, _ b: Int32) {
  holds(min(a, b) <= a && min(a, b) <= b)
  holds(min(a, b) == a || min(a, b) == b)
  holds(max(a, b) >= a && max(a, b) >= b)
  holds(max(a, b) == a || max(a, b) == b)
}

func reportsOverflowInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(a == Int32.max && b == 1)
  ensures { (result: Int32) in result == a }
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? a : sum
}

func reportsNoOverflowInt32(_ a: Int32, _ b: Int32) -> Int32 {
  requires(a == 9 && b == 2)
  ensures { (result: Int32) in result == 7 }
  let report = a.subtractingReportingOverflow(b)
  return report.overflow ? 0 : report.partialValue
}

func reportsWrappedValueInt32(_ a: Int32, _ b: Int32) -> Int32 {
  ensures { (result: Int32) in result == a &* b }
  let report = a.multipliedReportingOverflow(by: b)
  return report.partialValue
}
