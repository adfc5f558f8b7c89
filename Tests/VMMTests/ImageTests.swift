import EngineABI
import Testing

@testable import VMM

private func complaint(_ file: [UInt8]) -> String? {
  failure { _ = try ImageHeader(file, path: "vmlinuz") }?.message
}

@Suite("Kernel image")
struct ImageHeaderTests {
  @Test("The header says where the image goes and how much memory it takes")
  func header() throws {
    let header = try ImageHeader(
      arm64Image(textOffset: 0x8_0000, imageSize: 0x123_4000), path: "Image")
    #expect(header.textOffset == 0x8_0000)
    #expect(header.imageSize == 0x123_4000)
  }

  @Test("A file without the magic is refused, with what to try")
  func badMagic() {
    var file = arm64Image()
    file[57] = 0
    #expect(
      complaint(file)
        == "kernel 'vmlinuz' is not an arm64 Image (magic at offset 56); give an uncompressed "
        + "arm64 Image (try: file vmlinuz)")
  }

  @Test("A truncated file is refused, whatever it is cut to")
  func truncated() {
    for bytes in 0..<64 {
      #expect(complaint(Array(arm64Image()[..<bytes]))?.contains("too short") == true, "\(bytes)")
    }
  }

  @Test("Compressed images are known by name")
  func compressed() {
    #expect(complaint([0x1f, 0x8b, 8, 0])?.contains("compressed with gzip") == true)
    #expect(complaint(Array("MZ\0\0zimg".utf8))?.contains("compressed EFI image") == true)
  }

  @Test("A header that says nothing sensible of size or place is refused")
  func nonsense() {
    #expect(complaint(arm64Image(imageSize: 0))?.contains("image_size") == true)
    #expect(complaint(arm64Image(textOffset: 2 << 20))?.contains("text_offset") == true)
    #expect(complaint(arm64Image(textOffset: 0x801))?.contains("text_offset") == true)
  }
}

@Suite("Layout of guest memory")
struct GuestLayoutTests {
  private func layout(
    memory: UInt64, imageSize: UInt64, kernelBytes: UInt64 = 4096, initrd: UInt64? = nil,
    textOffset: UInt64 = 0
  ) throws(Failure) -> GuestLayout {
    let header = try ImageHeader(
      arm64Image(textOffset: textOffset, imageSize: imageSize), path: "Image")
    return try GuestLayout(
      memoryBytes: memory, image: header, kernelBytes: kernelBytes, initrdBytes: initrd)
  }

  @Test("Kernel, initrd and device tree follow each other on boundaries of 2 MiB")
  func order() throws {
    let layout = try layout(
      memory: 64 << 20, imageSize: 0x20_0001, initrd: 0x1234, textOffset: 0x1000)
    #expect(layout.kernel == 0x4000_1000)
    #expect(layout.initrd == 0x4040_0000..<0x4040_1234)
    #expect(layout.deviceTree == 0x4060_0000)
  }

  @Test("Without initrd the device tree follows the kernel")
  func withoutInitrd() throws {
    let layout = try layout(memory: 64 << 20, imageSize: 0x1000)
    #expect(layout.initrd == nil)
    #expect(layout.deviceTree == 0x4020_0000)
  }

  @Test("A file longer than the image says is still not overwritten")
  func longFile() throws {
    let layout = try layout(memory: 64 << 20, imageSize: 0x1000, kernelBytes: 5 << 20)
    #expect(layout.deviceTree == 0x4060_0000)
  }

  @Test("Memory that ends with the device tree's 2 MiB is enough, 2 MiB less are not")
  func exactFit() throws {
    #expect(
      try layout(memory: 6 << 20, imageSize: 0x1000, initrd: 0x1000).deviceTree == 0x4040_0000)
    let found = failure { _ = try layout(memory: 4 << 20, imageSize: 0x1000, initrd: 0x1000) }
    #expect(found?.message.contains("do not fit into 4 MiB") == true)
  }

  @Test("Sizes that overflow are refused like any that do not fit")
  func overflow() {
    for size: UInt64 in [.max, .max - 4096, 1 << 40, 1 << 63] {
      let found = failure { _ = try layout(memory: 256 << 20, imageSize: size, initrd: 1 << 20) }
      #expect(found?.message.contains("do not fit") == true, "\(size)")
    }
  }
}
