// The words of the proof. They are ordinary calls that the compiler type-checks; nothing of them is
// left in the device build. In a build with CHECKED they are evaluated, so tests can break them.

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

/// What a function has established where it stands: the last statements before a return.
@_transparent
public func ensures(_ condition: @autoclosure () -> Bool) {
  #if CHECKED
    precondition(condition(), "ensures")
  #endif
}

/// Whether a property holds for every number of a range.
@inlinable
public func forall(_ range: Range<Int>, _ property: (Int) -> Bool) -> Bool {
  for index in range where !property(index) { return false }
  return true
}
