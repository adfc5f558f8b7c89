import Contracts

struct Window: Equatable {
  let start: UInt64
  var length: UInt64 = 16
  var open = false

  init(start: UInt64) {
    ensures { (result: Window) in result.start == start && result.length == 16 && !result.open }
    self.start = start
  }

  init?(from start: UInt64, to end: UInt64) {
    ensures { (result: Window?) in end <= start ==> result == nil }
    ensures { (result: Window?) in result != nil ==> result!.length == end - start }
    guard end > start else { return nil }
    self.start = start
    length = end - start
    if length > 4096 { return nil }
    open = true
  }

  init(doubling window: Window) {
    requires(window.length < 1000)
    ensures { (result: Window) in result.length == window.length * 2 }
    self = window
    length *= 2
  }

  init(wrongly start: UInt64) {
    ensures { (result: Window) in result.open }  // fails: ensures
    self.start = start
  }

  init?(delegating start: UInt64) {
    ensures { (result: Window?) in start >= 8 ==> result == nil }
    ensures { (result: Window?) in start < 8 ==> result != nil && result!.open }
    if start >= 8 { return nil }
    self.init(start: start)
    open = true
  }

  var end: UInt64 {
    requires(start < 1 << 40 && length < 1 << 40)
    return start + length
  }

  static func empty(at start: UInt64) -> Window {
    ensures { (result: Window) in result.length == 0 && result.start == start }
    var window = Window(start: start)
    window.length = 0
    return window
  }

  mutating func grow(by amount: UInt64) -> Bool {
    ensures { (result: Bool) in !result ==> self == old(self) }
    ensures { (result: Bool) in result ==> length &- amount == old(length) }
    guard amount <= UInt64.max - length else { return false }
    length += amount
    return true
  }
}

func failableIsNotAlways(_ start: UInt64) -> Window {
  return Window(from: start, to: start &+ 5)!  // fails: nil
}

func failableBound(_ start: UInt64) -> UInt64 {
  requires(start < 100)
  ensures { (result: UInt64) in result == 0 || result == 5 }
  guard let window = Window(from: start, to: start + 5) else { return 0 }  // vacuous
  return window.length
}

func initialiserKeepsDefault() -> Bool {
  ensures { (result: Bool) in result }
  return Window(start: 5) == Window(start: 5) && !Window(start: 4).open
}

func letStays(_ window: Window) -> UInt64 {
  ensures { (result: UInt64) in result == window.start }
  var window = window
  _ = window.grow(by: 3)
  window.open = true
  return window.start
}

func growFails(_ window: inout Window) {
  requires(window.length == 10)
  ensures(window.length == 10)  // fails: ensures
  _ = window.grow(by: 3)
}
