/// A fixed-width integer type of Swift. `Int` and `UInt` have 64 bits on every target of the prover.
public struct IntegerType: Hashable, Sendable {
  /// 8, 16, 32 or 64.
  public var width: Int
  public var isSigned: Bool
  public init(width: Int, isSigned: Bool) {
    self.width = width
    self.isSigned = isSigned
  }

  public static let int = IntegerType(width: 64, isSigned: true)

  public var minimum: Int128 { isSigned ? -(1 << Int128(width - 1)) : 0 }
  public var maximum: Int128 { (1 << Int128(isSigned ? width - 1 : width)) - 1 }
}

/// A type of the provable subset.
public indirect enum Type: Hashable, Sendable {
  case void
  /// The type of what never returns.
  case never
  case bool
  case integer(IntegerType)
  case optional(Type)
  case tuple([TupleElement])
  /// A struct or an enum of the program, by its unique name (``StructDeclaration/name``).
  case named(String)
  /// `InlineArray<count, element>`
  case inlineArray(count: Int, Type)
  /// `Contracts.Table<element>`: a bounded table, passed by reference, never copied.
  case table(Type)
  /// `Contracts.GhostMap<value>`: a total map from integers, in proofs alone.
  case ghostMap(Type)
  /// `Range<bound>` and `ClosedRange<bound>`, in loops, patterns and quantifiers only.
  case range(Type)
  case closedRange(Type)
  /// A string literal, as the reason of `trusted` or the message of `precondition`.
  case string
}

public struct TupleElement: Hashable, Sendable {
  public var label: String?
  public var type: Type
  public init(label: String?, type: Type) {
    self.label = label
    self.type = type
  }
}

/// A place in a source file.
public struct Location: Hashable, Sendable, Comparable {
  public var file: String
  /// Both from 1 on; the column counts bytes.
  public var line: Int
  public var column: Int
  /// Bytes from the start of the file.
  public var offset: Int
  public init(file: String, line: Int, column: Int, offset: Int) {
    self.file = file
    self.line = line
    self.column = column
    self.offset = offset
  }
  public static func < (left: Location, right: Location) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}
