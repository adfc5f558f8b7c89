import Contracts

// An invariant that a function's text cannot break is no goal: what is written decides that.

struct EvenByte {
  var value: UInt8
  var note: UInt8
  var typeInvariant: Bool { value % 2 == 0 }

  mutating func annotate() { note = 1 }

  mutating func annotateBoth(_ other: inout EvenByte) {
    note = 1
    other.note = 2
  }

  mutating func breakOther(_ other: inout EvenByte) {  // fails: type invariant
    note = 1
    other.value = 3
  }
}

func setToOne(_ value: inout UInt8) { value = 1 }
func setToTwo(_ value: inout UInt8) {
  ensures(value == 2)
  value = 2
}
func evenValueOf(_ even: EvenByte) -> UInt8 {
  ensures { (result: UInt8) in result % 2 == 0 }
  return even.value
}

struct EvenPair {
  var evens: InlineArray<2, EvenByte>
  var pair: (EvenByte, UInt8)
  var maybe: EvenByte?
  var total: UInt8
  var limit: UInt8
  var typeInvariant: Bool { EvenPair.isWithin(total, limit) }

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

  mutating func writesOptional(_ even: EvenByte) {  // fails: type invariant
    var broken = even
    broken.value = 1
    maybe = broken
  }

  mutating func assignsBrokenElement(_ even: EvenByte) {  // fails: type invariant
    var broken = even
    broken.value = 1
    evens[0] = broken
  }

  mutating func passesPartOfIt() {  // fails: type invariant
    setToOne(&evens[0].value)
  }

  mutating func passesPartAndKeepsIt() {
    setToTwo(&evens[0].value)
  }

  mutating func passesItsOwnPart() {  // fails: type invariant
    setToOne(&total)
  }

  mutating func isBrokenAtTheCall(_ number: UInt8) {
    evens[0].value = number
    evens[0].annotate()  // fails: type invariant
  }

  mutating func isBrokenAtTheReading(_ number: UInt8) -> UInt8 {
    evens[0].value = number
    let result = evenValueOf(evens[0])  // fails: type invariant
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

  mutating func isReplaced(_ other: EvenPair) {
    self = other
  }

  mutating func isReplacedByABrokenOne(_ other: EvenPair) {  // fails: type invariant
    var broken = other
    broken.limit = 0
    broken.total = 1
    self = broken
  }
}

/// What has a parameter's name is not the parameter.
func hidesItsParameter(_ even: EvenByte, _ number: UInt8) -> UInt8 {
  if number > 0 {
    var even = even
    even.value = number
    return evenValueOf(even)  // fails: type invariant
  }
  return evenValueOf(even)
}

/// Maps of proofs hold values of which no invariant is known.
func firstEvenOf(_ map: GhostMap<EvenByte>) -> UInt8 {
  return evenValueOf(map[0])  // fails: type invariant
}

struct EvenBoxes {
  var deep: GhostMap<GhostMap<EvenByte>>
  mutating func readsDeep() -> UInt8 {
    return evenValueOf(deep[1][2])  // fails: type invariant
  }
}
