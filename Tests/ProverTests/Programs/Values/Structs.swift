import Contracts

struct Point: Equatable {
  var x: Int
  var y: Int
}

struct Segment: Equatable {
  var start: Point
  var end: Point
  var weight = 1
}

func copyDoesNotFollow(_ point: Point) -> Point {
  ensures { (result: Point) in result == point }
  let copy = point
  var point = point
  point.x = 5
  point.y = 6
  holds(point.x == 5)
  return copy
}

func copyFollows(_ point: Point) -> Int {
  ensures { (result: Int) in result == 5 }  // fails: ensures
  var point = point
  let copy = point
  point.x = 5
  return copy.x
}

func nestedMutation(_ segment: Segment) -> Segment {
  ensures { (result: Segment) in result.start.x == 3 && result.start.y == segment.start.y }
  ensures { (result: Segment) in result.end == segment.end && result.weight == segment.weight }
  var segment = segment
  segment.start.x = 3
  return segment
}

func nestedMutationElsewhere(_ segment: Segment) -> Segment {
  ensures { (result: Segment) in result.start == segment.start }  // fails: ensures
  var segment = segment
  segment.start.y = 3
  return segment
}

func memberwise(_ x: Int) -> Segment {
  ensures { (result: Segment) in result.weight == 1 && result.end.y == x && result.start.x == 1 }
  return Segment(start: Point(x: 1, y: 2), end: Point(x: 3, y: x))
}

func memberwiseAll() -> Segment {
  ensures { (result: Segment) in result.weight == 9 }
  return Segment(start: Point(x: 1, y: 2), end: Point(x: 3, y: 4), weight: 9)
}

extension Point {
  var sum: Int {
    requires(x < 1000 && y < 1000 && x > -1000 && y > -1000)
    return x + y
  }
  var swapped: Point { Point(x: y, y: x) }
  var first: Int {
    get { x }
    set {
      ensures(x == newValue && y == old(y))
      x = newValue
    }
  }
  static let zero = Point(x: 0, y: 0)
  mutating func move(by distance: Int) {
    requires(x < 1000 && distance < 1000 && x > -1000 && distance > -1000)
    ensures(x == old(x) + distance)
    x += distance
  }
  mutating func reset() {
    ensures(self == .zero)
    self = .zero
  }
  mutating func exchange() {
    ensures(x == old(y) && y == old(x))
    self = swapped
  }
  mutating func exchangeWrongly() {
    ensures(x == old(y) && y == old(x))  // fails: ensures
    x = y
    y = x
  }
}

func usesProperties(_ point: Point) -> Int {
  requires(point.x < 10 && point.y < 10 && point.x > -10 && point.y > -10)
  ensures { (result: Int) in result == point.x + point.y }
  return point.swapped.sum
}

func sumNeedsBounds(_ point: Point) -> Int {
  return point.sum  // fails: requires
}

func moveTwice() -> Point {
  ensures { (result: Point) in result == Point(x: 7, y: 2) }
  var point = Point(x: 2, y: 2)
  point.move(by: 2)
  point.move(by: 3)
  return point
}

func moveKeepsOther(_ point: Point) -> Point {
  requires(point.x == 0)
  ensures { (result: Point) in result.y == point.y && result.x == 4 }
  var point = point
  point.move(by: 4)
  return point
}

func moveNested(_ segment: inout Segment) {
  requires(segment.start.x == 1)
  ensures(segment.start.x == 3 && segment.start.y == old(segment.start.y))
  ensures(segment.end == old(segment.end))
  segment.start.move(by: 2)
}

func setter(_ point: Point) -> Point {
  ensures { (result: Point) in result.x == 8 && result.y == point.y }
  var point = point
  point.first = 8
  return point
}

func moveThroughProperty() -> Point {
  ensures { (result: Point) in result == Point(x: 3, y: 2) }
  var point = Point(x: 2, y: 2)
  addOneTo(&point.first)  // refused: property
  return point
}

func addOneTo(_ n: inout Int) {
  requires(n < 100)
  ensures(n == old(n) + 1)
  n += 1
}

func equality(_ a: Point, _ b: Point) -> Bool {
  ensures { (result: Bool) in result == (a.x == b.x && a.y == b.y) }
  return a == b
}

func equalityOfOne(_ a: Point, _ b: Point) -> Bool {
  requires(a.x == b.x)
  ensures { (result: Bool) in result }  // fails: ensures
  return a == b
}

struct Even: Equatable {
  let value: UInt8
  init(half: UInt8) {
    requires(half < 128)
    ensures { (result: Even) in result.value == half * 2 }
    value = half * 2
  }
  init?(_ value: UInt8) {
    ensures { (result: Even?) in (result == nil) == (value % 2 == 1) }
    ensures { (result: Even?) in result == nil || result!.value == value }
    guard value % 2 == 0 else { return nil }
    self.value = value
  }
  init?(wrongly value: UInt8) {
    ensures { (result: Even?) in result == nil || result!.value % 2 == 0 }  // fails: ensures
    if value == 0 { return nil }
    self.value = value
  }
  init() {
    ensures { (result: Even) in result.value == 0 }
    self.init(half: 0)
  }
}

func makesEven(_ n: UInt8) -> UInt8 {
  ensures { (result: UInt8) in n == 4 ==> result == 4 }
  ensures { (result: UInt8) in n == 5 ==> result == 0 }
  guard let even = Even(n) else { return 0 }
  return even.value
}

func makesEvenTooFar(_ n: UInt8) -> UInt8 {
  return Even(half: n).value  // fails: requires
}

struct Flags {
  var bits: UInt8 = 0
  subscript(index: Int) -> Bool {
    get {
      requires(index >= 0 && index < 8)
      return bits >> UInt8(index) & 1 == 1
    }
    set {
      requires(index >= 0 && index < 8)
      bits = newValue ? 255 : 0
    }
  }
}

func setsFlag(_ flags: inout Flags, _ index: Int) {
  flags[index] = true  // fails: requires
}
