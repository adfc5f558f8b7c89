import Prover
import Testing

@Suite struct IntegerTypeTests {
  @Test func boundsAreThoseOfSwift() {
    #expect(IntegerType(width: 8, isSigned: true).minimum == Int128(Int8.min))
    #expect(IntegerType(width: 64, isSigned: true).maximum == Int128(Int64.max))
    #expect(IntegerType(width: 64, isSigned: false).maximum == Int128(UInt64.max))
    #expect(IntegerType(width: 32, isSigned: false).minimum == 0)
  }
}
