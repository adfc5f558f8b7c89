import Contracts

func makesClosure(_ n: Int) -> Int {
  let twice = { (x: Int) in x &* 2 }  // refused:
  return twice(n)
}

func functionValue(_ n: Int) -> Int {
  let f = small  // refused:
  return f(3)
}

func nestedFunction(_ n: Int) -> Int {
  func inner() -> Int { n }  // refused:
  return inner()
}

func recursion(_ n: Int) -> Int {  // refused: recurs
  return n <= 0 ? 0 : recursion(n - 1)
}

func mutualOne(_ n: Int) -> Int {  // refused: recurs
  return n <= 0 ? 0 : mutualTwo(n - 1)
}

func mutualTwo(_ n: Int) -> Int {  // refused: recurs
  return n <= 0 ? 0 : mutualOne(n - 1)
}

// Nothing in it waits, so it is a function like any other.
func waits() async -> Int {
  return 4
}

func prints(_ n: Int) {
  print(n)  // refused: print
}

func randomNumber() -> Int {
  return Int.random(in: 0..<5)  // refused: random
}

func defers(_ x: inout Int) {
  defer { x = 1 }  // refused: defer
  x = 2
}

func chains(_ pair: Pair?) -> Int? {
  return pair?.a  // refused:
}

nonisolated(unsafe) var globalVariable = 0  // refused: all share

func readsGlobal() -> Int {
  return globalVariable  // refused:
}

func writesGlobal() {
  globalVariable = 1  // refused:
}

func shiftsUnsafely(_ n: Int) -> Int {
  return unsafeBitCast(n, to: Int.self)  // refused: unsafeBitCast
}

func asserts(_ n: Int) -> Int {
  assert(n > 0)  // fails: precondition
  return n
}

func untypedThrow(_ n: Int) throws -> Int {
  if n > 4 { throw Refusal.busy }  // refused:
  return n
}

func forcesTry(_ n: Int) -> Int {
  return try! checked(n)  // refused: try
}

func optionalTry(_ n: Int) -> Int {
  return (try? checked(n)) ?? 0  // refused: try
}

func mapsOptional(_ n: Int?) -> Int? {
  return n.map { $0 &+ 1 }  // refused: map
}

func uncheckedMember(_ n: Int) -> Int {
  return n.advanced(by: 1)  // refused: advanced
}

func keyPath(_ pair: Pair) -> Int {
  return pair[keyPath: \.a]  // refused:
}

func selectsType(_ n: Int) -> Bool {
  return n is Int  // refused:
}
