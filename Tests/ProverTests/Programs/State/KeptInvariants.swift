import Contracts

// An invariant that a function's text cannot break is no goal: what is written decides that.

struct Even {
  var value: UInt8
  var note: UInt8
  var typeInvariant: Bool { value % 2 == 0 }

  mutating func annotate() { note = 1 }

  mutating func annotateBoth(_ other: inout Even) {
    note = 1
    other.note = 2
  }

  mutating func breakOther(_ other: inout Even) {  // fails: type invariant
    note = 1
    other.value = 3
  }
}

func setOne(_ value: inout UInt8) { value = 1 }
func setTwo(_ value: inout UInt8) {
  ensures(value == 2)
  value = 2
}
func valueOf(_ even: Even) -> UInt8 {
  ensures { (result: UInt8) in result % 2 == 0 }
  return even.value
}

struct Pair {
  var evens: InlineArray<2, Even>
  var pair: (Even, UInt8)
  var maybe: Even?
  var total: UInt8
  var limit: UInt8
  var typeInvariant: Bool { Pair.isWithin(total, limit) }

  static func isWithin(_ total: UInt8, _ limit: UInt8) -> Bool { total <= limit }

  mutating func writesOthers() {
    evens[0].note = 3
    evens[1].annotate()
    pair.1 = 7
    pair.0.note = 8
  }

  mutating func writesElement() {  // fails: type invariant
    evens[1].value = 1
  }

  mutating func writesInTuple() {  // fails: type invariant
    pair.0.value = 1
  }

  mutating func writesOptional(_ even: Even) {  // fails: type invariant
    var broken = even
    broken.value = 1
    maybe = broken
  }

  mutating func assignsBrokenElement(_ even: Even) {  // fails: type invariant
    var broken = even
    broken.value = 1
    evens[0] = broken
  }

  mutating func passesPartOfIt() {  // fails: type invariant
    setOne(&evens[0].value)
  }

  mutating func passesPartAndKeepsIt() {
    setTwo(&evens[0].value)
  }

  mutating func passesItsOwnPart() {  // fails: type invariant
    setOne(&total)
  }

  mutating func isBrokenAtTheCall(_ number: UInt8) {
    evens[0].value = number
    evens[0].annotate()  // fails: type invariant
  }

  mutating func isBrokenAtTheReading(_ number: UInt8) -> UInt8 {
    evens[0].value = number
    let result = valueOf(evens[0])  // fails: type invariant
    evens[0].value = 2
    return result
  }

  mutating func loops(_ count: Int) {
    requires(count >= 0)
    for _ in 0..<count {
      evens[0].annotate()
      holds(evens[0].value % 2 == 0 && total <= limit)
    }
  }

  mutating func breaksInALoop(_ count: Int) {
    requires(count >= 0)
    for _ in 0..<count {  // fails: loop invariant preservation
      evens[0].value = 1
    }
  }

  mutating func isReplaced(_ other: Pair) {
    self = other
  }

  mutating func isReplacedByABrokenOne(_ other: Pair) {  // fails: type invariant
    var broken = other
    broken.limit = 0
    broken.total = 1
    self = broken
  }
}

/// What has a parameter's name is not the parameter.
func hidesItsParameter(_ even: Even, _ number: UInt8) -> UInt8 {
  if number > 0 {
    var even = even
    even.value = number
    return valueOf(even)  // fails: type invariant
  }
  return valueOf(even)
}

/// Maps of proofs hold values of which no invariant is known.
func firstOf(_ map: GhostMap<Even>) -> UInt8 {
  return valueOf(map[0])  // fails: type invariant
}

struct Boxes {
  var deep: GhostMap<GhostMap<Even>>
  mutating func readsDeep() -> UInt8 {
    return valueOf(deep[1][2])  // fails: type invariant
  }
}
