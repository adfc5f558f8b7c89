import EngineABI

/// The header of an arm64 Linux Image (Documentation/arch/arm64/booting.rst).
struct ImageHeader: Equatable {
  /// Bytes of a file that the header takes.
  static let bytes = 64

  /// Bytes from a 2 MiB boundary to where the image goes.
  var textOffset: UInt64
  /// Bytes of memory that the kernel takes, with what is not in the file.
  var imageSize: UInt64

  /// Reads the first bytes of the file at `path`.
  init(_ file: [UInt8], path: String) throws(Failure) {
    if file.count >= 2, file[0] == 0x1f, file[1] == 0x8b {
      throw .configuration(
        "kernel '\(path)' is compressed with gzip; give an uncompressed arm64 Image "
          + "(try: gunzip -c \(path) > Image)")
    }
    if file.count >= 8, Array(file[4..<8]) == Array("zimg".utf8) {
      throw .configuration(
        "kernel '\(path)' is a compressed EFI image; give an uncompressed arm64 Image")
    }
    guard file.count >= ImageHeader.bytes else {
      throw .configuration(
        "kernel '\(path)' is too short for an arm64 Image: \(file.count) bytes, the header alone "
          + "takes \(ImageHeader.bytes)")
    }
    guard Array(file[56..<60]) == Array("ARM".utf8) + [0x64] else {
      throw .configuration(
        "kernel '\(path)' is not an arm64 Image (magic at offset 56); give an uncompressed "
          + "arm64 Image (try: file \(path))")
    }
    textOffset = ImageHeader.word(file, at: 8)
    imageSize = ImageHeader.word(file, at: 16)
    guard imageSize != 0 else {
      throw .configuration(
        "kernel '\(path)' does not say how much memory it takes (image_size at offset 16 is 0); "
          + "give Linux 3.17 or later")
    }
    guard textOffset < PageSize.block, textOffset % PageSize.page == 0 else {
      throw .configuration(
        "kernel '\(path)' asks for text_offset \(Text.hex(textOffset)); a multiple of 4 KiB below "
          + "2 MiB is what an arm64 Image may ask for")
    }
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    return value
  }
}
