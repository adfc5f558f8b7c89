import Contracts

class Reference {  // refused: class
  var value = 0
}

protocol Shape {
  func area() -> Int
}

struct Square: Shape {
  var side: Int
  func area() -> Int { 4 }
}

func takesExistential(_ shape: any Shape) -> Int {  // refused:
  return 4
}

func takesDouble(_ x: Double) -> Int {  // refused: Double
  return 4
}

func usesDouble() -> Int {
  let x = 0.5  // refused: Double
  return x > 0 ? 1 : 2
}

func takesString(_ s: String) -> Int {  // refused: String
  return 4
}

func takesPointer(_ p: UnsafeMutablePointer<UInt8>) -> UInt8 {  // refused:
  return p.pointee
}

func takesArray(_ a: [Int]) -> Int {  // refused: Array
  return 4
}

func takesGeneric<T>(_ x: T) -> Int {  // refused: generic
  return 4
}

func takesClosure(_ body: (Int) -> Int) -> Int {  // refused:
  return body(4)
}

indirect enum Tree {  // refused:
  case leaf
  case node(Tree, Tree)
}

struct Observed {
  var value: Int {
    didSet { _ = oldValue }  // refused:
  }
}

struct Lazy {
  lazy var value = 4  // refused: lazy
}

enum Named: String {  // refused:
  case one, two
}
