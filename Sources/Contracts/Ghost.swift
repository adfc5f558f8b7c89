// State that exists in proofs alone, and conditions about it, which no build evaluates: tests look at
// them by themselves (GhostPoints.swift).

#if !CHECKED
  /// A total map from integers that exists in proofs alone: it has no storage and is never executed.
  public struct GhostMap<Value>: BitwiseCopyable, Sendable {
    /// Some map, of which nothing is known.
    @_transparent
    public init() {}

    /// The map whose value at each index is this expression's: `GhostMap { (index: Int) in index + 1 }`.
    @_transparent
    public init(_ value: (_ index: Int) -> Value) {}

    /// What the map holds: read and assigned in `ghost`, and in functions of ghost values.
    public subscript(index: Int) -> Value {
      @_transparent
      get { fatalError() }
      @_transparent
      set {}
    }
  }

  extension GhostMap: Equatable {
    /// Whether two maps are the same map; in proofs alone.
    @_transparent
    public static func == (left: GhostMap, right: GhostMap) -> Bool { fatalError() }
  }
#endif

/// What a caller must establish of ghost state.
@_transparent
public func requires(ghost condition: @autoclosure () -> Bool) {}

/// What holds of ghost state at each pass of the loop whose body it opens.
@_transparent
public func invariant(ghost condition: @autoclosure () -> Bool) {}

/// What a function has established of ghost state wherever it ends.
@_transparent
public func ensures(ghost condition: @autoclosure () -> Bool) {}

/// The same for a function with a result: `ensures(ghost: { (result: R) in … })`. A closure behind the
/// brackets would lose the label, so it is the other word's.
@_disfavoredOverload
@_transparent
public func ensures<Result>(ghost condition: (Result) -> Bool) {}

/// What holds of ghost state here: a step on the way to a proof.
@_transparent
public func holds(ghost condition: @autoclosure () -> Bool) {}
