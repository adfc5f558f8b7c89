// The lemmas about bits. Triggers are chosen so that a lemma makes no term that brings another
// instance of itself.

private let x = BitTerm.variable("x")
private let y = BitTerm.variable("y")
private let n = BitTerm.variable("n")
private let m = BitTerm.variable("m")
private let zero = BitTerm.number(0)

private func number(_ value: Int128) -> BitTerm { .number(value) }
private func band(_ a: BitTerm, _ b: BitTerm) -> BitTerm { .function("band", [a, b]) }
private func bor(_ a: BitTerm, _ b: BitTerm) -> BitTerm { .function("bor", [a, b]) }
private func bxor(_ a: BitTerm, _ b: BitTerm) -> BitTerm { .function("bxor", [a, b]) }
private func bclear(_ a: BitTerm, _ b: BitTerm) -> BitTerm { .function("bclear", [a, b]) }
private func shr(_ a: BitTerm, _ b: BitTerm) -> BitTerm { .function("shr", [a, b]) }
private func pow2(_ a: BitTerm) -> BitTerm { .function("pow2", [a]) }
private func ctz(_ a: BitTerm) -> BitTerm { .function("ctz", [a]) }
private func clz(_ a: BitTerm) -> BitTerm { .function("clz", [a]) }
private func popcount(_ a: BitTerm) -> BitTerm { .function("popcount", [a]) }

private func lowestOff(_ a: BitTerm) -> BitTerm { .function("lowest_off", [a]) }

private func between(_ low: BitTerm, _ value: BitTerm, _ high: BitTerm) -> BitTerm {
  .all([.lessOrEqual(low, value), .lessOrEqual(value, high)])
}
/// The number of a bit of 64.
private func isBit(_ value: BitTerm) -> BitTerm { .lessOrEqual(value, number(63)) }

extension BitLemmas {
  public static let all: [BitLemma] =
    conjunction + others + shifts + counts + singleBits + narrow + powers

  private static let conjunction: [BitLemma] = [
    BitLemma(
      name: "band_bounds", variables: ["x", "y"], triggers: [band(x, y)],
      statement: .all([
        .lessOrEqual(zero, band(x, y)), .lessOrEqual(band(x, y), x),
        .lessOrEqual(band(x, y), y),
      ])),
    BitLemma(
      name: "band_swap", variables: ["x", "y"], triggers: [band(x, y)],
      statement: .equal(band(x, y), band(y, x))),
    BitLemma(
      name: "band_same", variables: ["x"], triggers: [band(x, x)],
      statement: .equal(band(x, x), x)),
  ]

  private static let others: [BitLemma] = [
    BitLemma(
      name: "bor_sum", variables: ["x", "y"], triggers: [bor(x, y)],
      statement: .all([
        .equal(bor(x, y), .subtract(.add(x, y), band(x, y))), .lessOrEqual(x, bor(x, y)),
        .lessOrEqual(y, bor(x, y)), .lessOrEqual(bor(x, y), number(0xffff_ffff_ffff_ffff)),
      ])),
    BitLemma(
      name: "bor_swap", variables: ["x", "y"], triggers: [bor(x, y)],
      statement: .equal(bor(x, y), bor(y, x))),
    BitLemma(
      name: "bxor_sum", variables: ["x", "y"], triggers: [bxor(x, y)],
      statement: .all([
        .equal(bxor(x, y), .subtract(bor(x, y), band(x, y))), .lessOrEqual(zero, bxor(x, y)),
      ])),
    BitLemma(
      name: "bclear_difference", variables: ["x", "y"], triggers: [bclear(x, y)],
      statement: .all([
        .equal(bclear(x, y), .subtract(x, band(x, y))), .lessOrEqual(zero, bclear(x, y)),
        .lessOrEqual(bclear(x, y), x), .equal(band(bclear(x, y), y), zero),
      ])),
  ]

  private static let shifts: [BitLemma] = [
    BitLemma(
      name: "shr_bounds", variables: ["x", "n"], triggers: [shr(x, n)],
      statement: between(zero, shr(x, n), x)),
    BitLemma(
      name: "shr_bit", variables: ["x", "n"], triggers: [shr(x, n)],
      statement: .implies(
        isBit(n),
        .equal(
          .modulo2(shr(x, n)),
          .conditional(.equal(band(x, pow2(n)), zero), zero, number(1))))),
  ]

