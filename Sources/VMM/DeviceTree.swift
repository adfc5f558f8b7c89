/// A node of a device tree (Devicetree Specification 0.4).
struct DeviceTreeNode: Equatable {
  var name: String
  var properties: [Property] = []
  var children: [DeviceTreeNode] = []

  /// A name and its bytes as they stand in the flattened tree: integers are big-endian.
  struct Property: Equatable {
    var name: String
    var value: [UInt8]

    static func flag(_ name: String) -> Property { Property(name: name, value: []) }

    static func bytes(_ name: String, _ value: [UInt8]) -> Property {
      Property(name: name, value: value)
    }

    static func text(_ name: String, _ values: String...) -> Property {
      var value: [UInt8] = []
      for text in values { value += Array(text.utf8) + [0] }
      return Property(name: name, value: value)
    }

    /// 32-bit cells.
    static func cells(_ name: String, _ cells: UInt32...) -> Property {
      var value: [UInt8] = []
      for cell in cells { append(UInt64(cell), bytes: 4, to: &value) }
      return Property(name: name, value: value)
    }

    /// Numbers of two cells each.
    static func wide(_ name: String, _ numbers: UInt64...) -> Property {
      var value: [UInt8] = []
      for number in numbers { append(number, bytes: 8, to: &value) }
      return Property(name: name, value: value)
    }

    private static func append(_ number: UInt64, bytes: Int, to value: inout [UInt8]) {
      for index in (0..<bytes).reversed() {
        value.append(UInt8(truncatingIfNeeded: number >> UInt64(index * 8)))
      }
    }
  }
}
