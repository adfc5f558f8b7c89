import CLinux

/// Writes a device tree as Linux reads it, with libfdt.
enum FlattenedTree {
  /// More than any tree of a guest takes: a command line and a node for each vCPU.
  static let maximumBytes = 64 << 10

  static func write(_ root: DeviceTreeNode) throws(Failure) -> [UInt8] {
    guard linux_tree_available() != 0 else {
      throw .refused("no libfdt to write the device tree with (try: apt install libfdt1)")
    }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: maximumBytes, alignment: 8)
    defer { buffer.deallocate() }
    try check(linux_tree_create(buffer, Int32(maximumBytes)))
    try write(root, to: buffer)
    let bytes = linux_tree_finish(buffer)
    try check(min(bytes, 0))
    return Array(UnsafeRawBufferPointer(start: buffer, count: Int(bytes)))
  }

  private static func write(
    _ node: DeviceTreeNode, to buffer: UnsafeMutableRawPointer
  ) throws(Failure) {
    try check(linux_tree_begin(buffer, node.name))
    for property in node.properties {
      let status = property.value.withUnsafeBytes {
        linux_tree_property(buffer, property.name, $0.baseAddress, Int32($0.count))
      }
      try check(status)
    }
    for child in node.children { try write(child, to: buffer) }
    try check(linux_tree_end(buffer))
  }

  private static func check(_ status: Int32) throws(Failure) {
    guard status >= 0 else {
      throw .configuration(
        "the device tree does not fit into \(Text.size(UInt64(maximumBytes))) (libfdt error "
          + "\(status)); give a shorter --cmdline")
    }
  }
}
