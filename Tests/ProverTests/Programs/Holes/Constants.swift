import Contracts

enum Sizes {
  static let page = 4096
  static let shift: UInt64 = 12
  static let pages = 4 * page
  static let masked: UInt8 = 0xf0
}

let globalLimit = 100
let derivedLimit = globalLimit / 3

func usesConstants() -> Int {
  ensures { (result: Int) in result == 16384 }
  return Sizes.pages
}

func usesGlobal(_ n: Int) -> Int {
  requires(n < globalLimit && n >= 0)
  ensures { (result: Int) in result < 133 }
  return n + derivedLimit
}

func usesGlobalWrongly() -> Int {
  ensures { (result: Int) in result == 34 }  // fails: ensures
  return derivedLimit
}

func dividesByPage(_ n: Int) -> Int {
  requires(n >= 0)
  ensures { (result: Int) in result <= n && result == n >> 12 }
  return n / Sizes.page
}

func shiftsByConstant(_ n: UInt64) -> UInt64 {
  ensures { (result: UInt64) in result == n / 4096 }
  return n >> Sizes.shift
}

struct Options {
  static let none = Options(bits: 0)
  static let all = Options(bits: 255)
  var bits: UInt8
  static let count = 2
}

func staticValues() -> UInt8 {
  ensures { (result: UInt8) in result == 255 }
  return Options.all.bits - Options.none.bits
}
