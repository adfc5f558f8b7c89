import Contracts

class Reference {  // refused: class
  var value = 0
}

protocol Shape {  // refused: protocol
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
  let x = 0.5  // refused: floating point
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

indirect enum Tree {
  case leaf
  case node(Tree, Tree)  // refused: others of its type
}

struct Observed {
  var value: Int {  // refused: observers
    didSet { _ = oldValue }
  }
}

struct Lazy {
  lazy var value = 4  // refused: lazy
}

enum Named: String {
  case one, two
}

func takesTree(_ tree: Tree) -> Bool {  // refused:
  if case .leaf = tree { return true }
  return false
}

func takesNamed(_ named: Named) -> Bool {
  return named == .one
}

func rawString(_ named: Named) -> Bool {
  return named.rawValue == "one"  // refused: String
}
