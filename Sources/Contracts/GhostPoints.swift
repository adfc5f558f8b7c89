// Ghost state for tests. They make the maps that a proof speaks of, from what lies in memory, and
// evaluate the conditions of the core on them. A map over all integers they cannot have, so they say
// at which of them they look: a map made of an expression has its values there, and traps elsewhere;
// two maps are equal if they are there; and a quantifier over as many pages as there can be in any
// machine looks at those that the test's machine has, and at some beyond.

#if CHECKED
  /// At which integers a test looks.
  public struct GhostPoints: Sendable {
    /// Those of maps to values of a type.
    public var indices: [ObjectIdentifier: [Int]] = [:]
    /// Those of quantifiers over more than ``GhostPoints/tooMany`` numbers.
    public var pages: [Int]?

    public static let tooMany = 1 << 16
    /// Nothing: then no map has a value, and each quantifier looks at every number.
    @TaskLocal public static var current = GhostPoints()

    static func of<Value>(_ type: Value.Type) -> [Int] {
      current.indices[ObjectIdentifier(type)] ?? []
    }
  }

  /// A total map from integers, as far as a test has said what it is.
  public struct GhostMap<Value>: @unchecked Sendable {
    /// What 0, 1, … have, and what others have.
    private var first: [Value] = []
    private var others: [Int: Value] = [:]
    /// What all have that are not named.
    private var rest: Value?

    public init() {}

    public init(_ value: (_ index: Int) -> Value) {
      let points = GhostPoints.of(Value.self)
      first.reserveCapacity(points.count)
      for index in points {
        if index == first.count { first.append(value(index)) } else { others[index] = value(index) }
      }
    }

    public init(_ values: [Int: Value], rest: Value) {
      others = values
      self.rest = rest
    }

    /// Those that have a value of their own.
    public var named: [Int] { Array(first.indices) + Array(others.keys) }

    public subscript(index: Int) -> Value {
      get {
        if index >= 0 && index < first.count { return first[index] }
        if let value = others[index] { return value }
        guard let rest else { fatalError("nothing is known of the map at \(index)") }
        return rest
      }
      set {
        if index >= 0 && index < first.count {
          first[index] = newValue
        } else {
          others[index] = newValue
        }
      }
    }
  }

  extension GhostMap: Equatable where Value: Equatable {
    public static func == (left: GhostMap, right: GhostMap) -> Bool {
      GhostPoints.of(Value.self).allSatisfy { left[$0] == right[$0] }
    }
  }
#endif
