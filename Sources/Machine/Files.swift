import Foundation

/// Where things lie, from the folder of the repository (the current one, `make` sees to it).
enum Files {
  static let device = URL(fileURLWithPath: ".build-device")
  static let engine = device.appendingPathComponent("engine.bin")
  static let hostRAMDisk = device.appendingPathComponent("host.initrd")
  static let guestImages = device.appendingPathComponent("guests")
  static let kernel = URL(fileURLWithPath: ".build-fetch/Image")
  static let machine = URL(fileURLWithPath: ".build-machine")
  static let logs = machine.appendingPathComponent("logs")

  static func read(_ file: URL, builtBy: String) throws -> Data {
    guard let data = try? Data(contentsOf: file, options: .mappedIfSafe) else {
      throw Failure("'\(file.relativePath)' is not there; build it: \(builtBy)")
    }
    return data
  }

  /// A folder for the working files of one machine.
  static func folder(_ name: String) throws -> URL {
    let folder = machine.appendingPathComponent("work/\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    return folder
  }

  static func log(_ name: String) -> URL { logs.appendingPathComponent("\(name).log") }
}
