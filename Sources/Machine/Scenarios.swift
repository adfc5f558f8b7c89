import Foundation

/// Every boot test, in the order in which they run.
enum Scenarios {
  /// An image of ours at EL1 in the place of the host's kernel: it attacks and reports.
  static func hostileKernel(
    name: String, image: String = "AttackHost", processor: String? = nil
  ) -> Scenario {
    let file = Files.guestImages.appendingPathComponent("\(image).bin")
    var configuration = Configuration(name: "test-\(name)", host: .image(file))
    configuration.processor = processor ?? configuration.processor
    return Scenario(name: name, configuration: configuration, timeout: 240)
  }

  static var all: [Scenario] {
    var list: [Scenario] = []
    func add(_ name: String, _ host: Configuration.Host, cpus: Int, words: String, timeout: Double)
    {
      var configuration = Configuration(name: "test-\(name)", host: host, cpus: cpus)
      configuration.furtherWords = "quiet bulkhead.cpus=\(cpus) \(words)"
      list.append(Scenario(name: name, configuration: configuration, timeout: timeout))
    }
    // A scenario takes seconds; the time allowed is for busy machines.
    func linux(
      _ name: String, script: String? = nil, cpus: Int = 2, words: String = "",
      timeout: Double = 240
    ) {
      add(
        name, .linux(script: "test-\(script ?? name)"), cpus: cpus, words: words, timeout: timeout)
    }

    for cpus in [1, 2, 4] { linux("host-\(cpus)-cpus", script: "host", cpus: cpus) }
    for vcpus in [1, 2, 4] {
      linux("guest-\(vcpus)-cpus", script: "guest", words: "bulkhead.vcpus=\(vcpus)")
    }
    // With pointer authentication, SVE, MTE and all else that QEMU has.
    let everything = "max,pauth-impdef=on"
    linux("host-max", script: "host")
    list[list.count - 1].configuration.processor = everything
    list.append(hostileKernel(name: "attack-host-kernel"))
    list.append(hostileKernel(name: "attack-host-max", processor: everything))
    // The abstract machine beside the engine.
    list.append(hostileKernel(name: "conformance", image: "Conformance"))
    linux("attack-host-user")
    linux("attack-guest")
    linux("ends", timeout: 400)
    linux("killed")
    linux("cycles", timeout: 600)
    linux("load", timeout: 400)
    linux("fault")
    list[list.count - 1].configuration.faultyFunction = "Machine.destroyVM"
    list[list.count - 1].expectsFault = true
    return list
  }
}
