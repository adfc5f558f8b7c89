import Contracts

// The words of a contract stand first, and nowhere else.

func ensuresAtEnd(_ x: inout Int) {
  x = 4
  ensures(x == 4)  // refused: ensures
}

func requiresInMiddle(_ x: Int) -> Int {
  let y = x
  requires(x > 0)  // refused: requires
  return y
}

func requiresInBranch(_ x: Int) -> Int {
  if x > 5 {
    requires(x == 3)  // refused: requires
  }
  return x
}

func trustedInBranch(_ x: Int) -> Int {
  ensures { (result: Int) in result == 3 }
  if x > 5 {
    trusted("never run")  // refused: trusted
  }
  return x
}

func opaqueInMiddle(_ x: Int) -> Int {
  let y = x
  opaque()  // refused: opaque
  return y
}

func invariantLate(_ n: Int) -> Int {
  requires(n >= 0)
  var i = 0
  while i < n {
    variant(n - i)
    i += 1
    invariant(i > 100)  // refused: invariant
  }
  return i
}

func invariantOutside(_ n: Int) -> Int {
  invariant(n > 5)  // refused: invariant
  return n
}

func variantOutside(_ n: Int) -> Int {
  let m = n
  variant(m)  // refused: variant
  return m
}

func effectInContract(_ x: inout Int) -> Int {
  requires(increases(&x))  // refused:
  return x
}

func increases(_ x: inout Int) -> Bool {
  x &+= 1
  return true
}
