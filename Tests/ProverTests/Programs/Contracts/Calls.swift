import Contracts

func small(_ n: Int) -> Int {
  requires(n >= 0 && n < 10)
  ensures { (result: Int) in result > n }
  return n + 1
}

func callsSmall() -> Int { return small(9) }

func callsSmallTooFar() -> Int {
  return small(10)  // fails: requires
}

func callsSmallUnknown(_ n: Int) -> Int {
  requires(n >= 0)
  return small(n)  // fails: requires
}

func callsWithResult() -> Int {
  ensures { (result: Int) in result > 4 }
  return small(4)
}

func definitionIsKnown() -> Int {
  ensures { (result: Int) in result == 5 }
  return small(4)
}

func hidden(_ n: Int) -> Int {
  opaque()
  requires(n >= 0 && n < 10)
  ensures { (result: Int) in result > n }
  return n + 1
}

func hiddenIsHidden() -> Int {
  ensures { (result: Int) in result == 5 }  // fails: ensures
  return hidden(4)
}

func hiddenContractIsKnown() -> Int {
  ensures { (result: Int) in result > 4 }
  return hidden(4)
}

func hiddenIsFunction() -> Bool {
  ensures { (result: Bool) in result }
  return hidden(4) == hidden(4)
}

func hiddenInContract(_ n: Int) -> Int {
  requires(n >= 0 && n < 10)
  ensures { (result: Int) in result == hidden(n) }
  return hidden(n)
}

func hiddenBeyondRequires() -> Int {
  return hidden(11)  // fails: requires
}

func looped(_ n: Int) -> Int {
  requires(n >= 0 && n < 10)
  ensures { (result: Int) in result == n }
  var i = 0
  for j in 0..<n {
    invariant(i == j)
    i += 1
  }
  return i
}

func loopedByContract() -> Int {
  ensures { (result: Int) in result == 4 }
  return looped(4)
}

func loopedWithoutContract(_ n: Int) -> Int {
  requires(n >= 0)
  for _ in 0..<n { _ = n }
  return 3
}

func knowsNothingOfLoop() -> Int {
  ensures { (result: Int) in result == 3 }  // fails: ensures
  return loopedWithoutContract(4)
}

func loopedInContract(_ n: Int) -> Int {
  requires(loopedWithoutContract(1) == 3)  // refused: contract
  return n
}

func hardware(_ n: UInt64) -> UInt64 {
  trusted("reads a register")
  requires(n < 16)
  ensures { (result: UInt64) in result <= n }
  return n
}

func trustedContract() -> UInt64 {
  ensures { (result: UInt64) in result <= 5 }
  return hardware(5)
}

func trustedBodyIsUnknown() -> UInt64 {
  ensures { (result: UInt64) in result == 5 }  // fails: ensures
  return hardware(5)
}

func trustedRequires() -> UInt64 {
  return hardware(16)  // fails: requires
}

func trustedNonsense() -> Int {
  trusted("the body is not proved")
  ensures { (result: Int) in result == 3 }
  return 4
}

func defaults(_ n: Int, by step: Int = 2) -> Int {
  requires(n < 100 && n > -100 && step < 10 && step > -10)
  ensures { (result: Int) in result == n + step }
  return n + step
}

func usesDefault() -> Int {
  ensures { (result: Int) in result == 5 }
  return defaults(3)
}

func usesDefaultWrongly() -> Int {
  ensures { (result: Int) in result == 4 }  // fails: ensures
  return defaults(3)
}

func givesDefault() -> Int {
  ensures { (result: Int) in result == 4 }
  return defaults(3, by: 1)
}

func twoDefaults(_ tens: Int = 1, _ ones: Int = 2) -> Int { 10 &* tens &+ ones }

func usesTwoDefaults() -> Bool {
  ensures { (result: Bool) in result }
  return twoDefaults() == 12 && twoDefaults(3) == 32
}

func overloaded(_ n: Int) -> Int { 1 }
func overloaded(_ n: UInt8) -> Int { 2 }
func overloaded(by n: Int) -> Int { 3 }

func usesOverloads(_ n: UInt8) -> Int {
  ensures { (result: Int) in result == 123 }
  return overloaded(5) * 100 + overloaded(n) * 10 + overloaded(by: 0)
}

func earlyReturn(_ n: Int) -> Int {
  ensures { (result: Int) in result > 0 }  // fails: ensures
  if n == 7 { return 0 }
  return 1
}

func resultNamedAsParameter(_ n: Int) -> Int {
  requires(n < 0)
  ensures { (n: Int) in n > 0 }
  return 5
}

func resultNamedAsParameterWrong(_ n: Int) -> Int {
  requires(n > 0)
  ensures { (n: Int) in n > 0 }  // fails: ensures
  return 0 - n
}

func resultByPosition(_ n: Int) -> Int {
  requires(n == 4)
  ensures { (x: Int) in x == n + 1 }
  let x = n + 1
  return x
}

func knownAfterPrecondition(_ n: Int) -> Int {
  ensures { (result: Int) in result > 0 }
  precondition(n > 0)  // fails: precondition
  return n
}

func unreachableEnd(_ n: Int) -> Int {
  requires(n == 1)
  if n == 1 { return 4 }
  fatalError()
}

func reachableEnd(_ n: Int) -> Int {
  if n == 1 { return 4 }
  fatalError()  // fails: unreachable
}

func reachableFailure(_ n: Int) -> Int {
  guard n == 1 else { preconditionFailure("not one") }  // fails: unreachable
  return 4
}

func wrongHolds(_ n: Int) {
  holds(n > 0)  // fails: holds
}

func opaqueOfPositive(_ n: Int) -> Int {
  requires(n > 0)
  ensures { (result: Int) in result > 0 && result <= n }
  opaque()
  return n
}

func asksPositiveAlone(_ n: Int) -> Bool {
  ensures { (result: Bool) in n > 0 }  // fails: ensures
  return n > 0 ? opaqueOfPositive(n) > 0 : false
}
