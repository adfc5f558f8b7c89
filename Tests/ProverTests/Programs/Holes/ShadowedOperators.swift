import Contracts

// Names of the library and of the contracts that this file gives another meaning.

private func &+ (left: UInt8, right: UInt8) -> UInt8 { left &- right }

func addsByLocalOperator() -> UInt8 {
  ensures { (result: UInt8) in result == 1 }
  let a: UInt8 = 3
  let b: UInt8 = 2
  return a &+ b
}

func addsByLibraryOperator() -> UInt8 {
  ensures { (result: UInt8) in result == 5 }  // fails: ensures
  let a: UInt8 = 3
  let b: UInt8 = 2
  return a &+ b
}

private func max(_ left: Int, _ right: Int) -> Int { left < right ? left : right }

func localMaximum() -> Int {
  ensures { (result: Int) in result == 3 }
  return max(3, 4)
}
