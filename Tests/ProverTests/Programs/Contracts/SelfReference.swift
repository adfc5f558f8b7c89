import Contracts

// A contract that speaks of its own function assumes what it is to show.

func liar(_ n: Int) -> Bool {  // refused: recurs
  opaque()
  ensures { (result: Bool) in result != liar(n) }
  return true
}

func ping(_ n: Int) -> Int {  // refused: recurs
  opaque()
  ensures { (result: Int) in result == 1 && pong(n) == 2 }
  return 1
}

func pong(_ n: Int) -> Int {  // refused: recurs
  opaque()
  ensures { (result: Int) in result == 2 && ping(n) == 3 }
  return 2
}

func wrongAxiom(_ n: Int) -> Int {
  opaque()
  ensures { (result: Int) in result == 1 && result == 2 }  // fails: ensures
  return 1
}
