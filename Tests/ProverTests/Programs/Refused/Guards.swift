import Contracts

struct Shed: ~Copyable {
  var keys = GhostMap<Bool>()
  var tools: Table<Int>

  func mayAccessRakes() -> Bool { keys[0] }  // refused: followed by the name of a field

  func mayAccessTools() -> Bool { keys[0] }  // refused: takes the element's index
}

struct Coop {
  var hens = 0

  func mayAccessHens() -> Bool { hens > 0 }  // refused: of a ~Copyable struct
}
