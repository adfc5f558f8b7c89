import CRegisters

/// Zeroed memory of the image that a test may use as it likes: 128 KiB, page aligned.
public enum Scratch {
  public static let bytes: UInt64 = 0x2_0000
  public static var base: UInt64 { addressOfScratch() }
  public static func page(_ index: UInt64) -> UInt64 { base + index * 4096 }
}
