import Contracts

enum Direction { case north, east, south, west }

func turn(_ direction: Direction) -> Direction {
  ensures { (result: Direction) in direction != .west || result == .north }
  ensures { (result: Direction) in result != direction }
  switch direction {
  case .north: return .east
  case .east: return .south
  case .south: return .west
  case .west: return .north
  }
}

func turnWrong(_ direction: Direction) -> Direction {
  ensures { (result: Direction) in result != direction }  // fails: ensures
  switch direction {
  case .north, .east: return .south
  case .south, .west: return .west
  }
}

enum Level: UInt8 {
  case low = 1
  case middle
  case high = 7
}

func rawValues(_ level: Level) -> UInt8 {
  ensures { (result: UInt8) in result >= 1 && result <= 7 && result != 3 }
  ensures { (result: UInt8) in level == .middle ==> result == 2 }
  return level.rawValue
}

func fromRaw(_ raw: UInt8) -> Level? {
  ensures { (result: Level?) in raw == 2 ==> result == .middle }
  ensures { (result: Level?) in raw == 3 ==> result == nil }
  ensures { (result: Level?) in result != nil ==> result!.rawValue == raw }
  return Level(rawValue: raw)
}

func fromRawForced(_ raw: UInt8) -> Level {
  return Level(rawValue: raw)!  // fails: nil
}

func fromRawKnown(_ level: Level) -> Level {
  ensures { (result: Level) in result == level }
  return Level(rawValue: level.rawValue)!
}

enum Request: Equatable {
  case stop
  case read(at: Int, count: UInt8)
  case write(Int)
}

func cost(_ request: Request) -> Int {
  ensures { (result: Int) in request == .stop ==> result == 0 }
  ensures { (result: Int) in request == .write(9) ==> result == 9 }
  ensures { (result: Int) in request == .read(at: 100, count: 3) ==> result == 3 }
  switch request {
  case .stop: return 0
  case .read(at: _, let count): return Int(count)
  case .write(let at): return at
  }
}

func costBound(_ request: Request) -> Int {
  ensures { (result: Int) in result <= 255 }  // fails: ensures
  switch request {
  case .stop: return 0
  case .read(_, let count): return Int(count)
  case .write(let at): return at
  }
}

func makeRequest(_ at: Int) -> Request {
  ensures { (result: Request) in result != .stop && result != .write(at) }
  return .read(at: at, count: 1)
}

func ifCase(_ request: Request) -> Bool {
  ensures { (result: Bool) in result ==> request != .stop }
  ensures { (result: Bool) in request == .write(3) ==> !result }
  if case .write(let at) = request, at > 5 { return true }
  guard case .read(let at, _) = request else { return false }
  return at > 5
}

func sharedBinding(_ request: Request) -> Int {
  ensures { (result: Int) in request == .read(at: 4, count: 9) ==> result == 4 }
  ensures { (result: Int) in request == .write(6) ==> result == 6 }
  switch request {  // refused: several patterns
  case .read(let at, _), .write(let at): return at
  case .stop: return 0
  }
}

extension Level {
  var isHigh: Bool {
    switch self {
    case .high: return true
    case .low, .middle: return false
    }
  }
  mutating func raise() {
    ensures(old(self) == .low ==> self == .middle)
    ensures(self != .low)
    switch self {
    case .low: self = .middle
    case .middle, .high: self = .high
    }
  }
}

func raised(_ level: Level) -> Bool {
  ensures { (result: Bool) in level == .low ==> !result }  // fails: ensures
  var level = level
  level.raise()
  level.raise()
  return level.isHigh
}
