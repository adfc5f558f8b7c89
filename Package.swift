// swift-tools-version: 6.0
// What `swift build` and `swift test` see on the build machine. The engine, the Arm vmm and the tiny
// images are built for the device by Scripts/build-*.
import PackageDescription

let package = Package(
  name: "Bulkhead",
  targets: [
    .target(
      name: "Contracts", path: "Sources/Contracts",
      // Tests evaluate the contracts; the device build leaves nothing of them. The words decide it
      // where they are compiled, whoever uses them.
      swiftSettings: [.define("CHECKED")]),
    .target(name: "EngineABI", path: "Sources/EngineABI"),
    .target(
      name: "IsolationCore", dependencies: ["Contracts", "EngineABI"],
      path: "Sources/IsolationCore"),
    .target(
      name: "IsolationSpec", dependencies: ["IsolationCore", "Contracts", "EngineABI"],
      path: "Sources/IsolationSpec"),
    .target(name: "Devices", path: "Sources/Devices"),
    .target(name: "CLinux", path: "Sources/VMM/CLinux"),
    .target(
      name: "VMM", dependencies: ["CLinux", "EngineABI", "Devices"], path: "Sources/VMM",
      // Main is the program for the Arm host, which Scripts/build-vmm builds.
      exclude: ["Main", "CLinux"]),
    .target(
      name: "Prover", path: "Sources/Prover", exclude: ["Main"],
      resources: [.embedInCode("Resources/z3.drv"), .embedInCode("Resources/cvc5.drv")]),
    .executableTarget(name: "prove", dependencies: ["Prover"], path: "Sources/Prover/Main"),
    .executableTarget(name: "machine", dependencies: ["EngineABI"], path: "Sources/Machine"),
    .testTarget(
      name: "IsolationCoreTests", dependencies: ["IsolationCore", "Contracts", "EngineABI"],
      path: "Tests/IsolationCoreTests"),
    // The core beside the abstract machine, for tests and for `make conformance`.
    .target(
      name: "ConformanceHarness",
      dependencies: ["IsolationSpec", "IsolationCore", "Contracts", "EngineABI"],
      path: "Tests/ConformanceTests/Harness"),
    .executableTarget(
      name: "conformance", dependencies: ["ConformanceHarness"],
      path: "Tests/ConformanceTests/Main"),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["ConformanceHarness", "IsolationSpec", "IsolationCore", "EngineABI"],
      path: "Tests/ConformanceTests", exclude: ["Harness", "Main", "Golden"]),
    .testTarget(name: "DevicesTests", dependencies: ["Devices"], path: "Tests/DevicesTests"),
    .testTarget(name: "VMMTests", dependencies: ["VMM"], path: "Tests/VMMTests"),
    .testTarget(
      name: "ProverTests", dependencies: ["Prover", "prove"], path: "Tests/ProverTests",
      // What the prover is tried on: the tests compile it themselves.
      exclude: ["Programs", "Samples", "Faults"]),
    .testTarget(name: "MachineTests", dependencies: ["machine"], path: "Tests/MachineTests"),
  ],
  swiftLanguageModes: [.v6]
)
