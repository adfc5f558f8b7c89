import EngineABI
import Foundation
import Testing

@testable import machine

@Suite("What the machine boots from")
struct BootTests {
  let layout = Layout(memory: 2 << 30)

  @Test("Engine, host and carve-out lie side by side and fill the memory")
  func layoutIsComplete() {
    #expect(layout.engine == 0x4000_0000..<0x4100_0000)
    #expect(layout.host == 0x4100_0000..<0x8000_0000)
    #expect(layout.carveOut == 0x8000_0000..<0xc000_0000)
    #expect(layout.tree == 0x7fe0_0000)
    #expect(layout.ramDisk(bytes: 3 << 20) == 0x7fa0_0000)
  }

  @Test("The carve-out stays aligned whatever the memory", arguments: [513, 777, 1024, 4097])
  func alignment(megabytes: UInt64) {
    let layout = Layout(memory: megabytes << 20)
    #expect(layout.carveOut.lowerBound % PageSize.block == 0)
    #expect(layout.host.upperBound == layout.carveOut.lowerBound)
    #expect(layout.carveOut.upperBound == 0x4000_0000 + megabytes << 20)
  }

  @Test("The record stands at the first page behind the engine")
  func bootImage() {
    let record = BootImage.record(
      layout: layout, cpus: 3, hostEntry: 0x4100_0000, hostArgument: layout.tree)
    let file = BootImage.make(engine: Data(repeating: 0xaa, count: 4097), record: record)
    #expect(file.count == 3 * 4096)
    #expect(Array(file[8192..<8200]) == Array("BULKHEAD".utf8))
    #expect(file[4097..<8192].allSatisfy { $0 == 0 })
    #expect(record.count == BootRecord.words)
    #expect(record[BootRecord.cpuCount] == 3)
    #expect(Array(record[BootRecord.affinities..<BootRecord.affinities + 4]) == [0, 1, 2, 0])
    #expect(record[BootRecord.hostBytes] == 0x3f00_0000)
    #expect(record[BootRecord.carveOuts] == 0x8000_0000)
    #expect(record[BootRecord.absentCount] == 2)
    #expect(record[BootRecord.absentRanges + 2] == 0x0902_0000)
  }

  @Test("An engine that fills its last page gets no further padding")
  func fullPage() {
    let file = BootImage.make(engine: Data(count: 4096), record: [UInt64](repeating: 1, count: 512))
    #expect(file.count == 8192)
    #expect(file[4096] == 1)
  }

  @Test("An Image header tells offset and size")
  func kernelImage() throws {
    var data = Data(count: 64)
    data[10] = 0x08
    data[18] = 0x20
    data.replaceSubrange(56..<60, with: Data("ARM\u{64}".utf8))
    let image = try KernelImage(data, name: "Image")
    #expect(image.textOffset == 0x8_0000)
    #expect(image.bytes == 0x20_0000)
  }

  @Test("What is no Image is refused by name")
  func noImage() {
    #expect { try KernelImage(Data(count: 100), name: "vmlinuz") } throws: {
      "\($0)" == "'vmlinuz' is no arm64 Image"
    }
  }

  @Test("A 64-bit number becomes two cells")
  func cells() {
    #expect(HostTree.cells(0x1_0000_00ff) == ["1", "ff"])
  }
}
