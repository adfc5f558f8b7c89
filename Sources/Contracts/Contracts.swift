// The words of the proof. They are ordinary calls that the compiler type-checks; nothing of them is
// left in the device build. In a build with CHECKED they are evaluated, so tests can break them
// (postconditions and `old` in the checked build alone: Scripts/build-checked).

/// What a caller must establish.
@_transparent
public func requires(_ condition: @autoclosure () -> Bool) {
  #if CHECKED
    precondition(condition(), "requires")
  #endif
}

/// What holds at this point of a function, and at each pass of the loop whose body it opens.
@_transparent
public func invariant(_ condition: @autoclosure () -> Bool) {
  #if CHECKED
    precondition(condition(), "invariant")
  #endif
}

/// What a function has established wherever it ends. It stands at the start of the body; only the
/// checked build, which rewrites the sources, can evaluate it at the exits.
@_transparent
public func ensures(_ condition: @autoclosure () -> Bool) {}

/// The same for a function with a result, which the condition gets.
@_transparent
public func ensures<Result>(_ condition: (Result) -> Bool) {}

/// What an expression was when the function was entered. In postconditions and loop invariants.
@_transparent
public func old<Value>(_ value: @autoclosure () -> Value) -> Value { value() }

/// What decreases at each pass of the loop whose body it opens, and is never negative at its start.
@_transparent
public func variant(_ measure: @autoclosure () -> Int) {
  #if CHECKED
    precondition(measure() >= 0, "variant")
  #endif
}

/// What holds here: a step on the way to a proof.
@_transparent
public func holds(_ condition: @autoclosure () -> Bool) {
  #if CHECKED
    precondition(condition(), "holds")
  #endif
}

/// The body is believed to do what the contract says, for this reason. Reports count it.
@_transparent
public func trusted(_ reason: StaticString) {}

/// Callers know of this function what its contract says, and not its body.
@_transparent
public func opaque() {}

/// The body and the contract are to be proved over bit vectors; callers get the contract over integers.
/// Not translated yet: it is proved over integers like any other.
@_transparent
public func overBitVectors() {}

/// Steps of a proof: assignments of ghost variables and calls of lemmas. Never executed.
@_transparent
public func ghost(_ steps: () -> Void) {}

infix operator ==> : ImplicationPrecedence
precedencegroup ImplicationPrecedence {
  associativity: right
  higherThan: AssignmentPrecedence
  lowerThan: TernaryPrecedence
}

/// Implication: the right side is looked at only where the left one holds.
@_transparent
public func ==> (left: Bool, right: @autoclosure () -> Bool) -> Bool { !left || right() }

/// Whether a property holds for every number of a range.
@inlinable
public func forall(_ range: Range<Int>, _ property: (Int) -> Bool) -> Bool {
  #if CHECKED
    if range.count > GhostPoints.tooMany, let pages = GhostPoints.current.pages {
      return pages.allSatisfy { !range.contains($0) || property($0) }
    }
  #endif
  for index in range where !property(index) { return false }
  return true
}

/// Whether a property holds for some number of a range.
@inlinable
public func exists(_ range: Range<Int>, _ property: (Int) -> Bool) -> Bool {
  for index in range where property(index) { return true }
  return false
}

/// For how many numbers of a range a property holds.
@inlinable
public func count(_ range: Range<Int>, _ property: (Int) -> Bool) -> Int {
  var number = 0
  for index in range where property(index) { number += 1 }
  return number
}

#if CHECKED
  /// What an expression was at the entry, for each number of a range: the checked build puts it in
  /// the place of `old` under a quantifier.
  public struct OldValues<Value> {
    private let first: Int
    private let values: [Value]
    public init(over range: Range<Int>, _ value: (Int) -> Value) {
      first = range.lowerBound
      values = range.map(value)
    }
    public subscript(index: Int) -> Value { values[index - first] }
  }
#endif
