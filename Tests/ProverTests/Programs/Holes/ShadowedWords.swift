import Contracts

// `precondition` of this file checks nothing.

private func precondition(_ condition: Bool) {}

func localPrecondition(_ n: Int) -> Int {
  ensures { (result: Int) in result > 0 }  // fails: ensures
  precondition(n > 0)
  return n
}
