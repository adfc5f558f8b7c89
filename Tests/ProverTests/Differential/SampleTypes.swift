/// The types of generated programs.
enum SampleType: Hashable {
  case integer(width: Int, isSigned: Bool)
  case bool
  /// `UInt8?`
  case optional
  case pair, nest, row, line
  case kind, shape

  static let integers: [SampleType] = [8, 16, 32, 64].flatMap {
    [.integer(width: $0, isSigned: true), .integer(width: $0, isSigned: false)]
  }
  static let byte = SampleType.integer(width: 8, isSigned: false)

  /// Of an integer type.
  var width: Int {
    if case .integer(let width, _) = self { width } else { 0 }
  }
  var isSigned: Bool {
    if case .integer(_, let isSigned) = self { isSigned } else { false }
  }

  var name: String {
    switch self {
    case .integer(let width, let isSigned): "\(isSigned ? "Int" : "UInt")\(width)"
    case .bool: "Bool"
    case .optional: "UInt8?"
    case .pair: "Pair"
    case .nest: "Nest"
    case .row: "InlineArray<4, Int16>"
    case .line: "Line"
    case .kind: "Kind"
    case .shape: "Shape"
    }
  }

  /// What stands in a value and can be read, and written where the value can.
  var parts: [(step: PathStep, type: SampleType)] {
    switch self {
    case .pair: [(.field("low"), .byte), (.field("high"), .integer(width: 32, isSigned: true))]
    case .nest:
      [
        (.field("pair"), .pair), (.field("isSet"), .bool),
        (.field("size"), .integer(width: 64, isSigned: false)),
      ]
    case .row: (0..<4).map { (.element($0), .integer(width: 16, isSigned: true)) }
    case .line:
      (0..<3).map { (PathStep.element($0), SampleType.pair) }.map {
        (PathStep.cells($0.0), $0.1)
      } + [(.field("used"), .integer(width: 16, isSigned: false))]
    default: []
    }
  }

  /// What tells two values of the type apart: integers and truth values.
  var leaves: [(path: [PathStep], type: SampleType)] {
    switch self {
    case .integer, .bool: [([], self)]
    case .optional: [([.isNone], .bool), ([.orZero], .byte)]
    case .kind: [([.rawValue], .byte)]
    case .shape: [([.shapeCode], .integer(width: 32, isSigned: true))]
    default:
      parts.flatMap { part in part.type.leaves.map { ([part.step] + $0.path, $0.type) } }
    }
  }

  /// Declarations that all generated programs share. Functions with `inout` say all that they do,
  /// since their callers have their contracts alone.
  static let declarations = """
    struct Pair: Equatable {
      var low: UInt8
      var high: Int32
      mutating func raise(by amount: UInt8) -> UInt8 {
        ensures { (result: UInt8) in low == old(low) &+ amount && high == old(high) }
        ensures { (result: UInt8) in result == old(low) }
        let before = low
        low &+= amount
        return before
      }
      var total: Int64 { Int64(low) + Int64(high) }
      var lower: UInt8 {
        get { low / 2 }
        set {
          ensures(low == newValue &+ 1 && high == old(high))
          low = newValue &+ 1
        }
      }
    }

    struct Nest: Equatable {
      var pair: Pair
      var isSet: Bool
      var size: UInt64
    }

    struct Line {
      var cells: InlineArray<3, Pair>
      var used: UInt16
    }

    enum Kind: UInt8 {
      case red = 1
      case green
      case blue = 9
    }

    enum Shape: Equatable {
      case none
      case line(Int8)
      case box(width: UInt16, isFilled: Bool)
    }

    func shapeCode(_ shape: Shape) -> Int32 {
      switch shape {
      case .none: return -1000
      case .line(let length): return Int32(length)
      case .box(let width, let isFilled): return (isFilled ? 200000 : 100000) + Int32(width)
      }
    }

    func nextKind(_ kind: Kind) -> Kind {
      switch kind {
      case .red: .green
      case .green: .blue
      case .blue: .red
      }
    }

    """
    + integers.map { type in
      """
      func bump(_ place: inout \(type.name), by amount: \(type.name)) -> \(type.name) {
        ensures { (result: \(type.name)) in place == old(place) &+ amount && result == place }
        place &+= amount
        return place
      }

      func exchange(_ first: inout \(type.name), _ second: inout \(type.name)) {
        ensures(first == old(second) && second == old(first))
        let kept = first
        first = second
        second = kept
      }

      func blend(_ first: \(type.name), _ second: \(type.name)) -> \(type.name) {
        if first < second { return second &- first }
        let half = first / 2
        return half &+ second
      }


      """
    }.joined()
}

/// A step from a value to a part of it, or to a number that tells something of it.
enum PathStep: Hashable {
  case field(String)
  case element(Int)
  /// An element of the array of a ``SampleType/line``.
  indirect case cells(PathStep)
  case isNone, orZero, rawValue, shapeCode

  func text(_ base: String) -> String {
    switch self {
    case .field(let name): "\(base).\(name)"
    case .element(let index): "\(base)[\(index)]"
    case .cells(let step): step.text("\(base).cells")
    case .isNone: "(\(base) == nil)"
    case .orZero: "(\(base) ?? 0)"
    case .rawValue: "\(base).rawValue"
    case .shapeCode: "shapeCode(\(base))"
    }
  }
}

/// A variable of a generated function.
struct SampleVariable {
  var name: String
  var type: SampleType
  var isMutable: Bool
}
