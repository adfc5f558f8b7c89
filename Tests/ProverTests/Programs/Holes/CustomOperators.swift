import Contracts

// An operator that the program defines is a call, whatever it is called.

struct Tagged: Equatable {
  var key: Int
  var tag: Int
  static func == (left: Tagged, right: Tagged) -> Bool { left.key == right.key }
}

func equalByKey(_ key: Int) -> Bool {
  ensures { (result: Bool) in result }
  return Tagged(key: key, tag: 1) == Tagged(key: key, tag: 2)
}

func equalMeansSame(_ a: Tagged, _ b: Tagged) -> Int {
  requires(a == b)
  ensures { (result: Int) in result == 0 }  // fails: ensures
  return a.tag == b.tag ? 0 : 1
}

func notEqualByKey(_ key: Int) -> Bool {
  ensures { (result: Bool) in !result }
  return Tagged(key: key, tag: 1) != Tagged(key: key, tag: 2)
}

struct HoldsTagged: Equatable {
  var tagged: Tagged
  var rest: Int
}

func synthesizedUsesCustom(_ key: Int) -> Bool {
  ensures { (result: Bool) in !result }
  let a = HoldsTagged(tagged: Tagged(key: key, tag: 1), rest: 0)
  let b = HoldsTagged(tagged: Tagged(key: key, tag: 2), rest: 0)
  return a == b  // refused: ==
}

func optionalUsesCustom(_ key: Int) -> Bool {
  ensures { (result: Bool) in !result }
  let a: Tagged? = Tagged(key: key, tag: 1)
  let b: Tagged? = Tagged(key: key, tag: 2)
  return a == b  // refused: ==
}

struct Meters: Comparable {
  var value: Int
  static func < (left: Meters, right: Meters) -> Bool { left.value > right.value }
  static func + (left: Meters, right: Meters) -> Meters {
    ensures { (result: Meters) in result.value == left.value }
    return left
  }
}

func comparesUpsideDown() -> Bool {
  ensures { (result: Bool) in result }
  return Meters(value: 2) < Meters(value: 1)
}

func addsByDefinition() -> Int {
  ensures { (result: Int) in result == 2 }
  return (Meters(value: 2) + Meters(value: 1)).value
}
