import CLinux
import Testing

@testable import VMM

private func tree(cpus: Int = 2, initrd: UInt64? = 0x1000) throws -> DeviceTreeNode {
  let header = try ImageHeader(arm64Image(), path: "Image")
  let layout = try GuestLayout(
    memoryBytes: 256 << 20, image: header, kernelBytes: 4096, initrdBytes: initrd)
  return GuestTree(
    layout: layout, cpus: cpus, commandLine: "console=ttyAMA0 quiet",
    seed: (0..<40).map { UInt8($0) }
  ).root()
}

extension DeviceTreeNode {
  fileprivate func child(_ name: String) -> DeviceTreeNode? { children.first { $0.name == name } }
  fileprivate func value(_ name: String) -> [UInt8]? {
    properties.first { $0.name == name }?.value
  }
  fileprivate func text(_ name: String) -> String? {
    value(name).map { String(decoding: $0, as: UTF8.self) }
  }
  /// Numbers of so many bytes.
  fileprivate func numbers(_ name: String, bytes: Int = 4) -> [UInt64]? {
    value(name).map { value in
      stride(from: 0, to: value.count, by: bytes).map { start in
        value[start..<start + bytes].reduce(0) { $0 << 8 | UInt64($1) }
      }
    }
  }
}

@Suite("Device tree of a guest")
struct GuestTreeTests {
  @Test("Memory is what was asked for, from 1 GiB on")
  func memory() throws {
    let memory = try #require(tree().child("memory@40000000"))
    #expect(memory.numbers("reg", bytes: 8) == [0x4000_0000, 256 << 20])
    #expect(memory.text("device_type") == "memory\0")
  }

  @Test("There is one node for each vCPU, turned on by PSCI through HVC")
  func cpus() throws {
    let tree = try tree(cpus: 8)
    let cpus = try #require(tree.child("cpus"))
    #expect(cpus.children.map(\.name) == (0..<8).map { "cpu@\($0)" })
    #expect(cpus.children.map { $0.numbers("reg") } == (0..<8).map { [$0] })
    #expect(cpus.children.allSatisfy { $0.text("enable-method") == "psci\0" })
    #expect(tree.child("psci")?.text("method") == "hvc\0")
    #expect(tree.child("psci")?.text("compatible") == "arm,psci-1.0\0arm,psci-0.2\0")
  }

  @Test("The interrupt controller has a redistributor for each vCPU")
  func interruptController() throws {
    let controller = try #require(tree(cpus: 4).child("intc@8000000"))
    #expect(
      controller.numbers("reg", bytes: 8) == [0x800_0000, 0x1_0000, 0x80a_0000, 4 * 0x2_0000])
    #expect(controller.text("compatible") == "arm,gic-v3\0")
    #expect(controller.value("interrupt-controller") == [])
    #expect(controller.numbers("#interrupt-cells") == [3])
  }

  @Test("The virtual timer is PPI 11, the third of four")
  func timer() throws {
    let timer = try #require(tree().child("timer"))
    #expect(timer.numbers("interrupts") == [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4])
  }

  @Test("The console is a PL011 on shared interrupt 1, with both its clocks")
  func uart() throws {
    let tree = try tree()
    let uart = try #require(tree.child("pl011@9000000"))
    #expect(uart.numbers("reg", bytes: 8) == [0x900_0000, 0x1000])
    #expect(uart.numbers("interrupts") == [0, 1, 4])
    #expect(uart.text("compatible") == "arm,pl011\0arm,primecell\0")
    let clock = try #require(tree.child("apb-pclk")?.numbers("phandle"))
    #expect(uart.numbers("clocks") == [clock[0], clock[0]])
    #expect(tree.child("chosen")?.text("stdout-path") == "/pl011@9000000\0")
  }

  @Test("The kernel finds its command line, initrd and seeds")
  func chosen() throws {
    let chosen = try #require(tree().child("chosen"))
    #expect(chosen.text("bootargs") == "console=ttyAMA0 quiet\0")
    #expect(chosen.numbers("linux,initrd-start", bytes: 8) == [0x4020_0000])
    #expect(chosen.numbers("linux,initrd-end", bytes: 8) == [0x4020_1000])
    #expect(chosen.value("kaslr-seed") == (0..<8).map { UInt8($0) })
    #expect(chosen.value("rng-seed") == (8..<40).map { UInt8($0) })
  }

  @Test("Without initrd none is named")
  func withoutInitrd() throws {
    let chosen = try #require(tree(initrd: nil).child("chosen"))
    #expect(chosen.value("linux,initrd-start") == nil)
  }

  @Test("Interrupts of the root go to the interrupt controller")
  func interruptParent() throws {
    let tree = try tree()
    #expect(tree.numbers("interrupt-parent") == tree.child("intc@8000000")?.numbers("phandle"))
  }
}

/// Reads a flattened tree by the specification (Devicetree Specification 0.4, chapter 5).
private struct FlatReader {
  var blob: [UInt8]
  private var position: Int

  init(_ blob: [UInt8]) {
    self.blob = blob
    position = 0
    position = word(at: 8)
  }

  func word(at offset: Int) -> Int {
    blob[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private func string(at offset: Int) -> String {
    String(decoding: blob[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }

  mutating func node() -> DeviceTreeNode? {
    guard word(at: position) == 1 else { return nil }
    position += 4
    var node = DeviceTreeNode(name: string(at: position))
    position += (node.name.utf8.count + 4) & ~3
    while true {
      switch word(at: position) {
      case 1:
        guard let child = self.node() else { return nil }
        node.children.append(child)
      case 3:
        let count = word(at: position + 4)
        let name = string(at: word(at: 12) + word(at: position + 8))
        let start = position + 12
        node.properties.append(.bytes(name, Array(blob[start..<start + count])))
        position = start + (count + 3) & ~3
      case 2:
        position += 4
        return node
      default: return nil
      }
    }
  }
}

@Suite("Flattened device tree", .enabled(if: linux_tree_available() != 0))
struct FlattenedTreeTests {
  @Test("What libfdt writes reads back as the same tree")
  func roundTrip() throws {
    let tree = try tree(cpus: 8)
    let blob = try FlattenedTree.write(tree)
    #expect(Array(blob[..<4]) == [0xd0, 0x0d, 0xfe, 0xed])
    var reader = FlatReader(blob)
    #expect(reader.word(at: 4) == blob.count)
    #expect(reader.node() == tree)
  }

  @Test("A tree that does not fit is refused with what to do")
  func tooLarge() {
    let root = DeviceTreeNode(
      name: "",
      properties: [
        .text("bootargs", String(repeating: "a", count: FlattenedTree.maximumBytes))
      ])
    let found = failure { _ = try FlattenedTree.write(root) }
    #expect(found?.message.contains("give a shorter --cmdline") == true)
  }
}
