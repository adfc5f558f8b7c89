// swift-tools-version: 6.0
// What `swift build` and `swift test` see on the build machine. The engine, the Arm vmm and the tiny
// images are built for the device by Scripts/build-*.
import Foundation
import PackageDescription

let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

func exists(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
}

/// A manifest must not name a folder that is not there, so that any part of the tree builds alone.
func present(_ targets: [Target]) -> [Target] {
  targets.filter { exists($0.path!) }
}

let targets = present([
  .target(
    name: "Contracts", path: "Sources/Contracts",
    // Tests evaluate the contracts; the device build leaves nothing of them. The words decide it
    // where they are compiled, whoever uses them.
    swiftSettings: [.define("CHECKED")]),
  .target(name: "EngineABI", path: "Sources/EngineABI"),
  .target(
    name: "IsolationCore", dependencies: ["Contracts", "EngineABI"], path: "Sources/IsolationCore"),
  .target(name: "Devices", path: "Sources/Devices"),
  .target(name: "CLinux", path: "Sources/VMM/CLinux"),
  .target(
    name: "VMM", dependencies: ["CLinux", "EngineABI", "Devices"], path: "Sources/VMM",
    // Main is the program for the Arm host, which Scripts/build-vmm builds.
    exclude: ["Main", "CLinux"].filter { exists("Sources/VMM/\($0)") }),
  .executableTarget(name: "machine", dependencies: ["EngineABI"], path: "Sources/Machine"),
  .testTarget(
    name: "IsolationCoreTests", dependencies: ["IsolationCore", "Contracts", "EngineABI"],
    path: "Tests/IsolationCoreTests"),
  .testTarget(name: "DevicesTests", dependencies: ["Devices"], path: "Tests/DevicesTests"),
  .testTarget(name: "VMMTests", dependencies: ["VMM"], path: "Tests/VMMTests"),
  .testTarget(name: "MachineTests", dependencies: ["machine"], path: "Tests/MachineTests"),
])

let package = Package(
  name: "Bulkhead",
  targets: targets.filter { target in
    // An empty folder is no target either.
    (try? FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent(target.path!).path))?
      .contains { $0.hasSuffix(".swift") || $0.hasSuffix(".c") } ?? false
  },
  swiftLanguageModes: [.v6]
)
