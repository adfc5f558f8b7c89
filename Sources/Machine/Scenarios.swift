import Foundation

/// Every boot test, in the order in which they run.
enum Scenarios {
  static var all: [Scenario] {
    var list: [Scenario] = []
    func linux(_ name: String, script: String? = nil, cpus: Int = 2, timeout: Double = 120) {
      let configuration = Configuration(
        name: "test-\(name)", host: .linux(script: "test-\(script ?? name)"), cpus: cpus,
        furtherWords: "quiet bulkhead.cpus=\(cpus)")
      list.append(Scenario(name: name, configuration: configuration, timeout: timeout))
    }
    func image(_ name: String, _ file: String, cpus: Int = 2, timeout: Double = 120) {
      let configuration = Configuration(
        name: "test-\(name)", host: .image(Files.guestImages.appendingPathComponent("\(file).bin")),
        cpus: cpus,
        furtherWords: "quiet bulkhead.cpus=\(cpus)")
      list.append(Scenario(name: name, configuration: configuration, timeout: timeout))
    }

    for cpus in [1, 2, 4] { linux("host-\(cpus)-cpus", script: "host", cpus: cpus) }
    image("attack-host-kernel", "AttackHost")
    linux("attack-host-user")
    linux("attack-guest", timeout: 180)
    for cpus in [1, 2, 4] { linux("guest-\(cpus)-cpus", timeout: 180) }
    linux("ends", timeout: 240)
    linux("killed", timeout: 180)
    linux("cycles", timeout: 400)
    linux("load", timeout: 300)
    return list
  }
}
