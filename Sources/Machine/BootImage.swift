import EngineABI
import Foundation

/// The engine's file as QEMU loads it: the image, padded to a page, and behind it the boot record.
enum BootImage {
  static func make(engine: Data, record: [UInt64]) -> Data {
    let page = Int(PageSize.page)
    var file = engine
    file.append(Data(count: (page - file.count % page) % page))
    for word in record {
      withUnsafeBytes(of: word.littleEndian) { file.append(contentsOf: $0) }
    }
    return file
  }

  static func record(layout: Layout, cpus: Int, hostEntry: UInt64, hostArgument: UInt64) -> [UInt64]
  {
    var record = [UInt64](repeating: 0, count: BootRecord.words)
    func size(_ range: Range<UInt64>) -> UInt64 { range.upperBound - range.lowerBound }
    func pairs(_ ranges: [Range<UInt64>], from index: Int) {
      for (number, range) in ranges.enumerated() {
        record[index + 2 * number] = range.lowerBound
        record[index + 2 * number + 1] = size(range)
      }
    }
    record[BootRecord.magic] = BootRecord.magicValue
    record[BootRecord.version] = BootRecord.versionValue
    record[BootRecord.engineBase] = layout.engine.lowerBound
    record[BootRecord.engineBytes] = size(layout.engine)
    record[BootRecord.hostBase] = layout.host.lowerBound
    record[BootRecord.hostBytes] = size(layout.host)
    record[BootRecord.hostEntry] = hostEntry
    record[BootRecord.hostArgument] = hostArgument
    record[BootRecord.distributor] = Layout.distributor
    record[BootRecord.redistributor] = Layout.redistributor
    record[BootRecord.redistributorBytes] = Layout.redistributorBytes
    record[BootRecord.uart] = Layout.uart
    record[BootRecord.absentCount] = UInt64(Layout.absent.count)
    pairs(Layout.absent, from: BootRecord.absentRanges)
    record[BootRecord.rescheduleInterrupt] = 0
    record[BootRecord.cpuCount] = UInt64(cpus)
    // QEMU numbers up to 16 CPUs in Aff0.
    for cpu in 0..<cpus { record[BootRecord.affinities + cpu] = UInt64(cpu) }
    record[BootRecord.carveOutCount] = 1
    pairs([layout.carveOut], from: BootRecord.carveOuts)
    return record
  }
}