  private static let counts: [BitLemma] = [
    BitLemma(
      name: "ctz_bounds", variables: ["x"], triggers: [ctz(x)],
      statement: .implies(
        .not(.equal(x, zero)),
        .all([
          between(zero, ctz(x), number(63)), .lessOrEqual(pow2(ctz(x)), x),
          .equal(band(x, pow2(ctz(x))), pow2(ctz(x))),
        ]))),
    BitLemma(
      name: "clz_bounds", variables: ["x"], triggers: [clz(x)],
      statement: .implies(
        .not(.equal(x, zero)),
        .all([
          between(zero, clz(x), number(63)),
          .lessOrEqual(pow2(.subtract(number(63), clz(x))), x),
        ]))),
    BitLemma(
      name: "popcount_bounds", variables: ["x"], triggers: [popcount(x)],
      statement: .all([
        between(zero, popcount(x), number(64)),
        .conditional(
          .equal(x, zero), .equal(popcount(x), zero), .lessOrEqual(number(1), popcount(x))),
      ])),
    BitLemma(
      name: "lowest_off_of_some", variables: ["x"], triggers: [lowestOff(x)],
      statement: .implies(
        .not(.equal(x, zero)),
        .all([
          .equal(lowestOff(x), bclear(x, pow2(ctz(x)))),
          .equal(lowestOff(x), .subtract(x, pow2(ctz(x)))),
          between(zero, lowestOff(x), .subtract(x, number(1))),
        ]))),
    BitLemma(
      name: "popcount_lowest_off", variables: ["x"], triggers: [lowestOff(x)],
      statement: .implies(
        .not(.equal(x, zero)),
        .equal(popcount(lowestOff(x)), .subtract(popcount(x), number(1))))),
    BitLemma(
      name: "lowest_off_of_none", variables: [], triggers: [],
      statement: .equal(lowestOff(zero), zero)),
  ]

  private static let singleBits: [BitLemma] = [
    BitLemma(
      name: "band_bit", variables: ["x", "n"], triggers: [band(x, pow2(n))],
      statement: .implies(
        isBit(n),
        .conditional(
          .equal(band(x, pow2(n)), zero), .equal(band(x, pow2(n)), zero),
          .equal(band(x, pow2(n)), pow2(n))))),
    BitLemma(
      name: "bclear_bit", variables: ["x", "n", "m"], triggers: [band(bclear(x, pow2(n)), pow2(m))],
      statement: .implies(
        .all([isBit(n), isBit(m), .not(.equal(n, m))]),
        .equal(band(bclear(x, pow2(n)), pow2(m)), band(x, pow2(m))))),
    BitLemma(
      name: "bor_bit", variables: ["x", "y", "m"], triggers: [band(bor(x, y), pow2(m))],
      statement: .implies(
        isBit(m),
        .equal(
          .equal(band(bor(x, y), pow2(m)), zero),
          .all([.equal(band(x, pow2(m)), zero), .equal(band(y, pow2(m)), zero)])))),
    BitLemma(
      name: "bits_apart", variables: ["n", "m"], triggers: [band(pow2(n), pow2(m))],
      statement: .implies(
        .all([isBit(n), isBit(m), .not(.equal(n, m))]),
        .equal(band(pow2(n), pow2(m)), zero))),
  ]

  /// Bits below a width stay below it.
  private static let narrow: [BitLemma] = [4, 8, 16, 32].flatMap { (width: Int) -> [BitLemma] in
    let top = number((1 << Int128(width)) - 1)
    return [
      BitLemma(
        name: "bor_below_\(width)", variables: ["x", "y"], triggers: [bor(x, y)],
        statement: .implies(
          .all([.lessOrEqual(x, top), .lessOrEqual(y, top)]), .lessOrEqual(bor(x, y), top))),
      BitLemma(
        name: "ctz_below_\(width)", variables: ["x"], triggers: [ctz(x)],
        statement: .implies(
          .all([.lessOrEqual(x, top), .not(.equal(x, zero))]),
          .lessOrEqual(ctz(x), number(Int128(width - 1))))),
      BitLemma(
        name: "clz_below_\(width)", variables: ["x"], triggers: [clz(x)],
        statement: .implies(
          .lessOrEqual(x, top),
          .implies(
            .not(.equal(x, zero)), .lessOrEqual(number(Int128(64 - width)), clz(x))))),
      BitLemma(
        name: "popcount_below_\(width)", variables: ["x"], triggers: [popcount(x)],
        statement: .implies(
          .lessOrEqual(x, top), .lessOrEqual(popcount(x), number(Int128(width))))),
    ]
  }

  private static let powers: [BitLemma] =
    [
      BitLemma(
        name: "pow2_order", variables: ["n", "m"], triggers: [pow2(n), pow2(m)],
        statement: .implies(
          .all([.lessOrEqual(n, number(64)), .lessOrEqual(m, number(64))]),
          .implies(
            .lessOrEqual(.add(n, number(1)), m),
            .lessOrEqual(.add(pow2(n), pow2(n)), pow2(m)))))
    ]
    // Each about any power rather than a value of one: 65 values in every goal would make some 2000
    // pairs for the law above.
    + (0...64).map { (exponent: Int) in
      let power = number(Int128(1) << Int128(exponent))
      return BitLemma(
        name: "pow2_\(exponent)", variables: ["n"], triggers: [pow2(n)],
        statement: .implies(
          .lessOrEqual(n, number(64)),
          .all([
            .implies(.lessOrEqual(n, number(Int128(exponent))), .lessOrEqual(pow2(n), power)),
            .implies(.lessOrEqual(number(Int128(exponent)), n), .lessOrEqual(power, pow2(n))),
          ])))
    }
}
